"""Earning rules that are refused."""

from __future__ import annotations

from typing import Any

import pytest

from tests.http.voucherify.house import House, error
from tests.http.voucherify.rules.kit import (
    ORDER_PAID,
    RULES,
    cooldown,
    daily,
    group,
    points,
    rolling,
    rule_body,
)


def proportional(kind: str, **source: Any) -> dict[str, Any]:
    part = {"calculation_type": kind, "card_definition_id": "lcdef_1", **source}
    return {"type": "POINTS_PROPORTIONAL", "points_proportional": part}


def with_effect(effect: dict[str, Any]) -> dict[str, Any]:
    return {"earnings": [{"effects": [effect]}]}


def with_rules(rules: Any) -> dict[str, Any]:
    return {"earnings": [{"effects": [points("lcdef_1")], "rules": rules}]}


def one(name: str = "order.amount", **rule: Any) -> dict[str, Any]:
    return group({"name": name, "conditions": {"$is": [1]}, **rule})


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"name": ""}, "name"),
        ({"name": "x" * 201}, "name"),
        ({"colour": "red"}, "colour"),
        ({"status": "INACTIVE"}, "status"),
        ({"earnings": []}, "earnings"),
        ({"earnings": [{"effects": []}]}, "effects"),
        ({"earnings": [{"id": "lernei_1", "effects": [points("lcdef_1")]}]}, "id"),
        ({"trigger": {"event": "customer.joined"}}, "event"),
        ({"trigger": {"event": "customer.custom_event"}}, "trigger.custom_event"),
        ({"trigger": {**ORDER_PAID, "segment": {"id": "seg_1"}}}, "trigger.segment"),
        ({"trigger": {"event": "customer.segment.entered", "segment": {"id": "x"}}}, "segment.id"),
        (with_effect({"type": "POINTS"}), "effects.0.points"),
        (with_effect({**points("lcdef_1"), "benefit": {"id": "lben_1"}}), "effects.0.benefit"),
        (with_effect(points("lcdef_1", -1)), "value"),
        (with_effect(points("lcdef_1", 1.5)), "value"),  # type: ignore[arg-type]
        (with_effect(points("card")), "card_definition_id"),
        (with_effect(proportional("PRE_DISCOUNT_ORDER_AMOUNT")), "points_proportional.order"),
        (
            with_effect(
                proportional(
                    "PRE_DISCOUNT_ORDER_AMOUNT",
                    order={"total_amount": {"every": 1, "value": 1}},
                )
            ),
            "order.amount",
        ),
        (
            with_effect(
                proportional("ORDER_METADATA_VALUE", order={"metadata": {"every": 1, "value": 1}})
            ),
            "property",
        ),
        (
            with_effect(
                proportional(
                    "ORDER_ITEMS_QUANTITY",
                    order_items={"quantity": {"every": 1, "value": 1, "applicable_to": []}},
                )
            ),
            "applicable_to",
        ),
        (
            with_effect(
                proportional(
                    "ORDER_ITEMS_QUANTITY",
                    order_items={
                        "quantity": {
                            "every": 1,
                            "value": 1,
                            "applicable_to": [{"type": "sku", "product": {"id": "prod_1"}}],
                        }
                    },
                )
            ),
            "applicable_to.0.product",
        ),
        (with_effect(points("lcdef_1", points_expiration=rolling(6, "YEAR"))), "period"),
        (with_effect(points("lcdef_1", points_expiration=rolling(91, "DAY"))), "period"),
        (
            with_effect(
                points("lcdef_1", points_expiration=rolling(1, "YEAR", {"type": "END_OF_DAY"}))
            ),
            "rounding.type",
        ),
        (
            {"earnings": [{"effects": [points("lcdef_1")], "tier_rules": {"type": "ANY_OF"}}]},
            "any_of",
        ),
        ({"validity_hours": {"type": "DAILY"}}, "daily"),
        ({"validity_hours": daily(end_time="09:00")}, "end_time"),
        ({"validity_hours": daily(start_time="9:00")}, "daily"),
        ({"validity_hours": daily(days_of_week=[7])}, "days_of_week"),
        ({"start_date": "yesterday"}, "start_date"),
        ({"start_date": "2026-02-01", "end_date": "2026-02-01"}, "end_date"),
        ({"trigger_limits": cooldown(25, "HOUR")}, "period"),
        ({"trigger_limits": cooldown(2, "YEAR")}, "period"),
        ({"trigger_limits": {"frequency": {"type": "LIMITED", "limits": []}}}, "frequency.limits"),
        ({"error": {}}, "message"),
        (with_rules({"logic": "1"}), "rules"),
        (with_rules({"1": one()["1"]}), "logic"),
        (with_rules({**one(), "01": one()["1"]}), "01"),
        (with_rules({**one(), "logic": "1 and 2"}), "logic"),
        (with_rules({**one(), "2": one()["1"]}), "logic"),
        (with_rules({**one(), "logic": "1 xor 1"}), "logic"),
        (with_rules({**one(), "logic": "(1"}), "logic"),
        (with_rules({**one(), "logic": "(" * 30 + "1" + ")" * 30}), "logic"),
        (with_rules(one("order.colour")), "rules.1.name"),
        (with_rules(one("custom_event.metadata")), "rules.1.name"),
        (with_rules(one("order.metadata")), "property"),
        (with_rules(one(conditions={"$like": [1]})), "conditions"),
        (with_rules(one(conditions={"$is": []})), "conditions"),
        (with_rules(one(conditions={"$more_than": ["much"]})), "$more_than"),
        (with_rules(one(conditions={"$dow": [7]})), "$dow"),
        (with_rules(one(conditions={})), "conditions"),
        (with_rules(one(colour="red")), "colour"),
        (
            with_rules(group(*[one("order.items.any", conditions={"$is": ["prod_1"]})["1"]] * 4)),
            "too complex",
        ),
    ],
)
async def test_what_is_refused(house: House, fields: dict[str, Any], named: str) -> None:
    response = await house.post(RULES, rule_body(points("lcdef_1"), **fields))
    status, key, message, details = error(response)
    assert (status, key, message) == (400, "invalid_payload", "Invalid payload")
    assert named in details
    assert await house.all(RULES) == []


