"""The tiers of a structure: bounds, overlaps, and when they may change."""

from __future__ import annotations

from typing import Any

import pytest

from tests.http.voucherify.house import House, error, made
from tests.http.voucherify.tier_structures.test_structures import (
    STRUCTURES,
    add_tier,
    balance_structure,
    points,
)


async def path_of(house: House) -> str:
    structure = await balance_structure(house)
    return f"{STRUCTURES}/{structure['id']}/tiers"


async def test_create(house: House) -> None:
    path = await path_of(house)
    body = {"name": "Gold", "qualification_rules": points(10, 99.5), "metadata": {"a": 1}}
    tier = made(await house.post(path, body))
    assert tier.pop("id").startswith("lt_")
    assert tier == {
        **body,
        "tier_structure_id": path.split("/")[-2],
        "downgrade": {"type": "INHERIT"},
        "created_at": "2026-08-06T14:01:13.346Z",
        "updated_at": None,
        "object": "tier",
    }
    kept = {"type": "NO_DOWNGRADE"}
    rules = points(0, segment="seg_1")
    body = {"name": "VIP", "qualification_rules": rules, "downgrade": kept}
    other = made(await house.post(path, body))
    assert (other["qualification_rules"], other["downgrade"]) == (rules, kept)
    found = await house.all(path, [("order", "name"), ("limit", "1")])
    assert [each["name"] for each in found] == ["Gold", "VIP"]
    assert error(await house.get(path, [("order", "type")]))[:2] == (400, "invalid_query_params")


@pytest.mark.parametrize(
    "rules",
    [
        None,
        {"type": "POINTS"},
        {"type": "SEGMENT", "segment": {"id": "seg_1"}},
        {**points(1), "segment": {"id": "seg_1"}},
        {"type": "POINTS_AND_SEGMENT", "points": {"min_value": 1}},
        {"type": "POINTS", "points": {}},
        {"type": "POINTS", "points": {"min_value": 1, "max_value": None}},
        points(-1),
        points(1_000_000_001),
        points(10, 9),
        points(20, 30),
        points(10, 20),
        points(15, 17),
        points(0),
    ],
)
async def test_bad_rules(house: House, rules: Any) -> None:
    """Also those that overlap with the tier from 10 to 20."""
    path = await path_of(house)
    made(await house.post(path, {"name": "Silver", "qualification_rules": points(10, 20)}))
    response = await house.post(path, {"name": "Gold", "qualification_rules": rules})
    assert error(response)[:2] == (400, "invalid_payload")
    assert len(await house.all(path)) == 1


async def test_tiers_that_are_apart(house: House) -> None:
    """Beside each other, with a gap, or of another segment."""
    path = await path_of(house)
    for rules in (points(10, 20), points(21, 30), points(40), points(0, segment="seg_1")):
        made(await house.post(path, {"name": "x", "qualification_rules": rules}))
    response = await house.post(path, {"name": "x", "qualification_rules": points(50)})
    assert error(response)[:2] == (400, "invalid_payload")


async def test_update(house: House) -> None:
    structure = await balance_structure(house)
    first = await add_tier(house, structure, "Gold", 100)
    path = f"{STRUCTURES}/{structure['id']}/tiers"
    second = made(await house.post(path, {"name": "Silver", "qualification_rules": points(10, 99)}))
    one = f"{path}/{second['id']}"
    house.clock.advance(seconds=1)
    changed = made(await house.put(one, {"qualification_rules": points(20, 99), "metadata": {}}))
    assert changed["qualification_rules"] == points(20, 99)
    assert changed["updated_at"] == "2026-08-06T14:01:14.346Z"
    response = await house.put(one, {"qualification_rules": points(20, 100)})
    assert error(response)[:2] == (400, "invalid_payload")
    assert made(await house.put(one, {"qualification_rules": None})) == changed
    made(await house.post(f"{STRUCTURES}/{structure['id']}/activate"))
    named = made(await house.put(one, {"name": "S", "metadata": {"a": 1}}))
    assert (named["name"], named["metadata"]) == ("S", {"a": 1})
    made(await house.put(one, {"qualification_rules": points(20, 99)}))
    for body in ({"qualification_rules": points(30, 99)}, {"downgrade": {"type": "NO_DOWNGRADE"}}):
        (name,) = body
        assert error(await house.put(one, body)) == (
            400,
            "invalid_payload",
            "Invalid payload",
            f"Property .{name} cannot be changed when status is ACTIVE",
        )
    body = {"name": "x", "qualification_rules": points(0, 5)}
    assert error(await house.post(path, body))[:2] == (409, "resource_locked")
    assert error(await house.delete(f"{path}/{first['id']}"))[:2] == (409, "resource_locked")


async def test_delete(house: House) -> None:
    structure, other = await balance_structure(house), await balance_structure(house)
    tier = await add_tier(house, structure)
    path = f"{STRUCTURES}/{structure['id']}/tiers"
    response = await house.delete(f"{STRUCTURES}/{other['id']}/tiers/{tier['id']}")
    assert error(response)[0] == 404
    assert response.json()["resource_type"] == "tier"
    assert made(await house.delete(f"{path}/{tier['id']}")) == tier
    for response in (
        await house.delete(f"{path}/{tier['id']}"),
        await house.put(f"{path}/{tier['id']}", {"name": "x"}),
    ):
        assert error(response)[0] == 404
    assert await house.all(path) == []
    await add_tier(house, structure)
    (first, *_) = await house.all(f"{STRUCTURES}/{structure['id']}/activities")
    assert first["type"] == "vl.tier_structure.tier.created"


async def test_there_are_at_most_a_hundred(house: House) -> None:
    path = await path_of(house)
    for at in range(100):
        body = {"name": f"{at}", "qualification_rules": points(at * 10, at * 10 + 9)}
        made(await house.post(path, body))
    response = await house.post(path, {"name": "x", "qualification_rules": points(5000)})
    assert error(response)[:2] == (403, "tiers_per_tier_structure_limit_exceeded")
