"""PostgreSQL connections: pools, the settings of their sessions, and statements on one of them."""

from collections.abc import AsyncIterator, Awaitable, Mapping
from contextlib import asynccontextmanager, suppress
from time import perf_counter_ns
from typing import TYPE_CHECKING, Any, TypeVar

import asyncpg

from stampbook.storage.address import without_password
from stampbook.storage.applied import SchemaMissing
from stampbook.storage.ending import Ended
from stampbook.storage.postgres.attending import IDLE_TRANSACTION_MS, Attended
from stampbook.storage.postgres.binaries import OLDEST_MAJOR
from stampbook.storage.postgres.faults import LOST, of_node, unusable
from stampbook.storage.postgres.reaching import Reaching
from stampbook.storage.store import Row, Unavailable, UniqueViolation
from stampbook.watching.statements import WATCH

if TYPE_CHECKING:
    from asyncpg.pool import PoolConnectionProxy

POOL_SIZE = 16
"""Connections of one process. Six processes stay below PostgreSQL's default limit of 100."""

LEDGER_SHARE = 0.375
"""The part of them for batches: of 16 it is enough for two shards to save while others load."""

PLAN_LIFETIME_S = 60
"""How long a statement stays prepared, with its plan."""

LOOKING_UP = {
    "plan_cache_mode": "force_generic_plan",
    "enable_seqscan": "off",
    "enable_bitmapscan": "off",
    "enable_hashjoin": "off",
    "enable_mergejoin": "off",
    "jit": "off",
}
"""The ledger's statements look rows up by their keys, one after the other. So their plans are kept,
and plans that read a whole table are ruled out."""

NO_SETTINGS: Mapping[str, str] = {}

LEDGER_PATIENCE_S = 60.0
"""A batch takes milliseconds; a server that has not answered for a minute will not."""

OTHER_PATIENCE_S = 600.0
"""Long work is done in slices, and the longest report takes seconds: no statement of ours takes ten
minutes on a server that works."""

GRACE_S = 5.0
"""So much later the server itself ends a statement, if we could not tell it to."""

RELEASE_TIMEOUT_S = 5.0
"""A connection whose statement was given up gets so long to be of use again; then it is closed."""

SERVER = "the database server"

_Result = TypeVar("_Result")


class Watched(Attended):
    """A connection that notes how long its statements take."""

    async def fetch(self, query: str, *args: Any, **more: Any) -> list[Any]:
        """See asyncpg."""
        began_ns = perf_counter_ns()
        try:
            found: list[Any] = await super().fetch(query, *args, **more)
        except asyncpg.InternalServerError as error:
            raise of_node(error) from error
        WATCH.took(query, perf_counter_ns() - began_ns, len(found))
        return found

    async def fetchrow(self, query: str, *args: Any, **more: Any) -> Any:
        """See asyncpg."""
        began_ns = perf_counter_ns()
        try:
            found = await super().fetchrow(query, *args, **more)
        except asyncpg.InternalServerError as error:
            raise of_node(error) from error
        WATCH.took(query, perf_counter_ns() - began_ns, int(found is not None))
        return found

    async def execute(self, query: str, *args: Any, **more: Any) -> str:
        """See asyncpg."""
        began_ns = perf_counter_ns()
        try:
            status: str = await super().execute(query, *args, **more)
        except asyncpg.InternalServerError as error:
            raise of_node(error) from error
        WATCH.took(query, perf_counter_ns() - began_ns, _touched(status))
        return status

    async def fetchmany(self, query: str, args: Any, **more: Any) -> list[Any]:
        """See asyncpg."""
        began_ns = perf_counter_ns()
        try:
            found: list[Any] = await super().fetchmany(query, args, **more)
        except asyncpg.InternalServerError as error:
            raise of_node(error) from error
        WATCH.took(query, perf_counter_ns() - began_ns, len(found))
        return found


