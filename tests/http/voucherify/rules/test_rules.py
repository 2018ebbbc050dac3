"""Earning rules: what they may say, their states, and what may change."""

from __future__ import annotations

from typing import Any

import pytest

from tests.http.voucherify.house import V2, House, error, made
from tests.http.voucherify.rules.kit import (
    ORDER_PAID,
    RULES,
    group,
    make_rule,
    per_amount,
    points,
    rule_body,
)

CREATED = "2026-08-06T14:01:13.346Z"


async def test_create(house: House) -> None:
    """Everything that is not given has its default."""
    definition = (await house.definition())["id"]
    body = made(await house.post(RULES, rule_body(points(definition))))
    identity, earning = body.pop("id"), body["earnings"][0].pop("id")
    assert identity.startswith("lern_")
    assert earning.startswith("lernei_")
    assert body == {
        "name": "Purchases",
        "status": "DRAFT",
        "earnings": [
            {"name": None, "rules": None, "tier_rules": None, "effects": [points(definition)]}
        ],
        "trigger": ORDER_PAID,
        "error": None,
        "validity_hours": {"type": "ANY_TIME"},
        "start_date": None,
        "end_date": None,
        "trigger_limits": {
            "cooldown": {"type": "NO_COOLDOWN"},
            "frequency": {"type": "NO_LIMIT", "limits": []},
        },
        "metadata": {},
        "created_at": CREATED,
        "updated_at": None,
        "object": "earning_rule",
    }
    read = made(await house.get(f"{RULES}/{identity}"))
    assert read["earnings"][0].pop("id") == earning
    assert read == {"id": identity, **body}


async def test_create_with_all(house: House) -> None:
    """What was sent is what is answered."""
    definition = (await house.definition(points_expiration=rolling()))["id"]
    expiration = rolling(5, "YEAR", {"type": "END_OF_PARTICULAR_MONTH", "value": 3})
    sent = {
        "name": "Everything",
        "status": "ACTIVE",
        "trigger": {"event": "customer.custom_event", "custom_event": {"schema_id": "ms_visit"}},
        "earnings": [
            {
                "name": "First",
                "rules": group(
                    {
                        "name": "custom_event.metadata",
                        "property": "stars",
                        "schema_id": "ms_visit",
                        "conditions": {"$more_than_or_equal": [4]},
                        "error": {"message": "Too few"},
                    },
                    {"name": "customer.segment", "conditions": {"$in": ["seg_1", {"id": "seg_2"}]}},
                    logic="1 and not (2)",
                ),
                "tier_rules": {"type": "NO_REQUIREMENTS"},
                "effects": [
                    points(definition, 7, points_expiration=expiration),
                    {
                        "type": "POINTS_PROPORTIONAL",
                        "points_proportional": {
                            "calculation_type": "CUSTOM_EVENT_METADATA_VALUE",
                            "card_definition_id": definition,
                            "custom_event": {
                                "metadata": {"every": 2, "value": 1.5, "property": "stars"}
                            },
                            "points_expiration": {"type": "NO_EXPIRATION"},
                        },
                    },
                ],
            }
        ],
        "error": {"message": "Not today"},
        "validity_hours": {
            "type": "DAILY",
            "daily": [{"days_of_week": [0, 6], "start_time": "09:00", "end_time": "18:30"}],
        },
        "start_date": "2026-01-01T00:00:00.000Z",
        "end_date": "2027-01-01T00:00:00.000Z",
        "metadata": {"a": 1},
        "trigger_limits": {
            "cooldown": {
                "type": "FIXED_COOLDOWN",
                "fixed_cooldown": {"period": {"value": 24, "unit": "HOUR"}},
            },
            "frequency": {
                "type": "LIMITED",
                "limits": [
                    {
                        "type": "TIME_BASED",
                        "period": {"type": "CURRENT_PERIOD", "current_period": {"unit": "WEEK"}},
                        "triggers": {"max": 3},
                    }
                ],
            },
        },
    }
    body = made(await house.post(RULES, sent))
    for each in body["earnings"]:
        del each["id"]
    assert {name: body[name] for name in sent} == sent


def rolling(
    value: int = 12, unit: str = "MONTH", rounding: dict[str, Any] | None = None
) -> dict[str, Any]:
    part: dict[str, Any] = {"period": {"value": value, "unit": unit}}
    if rounding is not None:
        part["rounding"] = rounding
    return {"type": "ROLLING_EXPIRATION", "rolling_expiration": part}


def daily(**span: Any) -> dict[str, Any]:
    whole = {"days_of_week": [1], "start_time": "09:00", "end_time": "18:00", **span}
    return {"type": "DAILY", "daily": [whole]}


def cooldown(value: int, unit: str) -> dict[str, Any]:
    period = {"value": value, "unit": unit}
    return {"cooldown": {"type": "FIXED_COOLDOWN", "fixed_cooldown": {"period": period}}}


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


