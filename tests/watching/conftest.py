"""A town whose requests are counted from zero."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from stampbook.storage.store import Store
from stampbook.watching.counting import MEMORY
from tests.http.town import Town, opened_town


@pytest.fixture
def counted() -> None:
    """Counts of earlier tests are forgotten."""
    for at in range(MEMORY.used):
        MEMORY.slab[at] = 0


@pytest.fixture
async def town(counted: None, store: Store) -> AsyncIterator[Town]:
    """One program behind all four APIs."""
    async with opened_town(store) as opened:
        yield opened
