"""Opening a store by its address, and creating databases."""

import asyncio

from stampbook.pacing import run_apart
from stampbook.storage.address import is_postgres, sqlite_path
from stampbook.storage.applied import SchemaMissing
from stampbook.storage.migrating import migrate
from stampbook.storage.postgres.citus import open_postgres
from stampbook.storage.postgres.connections import POOL_SIZE
from stampbook.storage.sqlite.store import SqliteStore
from stampbook.storage.store import Store

DEFAULT_SHARDS = 2
"""Batches of different shards are saved at once. A database that will be distributed needs 64 or
more."""


async def open_store(url: str, *, pool_size: int = POOL_SIZE) -> Store:
    """The store of a migrated database, with at most that many connections to PostgreSQL.

    Raises a SchemaProblem (SchemaMissing, SchemaOlder, SchemaNewer, SchemaForeign),
    UnknownAddress, or Unavailable.
    """
    if is_postgres(url):
        return await open_postgres(url, pool_size=pool_size)
    return await SqliteStore.open(sqlite_path(url))


async def open_or_create(
    url: str, *, shards: int = DEFAULT_SHARDS, pool_size: int = POOL_SIZE
) -> Store:
    """The store; an empty or missing database is migrated first. An older schema is refused."""
    try:
        return await open_store(url, pool_size=pool_size)
    except SchemaMissing:
        await asyncio.to_thread(create_database, url, shards=shards)
        return await open_store(url, pool_size=pool_size)


def create_database(url: str, *, shards: int = DEFAULT_SHARDS) -> None:
    """Migrate an empty or missing database and fix its number of shards for good.

    A database that has accounts already keeps its number of shards.
    """
    migrate(url)
    if shards != DEFAULT_SHARDS:
        run_apart(_fix_shards(url, shards))


async def _fix_shards(url: str, shards: int) -> None:
    store = await open_store(url)
    try:
        await store.execute(
            "UPDATE ledger SET shards = $1 WHERE NOT EXISTS (SELECT 1 FROM account_numbers)",
            shards,
        )
    finally:
        await store.close()
