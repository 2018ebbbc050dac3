"""Merges as rows."""

from typing import Final, NamedTuple

from stampbook.storage.store import Row, Transacting


class Merge(NamedTuple):
    """A row of `merges`. `status_before` is the old member's, for the undo."""

    merge_id: int
    tenant_id: int
    program_id: int
    member_id: int
    into_id: int
    status_before: str
    reason: str | None
    actor: str | None
    user_id: int | None
    api_key_id: int | None
    dialect: str | None
    request_id: str | None
    address: str | None
    audited: int
    merged_at: int
    undone_at: int | None


COLUMNS: Final = ", ".join(Merge._fields)
SELECT: Final = f"SELECT {COLUMNS} FROM merges"  # noqa: S608 - our own columns


def merge_of(row: Row) -> Merge:
    return Merge._make(row[name] for name in Merge._fields)


async def get(db: Transacting, merge: int, *, tenant: int) -> Merge | None:
    """The tenant's merge of that number."""
    row = await db.fetch_one(f"{SELECT} WHERE merge_id = $1 AND tenant_id = $2", merge, tenant)
    return None if row is None else merge_of(row)


async def of_member(db: Transacting, member: int, *, tenant: int) -> list[Merge]:
    """The merges by which the member came or went, oldest first, also undone ones."""
    rows = await db.fetch(
        f"{SELECT} WHERE (member_id = $1 OR into_id = $1) AND tenant_id = $2 ORDER BY merge_id",
        member,
        tenant,
    )
    return [merge_of(row) for row in rows]
