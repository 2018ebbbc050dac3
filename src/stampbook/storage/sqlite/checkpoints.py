"""Moving what was written from the write-ahead log into the database file, off the writer's path.

A checkpoint takes two flushes to the disk and a write for each changed page. SQLite would do it
within some commit, which would make that one a hundred times slower than its neighbours.
"""

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable
from pathlib import Path

from stampbook.storage.sqlite.connections import Threaded

PAUSE_S = 1.0
"""Between two checkpoints: many commits change the same pages, which are moved once."""

LONG_LOG = 4_000
"""Pages (16 MB) from which on the log should start anew instead of growing."""

SHORT_REST = 200
"""Pages that are moved so quickly that the writer may wait for it."""

MAX_TRIES = 5
"""So many checkpoints in a row try to catch up with the writer."""

Log = tuple[int, int]
"""Pages in the log, and how many of them are moved."""


class Checkpointer:
    """Checkpoints on a connection and a thread of its own while something is written.

    The log starts anew only from a moment at which all of it is moved. Under steady writing
    that moment never comes by itself: when the log is long and nearly all moved,
    `in_turn` runs the last bit of the work in the writer's turn.
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
        """Something was written."""
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
    """Move what no reader needs in its old place; waits for nobody."""
    try:
        _, pages, moved = connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
    except sqlite3.OperationalError:
        return 0, 0  # Another process checkpoints at this moment: it does our work.
    return pages, moved
