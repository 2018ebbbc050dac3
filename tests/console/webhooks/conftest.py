"""The desk on one database: what these pages show does not depend on it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from stampbook.storage.store import Store
from tests.console.desk import Desk, opened_desk
from tests.emptying import States


@pytest.fixture
async def desk(sqlite_store: Store, sqlite_states: States) -> AsyncIterator[Desk]:
    async with opened_desk(sqlite_store, sqlite_states) as opened:
        yield opened
