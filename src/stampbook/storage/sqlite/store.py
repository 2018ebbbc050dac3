"""The store on SQLite: one connection writes, a few read, and neither waits for the other.

Several processes may use one file. Each has its own writer; SQLite lets one of them write
at a time, and the others wait (BUSY_TIMEOUT_S).
"""

import asyncio
import re
import sqlite3
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Protocol, TypeVar

from stampbook.domain.model import FOREVER, Transaction
from stampbook.domain.policy import Policy
from stampbook.storage.applied import APPLIED, CODE, CODE_TABLE, SQLITE_TABLES, TABLE, Code, check
from stampbook.storage.ending import Ended, end
from stampbook.storage.examining import Room
from stampbook.storage.policy_rows import SELECT_POLICIES, policy_of
from stampbook.storage.rows import external_id_of, key_of, transaction_of
from stampbook.storage.searching import MAX_FOUND, Sought
from stampbook.storage.sqlite.checkpoints import Checkpointer
from stampbook.storage.sqlite.checks import SqliteChecks, check_file
from stampbook.storage.sqlite.connections import Readers, Threaded
from stampbook.storage.sqlite.constraints import constraint_names, constraint_of
from stampbook.storage.sqlite.loading import STATEMENTS, load
from stampbook.storage.sqlite.privacy import keep_private
from stampbook.storage.sqlite.purging import purge
from stampbook.storage.sqlite.saving import Outcome, commit, positional, roll_back, save_all
from stampbook.storage.store import (
    NO_COPIES,
    AccountFound,
    Batch,
    Demand,
    ExternalIdRow,
    Key,
    KeyRow,
    NoRoom,
    Row,
    Transacting,
    UniqueViolation,
)
from stampbook.watching.counting import MEMORY, gauge
from stampbook.watching.metrics import DB_CONNECTIONS

LEDGER_READERS = 2
OTHER_READERS = 4
"""Reading threads: batches have their own, so that no report keeps a batch waiting."""

CONNECTIONS = LEDGER_READERS + OTHER_READERS + 1
"""They, and the one that writes."""

_CHANGES = re.compile(r"\b(INSERT|UPDATE|DELETE|REPLACE)\b", re.IGNORECASE)

_Result = TypeVar("_Result")


class Runner(Protocol):
    """Does work on a connection's thread."""

    async def __call__(self, work: Callable[[sqlite3.Connection], _Result]) -> _Result: ...


class SqliteTransacting(Ended):
    """Statements on one connection, within a transaction that is open there."""

    def __init__(self, run: Runner, *, writing: bool = False) -> None:
        super().__init__(writing=writing)
        self._run = run

    async def fetch(self, sql: str, *args: object) -> list[Row]:
        """See Transacting."""
        return await self._run(lambda connection: _fetch(connection, sql, args))

    async def fetch_one(self, sql: str, *args: object) -> Row | None:
        """See Transacting."""
        rows = await self.fetch(sql, *args)
        return rows[0] if rows else None

    async def execute(self, sql: str, *args: object) -> int:
        """See Transacting."""
        return await self._run(lambda connection: _execute(connection, sql, args))


