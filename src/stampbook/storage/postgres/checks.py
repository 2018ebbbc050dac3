"""The checks of a PostgreSQL database: see storage/examining.py."""

from typing import Final, Protocol

from stampbook.storage.applied import SchemaProblem
from stampbook.storage.examining import Failing, Finding, Found, Room
from stampbook.storage.store import Database, NoRoom, Unavailable

RESERVED: Final = 3
"""Connections of a server that are left for its administrators: superuser_reserved_connections."""

SAMPLE: Final = """
    CREATE TEMPORARY TABLE sample ON COMMIT DROP AS
    SELECT repeat(md5(i::text), 32) AS filler FROM generate_series(1, 1024) AS i
"""
"""As much as a large batch takes: rows of 1 kB, which are not compressed."""

ALLOWED: Final = "SELECT current_setting('max_connections')::int AS allowed"

CONNECTED: Final = """
    SELECT current_setting('max_connections')::int AS allowed, count(*) AS used
    FROM pg_stat_activity WHERE backend_type = 'client backend'
"""


class Checked(Database, Protocol):
    """What is needed of the store."""

    room: Room

    async def check_schema(self) -> None:
        """Raises SchemaProblem."""

    @property
    def unopened(self) -> int:
        """Connections that this process may still open."""


class PostgresChecks:
    """See storage/examining.py."""

    def __init__(self, store: Checked) -> None:
        self._store = store

    async def check_database(self) -> Found:
        """See Examined."""
        await self._store.fetch_one("SELECT 1 AS one")
        return Finding.DATABASE_ANSWERS.of()

    async def check_schema(self) -> Found:
        """See Examined."""
        try:
            await self._store.check_schema()
        except SchemaProblem:
            raise Failing(Finding.SCHEMA_OTHER.of()) from None
        return Finding.SCHEMA_CURRENT.of()

    async def check_writes(self) -> Found:
        """See Examined. After a write that found no room, another one is tried, but not at once."""
        row = await self._store.fetch_one(
            "SELECT current_setting('transaction_read_only') AS only_read"
        )
        if row is None or row["only_read"] == "on":
            raise Failing(Finding.DATABASE_READ_ONLY.of())
        room = self._store.room
        if room.is_lacking:
            raise Failing(Finding.NO_ROOM.of())
        if room.was_lacking:
            try:
                async with self._store.transaction() as writing:
                    await writing.execute(SAMPLE)
            except NoRoom:
                raise Failing(Finding.NO_ROOM.of()) from None
            room.sufficed()
        return Finding.DATABASE_WRITABLE.of()

    async def free_bytes(self) -> int | None:
        """See Examined."""
        return None

    async def check_disk(self, needed: int) -> Found:
        """See Examined."""
        return Finding.DISK_ELSEWHERE.of()

    async def check_connections(self) -> Found:
        """See Examined."""
        row = await self._store.fetch_one(CONNECTED)
        assert row is not None
        used, allowed = row["used"], row["allowed"]
        found = Finding.CONNECTIONS.of(used=used, allowed=allowed)
        if used + RESERVED >= allowed and self._store.unopened:
            raise Failing(found)
        return found


async def check_budget(store: Database, *, processes: int, pool_size: int) -> None:
    """Raise Unavailable unless the server takes all connections that the processes may open."""
    row = await store.fetch_one(ALLOWED)
    assert row is not None
    wanted, allowed = processes * pool_size + RESERVED, row["allowed"]
    if wanted > allowed:
        raise Unavailable(
            f"{processes} processes with {pool_size} connections each, and {RESERVED} for"
            f" administrators, are {wanted} connections, but the server's max_connections is"
            f" {allowed}. Lower workers or pool_size, or raise max_connections"
        )