async def test_update(house: House) -> None:
    """What is given replaces what was; earnings are matched by their ids."""
    definition = (await house.definition())["id"]
    rule = await make_rule(
        house,
        earnings=[{"name": name, "effects": [points(definition)]} for name in ("a", "b", "c")],
        metadata={"x": 1, "y": 1},
        status="DRAFT",
    )
    path, ids = f"{RULES}/{rule['id']}", [each["id"] for each in rule["earnings"]]
    house.clock.advance(seconds=1)
    changed = made(
        await house.put(
            path,
            {
                "earnings": [
                    {"id": ids[2], "effects": [per_amount(definition)]},
                    {"name": "new", "effects": [points(definition, 1)]},
                ],
                "metadata": {"y": 2},
                "trigger": {"event": "customer.segment.entered", "segment": {"id": "seg_1"}},
            },
        )
    )
    assert [(each["id"] == ids[2], each["name"]) for each in changed["earnings"]] == [
        (True, None),
        (False, "new"),
    ]
    assert changed["earnings"][1]["id"] not in ids
    assert changed["metadata"] == {"x": 1, "y": 2}
    assert changed["updated_at"] == "2026-08-06T14:01:14.346Z"
    assert changed["name"] == "Purchases"
    assert made(await house.get(path)) == changed
    gone = await house.put(path, {"earnings": [{"id": ids[0], "effects": [points(definition)]}]})
    assert error(gone)[3] == f"Cannot find earning with id {ids[0]}"


async def test_what_may_change_outside_of_draft(house: House) -> None:
    definition, other = [(await house.definition())["id"] for _ in range(2)]
    rule = await make_rule(house, points(definition))
    path = f"{RULES}/{rule['id']}"
    segment = {"event": "customer.segment.entered", "segment": {"id": "seg_1"}}
    refused = error(await house.put(path, {"trigger": segment}))
    details = "Property .trigger cannot be changed when status is ACTIVE"
    assert refused[1:] == ("invalid_payload", "Invalid payload", details)
    same = {
        "trigger": ORDER_PAID,
        "name": "New",
        "earnings": [{"effects": [points(other)]}],
        "error": {"message": "x"},
        "validity_hours": daily(),
        "start_date": "2026-01-01",
        "end_date": "2027-01-01",
        "trigger_limits": cooldown(1, "DAY"),
        "metadata": None,
    }
    changed = made(await house.put(path, same))
    assert (changed["name"], changed["status"]) == ("New", "ACTIVE")
    assert changed["earnings"][0]["effects"] == [points(other)]
    assert error(await house.put(path, {"status": "DRAFT"}))[1] == "invalid_payload"


async def test_steps(house: House) -> None:
    definition = (await house.definition())["id"]
    rule = await make_rule(house, points(definition), status="DRAFT")
    path = f"{RULES}/{rule['id']}"
    assert error(await house.post(f"{path}/deactivate")) == (
        400,
        "invalid_state_transition",
        "Invalid state transition",
        "Cannot move earning_rule from DRAFT to INACTIVE",
    )
    for step, status in (
        ("activate", "ACTIVE"),
        ("deactivate", "INACTIVE"),
        ("activate", "ACTIVE"),
        ("draft", "DRAFT"),
    ):
        assert made(await house.post(f"{path}/{step}", {}))["status"] == status
        assert (await house.post(f"{path}/{step}")).status_code == 400
    found = [each["type"] for each in await house.all(f"{path}/activities")]
    assert found == [
        "vl.earning_rule.drafted",
        "vl.earning_rule.activated",
        "vl.earning_rule.deactivated",
        "vl.earning_rule.activated",
        "vl.earning_rule.created",
    ]


async def test_what_it_leans_on_must_be_active(house: House) -> None:
    definition = (await house.definition(status="DRAFT"))["id"]
    body = rule_body(points(definition))
    assert error(await house.post(RULES, {**body, "status": "ACTIVE"})) == (
        423,
        "non_active_card_definition",
        "Invalid card definition status",
        "Cannot activate earning rule when card definition status is not ACTIVE",
    )
    rule = made(await house.post(RULES, body))
    refused = await house.post(f"{RULES}/{rule['id']}/activate")
    assert refused.json()["resource_id"] == definition
    made(await house.post(f"{V2}/card-definitions/{definition}/activate"))
    made(await house.post(f"{RULES}/{rule['id']}/activate"))


async def test_delete(house: House) -> None:
    definition = (await house.definition())["id"]
    rule = await make_rule(house, points(definition))
    path = f"{RULES}/{rule['id']}"
    assert made(await house.delete(path))["status"] == "ACTIVE"
    for method in ("GET", "PUT", "DELETE"):
        response = await house.ask(method, path, json={})
        assert error(response)[3] == f"Cannot find earning_rule with id {rule['id']}"
    assert (await house.post(f"{path}/activate")).status_code == 404
    assert await house.all(RULES) == []


async def test_lists(house: House, stranger: House) -> None:
    definition = (await house.definition())["id"]
    for name in ("b", "c", "a"):
        await make_rule(house, points(definition), name=name, status="DRAFT")
        house.clock.advance(seconds=1)
    rules = await house.all(RULES)
    assert [each["name"] for each in rules] == ["a", "c", "b"]
    assert rules[0]["earnings"][0]["id"] != rules[1]["earnings"][0]["id"]
    by_name = await house.all(RULES, [("order", "name"), ("limit", "2")])
    assert [each["name"] for each in by_name] == ["a", "b", "c"]
    made(await house.post(f"{RULES}/{rules[1]['id']}/activate"))
    active = await house.all(RULES, [("filters[status][conditions][$is]", "ACTIVE")])
    assert [each["name"] for each in active] == ["c"]
    assert await stranger.all(RULES) == []
    assert (await stranger.get(f"{RULES}/{rules[0]['id']}")).status_code == 404
