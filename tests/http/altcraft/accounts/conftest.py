"""A member to ask about."""

from __future__ import annotations

import pytest

from tests.http.altcraft.house import House


@pytest.fixture(autouse=True)
async def _member(house: House) -> None:
    await house.new_member()
