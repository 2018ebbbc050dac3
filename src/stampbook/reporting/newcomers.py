"""How many members came to a program, by spans of time."""

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
