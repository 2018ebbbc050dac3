"""Streaming replicas of the database: which of them can be read, and as of which instant.

The primary is asked four times a second how far its log has come, and each replica how far it has
replayed the log. What a replica is read for is judged once more on the connection that reads it.
A replica that is away, too far behind or no replica is never waited for: its reader asks the
primary at once.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import asyncpg

from stampbook.storage.applied import SchemaProblem
from stampbook.storage.postgres.connections import acquired, connect, translated
from stampbook.storage.postgres.faults import LOST
from stampbook.storage.postgres.marks import Mark, Marks
from stampbook.storage.postgres.reaching import places
from stampbook.storage.postgres.views import View
from stampbook.storage.store import OutcomeUnknown, Store, Unavailable
from stampbook.watching.logs import worded
from stampbook.watching.noticing import Noticed

if TYPE_CHECKING:
    from asyncpg.pool import PoolConnectionProxy

log = logging.getLogger(__name__)
noticed = Noticed(log)

LOOK_S: Final = 0.25
"""How often servers are asked how far they are: so much older a replica may look than it is."""

RETRY_S: Final = 2.0
"""How soon a server is tried again that cannot be read from."""

PATIENCE_S: Final = 60.0
"""A replica whose statement takes longer is given up, and the primary is asked."""

HURRY_S: Final = 2.0
"""How long the primary's turn is put off for the sake of a replica: for a free connection, and for
what was just written."""

CATCH_UP_S: Final = 5.0
"""How long `doctor` gives replicas to have what the primary has."""

WAIT_S: Final = 0.01

BROKEN: Final = (Unavailable, OutcomeUnknown, asyncpg.PostgresError, *LOST)
"""How a read of a replica fails although nothing is wrong with the read. A replica also cancels
what keeps it from replaying the log."""

SYSTEM: Final = "SELECT system_identifier AS system FROM pg_control_system()"
"""All servers that copy one database, and only these, have the same identifier."""

WRITTEN: Final = """
    SELECT (pg_current_wal_flush_lsn() - '0/0')::bigint AS lsn,
        ('x' || substr(pg_walfile_name(pg_current_wal_flush_lsn()), 1, 8))::bit(32)::int AS timeline
"""
"""How far the log of the primary is on its disk: a commit is answered, and seen, after that."""

REPLAYED: Final = """
    SELECT pg_is_in_recovery() AS follows,
        (pg_last_wal_replay_lsn() - '0/0')::bigint AS lsn,
        COALESCE(
            (SELECT received_tli FROM pg_stat_wal_receiver),
            (SELECT timeline_id FROM pg_control_checkpoint())
        ) AS timeline
