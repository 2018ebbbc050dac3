"""The shop on both stores."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from stampbook.storage.store import Store
from tests.emptying import States
from tests.http.altegio.shop import Shop, opened_shop


@pytest.fixture
async def shop(store: Store, states: States) -> AsyncIterator[Shop]:
    """A chain with a shop, a guest, and his card with 100.00 on it."""
    async with opened_shop(store, states) as shop:
        yield shop
