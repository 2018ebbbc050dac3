"""The native API on a real store and ledger, asked over ASGI, with a clock that tests set."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from stampbook.edge.context import Context
from stampbook.ledger.engine import Ledger
from stampbook.ledger.guarding import Guardians
from stampbook.loyalty.orders.guarding import OrderGuardian
from stampbook.programs import api_keys, tenants
from stampbook.storage.store import Store
from stampbook.visits.movements.restoring import VisitGuardian
from tests.http.in_process import InProcess, application
from tests.http.native.asking import Api, Clock


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def ledger(store: Store, clock: Clock) -> AsyncIterator[Ledger]:
    working = Ledger(
        store, clock=clock, guardian=Guardians(VisitGuardian(store), OrderGuardian(store))
    )
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
