"""What the tests of every dialect may ask for."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from stampbook.storage.store import Store
from tests.http.town import Town, opened_town


@pytest.fixture
async def town(store: Store, other_store: Store) -> AsyncIterator[Town]:
    """One program behind all four APIs, two servers on either database."""
    async with opened_town(store, other_store) as opened:
        yield opened
