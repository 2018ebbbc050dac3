"""What is really sent to PostgreSQL: the statements that name a table which has a shard."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import pytest

from stampbook.storage.postgres import connections
from stampbook.watching.statements import WATCH

JOURNAL = ("transactions", "lot_rows", "standings")
"""The tables that a save writes, and that are distributed."""

SHARDED = (*JOURNAL, "holdings", "lot_births")
"""Those and the projections whose primary keys begin with the shard, too."""

NAMED = re.compile(rf"\b(?:FROM|JOIN|INTO|UPDATE)\s+(?:{'|'.join(SHARDED)})\b", re.IGNORECASE)

KEPT = 4
"""How many uses of one statement are looked at."""


class Sent(NamedTuple):
    """A statement, and the values that were sent with it."""

    sql: str
    values: tuple[Any, ...]

    @property
    def name(self) -> str:
        """As in the log of slow statements."""
        return WATCH.name(self.sql)


class Collected:
    """The first uses of each statement."""

    def __init__(self) -> None:
        self._by_text: dict[str, list[Sent]] = {}

    def note(self, sql: str, values: tuple[Any, ...]) -> None:
        uses = self._by_text.setdefault(sql, [])
        if len(uses) < KEPT:
            uses.append(Sent(sql, values))

    @property
    def uses(self) -> list[Sent]:
        """Of the statements that name a table which has a shard."""
        named = (uses for sql, uses in self._by_text.items() if NAMED.search(sql))
        return [use for uses in named for use in uses]


@contextmanager
def collecting() -> Iterator[Collected]:
    """Stores that are opened meanwhile note what they send."""
    collected = Collected()

    class Noting(connections.Watched):
        async def fetch(self, query: str, *args: Any, **more: Any) -> list[Any]:
            collected.note(query, args)
            return await super().fetch(query, *args, **more)

        async def fetchrow(self, query: str, *args: Any, **more: Any) -> Any:
            collected.note(query, args)
            return await super().fetchrow(query, *args, **more)

        async def execute(self, query: str, *args: Any, **more: Any) -> str:
            collected.note(query, args)
            return await super().execute(query, *args, **more)

        async def fetchmany(self, query: str, args: Any, **more: Any) -> list[Any]:
            rows = list(args)
            collected.note(query, tuple(rows[0]))
            return await super().fetchmany(query, rows, **more)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(connections, "Watched", Noting)
        yield collected
