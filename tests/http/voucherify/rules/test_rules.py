"""Earning rules: what they may say, their states, and what may change."""

from __future__ import annotations

from tests.http.voucherify.house import V2, House, error, made
from tests.http.voucherify.rules.kit import (
    ORDER_PAID,
    RULES,
    cooldown,
    daily,
    group,
    make_rule,
    per_amount,
    points,
    rolling,
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
