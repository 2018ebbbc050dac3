"""A primary with a streaming replica, and the native API on both, by a clock that tests set."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Iterator
from typing import NamedTuple
from urllib.parse import urlsplit, urlunsplit

import httpx
import pytest

from stampbook.edge.context import Context
from stampbook.ledger.engine import Ledger
from stampbook.ledger.mirroring.mirror import Mirror
from stampbook.settings import Settings
from stampbook.storage.migrating import migrate
from stampbook.storage.opening import open_store
from stampbook.storage.postgres.replicas import Replicas
from stampbook.storage.postgres.temporary import TemporaryPostgres
from stampbook.storage.store import Store
from tests.http.in_process import InProcess, application
from tests.http.native.asking import Api, Clock
from tests.http.native.conftest import secret_of
from tests.http.native.examples import nowhere
from tests.replicas.standby import Standby

TEMPLATE = "replicated"

_numbers = itertools.count(1)


@pytest.fixture(scope="package")
def primary() -> Iterator[TemporaryPostgres]:
    """A cluster of its own: others end and restart theirs."""
    with TemporaryPostgres(durable=True, settings={"fsync": "off", "jit": "off"}) as server:
        migrate(server.create_database(TEMPLATE))
        yield server


@pytest.fixture(scope="package")
def standby(primary: TemporaryPostgres) -> Iterator[Standby]:
    with Standby(primary) as server:
        yield server


@pytest.fixture
def replicated(primary: TemporaryPostgres) -> Iterator[str]:
    """The address of a migrated database of the test's own."""
    name = f"{TEMPLATE}_{next(_numbers)}"
    yield primary.create_database(name, template=TEMPLATE)
    primary.drop_database(name)


class Pair(NamedTuple):
    """The API on a primary that has a replica. The replica is looked at when the test does it."""

    api: Api
    context: Context
    replicas: Replicas
    standby: Standby

    async def level(self) -> None:
        """The replica has all that the primary has now."""
        await self.replicas.catch_up()
        (state,) = self.replicas.states
        assert state.obstacle is None


def on(server: TemporaryPostgres, url: str) -> str:
    """The same database on another server."""
    return urlunsplit(urlsplit(server.url)._replace(path=urlsplit(url).path))


@pytest.fixture
async def replicated_store(replicated: str) -> AsyncIterator[Store]:
    store = await open_store(replicated, pool_size=4)
    yield store
    await store.close()


@pytest.fixture
async def pair(replicated: str, replicated_store: Store, standby: Standby) -> AsyncIterator[Pair]:
    await standby.follow()
    clock = Clock()
    ledger = Ledger(replicated_store, clock=clock)
    await ledger.start()
    replicas = await Replicas.open(
        replicated_store, on(standby, replicated), clock=clock, connections=2
    )
    context = Context(replicated_store, ledger, clock, Settings(), resolve=nowhere)
    context.mirror = Mirror(ledger, replicas)
    transport = InProcess(application(context))
    async with httpx.AsyncClient(transport=transport, base_url="http://stampbook") as client:
        api = Api(client, await secret_of(replicated_store), clock)
        yield Pair(api, context, replicas, standby)
    await replicas.close()
    await ledger.stop()
