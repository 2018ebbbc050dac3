"""Bringing the schema up, and refusing what does not fit."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import asyncpg
import pytest

from stampbook.pacing import run_apart
from stampbook.storage.address import UnknownAddress, is_postgres, sqlite_path, without_password
from stampbook.storage.applied import SchemaForeign, SchemaMissing, SchemaNewer, SchemaOlder, known
from stampbook.storage.migrating import is_empty, migrate, pending
from stampbook.storage.opening import create_database, open_or_create, open_store
from stampbook.storage.postgres.temporary import TemporaryPostgres
from stampbook.storage.store import Unavailable


@pytest.fixture(params=["sqlite", "postgres"])
def missing(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database that does not exist yet, in a folder with an awkward name."""
    if request.param == "sqlite":
        (tmp_path / "new folder %2525 é?").mkdir()
        yield f"sqlite:{tmp_path}/new folder %2525 é?/a b.sqlite".replace("%", "%25")
        return
    server: TemporaryPostgres = request.getfixturevalue("postgres_server")
    yield server.database_url("not_made_yet")
    server.drop_database("not_made_yet")


def run_sql(url: str, sql: str) -> None:
    async def run() -> None:
        connection = await asyncpg.connect(url)
        await connection.execute(sql)
        await connection.close()

    if is_postgres(url):
        run_apart(run())
    else:
        with closing(sqlite3.connect(sqlite_path(url))) as connection:
            connection.executescript(sql)


async def test_a_missing_database(missing: str) -> None:
    assert await asyncio.to_thread(is_empty, missing)
    assert pending(missing) == list(known(missing).values())
    with pytest.raises(SchemaMissing):
        await open_store(missing)
    assert migrate(missing) == list(known(missing).values())
    assert not is_empty(missing)
    assert pending(missing) == []
    assert migrate(missing) == []
    store = await open_store(missing)
    assert store.shards == 2
    await store.close()


def test_an_empty_database(postgres_database: str) -> None:
    assert is_empty(postgres_database)
    assert len(migrate(postgres_database)) == len(known(postgres_database))


async def test_serving_an_empty_database_migrates_it(missing: str) -> None:
    store = await open_or_create(missing, shards=8)
    assert store.shards == 8
    await store.close()


async def test_the_number_of_shards_is_fixed_by_the_first_account(missing: str) -> None:
    create_database(missing, shards=4)
    create_database(missing, shards=16)
    store = await open_store(missing)
    assert store.shards == 16
    await store.execute("INSERT INTO account_numbers DEFAULT VALUES")
    await store.close()
    create_database(missing, shards=4)
    store = await open_store(missing)
    assert store.shards == 16
    await store.close()


async def test_an_older_schema_is_refused(own_address: str) -> None:
    last = list(known(own_address))[-1]
    run_sql(own_address, f"DELETE FROM schema_migrations WHERE version = '{last}'")
    assert pending(own_address) == [known(own_address)[last]]
    for opening in (open_store, open_or_create):
        with pytest.raises(SchemaOlder, match="stampbook migrate"):
            await opening(own_address)


async def test_a_newer_schema_is_refused(own_address: str) -> None:
    run_sql(own_address, "INSERT INTO schema_migrations (version) VALUES ('29990101000000')")
    with pytest.raises(SchemaNewer, match="29990101000000"):
        await open_store(own_address)
    with pytest.raises(SchemaNewer):
        migrate(own_address)


async def test_somebody_elses_database_is_refused(missing: str) -> None:
    create_database(missing)
    run_sql(missing, "DROP TABLE schema_migrations")
    with pytest.raises(SchemaForeign):
        await open_store(missing)
    with pytest.raises(SchemaForeign):
        migrate(missing)


def test_servers_that_start_together_migrate_once(missing: str) -> None:
    with ThreadPoolExecutor(4) as threads:
        applied = list(threads.map(migrate, [missing] * 4))
    assert sorted(name for names in applied for name in names) == list(known(missing).values())
    assert pending(missing) == []


def test_a_migrated_database_is_asked_without_starting_a_program(
    own_address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setattr("sysconfig.get_path", lambda _: "/nowhere")
    assert migrate(own_address) == []


async def test_a_server_that_does_not_answer() -> None:
    with pytest.raises(Unavailable) as caught:
        await open_store("postgresql://anna:secret@127.0.0.1:1/name")
    assert "secret" not in str(caught.value)


def test_addresses() -> None:
    assert sqlite_path("sqlite:///var/lib/a%20b.sqlite") == Path("/var/lib/a b.sqlite")
    assert sqlite_path("sqlite:////var/lib/x.sqlite") == Path("/var/lib/x.sqlite")
    assert sqlite_path("sqlite:x/y.sqlite") == Path.cwd() / "x/y.sqlite"
    assert sqlite_path("x/y.sqlite") == Path.cwd() / "x/y.sqlite"
    assert not is_postgres("/var/lib/x.sqlite")
    assert is_postgres("postgres://host/name")
    assert (
        without_password("postgresql://anna:s3@host:5/n?sslmode=x") == "postgresql://anna@host:5/n"
    )
    for bad in ("mysql://host/name", "http://x"):
        with pytest.raises(UnknownAddress):
            is_postgres(bad)
    for bad in ("", "sqlite:", "sqlite::memory:", ":memory:", "folder/", "a?b.sqlite"):
        with pytest.raises(UnknownAddress):
            sqlite_path(bad)
