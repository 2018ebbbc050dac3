"""Tier structures and rewards in programs."""

from __future__ import annotations

from typing import Any

from stampbook.storage.store import Store
from tests.http.voucherify.house import V2, House, error, made

PROGRAMS = f"{V2}/programs"
STRUCTURES = f"{V2}/tier-structures"
REWARDS = f"{V2}/rewards"
UNLIMITED = {"type": "UNLIMITED"}


def limited(quantity: int) -> dict[str, Any]:
    return {"type": "LIMITED", "limited": {"quantity": quantity}}


async def structure_of(house: House, definition: str) -> str:
    """An active structure with one tier."""
    body = {
        "name": "Levels",
        "type": "POINT_BALANCE",
        "point_balance": {"card_definition_id": definition},
    }
    structure = made(await house.post(STRUCTURES, body))["id"]
    rules = {"type": "POINTS", "points": {"min_value": 10}}
    tier = {"name": "Gold", "qualification_rules": rules}
    made(await house.post(f"{STRUCTURES}/{structure}/tiers", tier))
    made(await house.post(f"{STRUCTURES}/{structure}/activate"))
    return str(structure)


async def reward_of(house: House, definition: str) -> str:
    body = {
        "name": "Mug",
        "type": "MATERIAL",
        "material": {"type": "PRODUCT", "product": {"id": "prod_1"}},
        "costs": [{"spending": [{"points": 10, "card_definition_id": definition}]}],
        "status": "ACTIVE",
    }
    return str(made(await house.post(REWARDS, body))["id"])


async def test_structures(house: House) -> None:
    definition, other = [(await house.definition())["id"] for _ in range(2)]
    one, two, strange = [
        await structure_of(house, each) for each in (definition, definition, other)
    ]
    program = await house.program(definition, status="DRAFT")
    path = f"{PROGRAMS}/{program['id']}/tier-structures"
    changed = made(await house.post(f"{path}/batch", {"assign": [{"id": one}]}))
    assert changed["assigned"] == await house.all(path)
    assert changed["assigned"][0]["tier_structure_id"] == one
    unassign = {"unassign": [{"id": one}]}
    for body, expected in (
        ({"assign": [{"id": one}]}, (409, "duplicate_found")),
        ({"assign": [{"id": two}]}, (403, "tier_structure_assignments_limit_exceeded")),
        ({"assign": [{"id": strange}], **unassign}, (423, "missing_card_definition_assignment")),
        ({"assign": [{"id": "lts_1"}]}, (404, "not_found")),
        ({"unassign": [{"id": two}]}, (423, "missing_tier_structure_assignment")),
    ):
        assert error(await house.post(f"{path}/batch", body))[:2] == expected
        assert await house.all(path) == changed["assigned"]
    made(await house.post(f"{path}/batch", {"assign": [{"id": two}], **unassign}))
    made(await house.post(f"{STRUCTURES}/{one}/deactivate"))
    body = {"unassign": [{"id": two}], "assign": [{"id": one}]}
    assert error(await house.post(f"{path}/batch", body))[:2] == (423, "non_active_tier_structure")
    rule = await house.idle_rule(definition)
    rules = f"{PROGRAMS}/{program['id']}/earning-rules/batch"
    made(await house.post(rules, {"assign": [{"id": rule}]}))
    made(await house.post(f"{STRUCTURES}/{two}/deactivate"))
    activate = f"{PROGRAMS}/{program['id']}/activate"
    assert error(await house.post(activate))[:2] == (423, "connected_non_active_tier_structure")
    made(await house.post(f"{STRUCTURES}/{two}/activate"))
    made(await house.post(activate))
    refused = error(await house.post(f"{path}/batch", {"unassign": [{"id": two}]}))
    assert refused[:2] == (423, "non_draft_program")


