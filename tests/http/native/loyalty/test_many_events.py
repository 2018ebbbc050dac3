"""Custom events after the first one, and those with many awards."""

from __future__ import annotations

from typing import Any

import pytest

from stampbook.storage.store import Store
from tests.http.native.asking import Api, fine, made, refused
from tests.http.native.loyalty.test_rules import active, club, event_of, fixed, rule_of


async def test_later_events_are_answered_like_the_first(api: Api, stranger: Api) -> None:
    """They take the shorter way: they need nothing that is not remembered."""
    program, currency, member = await club(api)
    await active(api, program, rule_of(currency))
    path = f"/programs/{program}/custom_events"
    made(await api.post(path, event_of(member, "first")))
    event = made(await api.post(path, event_of(member, "second")))
    read = fine(await api.get(f"/custom_events/{event['id']}"))
    assert event == read
    assert event["awards"][0]["amount"] == "10.00"
    assert made(await api.post(path, event_of(member, "second"))) == event
    changed = event_of(member, "second", metadata={"x": 1})
    refused(await api.post(path, changed), 409, "external_id_taken")
    refused(await stranger.post(path, event_of(member, "third")), 404, "not_found")
    other, _, _ = await club(api)
    elsewhere = f"/programs/{other}/custom_events"
    refused(await api.post(elsewhere, event_of(member, "third")), 422, "invalid_request")
    (account,) = fine(await api.get(f"/members/{member}/accounts"))["data"]
    assert fine(await api.get(f"/accounts/{account['id']}/balance"))["active"] == "20.00"
    fine(await api.post(f"/custom_events/{event['id']}/cancel"))
    made(await api.post(path, event_of(member, "third")))
    assert fine(await api.get(f"/accounts/{account['id']}/balance"))["active"] == "20.00"


async def test_old_awards_of_an_event_are_read_together(
    api: Api, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A refund or a cancel of many awards asks the store a few times, not once for each of them."""
    program, currency, member = await club(api)
    effects = [fixed(currency)] * 10
    for _ in range(3):
        await active(api, program, rule_of(currency, earnings=[{"effects": effects}]))
    event = made(await api.post(f"/programs/{program}/custom_events", event_of(member)))
    assert len(event["awards"]) == 30
    asked: list[int] = []
    load = store.load

    async def counting(shard: int, demands: Any) -> Any:
        asked.append(shard)
        return await load(shard, demands)

    monkeypatch.setattr(store, "load", counting)
    taken = fine(await api.post(f"/custom_events/{event['id']}/cancel"))
    assert len(taken["taken"]) == 30
    assert len(asked) < 10
