"""Earning rules in programs."""

from __future__ import annotations

import pytest

from tests.http.voucherify.house import V2, House, error, made
from tests.http.voucherify.rules.kit import RULES, make_rule, points

PROGRAMS = f"{V2}/programs"


async def test_assignments(house: House) -> None:
    definition = (await house.definition())["id"]
    program = await house.program(definition, status="DRAFT")
    path = f"{PROGRAMS}/{program['id']}/earning-rules"
    one, two, three = [(await make_rule(house, points(definition)))["id"] for _ in range(3)]
    made(await house.post(f"{path}/batch", {"assign": [{"id": one}]}))
    house.clock.advance(seconds=1)
    body = {"assign": [{"id": two}, {"id": three}], "unassign": [{"id": one}]}
    changed = made(await house.post(f"{path}/batch", body))
    assert [each["earning_rule_id"] for each in changed["assigned"]] == [two, three]
    assert [each["earning_rule_id"] for each in changed["unassigned"]] == [one]
    assert await house.all(path, [("limit", "1"), ("order", "created_at")]) == changed["assigned"]
    both = {"assign": [{"id": two}], "unassign": [{"id": two}]}
    made(await house.post(f"{path}/batch", both))
    assert len(await house.all(path)) == 2
    of_rule = await house.all(f"{RULES}/{one}/activities")
    assert [each["type"] for each in of_rule][:2] == [
        "vl.earning_rule.unassigned",
        "vl.earning_rule.assigned",
    ]
    of_program = await house.all(f"{PROGRAMS}/{program['id']}/activities")
    assert of_program[0]["type"] == "vl.program.earning_rule.assigned"


async def test_all_or_nothing(house: House) -> None:
    definition, other = [(await house.definition())["id"] for _ in range(2)]
    one, two = [(await make_rule(house, points(definition)))["id"] for _ in range(2)]
    strange = (await make_rule(house, points(other)))["id"]
    program = await house.program(definition, earning_rules=[{"id": one}])
    path = f"{PROGRAMS}/{program['id']}/earning-rules"
    for body, expected in (
        ({"assign": [{"id": two}, {"id": one}]}, (409, "duplicate_found")),
        ({"assign": [{"id": two}, {"id": two}]}, (409, "duplicate_found")),
        ({"assign": [{"id": two}, {"id": "lern_1"}]}, (404, "not_found")),
        ({"assign": [{"id": two}], "unassign": [{"id": two}]}, (404, "not_found")),
        ({"unassign": [{"id": one}]}, (423, "missing_active_earning_rule")),
        ({"assign": [{"id": strange}]}, (423, "missing_card_definition_assignment")),
        ({"assign": [{"id": two}] * 11}, (400, "invalid_payload")),
        ({"assign": [{"id": two, "stock": 1}]}, (400, "invalid_payload")),
    ):
        assert error(await house.post(f"{path}/batch", body))[:2] == expected
        assert [each["earning_rule_id"] for each in await house.all(path)] == [one]
    made(await house.post(f"{path}/batch", {"assign": [{"id": two}], "unassign": [{"id": one}]}))


async def test_what_is_assigned_is_in_use(house: House) -> None:
    definition = (await house.definition())["id"]
    rule = await make_rule(house, points(definition))
    program = await house.program(definition, earning_rules=[{"id": rule["id"]}])
    path = f"{RULES}/{rule['id']}"
    assert error(await house.delete(path))[:2] == (400, "resource_in_use")
    made(await house.delete(f"{PROGRAMS}/{program['id']}"))
    made(await house.delete(path))


@pytest.mark.parametrize("status", ["DRAFT", "INACTIVE"])
async def test_an_active_program_needs_an_active_rule(house: House, status: str) -> None:
    definition = (await house.definition())["id"]
    rule = await make_rule(house, points(definition))
    if status == "INACTIVE":
        made(await house.post(f"{RULES}/{rule['id']}/deactivate"))
    else:
        made(await house.post(f"{RULES}/{rule['id']}/draft"))
    body = {
        "name": "Bonus",
        "status": "ACTIVE",
        "card_definitions": [{"id": definition}],
        "earning_rules": [{"id": rule["id"]}],
    }
    refused = error(await house.post(PROGRAMS, body))
    assert refused[:3] == (423, "missing_active_earning_rule", "Missing active earning rule")
    assert await house.all(PROGRAMS) == []
