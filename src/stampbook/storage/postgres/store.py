"""The store on PostgreSQL.

Two pools: one for the ledger's hot path, one for everything else, so that no report, however
long, keeps a batch waiting for a connection.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Any, Self, TypeVar

import asyncpg

from stampbook.domain.model import FOREVER, Transaction
from stampbook.domain.policy import Policy
from stampbook.pacing import LARGE, apart
from stampbook.storage.applied import APPLIED, CODE, CODE_TABLE, POSTGRES_TABLES, TABLE, Code, check
from stampbook.storage.ending import Ended, end
from stampbook.storage.examining import Room
from stampbook.storage.policy_rows import SELECT_POLICIES, policy_of
from stampbook.storage.postgres.checks import PostgresChecks
from stampbook.storage.postgres.connections import (
    LEDGER_PATIENCE_S,
    LEDGER_SHARE,
    LOOKING_UP,
    NO_SETTINGS,
    OTHER_PATIENCE_S,
    POOL_SIZE,
    SERVER,
    PostgresTransacting,
    acquired,
    connect,
    translated,
)
from stampbook.storage.postgres.faults import CONFLICTS, LOST, unusable
from stampbook.storage.postgres.loading import STATEMENTS, load
from stampbook.storage.postgres.saving import ENDS, WIDTHS, WRITTEN, ends_of, save_arguments
from stampbook.storage.postgres.writing import at_once, in_order
from stampbook.storage.rows import external_id_of, key_of, transaction_of
from stampbook.storage.searching import MAX_FOUND, Sought
from stampbook.storage.store import (
    NO_COPIES,
    AccountFound,
    Batch,
    BesideConflict,
    Demand,
    ExternalIdRow,
    Key,
    KeyRow,
    NoRoom,
    OutcomeUnknown,
    Row,
    SaveConflict,
    Transacting,
    UniqueViolation,
)
from stampbook.watching.counting import MEMORY, count, gauge
from stampbook.watching.metrics import DB_CONNECTIONS, DB_ERRORS

if TYPE_CHECKING:
    from asyncpg.pool import PoolConnectionProxy

FIRST_PLANS = 500
LAST_PLANS = 200_000
"""Plans that are made while the tables are nearly empty read whole tables, and would go on doing so
when these have grown (docs/decisions/0004-plans.md). So all plans are made anew after this process
has written FIRST_PLANS journal rows, and each time that it has written four times as many, up to
LAST_PLANS."""

MARK = "SELECT pg_logical_emit_message(true, 'stampbook', '')"
"""Writes to the log and to nothing else. A commit that has written nothing waits for nobody."""

_Result = TypeVar("_Result")


class PostgresStore(Ended):
    """The store protocol on PostgreSQL. Make one with `open`."""

    statements = STATEMENTS
    settings: Mapping[str, str] = LOOKING_UP
    others_settings: Mapping[str, str] = NO_SETTINGS
    copies = NO_COPIES
    looks_everywhere = True
    transacting = PostgresTransacting
    saves_at_once = True
    """Whether one statement writes all of a batch, and so needs no transaction around it."""

    def __init__(self, url: str, ledger: "asyncpg.Pool[Any]", other: "asyncpg.Pool[Any]") -> None:
        super().__init__()
        self._url = url
        self._ledger = ledger
        self._other = other
        self.room = Room()
        self.checks = PostgresChecks(self)
        self._shards = 0
        self._widths: dict[str, int] = {}
        self._ends = ENDS
        self._written = 0
        self._next_plans = FIRST_PLANS

    @classmethod
    async def open(cls, url: str, *, converting: bool = False, pool_size: int = POOL_SIZE) -> Self:
        """Connect and check the schema; see applied.check. It has at most `pool_size` connections.

        Raises SchemaProblem or Unavailable."""
        for_batches = int(pool_size * LEDGER_SHARE)
        ledger = await connect(url, for_batches, patience_s=LEDGER_PATIENCE_S, **cls.settings)
        others = pool_size - for_batches
        other = await connect(url, others, patience_s=OTHER_PATIENCE_S, **cls.others_settings)
        store = cls(url, ledger, other)
        try:
            await store.check_schema(converting)
        except BaseException:
            await store.close()
            raise
        MEMORY.measures.append(store.measure)
        return store

    def measure(self) -> None:
        """See Store."""
        pools = (self._ledger, self._other)
        idle = sum(pool.get_idle_size() for pool in pools)
        gauge(DB_CONNECTIONS, "idle", value=idle)
        gauge(DB_CONNECTIONS, "used", value=sum(pool.get_size() for pool in pools) - idle)
        gauge(DB_CONNECTIONS, "limit", value=sum(pool.get_max_size() for pool in pools))

    async def check_schema(self, converting: bool = False) -> None:
        """See applied.check. Raises SchemaProblem."""
        tables = {row["table_name"] for row in await self.fetch(POSTGRES_TABLES)}
        applied = await self.fetch(APPLIED) if TABLE in tables else []
        code = await self.fetch_one(CODE) if CODE_TABLE in tables else None
        check(
            self._url,
            tables,
            [row["version"] for row in applied],
            code=Code(code["oldest"], code["newest"]) if code else None,
            converting=converting,
        )
        await self._measure()
        row = await self.fetch_one("SELECT shards FROM ledger")
        assert row is not None
        self._shards = row["shards"]

    @property
    def shards(self) -> int:
        """See LedgerStore."""
        return self._shards

    @property
    def unopened(self) -> int:
        """Connections that this process may still open."""
        pools = (self._ledger, self._other)
        return sum(pool.get_max_size() - pool.get_size() for pool in pools)

    async def close(self) -> None:
        """See Store."""
        if self.measure in MEMORY.measures:
            MEMORY.forget(self.measure)
        await asyncio.gather(self._ledger.close(), self._other.close())

    # -- the ledger ----------------------------------------------------------------

    async def load(self, shard: int, demands: Sequence[Demand]) -> list[AccountFound]:
        """See LedgerStore."""
        return await load(self._fetch, shard, demands) if demands else []

    async def _measure(self) -> bool:
        """Note how many columns the tables have; whether that has changed."""
        found = {row["name"]: row["columns"] for row in await self.fetch(WIDTHS, list(WRITTEN))}
        changed = found != self._widths
        self._widths = found
        self._ends = ends_of(found)
        return changed

    async def save(self, batches: Sequence[Batch]) -> None:
        """See LedgerStore."""
        try:
            await self._save(batches)
        except asyncpg.InvalidTextRepresentationError:
            # Nothing was written. A migration has added columns while this process was running.
            if not await self._measure():
                raise
            await self._save(batches)

    async def _save(self, batches: Sequence[Batch]) -> None:
        arguments = [
            await apart(self._arguments, batch) if batch.size > LARGE else self._arguments(batch)
            for batch in batches
        ]
        async with acquired(self._ledger, self._url) as connection:
            try:
                save = self.statements["save"] if self.saves_at_once else None
                if save is None or not await at_once(connection, save, batches, arguments):
                    await in_order(connection, self._write, batches, arguments)
            except UniqueViolation as error:
                raise BesideConflict(str(error)) from error
            except CONFLICTS as error:
                raise SaveConflict(str(error)) from error
            except LOST as error:
                if isinstance(error, ValueError):  # a value of the wrong type: nothing was sent
                    raise
                count(DB_ERRORS, "timeout" if isinstance(error, TimeoutError) else "lost")
                raise OutcomeUnknown(str(error)) from error
            except asyncpg.PostgresError as error:  # the server has refused it as a whole
                worded = unusable(SERVER, error)
                if worded is None:
                    raise
                self._note(worded)
                raise worded from error
        self.room.sufficed()
        await self._count_rows(sum(len(batch.records) for batch in batches))

    def _arguments(self, batch: Batch) -> list[object]:
        """The values of the statement `save`."""
        return save_arguments(self.statements["save"], batch, self._ends)

    async def _write(
        self, connection: "PoolConnectionProxy[Any]", batch: Batch, arguments: list[object]
    ) -> None:
        """Write a batch's rows in its shard."""
        await connection.execute(self.statements["save"].sql, *arguments)

    def _note(self, error: BaseException) -> None:
        """Remember that there was no room."""
        if isinstance(error, NoRoom):
            self.room.lacked()

    async def _count_rows(self, rows: int) -> None:
        self._written += rows
        if self._written >= self._next_plans <= LAST_PLANS:
            self._next_plans *= 4
            await self._ledger.expire_connections()

    async def until_replicated(self) -> None:
        """See LedgerStore. A commit waits for what was committed before it."""
        async with acquired(self._ledger, self._url) as connection:
            await translated(connection.execute(MARK))

    async def policies(self, currencies: Sequence[int]) -> list[Policy]:
        """See LedgerStore."""
        sql = f"{SELECT_POLICIES} WHERE c.currency_id = ANY ($1::bigint[])"
        async with acquired(self._ledger, self._url) as connection:
            found = await translated(connection.fetch(sql, list(currencies)))
        return [policy_of(row) for row in found]

    async def find_keys(self, keys: Sequence[Key]) -> list[KeyRow]:
        """See LedgerStore."""
        values = {
            "digests": [key.digest for key in keys],
            "tenants": [key.tenant for key in keys],
            "keys": [key.text for key in keys],
        }
        return [key_of(row) for row in await self._fetch("find_keys", values)]

    async def find_external_ids(self, ids: Sequence[tuple[int, str]]) -> list[ExternalIdRow]:
        """See LedgerStore."""
        values = {
            "programs": [program for program, _ in ids],
            "external_ids": [external_id for _, external_id in ids],
        }
        return [external_id_of(row) for row in await self._fetch("find_external_ids", values)]

    async def find_guards(self, subjects: Sequence[str]) -> dict[str, int]:
        """See LedgerStore."""
        found = await self._fetch("find_guards", {"subjects": list(subjects)})
        return {row["subject"]: row["version"] for row in found}

    async def last_rows(self, shard: int, accounts: Sequence[int]) -> dict[int, int]:
        """See LedgerStore."""
        values = {"shard": shard, "accounts": list(accounts)}
        return {row["account_id"]: row["seq"] for row in await self._fetch("last_rows", values)}

    async def journal(self, account: int, *, after: int, limit: int) -> list[Transaction]:
        """See LedgerStore."""
        values = {
            "shard": account % self._shards,
            "account": account,
            "after": after,
            "limit": limit,
        }
        return [transaction_of(row) for row in await self._fetch("journal", values, self._other)]

    async def written(self, account: int, seq: int, count: int = 1) -> list[Transaction]:
        """See LedgerStore."""
        return await self.journal(account, after=seq - 1, limit=count)

    async def due_accounts(self, shard: int, now: int, limit: int, program: int = 0) -> list[int]:
        """See LedgerStore."""
        values = {"shard": shard, "now": now, "limit": limit, "program": program}
        while True:
            looked_at = await self._fetch("due_accounts", values, self._other)
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
        values = {"terms": sought.for_postgres(), "most": MAX_FOUND}
        found = await self._fetch("find_members", values, self._other)
        return [row["member_id"] for row in found]

    async def purge_search(self) -> None:
        """See Store."""

    async def complete_upto(self) -> int:
        """See LedgerStore. The order of the two reads matters: see ledger/following/feed.py."""
        (last,) = await self._fetch("last_position", {}, self._other)
        (first,) = await self._fetch("drawing_since", {}, self._other)
        drawn: int = last["position"]
        return drawn if first["position"] is None else min(drawn, first["position"])

    async def put_off(self, shard: int, accounts: Sequence[int]) -> None:
        """See LedgerStore."""
        values = {"shard": shard, "accounts": accounts}
        lock, put_off = self.statements["lock_accounts"], self.statements["put_off"]
        async with self.transaction() as writing:
            await writing.fetch(lock.sql, *lock.arguments(values))
            await writing.execute(put_off.sql, *put_off.arguments(values))

    async def _fetch(
        self, name: str, values: Mapping[str, object], pool: "asyncpg.Pool[Any] | None" = None
    ) -> list[Any]:
        statement = self.statements[name]
        async with acquired(pool or self._ledger, self._url) as connection:
            return await translated(connection.fetch(statement.sql, *statement.arguments(values)))

    # -- everything else -----------------------------------------------------------

    async def fetch(self, sql: str, *args: object) -> list[Row]:
        """See Transacting."""
        return await self._apart(lambda once: once.fetch(sql, *args))

    async def fetch_one(self, sql: str, *args: object) -> Row | None:
        """See Transacting."""
        return await self._apart(lambda once: once.fetch_one(sql, *args))

    async def execute(self, sql: str, *args: object) -> int:
        """See Transacting."""
        return await self._apart(lambda once: once.execute(sql, *args))

    async def _apart(
        self, statement: Callable[[PostgresTransacting], Awaitable[_Result]]
    ) -> _Result:
        async with acquired(self._other, self._url) as connection:
            try:
                return await statement(self.transacting(connection))
            except NoRoom as error:
                self._note(error)
                raise

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transacting]:
        """See Database."""
        async with acquired(self._other, self._url) as connection:
            transaction = connection.transaction()
            await translated(transaction.start())
            try:
                writing = self.transacting(connection, writing=True)
                yield writing
                await end(writing)
            except BaseException as error:
                with suppress(*LOST):
                    await transaction.rollback()
                self._note(error)
                raise
            try:
                await transaction.commit()
            except LOST as error:
                raise OutcomeUnknown(str(error)) from error
            except asyncpg.DiskFullError as error:
                self.room.lacked()
                raise NoRoom(str(error)) from error

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[Transacting]:
        """See Database."""
        async with acquired(self._other, self._url) as connection:
            transaction = connection.transaction(isolation="repeatable_read", readonly=True)
            await translated(transaction.start())
            try:
                yield self.transacting(connection)
            finally:
                with suppress(*LOST):
                    await transaction.rollback()
