"""A replica's database at one moment, as a store: all reads of a view see the same snapshot."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Final, cast

from stampbook.storage.postgres.connections import LOOKING_UP, translated
from stampbook.storage.postgres.store import PostgresStore
from stampbook.storage.store import Transacting, Unavailable

if TYPE_CHECKING:
    import asyncpg
    from asyncpg.pool import PoolConnectionProxy

READ_ONLY: Final = "a replica takes no writes"

POSITION: Final = "SELECT COALESCE(max(position), 0) AS position FROM transactions"


class Turns:
    """One connection for all who read a view: one statement at a time."""

    def __init__(self, connection: "PoolConnectionProxy[Any]") -> None:
        self.connection = connection
        self.lock = asyncio.Lock()
        self.settings: Mapping[str, str] = {}

    async def plan_with(self, settings: Mapping[str, str]) -> None:
        """Have what follows planned with these settings, for as long as the transaction lasts."""
        if settings == self.settings:
            return
        plain = [f"SET LOCAL {name} TO DEFAULT" for name in self.settings if name not in settings]
        chosen = [f"SET LOCAL {name} TO '{value}'" for name, value in settings.items()]
        await translated(self.connection.execute("; ".join([*plain, *chosen])))
        self.settings = settings


class Lent:
    """What the store takes for a pool: its one connection has the settings of the pool's."""

    def __init__(self, turns: Turns, settings: Mapping[str, str]) -> None:
        self._turns = turns
        self._settings = settings

    async def acquire(self) -> "PoolConnectionProxy[Any]":
        """Wait for a turn."""
        await self._turns.lock.acquire()
        try:
            await self._turns.plan_with(self._settings)
        except BaseException:
            self._turns.lock.release()
            raise
        return self._turns.connection

    async def release(self, connection: object, *, timeout: float) -> None:  # noqa: ASYNC109 - as asyncpg's
        """The turn is over."""
        self._turns.lock.release()


class View(PostgresStore):
    """See the module. Its connection has begun a transaction that reads one snapshot.

    `as_of`: it has everything that was committed before this instant, by this server's clock.
    `position` is that of the last row of the journal which it has.
    """

    def __init__(
        self, url: str, connection: "PoolConnectionProxy[Any]", *, shards: int, as_of: int
    ) -> None:
        turns = Turns(connection)
        looking_up, plain = Lent(turns, LOOKING_UP), Lent(turns, {})
        super().__init__(
            url, cast("asyncpg.Pool[Any]", looking_up), cast("asyncpg.Pool[Any]", plain)
        )
        self._turns = turns
        self._shards = shards
        self.as_of = as_of
        self.position = 0

    async def fix(self) -> None:
        """Take the snapshot: what is committed from now on is not seen."""
        row = await self.fetch_one(POSITION)
        assert row is not None
        self.position = row["position"]

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[Transacting]:
        """See Database: the view is one."""
        yield self

    async def complete_upto(self) -> int:
        """Raises Unavailable: only the primary knows which positions are being drawn."""
        raise Unavailable(READ_ONLY)

    async def close(self) -> None:
        """The transaction belongs to whom has begun it."""
