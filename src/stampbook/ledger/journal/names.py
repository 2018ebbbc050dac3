"""Transactions by their external ids."""

from typing import NamedTuple

from stampbook.storage.store import Store


class TransactionPlace(NamedTuple):
    """Where a transaction is: its account, and its sequence number there."""

    account: int
    seq: int


async def by_external_id(
    store: Store,
    external_id: str,
    *,
    tenant: int,
    program: int | None,
    deleted: bool,
    limit: int = 2,
) -> list[TransactionPlace]:
    """The tenant's transactions with that external id, at most `limit`, by program.

    A program has at most one, so there can be two only if no program is given. `deleted`: also
    those of deleted programs.
    """
    rows = await store.fetch(
        """
        SELECT e.account_id, e.seq
        FROM programs p JOIN external_ids e ON e.program_id = p.program_id
        WHERE p.tenant_id = $1 AND e.external_id = $2
          AND (CAST($3 AS bigint) = 0 OR p.program_id = CAST($3 AS bigint))
          AND (CAST($4 AS bigint) = 1 OR p.deleted_at IS NULL)
        ORDER BY e.program_id LIMIT $5
        """,
        tenant,
        external_id,
        program or 0,
        int(deleted),
        limit,
    )
    return [TransactionPlace(row["account_id"], row["seq"]) for row in rows]
