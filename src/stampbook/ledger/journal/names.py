"""Transactions by their external ids."""

from collections.abc import Sequence
from typing import NamedTuple

from stampbook.storage.store import Store


class TransactionPlace(NamedTuple):
    """Where a transaction is: its account, and its sequence number there."""

    account: int
    seq: int


async def last_name(store: Store, program: int, below: str | None) -> str | None:
    """The last of the program's external ids in the index's order; one below a text, if given."""
    condition = "" if below is None else " AND external_id < $2"
    row = await store.fetch_one(
        f"SELECT external_id FROM external_ids WHERE program_id = $1{condition}"  # noqa: S608
        " ORDER BY external_id DESC LIMIT 1",
        program,
        *(() if below is None else (below,)),
    )
    return None if row is None else str(row["external_id"])


async def names_among(store: Store, program: int, names: Sequence[str], *, limit: int) -> list[str]:
    """Those of the names that are external ids of the program's transactions."""
    places = ", ".join(f"${at}" for at in range(3, 3 + len(names)))
    rows = await store.fetch(
        "SELECT external_id FROM external_ids"  # noqa: S608 - numbers of parameters
        f" WHERE program_id = $1 AND external_id IN ({places}) LIMIT $2",
        program,
        limit,
        *names,
    )
    return [row["external_id"] for row in rows]


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
