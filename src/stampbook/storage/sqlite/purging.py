"""Drops removed texts from the full-text index of members.

FTS5 only marks what is removed; its words stay in the index until its parts are merged. All parts
are merged into one, a little at a time, so that other writers have their turn.
"""

from typing import Final

from stampbook.storage.store import Database

PAGES: Final = 500
"""How much one transaction merges, in pages of the index."""

_MERGE: Final = "INSERT INTO member_search (member_search, rank) VALUES ('merge', $1)"
_CHANGES: Final = "SELECT total_changes() AS changes"


async def purge(database: Database) -> None:
    """Merge all parts of the index into one."""
    pages = -PAGES  # the first step takes all parts, the others go on with what is left of it
    while await _merge(database, pages):
        pages = PAGES


async def _merge(database: Database, pages: int) -> bool:
    """Whether there may be more to merge: SQLite changes fewer than two rows if there is not."""
    async with database.transaction() as writing:
        before = await writing.fetch_one(_CHANGES)
        await writing.execute(_MERGE, pages)
        after = await writing.fetch_one(_CHANGES)
        assert before is not None
        assert after is not None
        return int(after["changes"]) - int(before["changes"]) >= 2
