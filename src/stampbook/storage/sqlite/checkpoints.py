"""Moves pages from the write-ahead log into the database file, without delaying the writer.

A checkpoint takes two flushes to the disk and a write for each changed page. SQLite would do it
within some commit, which would make that one a hundred times slower than its neighbours.
"""

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable
from pathlib import Path

from stampbook.storage.sqlite.connections import Threaded

PAUSE_S = 1.0
"""The pause between two checkpoints. Many commits change the same pages, which are moved once."""

LONG_LOG = 4_000
"""The number of pages (16 MB) from which the log should start anew instead of growing."""

SHORT_REST = 200
"""The number of pages that are moved so quickly that the writer may wait for it."""

MAX_TRIES = 5
"""How many checkpoints in a row try to catch up with the writer."""

Log = tuple[int, int]
"""Pages in the log, and how many of them are moved."""


class Checkpointer:
    """Runs checkpoints on a connection and a thread of its own while something is written.

    The log starts anew only at a moment when all of it has been moved. Under steady writing that
    moment never comes by itself: when the log is long and nearly all of it has been moved,
    `in_turn` does the rest in the writer's turn.
    """

    def __init__(
        self,
        path: Path,
        in_turn: Callable[[Callable[[sqlite3.Connection], Log]], Awaitable[Log]],
    ) -> None:
        self._connection = Threaded(path, "sqlite-checkpoint", writing=True)
        self._in_turn = in_turn
        self._written = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def wake(self) -> None:
        """Note that something was written."""
        self._written.set()
        if self._task is None:
            self._task = asyncio.create_task(self._watch())

    async def close(self) -> None:
        """Finish what is running."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        await self._connection.close()

    async def _watch(self) -> None:
        while True:
            await self._written.wait()
            await asyncio.sleep(PAUSE_S)
            self._written.clear()
            await self._checkpoint()

    async def _checkpoint(self) -> None:
        for _ in range(MAX_TRIES):
            pages, moved = await self._connection.run(_move)
            if pages < LONG_LOG:
                return
            if pages - moved <= SHORT_REST:
                await self._in_turn(_move)
                return


def _move(connection: sqlite3.Connection) -> Log:
    """Move the pages that no reader needs in their old place, without waiting for readers."""
    try:
        _, pages, moved = connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
    except sqlite3.OperationalError:
        return 0, 0  # Another process checkpoints at this moment: it does our work.
    return pages, moved
