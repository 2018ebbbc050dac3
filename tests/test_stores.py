"""The session's databases are after each test what they were before it."""

from __future__ import annotations

import asyncpg
import pytest

from stampbook.domain.commands import Accrue, Cancel
from stampbook.storage.address import is_postgres, sqlite_path
from stampbook.storage.applied import POSTGRES_TABLES, SQLITE_TABLES
from stampbook.storage.opening import open_store
from stampbook.storage.store import Store
from tests.emptying import EmptiedPostgres, EmptiedSqlite
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


async def test_what_was_written_is_gone(own_address: str) -> None:
    tables = POSTGRES_TABLES if is_postgres(own_address) else SQLITE_TABLES
    emptied: EmptiedPostgres | EmptiedSqlite
    if is_postgres(own_address):
        emptied = await EmptiedPostgres.open(own_address)
    else:
        path = sqlite_path(own_address)
        emptied = EmptiedSqlite(path, path.with_name("emptied.sqlite"))
    store = await open_store(emptied.address)
    before = await content(store, tables)
    for _ in range(3):
        assert await use(store) == 1
        assert await content(store, tables) != before
        if isinstance(emptied, EmptiedPostgres):
            await emptied.empty()
        else:
            emptied.empty()
        assert await content(store, tables) == before
    await store.close()
    if isinstance(emptied, EmptiedPostgres):
        await emptied.close()
    else:
        emptied.close()


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
