"""A house on each store."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.http.altcraft.house import House, opened


@pytest.fixture
async def house(store_address: str) -> AsyncIterator[House]:
    async with opened(store_address) as found:
        yield found


@pytest.fixture(params=["json", "xml"])
def form(request: pytest.FixtureRequest) -> Any:
    return request.param
