"""Orders by their external ids, as the index has them."""

from collections.abc import Sequence

from stampbook.storage.store import Transacting


async def last_name(db: Transacting, program: int, below: str | None, *, tenant: int) -> str | None:
    """The last external id of the program's orders in the index's order; below a text, if given."""
    condition = "" if below is None else " AND external_id < $3"
    row = await db.fetch_one(
        "SELECT external_id FROM orders"  # noqa: S608 - a constant
        " WHERE tenant_id = $1 AND coalesce(program_id, 0) = $2 AND external_id IS NOT NULL"
        f"{condition} ORDER BY external_id DESC LIMIT 1",
        tenant,
        program,
        *(() if below is None else (below,)),
    )
    return None if row is None else str(row["external_id"])


async def names_among(
    db: Transacting, program: int, names: Sequence[str], *, tenant: int, limit: int
) -> list[str]:
    """Those of the names that are external ids of the program's orders."""
    places = ", ".join(f"${at}" for at in range(4, 4 + len(names)))
    rows = await db.fetch(
        "SELECT external_id FROM orders"  # noqa: S608 - numbers of parameters
        " WHERE tenant_id = $1 AND coalesce(program_id, 0) = $2"
        f" AND external_id IN ({places}) LIMIT $3",
        tenant,
        program,
        limit,
        *names,
    )
    return [row["external_id"] for row in rows]
