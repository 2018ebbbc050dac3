"""The desk of the tests, on either database."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from stampbook.storage.store import Store
from tests.console.desk import Desk, opened_desk
from tests.emptying import States


@pytest.fixture
async def desk(store: Store, states: States) -> AsyncIterator[Desk]:
    async with opened_desk(store, states) as opened:
        yield opened
