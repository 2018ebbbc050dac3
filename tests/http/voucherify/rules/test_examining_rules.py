"""What a customer would earn: as much as they then do, and nothing is written."""

from __future__ import annotations

from typing import Any

import pytest

from tests.http.voucherify.house import IMMEDIATE, V2, Card, House, error, made
from tests.http.voucherify.rules.kit import group, make_rule, per_amount, points

PATH = f"{V2}/examine/earning-rules"


def specific(event: str, **context: Any) -> dict[str, Any]:
    name = f"customer.{event}"
    field = name.replace(".", "_")
    return {"trigger": {"type": "SPECIFIC", "specific": {"event": name}}, field: context}


class Club:
    """A member in a program with a rule of every kind."""

    def __init__(self, card: Card, customer: str, rules: dict[str, str]) -> None:
        self.card = card
        self.customer = customer
        self.rules = rules

    def body(self, **fields: Any) -> dict[str, Any]:
        known = {"type": "customer_id", "customer_id": self.customer}
        return {"customer_identification": known, **fields}


async def club(house: House) -> Club:
    definition = (await house.definition(pending_points=IMMEDIATE))["id"]
    vip = {"name": "customer.metadata", "property": "vip", "conditions": {"$is": [True]}}
    schema = {"custom_event": {"schema_id": "ms_visit"}}
    wanted: dict[str, dict[str, Any]] = {
        "order": {"earnings": [{"effects": [per_amount(definition)]}]},
        "vip": {"earnings": [{"effects": [points(definition, 7)], "rules": group(vip)}]},
        "visit": {
            "trigger": {"event": "customer.custom_event", **schema},
            "earnings": [{"effects": [points(definition, 20)]}],
        },
        "segment": {
            "trigger": {"event": "customer.segment.entered", "segment": {"id": "seg_1"}},
            "earnings": [{"effects": [points(definition, 300)]}],
        },
    }
    rules = {
        name: (await make_rule(house, name=name, **fields))["id"] for name, fields in wanted.items()
    }
    listed = [{"id": each} for each in rules.values()]
    program = await house.program(definition, earning_rules=listed)
    customer = (await house.customer(source_id="anna"))["id"]
    member = await house.member(program["id"], customer)
    card = Card(program["id"], member["id"], member["cards"][0]["card"]["id"])
    return Club(card, customer, rules)


async def estimates(house: House, here: Club, **fields: Any) -> dict[str, float]:
    """The points of each rule, by its name."""
    body = made(await house.post(PATH, here.body(**fields)))
    (membership,) = body["memberships"]
    (card,) = membership["cards"]
    names = {each["id"]: each["name"] for each in body["earning_rules"]}
    found = {
        names[each["earning_rule"]["id"]]: each["points_estimation"]
        for each in card["earning_rules"]
    }
    assert card["points_estimation"] == sum(found.values())
    return found


async def test_orders(house: House) -> None:
    here = await club(house)
    paid = specific("order.paid", order={"amount": "1250", "metadata": {"a": 1}})
    assert await estimates(house, here, **paid) == {"order": 12}
    items = [{"price": "300", "quantity": 2, "source_id": 5}]
    paid = specific("order.paid", order={"items": items, "discount_amount": 100})
    assert await estimates(house, here, **paid) == {"order": 5}
    vip = specific("order.paid", order={"amount": 100}, customer={"metadata": {"vip": True}})
    assert await estimates(house, here, **vip) == {"order": 1, "vip": 7}
    assert await estimates(house, here, **specific("order.paid")) == {}
    body = made(await house.post(PATH, here.body(**vip)))
    assert body["event"] == "customer.order.paid"
    assert body["customer"]["metadata"] == {"vip": True}
    assert await house.balance(here.card) == (0, 0)
    order = {"amount": 1250, "status": "PAID", "customer": {"id": here.customer}}
    made(await house.post("/v1/orders", order))
    assert await house.balance(here.card) == (12, 0)


async def test_other_events(house: House) -> None:
    here = await club(house)
    assert await estimates(house, here, **specific("segment.entered")) == {"segment": 300}
    event = {"type": "SPECIFIC", "specific": {"custom_event": {"schema_id": "ms_visit"}}}
    assert await estimates(house, here, **specific("custom_event", **event)) == {"visit": 20}
    event["specific"] = {"custom_event": {"schema_id": "ms_other"}}
    assert await estimates(house, here, **specific("custom_event", **event)) == {}
    every = specific("custom_event", type="ALL", all={})
    assert await estimates(house, here, **every) == {"visit": 20}
    everything = await estimates(house, here, trigger={"type": "ALL"})
    assert everything == {"order": 0, "visit": 20, "segment": 300}


async def test_nobody_and_nothing(house: House) -> None:
    here = await club(house)
    member = f"{V2}/programs/{here.card.program}/members/{here.card.member}"
    made(await house.post(f"{member}/deactivate"))
    body = made(await house.post(PATH, here.body(trigger={"type": "ALL"})))
    assert (body["event"], body["memberships"], body["earning_rules"]) == (None, [], [])
    unknown = {"type": "member_id", "member_id": "lmbr_1"}
    asked = {"trigger": {"type": "ALL"}, "customer_identification": unknown}
    assert error(await house.post(PATH, asked))[:2] == (404, "not_found")


@pytest.mark.parametrize(
    "wrong",
    [
        {"trigger": {"type": "SPECIFIC"}},
        {"trigger": {"type": "ALL", "specific": {"event": "customer.order.paid"}}},
        {"trigger": {"type": "SPECIFIC", "specific": {"event": "customer.order.paid"}}},
        specific("order.paid") | {"customer_segment_entered": {}},
        specific("order.paid", order={"amount": "much"}),
        specific("order.paid", order={"amount": 1.5}),
        specific("order.paid", order={"amount": -1}),
        specific("order.paid", order={"amount": 10**30}),
        specific("order.paid", order={"items": [{"product": 5}]}),
        specific("order.paid", order={"items": [{}] * 501}),
        specific("order.paid", order={"items": [{"strange": 1}]}),
        specific("order.paid", order={"items": [{"product_id": []}]}),
        specific("order.paid", order={"items": [{"product": {"strange": 1}}]}),
        specific("order.paid", order={"amount": "1_000"}),
        specific("custom_event", type="SPECIFIC", specific={"custom_event": {"schema_id": "x"}}),
        specific("custom_event", type="ALL"),
        specific("custom_event", type="SPECIFIC", all={}),
    ],
)
async def test_wrong_requests(house: House, wrong: dict[str, Any]) -> None:
    here = Club(Card("", "", ""), "cust_1", {})
    found = error(await house.post(PATH, here.body(**wrong)))
    assert found[:2] == (400, "invalid_payload")
