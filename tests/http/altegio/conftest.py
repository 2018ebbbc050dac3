"""The shop on both stores."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from stampbook.storage.opening import open_or_create
from tests.http.altegio.shop import Shop, opened_shop


@pytest.fixture(params=["sqlite", "postgres"])
async def shop(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Shop]:
    """A chain with a shop, a guest, and his card with 100.00 on it."""
    if request.param == "sqlite":
        url = f"sqlite:{tmp_path / 'shop.sqlite'}"
    else:
        url = request.getfixturevalue("postgres_database")
    store = await open_or_create(url)
    try:
        async with opened_shop(store) as shop:
            yield shop
    finally:
        await store.close()
