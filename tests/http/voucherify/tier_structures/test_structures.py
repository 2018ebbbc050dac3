"""Tier structures: what is answered of them, how they change, their states."""

from __future__ import annotations

from typing import Any

import pytest

from tests.http.voucherify.house import V2, House, error, made

STRUCTURES = f"{V2}/tier-structures"
EARNED = {"period": {"value": 1, "unit": "YEAR"}, "type": "IMMEDIATELY"}
WRONG_STEP = (400, "invalid_state_transition", "Invalid state transition")


async def balance_structure(house: House, **fields: Any) -> Any:
    definition = await house.definition()
    body = {
        "name": "Levels",
        "type": "POINT_BALANCE",
        "point_balance": {"card_definition_id": definition["id"]},
        **fields,
    }
    return made(await house.post(STRUCTURES, body))


def points(low: float, high: float | None = None, segment: str | None = None) -> Any:
    bounds = {"min_value": low} if high is None else {"min_value": low, "max_value": high}
    if segment is None:
        return {"type": "POINTS", "points": bounds}
    return {"type": "POINTS_AND_SEGMENT", "points": bounds, "segment": {"id": segment}}


async def add_tier(house: House, structure: Any, name: str = "Gold", low: int = 100) -> Any:
    path = f"{STRUCTURES}/{structure['id']}/tiers"
    return made(await house.post(path, {"name": name, "qualification_rules": points(low)}))


async def test_defaults(house: House) -> None:
    """What is not said is answered all the same; what does not belong to the type is left out."""
    definition = await house.definition(status="DRAFT")
    counted = {"card_definition_id": definition["id"]}
    body = {"name": "Levels", "type": "POINT_BALANCE", "point_balance": counted}
    found = made(await house.post(STRUCTURES, {**body, "point_earned": None, "expiration": None}))
    assert found.pop("id").startswith("lts_")
    assert found == {
        **body,
        "expiration": {"type": "NO_RETENTION"},
        "downgrade": {"type": "NO_DOWNGRADE"},
        "metadata": {},
        "status": "DRAFT",
        "created_at": "2026-08-06T14:01:13.346Z",
        "updated_at": None,
        "object": "tier_structure",
    }
    (listed,) = await house.all(STRUCTURES)
    assert made(await house.get(f"{STRUCTURES}/{listed['id']}")) == listed


@pytest.mark.parametrize(
    "parts",
    [
        {
            "expiration": {
                "type": "FIXED_DURATION",
                "fixed_duration": {"period": {"value": 30, "unit": "DAY"}},
            },
            "downgrade": {"type": "MULTI_LEVEL"},
        },
        {
            "expiration": {
                "type": "CALENDAR_EXPIRATION",
                "calendar_expiration": {"calendar_dates": [{"day": 29, "month": 2}]},
            },
            "downgrade": {
                "type": "SINGLE_LEVEL",
                "grace_period": {"value": 1, "unit": "MONTH", "round_up": True},
            },
        },
        {
            "expiration": {
                "type": "SLIDING_EXPIRATION",
                "sliding_expiration": {
                    "earning_activity": True,
                    "spending_activity": False,
                    "custom_activity": True,
                    "custom_activity_types": ["visited"],
                    "period": {"value": 6, "unit": "MONTH"},
                },
            },
            "metadata": {"colour": "red"},
            "status": "ACTIVE",
        },
    ],
)
async def test_what_was_sent_is_answered(house: House, parts: dict[str, Any]) -> None:
    definition = await house.definition()
    earned = {"card_definition_id": definition["id"], **EARNED}
    body = {"name": "Levels", "type": "POINT_EARNED", "point_earned": earned, **parts}
    found = made(await house.post(STRUCTURES, body))
    assert {name: found[name] for name in body} == body
    assert "point_balance" not in found
    path = f"{STRUCTURES}/{found['id']}"
    if found["status"] == "DRAFT":
        await add_tier(house, found)
        made(await house.post(path + "/activate"))
    again = {name: found[name] for name in ("expiration", "downgrade", "point_earned")}
    assert made(await house.put(path, again))["expiration"] == found["expiration"]