class SqliteStore(Ended):
    """The store protocol on a SQLite file. Make one with `open`."""

    copies = NO_COPIES
    looks_everywhere = True

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path
        self._writer = Threaded(path, "sqlite-write", writing=True)
        self._turn = asyncio.Lock()
        self._ledger = Readers(path, LEDGER_READERS)
        self._other = Readers(path, OTHER_READERS)
        self._checkpointer = Checkpointer(path, self._in_turn)
        self.room = Room()
        self.checks = SqliteChecks(self, path)
        self._waiting: list[tuple[Sequence[Batch], asyncio.Future[None]]] = []
        self._saving: asyncio.Task[None] | None = None
        self._constraints: dict[str, str] = {}
        self._shards = 0

    @classmethod
    async def open(cls, path: Path, *, converting: bool = False) -> "SqliteStore":
        """Open an existing file and check its schema; see applied.check.

        Raises SchemaProblem or Unavailable."""
        await asyncio.to_thread(check_file, path)
        store = cls(path)
        try:
            await store.check_schema(converting)
            await asyncio.to_thread(keep_private, path)
        except BaseException:
            await store.close()
            raise
        MEMORY.measures.append(store.measure)
        return store

    def measure(self) -> None:
        """See Store. The writer is in use while somebody has its turn."""
        idle = self._ledger.idle + self._other.idle + (not self._turn.locked())
        gauge(DB_CONNECTIONS, "idle", value=idle)
        gauge(DB_CONNECTIONS, "used", value=CONNECTIONS - idle)
        gauge(DB_CONNECTIONS, "limit", value=CONNECTIONS)

    async def check_schema(self, converting: bool = False) -> None:
        """See applied.check. Raises SchemaProblem."""
        tables = {row["name"] for row in await self.fetch(SQLITE_TABLES)}
        applied = await self.fetch(APPLIED) if TABLE in tables else []
        code = await self.fetch_one(CODE) if CODE_TABLE in tables else None
        check(
            str(self._path),
            tables,
            [row["version"] for row in applied],
            code=Code(code["oldest"], code["newest"]) if code else None,
            converting=converting,
        )
        row = await self.fetch_one("SELECT shards FROM ledger")
        assert row is not None
        self._shards = row["shards"]
        self._constraints = await self._other.run(constraint_names)

    @property
    def shards(self) -> int:
        """See LedgerStore."""
        return self._shards

    async def close(self) -> None:
        """See Store."""
        if self.measure in MEMORY.measures:
            MEMORY.forget(self.measure)
        if self._saving is not None:
            await self._saving
        await self._checkpointer.close()
        async with self._turn:
            await self._writer.close()
        await self._ledger.close()
        await self._other.close()

    # -- the ledger ----------------------------------------------------------------

    async def load(self, shard: int, demands: Sequence[Demand]) -> list[AccountFound]:
        """See LedgerStore."""
        return await self._ledger.run(lambda connection: load(connection, shard, demands))

    async def save(self, batches: Sequence[Batch]) -> None:
        """See LedgerStore. Batches that wait during another save are saved together after it."""
        saved: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((batches, saved))
        if self._saving is None:
            self._saving = asyncio.create_task(self._save_waiting())
        await saved

    async def _save_waiting(self) -> None:
        try:
            while self._waiting:
                async with self._turn:
                    together, self._waiting = self._waiting, []
                    outcomes = await self._save_together([batches for batches, _ in together])
                for (_, saved), outcome in zip(together, outcomes, strict=True):
                    if saved.done():
                        continue
                    if outcome is None:
                        saved.set_result(None)
                    else:
                        saved.set_exception(outcome)
                self._checkpointer.wake()
        finally:
            self._saving = None

    async def _save_together(self, groups: Sequence[Sequence[Batch]]) -> list[Outcome]:
        try:
            outcomes = await self.write(lambda connection: save_all(connection, groups))
        except Exception as error:
            return [error for _ in groups]
        self.room.sufficed()
        return outcomes

    async def until_replicated(self) -> None:
        """See LedgerStore."""

    async def policies(self, currencies: Sequence[int]) -> list[Policy]:
        """See LedgerStore."""
        sql = f"{SELECT_POLICIES} WHERE c.currency_id = ?"
        rows = await self._many(sql, [(currency,) for currency in currencies])
        return [policy_of(row) for row in rows]

    async def find_keys(self, keys: Sequence[Key]) -> list[KeyRow]:
        """See LedgerStore."""
        wanted = [{"digest": key.digest, "tenant": key.tenant, "key": key.text} for key in keys]
        return [key_of(row) for row in await self._many(STATEMENTS["find_key"], wanted)]

    async def find_external_ids(self, ids: Sequence[tuple[int, str]]) -> list[ExternalIdRow]:
        """See LedgerStore."""
        wanted = [{"program": program, "external_id": name} for program, name in ids]
        rows = await self._many(STATEMENTS["find_external_id"], wanted)
        return [external_id_of(row) for row in rows]

    async def find_guards(self, subjects: Sequence[str]) -> dict[str, int]:
        """See LedgerStore."""
        wanted = [{"subject": subject} for subject in subjects]
        rows = await self._many(STATEMENTS["find_guard"], wanted)
        return {row["subject"]: row["version"] for row in rows}

    async def last_rows(self, shard: int, accounts: Sequence[int]) -> dict[int, int]:
        """See LedgerStore."""
        wanted = [{"shard": shard, "account": account} for account in accounts]
        rows = await self._many(STATEMENTS["last_number"], wanted)
        return {row["account_id"]: row["seq"] for row in rows}

    async def journal(self, account: int, *, after: int, limit: int) -> list[Transaction]:
        """See LedgerStore."""
        values = {
            "shard": account % self._shards,
            "account": account,
            "after": after,
            "limit": limit,
        }
        return await self._other.run(
            lambda connection: [
                transaction_of(row) for row in connection.execute(STATEMENTS["journal"], values)
            ]
        )

    async def written(self, account: int, seq: int, count: int = 1) -> list[Transaction]:
        """See LedgerStore."""
        return await self.journal(account, after=seq - 1, limit=count)

    async def due_accounts(self, shard: int, now: int, limit: int, program: int = 0) -> list[int]:
        """See LedgerStore."""
        values = {"shard": shard, "now": now, "limit": limit, "program": program}
        while True:
            looked_at = await self._many(STATEMENTS["due_accounts"], [values])
            dated = [(FOREVER if at is None else at, account) for account, at in looked_at]
            due = [account for at, account in sorted(dated) if at <= now]
            early = [account for at, account in dated if at > now]
            if early:
                await self.put_off(shard, early)
            if due or not looked_at:
                return due

    async def find_members(self, sought: Sought) -> list[int]:
        """See Store."""
        if sought.programs is not None and not sought.programs:
            return []
        found = await self.fetch(STATEMENTS["find_members"], sought.for_sqlite(), MAX_FOUND)
        return [row["member_id"] for row in found]

    async def purge_search(self) -> None:
        """See Store."""
        await purge(self)

    async def complete_upto(self) -> int:
        """See LedgerStore. One writer at a time gives positions, so no row can appear below one."""
        row = await self.fetch_one(STATEMENTS["last_position"])
        assert row is not None
        return int(row["position"])

    async def put_off(self, shard: int, accounts: Sequence[int]) -> None:
        """See LedgerStore."""
        wanted = [{"shard": shard, "account": account} for account in accounts]
        async with self._turn:
            try:
                await self.write(_begin)
                await self.write(
                    lambda connection: connection.executemany(STATEMENTS["put_off"], wanted)
                )
            except BaseException:
                await self.write(roll_back)
                raise
            await self.write(commit)

    async def _many(self, sql: str, wanted: Sequence[Any]) -> list[Any]:
        """The rows of one statement for each of the parameters, in one view."""
        return await self._ledger.run(
            lambda connection: [row for values in wanted for row in connection.execute(sql, values)]
        )

    # -- everything else -----------------------------------------------------------

    async def fetch(self, sql: str, *args: object) -> list[Row]:
        """See Transacting. A statement that changes something goes to the writer."""
        if _CHANGES.search(sql):
            async with self.transaction() as writing:
                return await writing.fetch(sql, *args)
        return await self._other.run(lambda connection: _fetch(connection, sql, args))

    async def fetch_one(self, sql: str, *args: object) -> Row | None:
        """See Transacting."""
        rows = await self.fetch(sql, *args)
        return rows[0] if rows else None

    async def execute(self, sql: str, *args: object) -> int:
        """See Transacting."""
        async with self.transaction() as writing:
            return await writing.execute(sql, *args)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transacting]:
        """See Database. It holds the only writer: nothing slow belongs between its statements."""
        async with self._turn:
            try:
                await self.write(_begin)
                writing = SqliteTransacting(self.write, writing=True)
                yield writing
                await end(writing)
            except BaseException:
                await self.write(roll_back)
                raise
            await self.write(commit)
        self.room.sufficed()
        self._checkpointer.wake()

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[Transacting]:
        """See Database. It keeps one of the readers, and the file's log from being reused."""
        async with self._other.held() as reader:
            yield SqliteTransacting(reader.run)

    async def _in_turn(self, work: Callable[[sqlite3.Connection], _Result]) -> _Result:
        async with self._turn:
            return await self._writer.run(work)

    async def write(self, work: Callable[[sqlite3.Connection], _Result]) -> _Result:
        """Do something on the writing connection; the caller has the turn."""
        try:
            return await self._writer.run(work)
        except NoRoom:
            self.room.lacked()
            raise
        except sqlite3.IntegrityError as error:
            if error.sqlite_errorname in (
                "SQLITE_CONSTRAINT_UNIQUE",
                "SQLITE_CONSTRAINT_PRIMARYKEY",
            ):
                raise UniqueViolation(constraint_of(error, self._constraints)) from error
            raise


def _fetch(connection: sqlite3.Connection, sql: str, args: Sequence[object]) -> list[Any]:
    return connection.execute(positional(sql), args).fetchall()


def _execute(connection: sqlite3.Connection, sql: str, args: Sequence[object]) -> int:
    return max(0, connection.execute(positional(sql), args).rowcount)


def _begin(connection: sqlite3.Connection) -> None:
    connection.execute("BEGIN IMMEDIATE")
