"""A new store for each test: a copy of a database that was migrated once."""

from __future__ import annotations

import itertools
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from stampbook.storage.migrating import migrate
from stampbook.storage.opening import open_store
from stampbook.storage.postgres.temporary import TemporaryPostgres
from stampbook.storage.store import Store

TEMPLATE = "migrated"

_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file that no test writes to."""
    path = tmp_path_factory.mktemp("template") / "migrated.sqlite"
    migrate(f"sqlite:{path}")
    return path


@pytest.fixture(scope="session")
def postgres_template(postgres_server: TemporaryPostgres) -> str:
    """The name of a migrated database that nobody is connected to."""
    migrate(postgres_server.create_database(TEMPLATE))
    return TEMPLATE


@pytest.fixture
def sqlite_address(sqlite_template: Path, tmp_path: Path) -> str:
    """The address of a migrated SQLite database for one test."""
    path = tmp_path / "stampbook.sqlite"
    shutil.copyfile(sqlite_template, path)
    return f"sqlite:{path}"


@pytest.fixture
def postgres_address(postgres_server: TemporaryPostgres, postgres_template: str) -> Iterator[str]:
    """The address of a migrated PostgreSQL database for one test."""
    name = f"store_{next(_numbers)}"
    yield postgres_server.create_database(name, template=postgres_template)
    postgres_server.drop_database(name)


@pytest.fixture(params=["sqlite", "postgres"])
def store_address(request: pytest.FixtureRequest) -> str:
    """The address of a migrated database for one test, once for each kind of database."""
    address: str = request.getfixturevalue(f"{request.param}_address")
    return address


@pytest.fixture
async def sqlite_store(sqlite_address: str) -> AsyncIterator[Store]:
    """A store on SQLite."""
    store = await open_store(sqlite_address)
    yield store
    await store.close()


@pytest.fixture
async def postgres_store(postgres_address: str) -> AsyncIterator[Store]:
    """A store on PostgreSQL."""
    store = await open_store(postgres_address)
    yield store
    await store.close()


@pytest.fixture
async def store(store_address: str) -> AsyncIterator[Store]:
    """A store; the test runs once on SQLite and once on PostgreSQL."""
    store = await open_store(store_address)
    yield store
    await store.close()