@pytest.mark.parametrize(
    ("earning", "kind"),
    [
        ({"effects": [points("lcdef_1")]}, "card_definition"),
        ({"effects": [{"type": "BENEFIT", "benefit": {"id": "lben_1"}}]}, "benefit"),
        (
            {
                "effects": [],
                "tier_rules": {
                    "type": "ANY_OF",
                    "any_of": [{"tier_structure_id": "lts_1", "tier_ids": ["lt_1"]}],
                },
            },
            "tier_structure",
        ),
    ],
)
async def test_what_is_named_must_exist(house: House, earning: dict[str, Any], kind: str) -> None:
    definition = (await house.definition())["id"]
    earning = {**earning, "effects": earning["effects"] or [points(definition)]}
    response = await house.post(RULES, rule_body(earnings=[earning]))
    assert (response.status_code, response.json()["resource_type"]) == (404, kind)
    assert await house.all(RULES) == []


@pytest.mark.parametrize(
    ("own", "wanted", "status"),
    [
        ({"type": "NO_EXPIRATION"}, rolling(), 200),
        (rolling(), rolling(1, "DAY"), 200),
        (rolling(), {"type": "NO_EXPIRATION"}, 200),
        (
            rolling(),
            {
                "type": "CALENDAR_EXPIRATION",
                "calendar_expiration": {"expiration_dates": [{"day": 1, "month": 1}]},
            },
            400,
        ),
    ],
)
async def test_points_expire_as_the_definition_allows(
    house: House, own: dict[str, Any], wanted: dict[str, Any], status: int
) -> None:
    definition = (await house.definition(points_expiration=own))["id"]
    body = rule_body(points(definition, points_expiration=wanted))
    assert (await house.post(RULES, body)).status_code == status


async def test_points_of_a_card_that_may_be_negative_never_expire(house: House) -> None:
    definition = (await house.definition(balance_settings={"allow_negative": True}))["id"]
    body = rule_body(points(definition, points_expiration=rolling()))
    assert error(await house.post(RULES, body))[1] == "invalid_payload"
