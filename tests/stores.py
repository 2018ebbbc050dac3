"""The stores of the tests.

`store` is one of each kind a session: it stays open, and each test finds it as its migrations left
it. A fixture that many tests ask for puts it into a state that it has made once: see `states`.
`own_store` is a fresh one, for a test that changes the schema, the settings of a connection or the
store itself, that breaks or closes it, or that asks how large its tables are.
"""

from __future__ import annotations

import itertools
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from stampbook.storage.address import is_postgres
from stampbook.storage.migrating import migrate
from stampbook.storage.opening import open_store
from stampbook.storage.postgres.temporary import MEMORY, TemporaryPostgres
from stampbook.storage.store import Store
from tests.distribution.cluster import distributed
from tests.emptying import Emptied, EmptiedPostgres, EmptiedSqlite, States
from tests.turns import INSTEAD

TEMPLATE = "migrated"
SHARED = "shared"

_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def memory(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder in memory, where nothing waits for a disk; otherwise in the usual place."""
    if not os.access(MEMORY, os.W_OK | os.X_OK):
        yield tmp_path_factory.mktemp("memory")
        return
    with tempfile.TemporaryDirectory(prefix="stampbook-tests-", dir=MEMORY) as folder:
        yield Path(folder)


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


# -- one of each kind a session ------------------------------------------------------------


@pytest.fixture(scope="session")
async def shared_sqlite(sqlite_template: Path, memory: Path) -> AsyncIterator[EmptiedSqlite]:
    """The session's SQLite database."""
    shared = EmptiedSqlite(sqlite_template, memory / "shared.sqlite")
    yield shared
    await shared.close()


@pytest.fixture(scope="session")
def shared_postgres_address(request: pytest.FixtureRequest) -> Iterator[str]:
    """An empty PostgreSQL database, or a distributed one: see tests/distribution."""
    if INSTEAD:
        with distributed(guarded=False) as address:
            yield address
        return
    server: TemporaryPostgres = request.getfixturevalue("postgres_server")
    template: str = request.getfixturevalue("postgres_template")
    yield server.create_database(SHARED, template=template)
    server.drop_database(SHARED)


@pytest.fixture(scope="session")
async def shared_postgres(shared_postgres_address: str) -> AsyncIterator[EmptiedPostgres]:
    """The session's PostgreSQL database."""
    shared = await EmptiedPostgres.open(shared_postgres_address)
    yield shared
    await shared.close()


@pytest.fixture(scope="session")
async def shared_sqlite_store(shared_sqlite: EmptiedSqlite) -> AsyncIterator[Store]:
    store = await open_store(shared_sqlite.address)
    yield store
    await store.close()


@pytest.fixture(scope="session")
async def shared_postgres_store(shared_postgres: EmptiedPostgres) -> AsyncIterator[Store]:
    store = await open_store(shared_postgres.address)
    yield store
    await store.close()


@pytest.fixture(scope="session")
async def other_sqlite_store(shared_sqlite: EmptiedSqlite) -> AsyncIterator[Store]:
    store = await open_store(shared_sqlite.address)
    yield store
    await store.close()


@pytest.fixture(scope="session")
async def other_postgres_store(shared_postgres: EmptiedPostgres) -> AsyncIterator[Store]:
    store = await open_store(shared_postgres.address)
    yield store
    await store.close()


@pytest.fixture(scope="session")
def sqlite_states(shared_sqlite: EmptiedSqlite) -> States:
    return States(shared_sqlite)


@pytest.fixture(scope="session")
def postgres_states(shared_postgres: EmptiedPostgres) -> States:
    return States(shared_postgres)


async def _empty(emptied: Emptied, request: pytest.FixtureRequest) -> None:
    """Before a test, unless it asks for a state: then the database goes straight to that."""
    if "states" not in request.fixturenames:
        await emptied.empty()


@pytest.fixture
async def sqlite_address(shared_sqlite: EmptiedSqlite, request: pytest.FixtureRequest) -> str:
    """The address of the session's SQLite database, empty."""
    await _empty(shared_sqlite, request)
    return shared_sqlite.address


@pytest.fixture
async def postgres_address(shared_postgres: EmptiedPostgres, request: pytest.FixtureRequest) -> str:
    """The address of the session's PostgreSQL database, empty."""
    await _empty(shared_postgres, request)
    return shared_postgres.address


@pytest.fixture(params=["sqlite", "postgres"])
def store_address(request: pytest.FixtureRequest) -> str:
    """The address of an empty database, once for each kind of database."""
    address: str = request.getfixturevalue(f"{request.param}_address")
    return address


@pytest.fixture
def sqlite_store(sqlite_address: str, shared_sqlite_store: Store) -> Store:
    """The session's store on SQLite, empty."""
    return shared_sqlite_store


@pytest.fixture
def postgres_store(postgres_address: str, shared_postgres_store: Store) -> Store:
    """The session's store on PostgreSQL, empty."""
    return shared_postgres_store


@pytest.fixture
def store(store_address: str, request: pytest.FixtureRequest) -> Store:
    """An empty store; the test runs once on SQLite and once on PostgreSQL."""
    kind = "postgres" if is_postgres(store_address) else "sqlite"
    found: Store = request.getfixturevalue(f"shared_{kind}_store")
    return found


@pytest.fixture
def other_store(store_address: str, request: pytest.FixtureRequest) -> Store:
    """Another server's, on the database of `store`."""
    kind = "postgres" if is_postgres(store_address) else "sqlite"
    found: Store = request.getfixturevalue(f"other_{kind}_store")
    return found


@pytest.fixture
def states(store_address: str, request: pytest.FixtureRequest) -> States:
    """The states that `store` can be put into."""
    kind = "postgres" if is_postgres(store_address) else "sqlite"
    found: States = request.getfixturevalue(f"{kind}_states")
    return found


# -- of the test's own ---------------------------------------------------------------------


@pytest.fixture
def own_sqlite_address(sqlite_template: Path, tmp_path: Path) -> str:
    """The address of a migrated SQLite database of the test's own."""
    path = tmp_path / "stampbook.sqlite"
    shutil.copyfile(sqlite_template, path)
    return f"sqlite:{path}"


@pytest.fixture
def own_postgres_address(
    postgres_server: TemporaryPostgres, postgres_template: str
) -> Iterator[str]:
    """The address of a migrated PostgreSQL database of the test's own."""
    name = f"own_{next(_numbers)}"
    yield postgres_server.create_database(name, template=postgres_template)
    postgres_server.drop_database(name)


@pytest.fixture(params=["sqlite", "postgres"])
def own_address(request: pytest.FixtureRequest) -> str:
    """The address of a migrated database of the test's own, once for each kind of database."""
    address: str = request.getfixturevalue(f"own_{request.param}_address")
    return address


@pytest.fixture
async def own_sqlite_store(own_sqlite_address: str) -> AsyncIterator[Store]:
    """A store on SQLite of the test's own."""
    store = await open_store(own_sqlite_address)
    yield store
    await store.close()


@pytest.fixture
async def own_postgres_store(own_postgres_address: str) -> AsyncIterator[Store]:
    """A store on PostgreSQL of the test's own."""
    store = await open_store(own_postgres_address)
    yield store
    await store.close()


@pytest.fixture
async def own_store(own_address: str) -> AsyncIterator[Store]:
    """A store of the test's own; the test runs once on SQLite and once on PostgreSQL."""
    store = await open_store(own_address)
    yield store
    await store.close()
