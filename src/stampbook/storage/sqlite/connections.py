"""SQLite connections: how they are set up, and their threads."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path
from time import perf_counter_ns
from types import NoneType
from typing import Any, NamedTuple, TypeVar

from stampbook.storage.sqlite.faults import kind_of, unusable
from stampbook.storage.store import Unavailable
from stampbook.watching.counting import count
from stampbook.watching.metrics import DB_ERRORS
from stampbook.watching.statements import WATCH

OLDEST = (3, 37, 0)
"""Strict tables came with SQLite 3.37 (November 2021)."""

BUSY_TIMEOUT_S = 30.0
"""How long we wait for another process that has locked the file."""

CACHE_KIB = 32_768
"""The memory of one connection for pages."""

CACHED_STATEMENTS = 512

# The module adapts every value that is no number and no text before it is bound, and looks for a
# way in three places. Half of a journal row's columns are NULL. These adapters change nothing; they
# are found at once, and no code of Python runs for them.
_null: Callable[[None], None] = {None: None}.get
sqlite3.register_adapter(NoneType, _null)
sqlite3.register_adapter(bytes, bytes)
sqlite3.register_adapter(bool, int)

_Result = TypeVar("_Result")


class Slowest(NamedTuple):
    """The statement that took longest of a piece of work."""

    sql: str
    took_ns: int
    rows: int


class Watched(sqlite3.Connection):
    """A connection that notes which statement of a piece of work takes longest: the time from its
    start to that of the next one, or to the end of the work. So what a reader does with the rows
    counts, too."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self._sql = ""
        self._began_ns = 0
        self._longest = "", 0

    def execute(self, sql: str, parameters: Any = (), /) -> sqlite3.Cursor:
        """See sqlite3."""
        self._next(sql)
        return super().execute(sql, parameters)

    def executemany(self, sql: str, parameters: Any, /) -> sqlite3.Cursor:
        """See sqlite3."""
        self._next(sql)
        return super().executemany(sql, parameters)

    def _next(self, sql: str) -> None:
        now_ns = perf_counter_ns()
        if self._sql and now_ns - self._began_ns > self._longest[1]:
            self._longest = self._sql, now_ns - self._began_ns
        self._sql, self._began_ns = sql, now_ns

    def slowest(self, work: Callable[["Watched"], _Result]) -> tuple[_Result, Slowest | None]:
        """The result of the work, and its slowest statement if that was slow."""
        self._sql, self._longest = "", ("", 0)
        changes = self.total_changes
        result = work(self)
        self._next("")
        sql, took_ns = self._longest
        if not WATCH.slow_ns or took_ns < WATCH.slow_ns:
            return result, None
        rows = len(result) if isinstance(result, list) else self.total_changes - changes
        return result, Slowest(sql, took_ns, rows)


def connect(path: Path, *, writing: bool) -> Watched:
    """A connection to an existing file. Raises Unavailable.

    Transactions are begun and ended by statements of ours. A commit is durable when it returns
    (WAL with synchronous=FULL), and never waits for a checkpoint (`Checkpointer`). What is deleted
    or replaced is overwritten with zeros, so that the file has nothing of it.
    """
    if sqlite3.sqlite_version_info < OLDEST:
        raise Unavailable(
            f"SQLite {sqlite3.sqlite_version} is too old. Install"
            f" {'.'.join(map(str, OLDEST))} or newer, or use PostgreSQL"
        )
    try:
        connection: Watched = sqlite3.connect(
            f"{path.as_uri()}?mode=rw",
            uri=True,
            timeout=BUSY_TIMEOUT_S,
            factory=Watched,
            isolation_level=None,
            check_same_thread=False,
            cached_statements=CACHED_STATEMENTS,
        )
        connection.row_factory = sqlite3.Row
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA wal_autocheckpoint = 0")
        connection.execute("PRAGMA secure_delete = ON")
        connection.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
        if not writing:
            connection.execute("PRAGMA query_only = ON")
    except sqlite3.DatabaseError as error:
        worded = unusable(path, error)
        if worded is None:
            raise
        raise worded from error
    return connection


class Threaded:
    """One connection on a thread of its own."""

    def __init__(self, path: Path, name: str, *, writing: bool) -> None:
        self._path = path
        self._writing = writing
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix=name)
        self._connection: Watched | None = None

    async def run(self, work: Callable[[sqlite3.Connection], _Result]) -> _Result:
        """The result of `work`, run on the thread. Cancelling the caller does not interrupt it.

        Raises Unavailable for an error that the file or its disk is to blame for.
        """
        loop = asyncio.get_running_loop()
        try:
            result, slow = await asyncio.shield(
                loop.run_in_executor(self._thread, self._work, work)
            )
        except Unavailable as error:
            count(DB_ERRORS, kind_of(error))
            raise
        if slow is not None:
            WATCH.took(*slow)
        return result

    def _work(
        self, work: Callable[[sqlite3.Connection], _Result]
    ) -> tuple[_Result, Slowest | None]:
        if self._connection is None:
            self._connection = connect(self._path, writing=self._writing)
        try:
            return self._connection.slowest(work)
        except sqlite3.Error as error:
            worded = unusable(self._path, error)
            if worded is None:
                raise
            raise worded from error

    async def close(self) -> None:
        """Finish what is running, then close the connection."""
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(self._thread, self._close)
        self._thread.shutdown()

    def _close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


class Readers:
    """A few reading connections; a read takes one that is free, or waits for one."""

    def __init__(self, path: Path, count: int) -> None:
        self._all = [Threaded(path, f"sqlite-read-{at}", writing=False) for at in range(count)]
        self._free: asyncio.LifoQueue[Threaded] = asyncio.LifoQueue()
        for reader in self._all:
            self._free.put_nowait(reader)

    @property
    def idle(self) -> int:
        """How many nobody uses."""
        return self._free.qsize()

    async def run(self, work: Callable[[sqlite3.Connection], _Result]) -> _Result:
        """The result of `work`, in one view of the database."""
        reader = await self._free.get()
        try:
            return await reader.run(lambda connection: _in_one_view(connection, work))
        finally:
            self._free.put_nowait(reader)

    @asynccontextmanager
    async def held(self) -> AsyncIterator[Threaded]:
        """One reader for several reads in one view of the database."""
        reader = await self._free.get()
        try:
            try:
                await reader.run(lambda connection: connection.execute("BEGIN"))
                yield reader
            finally:  # also of a caller who gave up while it began: it has begun all the same
                await reader.run(_end_view)
        finally:
            self._free.put_nowait(reader)

    async def close(self) -> None:
        """Finish what is running, then close the connections."""
        for reader in self._all:
            await reader.close()


def _end_view(connection: sqlite3.Connection) -> None:
    if connection.in_transaction:
        connection.execute("COMMIT")


def _in_one_view(
    connection: sqlite3.Connection, work: Callable[[sqlite3.Connection], _Result]
) -> _Result:
    connection.execute("BEGIN")
    try:
        return work(connection)
    finally:
        connection.execute("COMMIT")
