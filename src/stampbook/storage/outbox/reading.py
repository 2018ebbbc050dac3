"""Reads rows of the outbox, in the order of the feed."""

from typing import Final, NamedTuple

from stampbook.storage.store import Row, Transacting


class OutboxRow(NamedTuple):
    """A row of the outbox. `value` is JSON (writing.py)."""

    position: int
    number: int
    tenant: int
    program: int | None
    member: int | None
    account: int | None
    type: str
    at: int
    value: str


_COLUMNS: Final = "position, number, tenant_id, program_id, member_id, account_id, type, at, value"


async def rows_between(
    reading: Transacting,
    *,
    tenant: int,
    after: tuple[int, int],
    upto: tuple[int, int],
    programs: str,
    account: int | None,
    limit: int,
) -> list[OutboxRow]:
    """The tenant's rows whose (position, number) is above `after` and not above `upto`, in order.

    `programs` lists numbers for IN, '' for all: rows of no program are in no list.
    """
    within = f"AND program_id IN ({programs})" if programs else ""
    found = await reading.fetch(
        f"""
        SELECT {_COLUMNS} FROM outbox
        WHERE tenant_id = $1 AND (position, number) > ($2, $3) AND (position, number) <= ($4, $5)
          AND (CAST($6 AS bigint) = 0 OR account_id = $6) {within}
        ORDER BY position, number LIMIT $7
        """,  # noqa: S608 - numbers and constants
        tenant,
        *after,
        *upto,
        account or 0,
        limit,
    )
    return [_row(row) for row in found]


async def rows_of_member(
    reading: Transacting, *, tenant: int, member: int, after: tuple[int, int], limit: int
) -> list[OutboxRow]:
    """The rows above `after` that are about the member and about no account, in order."""
    found = await reading.fetch(
        f"""
        SELECT {_COLUMNS} FROM outbox
        WHERE member_id = $1 AND tenant_id = $2 AND account_id IS NULL
          AND (position, number) > ($3, $4)
        ORDER BY position, number LIMIT $5
        """,  # noqa: S608 - constants
        member,
        tenant,
        *after,
        limit,
    )
    return [_row(row) for row in found]


def _row(row: Row) -> OutboxRow:
    return OutboxRow(
        row["position"],
        row["number"],
        row["tenant_id"],
        row["program_id"],
        row["member_id"],
        row["account_id"],
        row["type"],
        row["at"],
        row["value"],
    )


async def last_upto(reading: Transacting, position: int) -> tuple[int, int]:
    """The (position, number) of the last row, of whatever tenant, that is not above the position;
    (0, 0) without one."""
    row = await reading.fetch_one(
        "SELECT position, number FROM outbox WHERE position <= $1"
        " ORDER BY position DESC, number DESC LIMIT 1",
        position,
    )
    return (0, 0) if row is None else (row["position"], row["number"])


async def pruned_upto(reading: Transacting, tenant: int) -> tuple[int, int]:
    """The (position, number) of the last of the tenant's rows that were deleted; (0, 0): none."""
    row = await reading.fetch_one(
        "SELECT position, number FROM outbox_pruned WHERE tenant_id = $1", tenant
    )
    return (0, 0) if row is None else (row["position"], row["number"])


async def last_pruned(reading: Transacting) -> tuple[int, int]:
    """The (position, number) of the last row, of whatever tenant, that was deleted; (0, 0): none.

    Beside the rows that are there, no reader has come further than this."""
    row = await reading.fetch_one(
        "SELECT position, number FROM outbox_pruned ORDER BY position DESC, number DESC LIMIT 1"
    )
    return (0, 0) if row is None else (row["position"], row["number"])
