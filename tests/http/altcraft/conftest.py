"""A house on each store."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from stampbook.storage.opening import open_store
from stampbook.storage.postgres.temporary import TemporaryPostgres
from stampbook.storage.store import Store
from tests.emptying import States
from tests.http.altcraft.house import House, opened


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def common_sqlite_store(
    sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Store]:
    """A store that many tests share, each with a program of its own."""
    path = tmp_path_factory.mktemp("altcraft") / "stampbook.sqlite"
    shutil.copyfile(sqlite_template, path)
    store = await open_store(f"sqlite:{path}")
    yield store
    await store.close()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def common_postgres_store(
    postgres_server: TemporaryPostgres, postgres_template: str
) -> AsyncIterator[Store]:
    """The same on PostgreSQL."""
    address = postgres_server.create_database("altcraft", template=postgres_template)
    store = await open_store(address)
    yield store
    await store.close()
    postgres_server.drop_database("altcraft")


@pytest.fixture
async def house(store: Store, states: States) -> AsyncIterator[House]:
    async with opened(store, states) as found:
        yield found


@pytest.fixture(params=["json", "xml"])
def form(request: pytest.FixtureRequest) -> Any:
    return request.param