class PostgresTransacting(Ended):
    """Statements on one connection."""

    # It waits for every UPDATE of the row, and an UPDATE by the same transaction needs no more.
    locking = "FOR NO KEY UPDATE"

    def __init__(self, connection: "PoolConnectionProxy[Any]", *, writing: bool = False) -> None:
        super().__init__(writing=writing)
        self._connection = connection

    async def fetch(self, sql: str, *args: object) -> list[Row]:
        """See Transacting."""
        return await translated(self._connection.fetch(sql, *args))

    async def fetch_one(self, sql: str, *args: object) -> Row | None:
        """See Transacting."""
        return await translated(self._connection.fetchrow(sql, *args))

    async def execute(self, sql: str, *args: object) -> int:
        """See Transacting."""
        return _touched(await translated(self._connection.execute(sql, *args)))


async def connect(
    url: str, connections: int, *, patience_s: float, **settings: str
) -> "asyncpg.Pool[Any]":
    """A pool of that many connections, with these settings. A statement that takes longer than
    `patience_s` is given up (TimeoutError). Raises SchemaMissing or Unavailable."""
    guards = {
        "idle_in_transaction_session_timeout": str(IDLE_TRANSACTION_MS),
        "statement_timeout": f"{(patience_s + GRACE_S) * 1_000:.0f}",
    }
    try:
        return await asyncpg.create_pool(
            url,
            min_size=1,
            max_size=connections,
            connect=Reaching(url).connect,
            init=refuse_old,
            reset=_keep,
            connection_class=Watched,
            max_cached_statement_lifetime=PLAN_LIFETIME_S,
            command_timeout=patience_s,
            server_settings={
                "application_name": "stampbook",
                "timezone": "UTC",
                **guards,
                **settings,
            },
        )
    except asyncpg.InvalidCatalogNameError as error:
        raise _missing(url) from error
    except (*LOST, asyncpg.PostgresError) as error:
        worded = unusable(without_password(url), error)
        if worded is None:
            raise
        raise worded from error


async def single(url: str) -> "asyncpg.Connection[Any]":
    """One connection. Raises SchemaMissing if there is no such database, or Unavailable."""
    try:
        connection = await Reaching(url).connect()
        await refuse_old(connection)
    except asyncpg.InvalidCatalogNameError as error:
        raise _missing(url) from error
    except (*LOST, asyncpg.PostgresError) as error:
        worded = unusable(without_password(url), error)
        if worded is None:
            raise
        raise worded from error
    return connection


def _missing(url: str) -> SchemaMissing:
    return SchemaMissing(f"{without_password(url)} does not exist. Run `stampbook migrate`")


async def refuse_old(connection: "asyncpg.Connection[Any]") -> None:
    """Close the connection and raise Unavailable if the server is too old for Stampbook."""
    version = connection.get_server_version()
    if version.major < OLDEST_MAJOR:
        await connection.close()
        raise Unavailable(
            f"the database server is PostgreSQL {version.major}."
            f" Upgrade it to version {OLDEST_MAJOR} or newer"
        )


async def _keep(connection: "asyncpg.Connection[Any]") -> None:
    """Our statements change no settings of a session: it needs no reset by the server."""


async def translated(answer: Awaitable[_Result]) -> _Result:
    """The answer, with the errors of the driver that callers must know in our own words."""
    try:
        return await answer
    except asyncpg.UniqueViolationError as error:
        raise UniqueViolation(error.constraint_name) from error
    except (*LOST, asyncpg.PostgresError) as error:
        if isinstance(error, ValueError):  # an argument of the wrong type: the caller's fault
            raise
        worded = unusable(SERVER, error)
        if worded is None:
            raise
        raise worded from error


def _touched(status: str) -> int:
    """The number of rows in a command's status: `INSERT 0 3`, `UPDATE 2`."""
    last = status.rpartition(" ")[2]
    return int(last) if last.isdigit() else 0


@asynccontextmanager
async def acquired(
    pool: "asyncpg.Pool[Any]", url: str
) -> "AsyncIterator[PoolConnectionProxy[Any]]":
    """A connection of the pool, released afterwards. Raises Unavailable."""
    try:
        connection = await pool.acquire()
    except (*LOST, asyncpg.PostgresError) as error:
        worded = unusable(without_password(url), error)
        if worded is None:
            raise
        raise worded from error
    try:
        yield connection
    finally:
        with suppress(*LOST):  # the work is done or given up; the pool replaces the lost connection
            await pool.release(connection, timeout=RELEASE_TIMEOUT_S)
