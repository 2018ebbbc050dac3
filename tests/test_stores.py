"""The session's databases are after each test what they were before it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
import pytest

from stampbook.domain.commands import Accrue, Cancel
from stampbook.storage.address import is_postgres, sqlite_path
from stampbook.storage.applied import POSTGRES_TABLES, SQLITE_TABLES
from stampbook.storage.opening import open_store
from stampbook.storage.store import Store
from tests.emptying import Emptied, EmptiedPostgres, EmptiedSqlite, States
from tests.storage.building import carry_out, complete_book, make_account


async def content(store: Store, tables: str) -> dict[str, list[str]]:
    """All rows of all tables."""
    names = [str(next(iter(dict(row).values()))) for row in await store.fetch(tables)]
    return {
        name: sorted(str(dict(row)) for row in await store.fetch(f"SELECT * FROM {name}"))
        for name in names
    }


async def use(store: Store) -> int:
    """Write to the journal, and change what the migrations made; the number of the account."""
    account = await make_account(store)
    await carry_out(store, await complete_book(store, account), Accrue(5), Cancel(1))
    await store.execute("UPDATE ledger SET shards = shards + 1")
    await store.execute("UPDATE tenants SET name = 'another'")
    await store.execute("INSERT INTO tenants (name, created_at) VALUES ('a second', 0)")
    return account


@asynccontextmanager
async def emptied_at(address: str) -> AsyncIterator[tuple[Emptied, Store, str]]:
    """A database that can be emptied, its store, and the statement that finds its tables."""
    emptied: Emptied
    if is_postgres(address):
        emptied, tables = await EmptiedPostgres.open(address), POSTGRES_TABLES
    else:
        path = sqlite_path(address)
        emptied, tables = EmptiedSqlite(path, path.with_name("emptied.sqlite")), SQLITE_TABLES
    store = await open_store(emptied.address)
    yield emptied, store, tables
    await store.close()
    await emptied.close()


async def test_what_was_written_is_gone(own_address: str) -> None:
    async with emptied_at(own_address) as (emptied, store, tables):
        before = await content(store, tables)
        for _ in range(3):
            assert await use(store) == 1
            assert await content(store, tables) != before
            await emptied.empty()
            assert await content(store, tables) == before


async def test_a_change_of_the_schema_of_sqlite_is_gone(own_sqlite_address: str) -> None:
    async with emptied_at(own_sqlite_address) as (emptied, store, tables):
        before = await content(store, tables)
        for name in ("one", "other", "one"):
            await store.execute(f"CREATE TABLE more (a INTEGER, {name} INTEGER)")
            await store.execute(f"INSERT INTO more (a, {name}) VALUES (1, 2)")
            rows = await store.fetch("SELECT * FROM more")
            assert [dict(row) for row in rows] == [{"a": 1, name: 2}]
            await emptied.empty()
            assert await content(store, tables) == before
            await emptied.empty()
            assert await content(store, tables) == before


async def test_a_state_is_made_once_and_comes_back(own_address: str) -> None:
    async with emptied_at(own_address) as (emptied, store, tables):
        states, made = States(emptied), list[str]()

        async def small() -> int:
            made.append("small")
            return await use(store)

        async def large() -> int:
            made.append("large")
            await use(store)
            return await use(store)

        before, seen = await content(store, tables), dict[str, object]()
        for name, make, last in [("small", small, 1), ("large", large, 2)] * 2:
            assert await states.known(name, make) == last
            assert await content(store, tables) == seen.setdefault(
                name, await content(store, tables)
            )
            await store.execute("UPDATE ledger SET shards = shards + 1")
            assert await make_account(store) == last + 1
            await emptied.empty()
            assert await content(store, tables) == before
        assert made == ["small", "large"]
        assert seen["small"] != seen["large"]


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE more (a int)",
        "DROP TABLE external_ids",
        "ALTER TABLE transactions DISABLE TRIGGER USER",
        "CREATE INDEX more ON tenants (name)",
    ],
)
async def test_the_schema_is_not_changed(postgres_store: Store, statement: str) -> None:
    with pytest.raises(asyncpg.RaiseError, match="ask for own_store"):
        await postgres_store.execute(statement)
