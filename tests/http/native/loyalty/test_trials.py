"""Trials of rules by HTTP, saved and unsaved, and lists of some of them."""

from __future__ import annotations

from typing import Any

from tests.http.native.asking import Api, Clock, fine, made, refused
from tests.http.native.loyalty.test_rules import active, club, fixed, rule_of


async def test_trials_say_why(api: Api) -> None:
    program, currency, member = await club(api)
    cel = [{"condition": "event.metadata.level > 3", "effects": [fixed(currency)]}]
    game = await active(api, program, rule_of(currency, earnings=cel))
    trigger = {"type": "order_paid"}
    order = await active(api, program, rule_of(currency, trigger=trigger))
    path = f"/programs/{program}/rules/evaluate"

    async def tried(**what: Any) -> dict[str, Any]:
        found = fine(await api.post(path, {"member_id": member, **what}))
        return {each["rule_id"]: each for each in found["rules"]}

    bought = await tried(order={"amount": "50.00", "lines": [{"amount": "50.00"}]})
    assert [each["amount"] for each in bought[order]["awards"]] == ["10.00"]
    missing = await tried(event={"name": "played"})
    assert missing[game]["reason"] == "error"
    assert missing[game]["errors"]
    low = await tried(event={"name": "played", "metadata": {"level": 1}})
    assert low[game]["reason"] == "condition"
    assert set(await tried()) == {game, order}
    (listed,) = [fine(await api.get(f"/members/{member}/accounts"))["data"]]
    assert listed == []
    bad = {"member_id": member, "order": {"amount": "50.00", "lines": [{"amount": "49.00"}]}}
    refused(await api.post(path, bad), 422, "invalid_request", "/order/amount")


async def test_a_rule_is_tried_before_it_is_saved(api: Api, clock: Clock) -> None:
    program, currency, member = await club(api)
    game = await active(api, program, rule_of(currency))
    path = f"/programs/{program}/rules/evaluate"
    event = {"member_id": member, "event": {"name": "played"}}

    async def tried(**what: Any) -> dict[Any, Any]:
        found = fine(await api.post(path, {**event, **what}))["rules"]
        return {each["rule_id"]: (each["version"], each["reason"]) for each in found}

    more = rule_of(currency, earnings=[{"effects": [fixed(currency, "7.00")]}])
    assert await tried() == {game: (1, "matched")}
    assert await tried(rule=more) == {game: (1, "matched"), None: (0, "matched")}
    assert await tried(rule=more, rule_id=game) == {game: (0, "matched")}
    best = {"exclusive_group": "games", "priority": 1}
    clock.advance(seconds=1)
    fine(await api.patch(f"/rules/{game}", {"exclusive_group": "games"}))
    assert await tried(rule={**more, **best}) == {None: (0, "matched"), game: (2, "exclusive")}
    other = {**more, "trigger": {"type": "custom_event", "name": "won"}}
    assert await tried(rule=other) == {game: (2, "matched")}

    joined = rule_of(currency, trigger={"type": "member_joined"})
    found = fine(await api.post(path, {"member_id": member, "rule": joined}))["rules"]
    assert [each["awards"][0]["amount"] for each in found] == ["10.00"]
    visit = rule_of(currency, trigger={"type": "visit_completed"})
    order = {"amount": "50.00"}
    found = fine(await api.post(path, {"member_id": member, "rule": visit, "order": order}))
    assert [each["reason"] for each in found["rules"]] == ["matched"]

    async def wrong(pointer: str, code: str = "invalid_request", **what: Any) -> None:
        refused(await api.post(path, {"member_id": member, **what}), 422, code, pointer)

    await wrong("/rule", rule_id=game)
    await wrong("/rule_id", rule=more, rule_id="rul_ffff")
    await wrong("/event", rule=visit, event={"name": "played"})
    await wrong("/order", rule=more, order=order)
    bad = [{"condition": "order.total >", "effects": [fixed(currency)]}]
    at = "/rule/earnings/0"
    await wrong(f"{at}/condition", "invalid_expression", rule={**more, "earnings": bad})
    await wrong(f"{at}/effects", rule={**more, "earnings": [{"effects": []}]})
    foreign = [{"effects": [fixed("cur_ffff")]}]
    await wrong(f"{at}/effects/0/currency_id", rule={**more, "earnings": foreign})
    awards = fine(await api.get(f"/rules/{game}/awards"))["data"]
    listed = fine(await api.get(f"/programs/{program}/rules"))["data"]
    assert (awards, [each["id"] for each in listed]) == ([], [game])


async def test_rules_of_one_status_or_trigger(api: Api) -> None:
    program, currency, _ = await club(api)
    path = f"/programs/{program}/rules"
    game = await active(api, program, rule_of(currency))
    paid = rule_of(currency, trigger={"type": "order_paid"})
    order = made(await api.post(path, paid))["id"]

    async def listed(query: str) -> list[str]:
        return [each["id"] for each in fine(await api.get(f"{path}?{query}"))["data"]]

    assert await listed("status=active") == [game]
    assert await listed("status=draft") == [order]
    assert await listed("status=inactive") == []
    assert await listed("trigger=order_paid") == [order]
    assert await listed("trigger=custom_event&status=active") == [game]
    assert await listed("trigger=custom_event&status=draft") == []
    refused(await api.get(f"{path}?status=on"), 422, "invalid_request")
    refused(await api.get(f"{path}?trigger=birthday"), 422, "invalid_request")
