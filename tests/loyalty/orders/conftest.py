"""A shop on each store."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from stampbook.storage.store import Store
from tests.loyalty.orders.shop import Shop


@pytest.fixture
async def shop(store: Store) -> AsyncIterator[Shop]:
    made = await Shop(store).open()
    yield made
    await made.ledger.stop()