@pytest.mark.parametrize(
    "parts",
    [
        {"name": ""},
        {"name": "x" * 201},
        {"type": "POINTS"},
        {"point_balance": None},
        {"point_earned": EARNED},
        {"status": "INACTIVE"},
        {"status": None},
        {"colour": "red"},
        {"point_balance": {"card_definition_id": "lcdef_X"}},
        {"expiration": {"type": "FIXED_DURATION"}},
        {"expiration": {"type": "NO_RETENTION", "fixed_duration": {}}},
        {
            "expiration": {
                "type": "CALENDAR_EXPIRATION",
                "calendar_expiration": {"calendar_dates": [{"day": 31, "month": 4}]},
            }
        },
        {
            "expiration": {
                "type": "CALENDAR_EXPIRATION",
                "calendar_expiration": {"calendar_dates": []},
            }
        },
        {
            "expiration": {
                "type": "SLIDING_EXPIRATION",
                "sliding_expiration": {
                    "custom_activity_types": ["a", "a"],
                    "period": {"value": 1, "unit": "DAY"},
                },
            }
        },
        {
            "downgrade": {
                "type": "NO_DOWNGRADE",
                "grace_period": {"value": 1, "unit": "DAY"},
            }
        },
        {"downgrade": {"type": "MULTI_LEVEL", "grace_period": {"value": 0, "unit": "DAY"}}},
    ],
)
async def test_bad_structures(house: House, parts: dict[str, Any]) -> None:
    definition = await house.definition()
    counted = {"card_definition_id": definition["id"]}
    body = {"name": "Levels", "type": "POINT_BALANCE", "point_balance": counted, **parts}
    assert error(await house.post(STRUCTURES, body))[:2] == (400, "invalid_payload")
    assert await house.all(STRUCTURES) == []


@pytest.mark.parametrize(
    ("value", "unit", "status"),
    [(90, "DAY", 200), (91, "DAY", 400), (53, "WEEK", 400), (13, "MONTH", 400), (6, "YEAR", 400)],
)
async def test_the_longest_periods(house: House, value: int, unit: str, status: int) -> None:
    definition = await house.definition()
    period = {"value": value, "unit": unit}
    earned = {"card_definition_id": definition["id"], **EARNED, "period": period}
    body = {"name": "Levels", "type": "POINT_EARNED", "point_earned": earned}
    assert (await house.post(STRUCTURES, body)).status_code == status


async def test_card_definitions(house: House) -> None:
    """They must exist, and be active where the structure is to be active."""
    draft = await house.definition(status="DRAFT")
    body = {"name": "Levels", "type": "POINT_BALANCE"}
    nowhere = {"point_balance": {"card_definition_id": "lcdef_000000000000000fff"}}
    response = await house.post(STRUCTURES, {**body, **nowhere})
    assert error(response)[0] == 404
    assert response.json()["resource_type"] == "card_definition"
    counted = {"point_balance": {"card_definition_id": draft["id"]}}
    response = await house.post(STRUCTURES, {**body, **counted, "status": "ACTIVE"})
    assert error(response)[:2] == (409, "non_active_card_definition")
    structure = made(await house.post(STRUCTURES, {**body, **counted}))
    await add_tier(house, structure)
    response = await house.post(f"{STRUCTURES}/{structure['id']}/activate")
    assert error(response)[:2] == (409, "non_active_card_definition")


