"""Members rise and fall: the transactions of their tiers, and the progress in memberships."""

from __future__ import annotations

from typing import Any

from stampbook.domain.commands import Cancel
from tests.http.voucherify.house import IMMEDIATE, V2, Card, House, error, made
from tests.http.voucherify.tier_structures.test_structures import STRUCTURES, points

BALANCE = {"type": "POINT_BALANCE"}


async def club(house: House, **fields: Any) -> tuple[Card, list[str]]:
    """A card of a program with Silver from 100 points and Gold from 500, and the ids of both."""
    definition = (await house.definition(pending_points=IMMEDIATE))["id"]
    counted = {"card_definition_id": definition}
    body = {"name": "Levels", "downgrade": {"type": "MULTI_LEVEL"}, **BALANCE, **fields}
    if body["type"] == "POINT_BALANCE":
        body["point_balance"] = counted
    else:
        body["point_earned"] = {**body["point_earned"], **counted}
    structure = made(await house.post(STRUCTURES, body))["id"]
    path = f"{STRUCTURES}/{structure}"
    tiers = [
        made(await house.post(f"{path}/tiers", {"name": name, "qualification_rules": rules}))["id"]
        for name, rules in (("Silver", points(100, 499)), ("Gold", points(500)))
    ]
    made(await house.post(path + "/activate"))
    program = await house.program(definition, tier_structures=[{"id": structure}])
    return await house.card_in(program["id"]), [structure, *tiers]


async def give(house: House, card: Card, amount: int) -> None:
    house.clock.advance(seconds=1)
    made(await house.post(f"{card.path}/points", {"points": amount}))


def path_of(card: Card) -> str:
    return f"{V2}/programs/{card.program}/members/{card.member}/tiers/transactions"


async def progress_of(house: House, card: Card) -> Any:
    way = {"identification_type": "member_id"}
    path = f"{V2}/programs/{card.program}/memberships/{card.member}"
    (found,) = made(await house.get(path, way))["cards"]
    return found["tier_progress"]


async def test_up_and_down(house: House) -> None:
    card, (structure, silver, gold) = await club(house)
    assert await house.all(path_of(card)) == []
    for amount in (150, 400, -300, -200):
        await give(house, card, amount)
    found = await house.all(path_of(card), [("order", "created_at"), ("limit", "3")])
    assert [each["type"] for each in found] == ["JOINED", "UPGRADED", "DOWNGRADED", "LEFT"]
    ways = [(each["details"]["tier_from"], each["details"]["tier_to"]) for each in found]
    assert ways == [(None, silver), (silver, gold), (gold, silver), (silver, None)]
    rows = await house.all(f"{card.path}/transactions", [("order", "created_at")])
    first = found[0]
    assert first.pop("id").startswith("lttx_")
    assert first == {
        "card_id": card.id,
        "program_id": card.program,
        "member_id": card.member,
        "card_definition_id": rows[0]["card_definition_id"],
        "tier_structure_id": structure,
        "tier_id": silver,
        "type": "JOINED",
        "details": {
            "points": 150,
            "tier_from": None,
            "tier_to": silver,
            "origin": {"type": "card_operations", "card_transaction_ids": [rows[0]["id"]]},
            "rejection": None,
            "start_at": "2026-08-06T14:01:14.346Z",
            "expires_at": None,
        },
        "status": "APPROVED",
        "created_at": "2026-08-06T14:01:14.346Z",
        "updated_at": "2026-08-06T14:01:14.346Z",
        "object": "tier_transaction",
    }
    (newest, *_) = await house.all(path_of(card))
    assert newest["type"] == "LEFT"


async def test_filters(house: House, stranger: House) -> None:
    card, _ = await club(house)
    await give(house, card, 150)
    house.clock.advance(days=1)
    await give(house, card, 400)
    path = path_of(card)
    for name, operator, value, expected in (
        ("card_id", "$is", card.id, 2),
        ("card_id", "$is_not", card.id, 0),
        ("created_at", "$before", "2026-08-07T00:00:00Z", 1),
        ("created_at", "$after", "2026-08-07T00:00:00Z", 1),
    ):
        pairs = [(f"filters[{name}][conditions][{operator}]", value)]
        assert len(await house.all(path, pairs)) == expected
    response = await house.get(path, [("filters[type][conditions][$is]", "JOINED")])
    assert error(response)[:2] == (400, "invalid_query_params")
    for response in (
        await stranger.get(path),
        await house.get(path.replace(card.member, "lmbr_000000000000000fff")),
    ):
        assert error(response)[0] == 404