async def test_rewards(house: House) -> None:
    definition, other = [(await house.definition())["id"] for _ in range(2)]
    one, two, strange = [await reward_of(house, each) for each in (definition, definition, other)]
    program = await house.program(definition)
    path = f"{PROGRAMS}/{program['id']}/rewards"
    body = {"assign": [{"id": one, "stock": UNLIMITED}, {"id": two, "stock": limited(3)}]}
    changed = made(await house.post(f"{path}/batch", body))
    assert [each["stock"] for each in changed["assigned"]] == [UNLIMITED, limited(3)]
    assert await house.all(path, [("order", "created_at")]) == changed["assigned"]
    for wrong, expected in (
        ({"assign": [{"id": one, "stock": UNLIMITED}]}, (409, "duplicate_found")),
        ({"assign": [{"id": strange, "stock": UNLIMITED}]}, (400, "invalid_payload")),
        ({"assign": [{"id": "lrew_1", "stock": UNLIMITED}]}, (404, "not_found")),
        ({"assign": [{"id": one}]}, (400, "invalid_payload")),
        (
            {"assign": [{"id": one, "stock": {**UNLIMITED, "limited": {"quantity": 1}}}]},
            (400, "invalid_payload"),
        ),
        ({"unassign": [{"id": strange}]}, (404, "not_found")),
    ):
        assert error(await house.post(f"{path}/batch", wrong))[:2] == expected
    gone = made(await house.post(f"{path}/batch", {"unassign": [{"id": one}]}))
    assert [each["reward_id"] for each in gone["unassigned"]] == [one]
    house.clock.advance(seconds=1)
    put = made(await house.put(f"{path}/{two}", {"stock": limited(0)}))
    assert (put["stock"], put["redeemed"]) == (limited(0), 0)
    assert put["updated_at"] is not None
    assert await house.all(path) == [put]
    assert error(await house.put(f"{path}/{one}", {"stock": UNLIMITED}))[0] == 404
    assert error(await house.put(f"{path}/{two}", {}))[1] == "invalid_payload"
    types = [each["type"] for each in await house.all(f"{PROGRAMS}/{program['id']}/activities")]
    assert types[:2] == ["vl.program.reward.updated", "vl.program.reward.unassigned"]


async def test_a_program_with_everything(house: House) -> None:
    definition = (await house.definition())["id"]
    rule, structure = await house.idle_rule(definition), await structure_of(house, definition)
    reward = await reward_of(house, definition)
    body = await house.program(
        definition,
        earning_rules=[{"id": rule}],
        tier_structures=[{"id": structure}],
        rewards=[{"id": reward, "stock": limited(2)}],
    )
    assert body["earning_rules"] == [{"id": rule}]
    assert body["tier_structures"] == [{"id": structure}]
    assert body["rewards"] == [{"id": reward, "stock": limited(2)}]
    path = f"{PROGRAMS}/{body['id']}"
    for word in ("earning-rules", "tier-structures", "rewards"):
        assert len(await house.all(f"{path}/{word}")) == 1


async def test_activities_of_what_is_assigned_show_it(house: House, store: Store) -> None:
    """The thing as it was, the program, and the assignment; also of what was noted before."""
    definition = (await house.definition())["id"]
    program = await house.program(definition, status="DRAFT")
    rule = await house.idle_rule(definition)
    for word, thing, more in (
        ("earning_rule", rule, {}),
        ("tier_structure", await structure_of(house, definition), {}),
        ("reward", await reward_of(house, definition), {"stock": UNLIMITED}),
    ):
        path = f"{V2}/{word.replace('_', '-')}s/{thing}"
        batch = f"{PROGRAMS}/{program['id']}/{word.replace('_', '-')}s/batch"
        given = made(await house.post(batch, {"assign": [{"id": thing, **more}]}))["assigned"]
        gone = made(await house.post(batch, {"unassign": [{"id": thing}]}))["unassigned"]
        shown = made(await house.get(path))
        told = {each["type"]: each["data"] for each in await house.all(f"{path}/activities")}
        for event, (assignment,) in (("assigned", given), ("unassigned", gone)):
            data = told[f"vl.{word}.{event}"]
            assert (data[word], data[f"program_{word}"]) == (shown, assignment)
            assert data["program"]["id"] == program["id"]
        async with store.transaction() as writing:
            await writing.execute("UPDATE voucherify_activities SET data = '{}'")
        (former, *_) = await house.all(f"{path}/activities")
        assert former["data"] == {word: shown}
