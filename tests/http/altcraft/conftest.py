"""A house on each store."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.http.altcraft.house import House, opened


@pytest.fixture(params=["sqlite", "postgres"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'house.db'}"
    return str(request.getfixturevalue("postgres_database"))


@pytest.fixture
async def house(database: str) -> AsyncIterator[House]:
    async with opened(database) as found:
        yield found


@pytest.fixture(params=["json", "xml"])
def form(request: pytest.FixtureRequest) -> Any:
    return request.param
