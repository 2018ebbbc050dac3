"""Reads of the feed look at some rows at a time, and miss none: neither forwards nor at the end."""

from __future__ import annotations

import pytest

from stampbook.events import feed
from stampbook.storage import positions
from tests.http.native.asking import Api
from tests.http.native.events.test_pulling import pulled

LESS = feed.WIDEST - positions.MOST_BETWEEN
"""How much less a read of the feed looks at than the store may."""


async def test_however_few_rows_are_looked_at_at_once_none_is_missed(
    api: Api, stranger: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    account, other = await api.account(), await stranger.account()
    for number in range(60):
        await stranger.accrue(other, "1")
        if number % 11 == 0 or number > 57:
            await api.accrue(account, "1")
        if number % 7 == 0:
            await api.post("/programs", {"name": f"Shop {number}"})
    everything = await pulled(api)
    created = await pulled(api, types="program.updated")
    assert await pulled(api, **{"from": "last", "limit": 1_000}) == everything
    for most in (4, 5, 6, 7, 40):
        monkeypatch.setattr(positions, "MOST_BETWEEN", most)
        monkeypatch.setattr(feed, "WIDEST", most + LESS)
        monkeypatch.setattr(feed, "NARROWEST", 1)
        assert await pulled(api, limit=1) == everything
        assert await pulled(api, types="program.updated", limit=1) == created
        for limit in (1, 2, 3):
            last = {"from": "last", "limit": limit}
            assert await pulled(api, **last) == everything[-limit:]
            assert await pulled(api, types="program.updated", **last) == created[-limit:]
            mine = await pulled(api, account_id=account, **last)
            assert mine == [each for each in everything if each["account_id"] == account][-limit:]
