from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from stampbook.storage.store import Store
from tests.loyalty.events.world import World, opened


@pytest.fixture
async def world(store: Store) -> AsyncIterator[World]:
    async with opened(store) as world:
        yield world