async def test_progress(house: House) -> None:
    card, (structure, silver, gold) = await club(house)
    assert await progress_of(house, card) == {
        "current": None,
        "tier_structure": {"id": structure, "object": "tier_structure"},
        "deferred": [],
        "risks": [],
        "opportunities": [
            {"valid_until": None, "tier": {"id": silver, "name": "Silver"}, "points": 100},
            {"valid_until": None, "tier": {"id": gold, "name": "Gold"}, "points": 500},
        ],
        "object": "member_tier_progress",
    }
    await give(house, card, 150)
    found = await progress_of(house, card)
    assert found["current"] == {
        "tier": {"id": silver, "name": "Silver"},
        "start_at": "2026-08-06T14:01:14.346Z",
        "expires_at": None,
        "points": {"current": 150, "min": 100, "max": 499},
    }
    (chance,) = found["opportunities"]
    assert (chance["tier"]["id"], chance["points"]) == (gold, 350)


async def test_windows(house: House) -> None:
    """Points of a month make a tier until the end of the next day that the structure says."""
    earned = {"period": {"value": 1, "unit": "MONTH"}, "type": "IMMEDIATELY"}
    card, (_, silver, gold) = await club(house, type="POINT_EARNED", point_earned=earned)
    house.clock.advance(seconds=1)
    await house.accrue(card, 150)
    found = await progress_of(house, card)
    assert found["current"]["tier"]["id"] == silver
    (chance,) = found["opportunities"]
    assert chance == {
        "valid_until": "2026-09-01T00:00:00.000Z",
        "tier": {"id": gold, "name": "Gold"},
        "points": 350,
    }
    (risk,) = found["risks"]
    assert risk == {"type": "TIER_LEFT", "date": "2026-09-01T00:00:00.000Z", "tier": None}
    house.clock.advance(days=30)
    (left, _) = await house.all(path_of(card))
    assert left["type"] == "LEFT"
    assert left["details"]["origin"] == {
        "type": "daily_task_operations",
        "card_transaction_ids": [],
    }
    assert left["created_at"] == "2026-09-01T00:00:00.000Z"


async def test_a_cancel(house: House) -> None:
    """A tier that rested on what was taken back is lost, even where none is lost otherwise."""
    card, (_, silver, _) = await club(house, downgrade={"type": "NO_DOWNGRADE"})
    house.clock.advance(seconds=1)
    await house.accrue(card, 150)
    assert (await progress_of(house, card))["current"]["tier"]["id"] == silver
    house.clock.advance(seconds=1)
    await house.submit(card, Cancel(1))
    found = await house.all(path_of(card), [("order", "created_at")])
    assert [each["type"] for each in found] == ["JOINED", "LEFT"]
    assert found[1]["details"]["origin"]["type"] == "card_operations"
    assert (await progress_of(house, card))["current"] is None


async def test_names_follow(house: House) -> None:
    """A new name of a tier is seen where members are; a structure that rests has no standings."""
    card, (structure, silver, _) = await club(house)
    await give(house, card, 150)
    path = f"{STRUCTURES}/{structure}"
    made(await house.put(f"{path}/tiers/{silver}", {"name": "S"}))
    assert (await progress_of(house, card))["current"]["tier"]["name"] == "S"
    made(await house.post(path + "/deactivate"))
    assert (await progress_of(house, card))["tier_structure"] is None
    assert await house.all(path_of(card)) == []
    made(await house.post(path + "/activate"))
    assert (await progress_of(house, card))["current"]["tier"]["name"] == "S"
    assert error(await house.post(path + "/draft"))[:2] == (409, "resource_locked")
    assert error(await house.delete(path))[:2] == (400, "resource_in_use")
