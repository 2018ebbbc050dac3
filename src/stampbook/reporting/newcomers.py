"""The members who came to a program, by spans of time."""

from collections.abc import Sequence
from itertools import pairwise

from stampbook.storage.store import Transacting


async def created_between(db: Transacting, program: int, bounds: Sequence[int]) -> list[int]:
    """How many members came to the program in each half-open span between rising bounds; those who
    left it later count too."""
    found: list[int] = []
    for start, end in pairwise(bounds):
        row = await db.fetch_one(
            "SELECT COUNT(*) AS n FROM members"
            " WHERE program_id = $1 AND created_at >= $2 AND created_at < $3",
            program,
            start,
            end,
        )
        assert row is not None
        found.append(int(row["n"]))
    return found


async def newcomers(
    db: Transacting, program: int, since: int, until: int, *, after: int = 0, limit: int
) -> list[int]:
    """The numbers above `after` of members who came in [since, until); those who left it later
    count too."""
    rows = await db.fetch(
        "SELECT member_id FROM members WHERE program_id = $1 AND created_at >= $2"
        " AND created_at < $3 AND member_id > $4 ORDER BY member_id LIMIT $5",
        program,
        since,
        until,
        after,
        limit,
    )
    return [row["member_id"] for row in rows]