"""
"""How far a replica is. Only roles with pg_read_all_stats see the timeline that it receives; others
learn of a new one at the next restart point."""


class Obstacle(StrEnum):
    """Why a server is not read from."""

    UNASKED = "was not asked yet"
    AWAY = "cannot be reached"
    PRIMARY = "takes writes, so it is no replica"
    OTHER = "belongs to another database"
    TIMELINE = "does not follow the present primary yet"
    BEHIND = "is behind all that is known of the primary"


ABLE: Final = (None, Obstacle.BEHIND)
"""Of a replica that can be read from, now or soon."""


class State(NamedTuple):
    """What is known of a server. `number` is its place in the setting, from 1. `as_of` is the
    instant up to which it has everything, if it can be read from."""

    number: int
    as_of: int | None
    obstacle: Obstacle | None


class NoReplica(Exception):
    """None can be read as it was asked for: all are too far behind (`is_behind`), or away."""

    def __init__(self, *, is_behind: bool) -> None:
        super().__init__("too far behind" if is_behind else "away")
        self.is_behind = is_behind


class Replica:
    """One server that the setting names. `replayed` is how much of the log it has replayed."""

    def __init__(self, number: int, url: str, connections: int) -> None:
        self.number = number
        self.url = url
        self.as_of: int | None = None
        self.obstacle: Obstacle | None = Obstacle.UNASKED
        self.replayed = 0
        self._connections = connections
        self._pool: asyncpg.Pool[Any] | None = None

    async def look(self, system: int, marks: Marks) -> None:
        """Find out whether it can be read from. It does not raise."""
        try:
            async with asyncio.timeout(PATIENCE_S):
                pool = await self._opened(system)
                if pool is not None:
                    async with acquired(pool, self.url) as connection:
                        await self.judge(connection, marks, patience_s=PATIENCE_S)
        except (Unavailable, SchemaProblem, TimeoutError, asyncpg.PostgresError, *LOST) as error:
            self.lose(error)

    async def _opened(self, system: int) -> "asyncpg.Pool[Any] | None":
        """Its connections; None, and none are kept, if it belongs to another database."""
        if self._pool is None:
            pool = await connect(self.url, self._connections, patience_s=PATIENCE_S)
            async with acquired(pool, self.url) as connection:
                row = await translated(connection.fetchrow(SYSTEM))
            assert row is not None
            if row["system"] != system:
                await pool.close()
                self.as_of, self.obstacle = None, Obstacle.OTHER
                return None
            self._pool = pool
        return self._pool

    async def judge(
        self,
        connection: "PoolConnectionProxy[Any]",
        marks: Marks,
        *,
        patience_s: float = HURRY_S,
    ) -> None:
        """Note how far it has replayed the log, and up to which instant it has everything."""
        row = await translated(connection.fetchrow(REPLAYED, timeout=patience_s))
        assert row is not None
        last = marks.last
        self.as_of = None
        if not row["follows"]:
            self.obstacle = Obstacle.PRIMARY
        elif last is None or row["timeline"] != last.timeline:
            self.obstacle = Obstacle.TIMELINE
        else:
            self.as_of = marks.upto(row["lsn"], row["timeline"])
            self.obstacle = Obstacle.BEHIND if self.as_of is None else None
        self.replayed = row["lsn"] or 0

    def lose(self, error: BaseException) -> None:
        """It cannot be used; the next look tries it again."""
        self.as_of, self.obstacle = None, Obstacle.AWAY
        said = worded(error)
        noticed.say(f"replica {self.number}", "replica %d is not read: %s", self.number, said)

    @asynccontextmanager
    async def reading(self) -> "AsyncIterator[PoolConnectionProxy[Any]]":
        """A connection, if one is free soon. Raises NoReplica."""
        pool = self._pool
        if pool is None:
            raise NoReplica(is_behind=False)
        try:
            connection = await pool.acquire(timeout=HURRY_S)
        except (*LOST, asyncpg.PostgresError) as error:
            if not isinstance(error, TimeoutError):  # a server whose connections are all in use
                self.lose(error)
            raise NoReplica(is_behind=False) from error
        try:
            yield connection
        finally:
            with suppress(*LOST):
                await pool.release(connection, timeout=HURRY_S)

    async def close(self) -> None:
        """Release its connections."""
        pool, self._pool = self._pool, None
        if pool is not None:
            try:
                async with asyncio.timeout(HURRY_S):
                    await pool.close()
            except TimeoutError:
                pool.terminate()


class Replicas:
    """All of them. Use `open`, and `run` for as long as they are read.

    `clock` is this process's, in microseconds UTC; instants are by it.
    """

    def __init__(
        self, store: Store, url: str, *, clock: Callable[[], int], connections: int, system: int
    ) -> None:
        self._store = store
        self._clock = clock
        self._system = system
        self._marks = Marks()
        self._all = [
            Replica(number, each, connections) for number, each in enumerate(places(url), start=1)
        ]
        self._turn = 0
        self._stopping = asyncio.Event()

    @classmethod
    async def open(
        cls, store: Store, url: str, *, clock: Callable[[], int], connections: int
    ) -> "Replicas":
        """Look at each server once. Raises Unavailable if one belongs to another database: it could
        never be read from. One that is away may come back, so it is only logged."""
        row = await store.fetch_one(SYSTEM)
        assert row is not None
        found = cls(store, url, clock=clock, connections=connections, system=row["system"])
        await found.look()
        for each in found.states:
            if each.obstacle is Obstacle.OTHER:
                await found.close()
                raise Unavailable(
                    f"replica_url: server {each.number} {each.obstacle}. Name standbys that follow"
                    " the server of database_url"
                )
            if each.obstacle not in (None, Obstacle.BEHIND):
                log.warning("replica %d %s; the primary is read", each.number, each.obstacle)
        return found

    @property
    def states(self) -> Sequence[State]:
        """What the last look has found."""
        return [State(each.number, each.as_of, each.obstacle) for each in self._all]

    async def run(self) -> None:
        """Look at all servers, again and again, until `stop`."""
        await asyncio.gather(self._mark_on(), *map(self._look_on, self._all))

    def stop(self) -> None:
        """Let `run` return."""
        self._stopping.set()

    async def close(self) -> None:
        """Release all connections."""
        self.stop()
        await asyncio.gather(*(each.close() for each in self._all))

    async def mark(self) -> int:
        """Ask the primary how far its log has come, and note it. Raises Unavailable."""
        at = self._clock()
        row = await self._store.fetch_one(WRITTEN)
        assert row is not None
        self._marks.note(Mark(at, row["lsn"], row["timeline"]))
        lsn: int = row["lsn"]
        return lsn

    async def look(self) -> None:
        """Look at all servers once. Raises Unavailable if the primary cannot be asked."""
        await self.mark()
        await asyncio.gather(*(each.look(self._system, self._marks) for each in self._all))

    async def catch_up(self) -> None:
        """Return when all that can be read from have what the primary has now, or after a while."""
        lsn = await self.mark()
        until_s = asyncio.get_running_loop().time() + CATCH_UP_S
        while asyncio.get_running_loop().time() < until_s:
            await asyncio.gather(*(each.look(self._system, self._marks) for each in self._all))
            able = [each for each in self._all if each.obstacle in ABLE]
            if all(each.replayed >= lsn for each in able):
                return
            await asyncio.sleep(WAIT_S)

    async def _mark_on(self) -> None:
        while not self._stopping.is_set():
            try:
                await self.mark()
            except Exception as error:  # marks grow old until the primary answers again
                noticed.say("mark", "the primary does not say how far it is: %s", worded(error))
            await self._pause(LOOK_S)

    async def _look_on(self, replica: Replica) -> None:
        while not self._stopping.is_set():
            await replica.look(self._system, self._marks)
            is_lost = replica.obstacle in (Obstacle.AWAY, Obstacle.OTHER, Obstacle.PRIMARY)
            await self._pause(RETRY_S if is_lost else LOOK_S)

    async def _pause(self, pause_s: float) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._stopping.wait(), pause_s)

    @asynccontextmanager
    async def view(self, *, since: int, lsn: int = 0) -> AsyncIterator[View]:
        """A view that has everything that was committed before the instant `since`, or a later one,
        and the first `lsn` bytes of the log. Raises NoReplica."""
        able = [each for each in self._all if each.obstacle in ABLE]
        if not able:
            raise NoReplica(is_behind=False)
        near = [each for each in able if each.as_of is not None and each.as_of >= since]
        if not near:
            raise NoReplica(is_behind=True)
        self._turn += 1
        replica = near[self._turn % len(near)]
        async with replica.reading() as connection:
            try:
                yield await self._begun(replica, connection, since, lsn)
            finally:
                with suppress(*LOST, asyncpg.PostgresError):
                    await connection.execute("ROLLBACK")

    async def _begun(
        self, replica: Replica, connection: "PoolConnectionProxy[Any]", since: int, lsn: int
    ) -> View:
        """The view, with its snapshot. Raises NoReplica."""
        try:
            await self._until_replayed(replica, connection, lsn)
            if replica.as_of is None or replica.as_of < since:
                raise NoReplica(is_behind=True)
            shards = self._store.shards
            view = View(replica.url, connection, shards=shards, as_of=replica.as_of)
            # The snapshot is taken after the replica has said how far it is: it has no less.
            await connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            await view.fix()
        except (Unavailable, asyncpg.PostgresError, *LOST) as error:
            replica.lose(error)
            raise NoReplica(is_behind=False) from error
        return view

    async def _until_replayed(
        self, replica: Replica, connection: "PoolConnectionProxy[Any]", lsn: int
    ) -> None:
        """Return when the replica has replayed as much. Raises NoReplica if that takes long."""
        until_s = asyncio.get_running_loop().time() + HURRY_S
        await replica.judge(connection, self._marks)
        while replica.replayed < lsn:
            if asyncio.get_running_loop().time() > until_s:
                raise NoReplica(is_behind=True)
            await asyncio.sleep(WAIT_S)
            await replica.judge(connection, self._marks)