async def test_update(house: House) -> None:
    """A draft is changed as it pleases; later only its name and metadata change."""
    structure = await balance_structure(house)
    path = f"{STRUCTURES}/{structure['id']}"
    await add_tier(house, structure)
    house.clock.advance(seconds=1)
    definition = structure["point_balance"]["card_definition_id"]
    earned = {"card_definition_id": definition, **EARNED}
    changed = made(await house.put(path, {"type": "POINT_EARNED", "point_earned": earned}))
    assert changed["point_earned"] == earned
    assert "point_balance" not in changed
    assert changed["updated_at"] == "2026-08-06T14:01:14.346Z"
    response = await house.put(path, {"point_balance": structure["point_balance"]})
    assert error(response)[:2] == (400, "invalid_payload")
    assert error(await house.put(path, {"point_earned": None}))[:2] == (400, "invalid_payload")
    made(await house.post(path + "/activate"))
    assert made(await house.put(path, {"name": "Other", "metadata": {"a": 1}}))["name"] == "Other"
    assert made(await house.put(path, {"point_earned": earned}))["point_earned"] == earned
    response = await house.put(path, {"downgrade": {"type": "MULTI_LEVEL"}})
    assert error(response) == (
        400,
        "invalid_payload",
        "Invalid payload",
        "Property .downgrade cannot be changed when status is ACTIVE",
    )


async def test_steps(house: House) -> None:
    structure = await balance_structure(house)
    path = f"{STRUCTURES}/{structure['id']}"
    assert error(await house.post(path + "/activate"))[:2] == (409, "resource_locked")
    await add_tier(house, structure)
    for word in ("draft", "deactivate"):
        assert error(await house.post(f"{path}/{word}"))[:3] == WRONG_STEP
    assert made(await house.post(path + "/activate"))["status"] == "ACTIVE"
    assert made(await house.post(path + "/deactivate"))["status"] == "INACTIVE"
    response = await house.post(path + "/draft")
    assert error(response) == (*WRONG_STEP, "Cannot move tier_structure from INACTIVE to DRAFT")
    assert made(await house.post(path + "/activate"))["status"] == "ACTIVE"
    assert made(await house.post(path + "/draft"))["status"] == "DRAFT"
    found = await house.all(path + "/activities")
    assert [each["type"].removeprefix("vl.tier_structure.") for each in found] == [
        "drafted",
        "activated",
        "deactivated",
        "activated",
        "tier.created",
        "created",
    ]
    assert found[1]["data"]["tier_structure"]["status"] == "ACTIVE"
    assert found[4]["data"]["tier"]["name"] == "Gold"


async def test_delete(house: House) -> None:
    structure = await balance_structure(house)
    path = f"{STRUCTURES}/{structure['id']}"
    assert made(await house.delete(path))["status"] == "DELETED"
    for response in (
        await house.get(path),
        await house.put(path, {"name": "x"}),
        await house.delete(path),
        await house.post(path + "/activate"),
        await house.get(path + "/activities"),
        await house.get(path + "/tiers"),
    ):
        assert error(response)[0] == 404
        assert response.json()["resource_type"] == "tier_structure"
    assert await house.all(STRUCTURES) == []


async def test_lists(house: House) -> None:
    for name in ("a", "b", "c"):
        await balance_structure(house, name=name)
        house.clock.advance(seconds=1)
    names = [each["name"] for each in await house.all(STRUCTURES, [("limit", "2")])]
    assert names == ["c", "b", "a"]
    found = await house.all(STRUCTURES, [("order", "name"), ("limit", "2")])
    assert [each["name"] for each in found] == ["a", "b", "c"]
    chosen = [("filters[name][conditions][$in]", "a"), ("filters[name][conditions][$in]", "c")]
    assert len(await house.all(STRUCTURES, chosen)) == 2
    for name, value in (("status", "ACTIVE"), ("type", "POINT_EARNED")):
        assert await house.all(STRUCTURES, [(f"filters[{name}][conditions][$is]", value)]) == []
    response = await house.get(STRUCTURES, [("filters[program][conditions][$is]", "x")])
    assert error(response)[:2] == (400, "invalid_query_params")


async def test_strangers_see_nothing(house: House, stranger: House) -> None:
    structure = await balance_structure(house)
    path = f"{STRUCTURES}/{structure['id']}"
    assert await stranger.all(STRUCTURES) == []
    for response in (
        await stranger.get(path),
        await stranger.delete(path),
        await stranger.post(path + "/tiers", {"name": "x", "qualification_rules": points(1)}),
    ):
        assert error(response)[0] == 404
