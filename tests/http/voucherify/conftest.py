"""The dialect on both stores, asked over ASGI, with a clock that tests set."""

from __future__ import annotations

import itertools
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest

from stampbook.edge.context import Context
from stampbook.ledger.engine import Ledger
from stampbook.programs import api_keys, tenants
from stampbook.storage.migrating import migrate
from stampbook.storage.opening import open_store
from stampbook.storage.postgres.temporary import TemporaryPostgres
from stampbook.storage.store import Store
from tests.http.in_process import InProcess, application
from tests.http.voucherify.house import Clock, House
from tests.http.voucherify.operations import TESTS

_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated file, to be copied."""
    path = tmp_path_factory.mktemp("voucherify") / "template.db"
    migrate(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def postgres_template(postgres_server: TemporaryPostgres) -> str:
    """A migrated database, to be copied."""
    migrate(postgres_server.create_database("voucherify_template"))
    return "voucherify_template"


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A fresh, migrated database of either kind."""
    if request.param == "sqlite":
        path = tmp_path / "stampbook.db"
        shutil.copy(request.getfixturevalue("sqlite_template"), path)
        yield f"sqlite:///{path}"
        return
    server: TemporaryPostgres = request.getfixturevalue("postgres_server")
    name = f"voucherify_{next(_numbers)}"
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


@pytest.fixture
async def client(context: Context) -> AsyncIterator[httpx.AsyncClient]:
    transport = InProcess(application(context))
    async with httpx.AsyncClient(transport=transport, base_url="http://stampbook") as asking:
        yield asking


async def secret_of(store: Store, *scopes: str, tenant: int = 1, program: int | None = None) -> str:
    """A new key's secret."""
    secret = api_keys.new_secret()
    async with store.transaction() as writing:
        await api_keys.create(
            writing,
            tenant=tenant,
            name="a shop",
            scopes=scopes or ("admin",),
            secret=secret,
            now=0,
            program=program,
        )
    return secret


@pytest.fixture
async def house(
    request: pytest.FixtureRequest,
    client: httpx.AsyncClient,
    store: Store,
    clock: Clock,
    ledger: Ledger,
) -> AsyncIterator[House]:
    """An admin of the default tenant. A test that is named as an operation's must ask for it."""
    opened = House(client, await secret_of(store), clock, ledger)
    yield opened
    here = f"{Path(request.path).stem}::{request.function.__name__}"
    assert {name for name, test in TESTS.items() if test == here} <= opened.answered


@pytest.fixture
async def stranger(client: httpx.AsyncClient, store: Store, clock: Clock, ledger: Ledger) -> House:
    """An admin of another tenant."""
    async with store.transaction() as writing:
        tenant = await tenants.create(writing, name="another house", now=0)
    secret = await secret_of(store, tenant=tenant.tenant_id)
    return House(client, secret, clock, ledger, tenant.tenant_id)
