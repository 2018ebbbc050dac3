"""The native API on a real store and ledger, asked over ASGI, with a clock that tests set."""

from __future__ import annotations

import itertools
import shutil
from collections.abc import AsyncIterator, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import pytest

from stampbook.http.app import Application, create_app
from stampbook.http.context import Context
from stampbook.ledger.engine import Ledger
from stampbook.programs import api_keys, tenants
from stampbook.storage.migrating import migrate
from stampbook.storage.opening import open_store
from stampbook.storage.store import Store
from stampbook.storage.temporary_postgres import TemporaryPostgres
from tests.http.native.asking import Api, Clock

_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated file, to be copied."""
    path = tmp_path_factory.mktemp("native") / "template.db"
    migrate(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def postgres_template(postgres_server: TemporaryPostgres) -> str:
    """A migrated database, to be copied."""
    migrate(postgres_server.create_database("native_template"))
    return "native_template"


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A fresh, migrated database of either kind."""
    if request.param == "sqlite":
        path = tmp_path / "stampbook.db"
        shutil.copy(request.getfixturevalue("sqlite_template"), path)
        yield f"sqlite:///{path}"
        return
    server: TemporaryPostgres = request.getfixturevalue("postgres_server")
    name = f"native_{next(_numbers)}"
    yield server.create_database(name, template=request.getfixturevalue("postgres_template"))
    server.drop_database(name)


@pytest.fixture
async def store(database_url: str) -> AsyncIterator[Store]:
    opened = await open_store(database_url)
    yield opened
    await opened.close()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def ledger(store: Store, clock: Clock) -> AsyncIterator[Ledger]:
    working = Ledger(store, clock=clock)
    await working.start()
    yield working
    await working.stop()


@pytest.fixture
def context(store: Store, ledger: Ledger, clock: Clock) -> Context:
    return Context(store, ledger, clock)


@cache
def _application() -> Application:
    return create_app(None)  # type: ignore[arg-type]


def application(context: Context) -> Application:
    """The application on the test's context: it is built once, since that takes a while."""
    app = _application()
    app.state.context = context
    return app


@pytest.fixture
async def client(context: Context) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=application(context), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://stampbook") as asking:
        yield asking


async def secret_of(store: Store, *scopes: str, tenant: int = 1, program: int | None = None) -> str:
    """A new key's secret."""
    secret = api_keys.new_secret()
    async with store.transaction() as writing:
        await api_keys.create(
            writing,
            tenant=tenant,
            name="a till",
            scopes=scopes or ("admin",),
            secret=secret,
            now=0,
            program=program,
        )
    return secret


@pytest.fixture
async def api(client: httpx.AsyncClient, store: Store, clock: Clock) -> Api:
    """An admin of the default tenant."""
    return Api(client, await secret_of(store), clock)


@pytest.fixture
async def stranger(client: httpx.AsyncClient, store: Store, clock: Clock) -> Api:
    """An admin of another tenant."""
    async with store.transaction() as writing:
        tenant = await tenants.create(writing, name="another house", now=0)
    return Api(client, await secret_of(store, tenant=tenant.tenant_id), clock)


@pytest.fixture
async def key_with(client: httpx.AsyncClient, store: Store, clock: Clock) -> Any:
    """Makes a key with the scopes given (and `program=`)."""

    async def make(*scopes: str, program: int | None = None) -> Api:
        return Api(client, await secret_of(store, *scopes, program=program), clock)

    return make
