"""Stores that all scenarios share. Each scenario creates its own program in them."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from stampbook.storage.opening import open_store
from stampbook.storage.postgres.temporary import TemporaryPostgres
from stampbook.storage.store import Store


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def shared_sqlite_store(
    sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Store]:
    path = tmp_path_factory.mktemp("scenarios") / "stampbook.sqlite"
    shutil.copyfile(sqlite_template, path)
    store = await open_store(f"sqlite:{path}")
    yield store
    await store.close()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def shared_postgres_store(
    postgres_server: TemporaryPostgres, postgres_template: str
) -> AsyncIterator[Store]:
    address = postgres_server.create_database("scenarios", template=postgres_template)
    store = await open_store(address)
    yield store
    await store.close()
    postgres_server.drop_database("scenarios")
