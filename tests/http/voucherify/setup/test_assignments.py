"""Card definitions that programs have."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from stampbook.storage.store import Store
from tests.http.voucherify.house import V2, House, error, made
from tests.http.voucherify.setup.test_programs import PROGRAMS


async def test_active_needs_an_active_definition(house: House) -> None:
    key = "missing_active_card_definition"
    assert error(await house.post(PROGRAMS, {"name": "B", "status": "ACTIVE"}))[:2] == (423, key)
    draft = await house.definition(status="DRAFT")
    program = await house.program(draft["id"], status="DRAFT")
    path = f"{PROGRAMS}/{program['id']}/activate"
    assert error(await house.post(path))[:2] == (423, key)
    made(await house.post(f"{V2}/card-definitions/{draft['id']}/activate"))
    assert error(await house.post(path))[:2] == (423, "missing_active_earning_rule")
    rule = await house.idle_rule(draft["id"])
    batch = f"{PROGRAMS}/{program['id']}/earning-rules/batch"
    made(await house.post(batch, {"assign": [{"id": rule}]}))
    assert made(await house.post(path))["status"] == "ACTIVE"


async def test_assignments(house: House) -> None:
    one, two, three = [await house.definition() for _ in range(3)]
    program = await house.program(one["id"], status="DRAFT")
    path = f"{PROGRAMS}/{program['id']}/card-definitions"
    house.clock.advance(seconds=1)
    body = {"assign": [{"id": two["id"]}, {"id": three["id"]}], "unassign": [{"id": one["id"]}]}
    changed = made(await house.post(path + "/batch", body))
    assert [each["card_definition_id"] for each in changed["assigned"]] == [two["id"], three["id"]]
    assert [each["card_definition_id"] for each in changed["unassigned"]] == [one["id"]]
    assert await house.all(path, [("limit", "1"), ("order", "created_at")]) == changed["assigned"]
    again = made(await house.post(path + "/batch", {"assign": [{"id": one["id"]}]}))
    assert len(again["assigned"]) == 1
    assert again["unassigned"] == []
    assert len(await house.all(path)) == 3
    made(await house.post(path + "/batch", {}))


async def test_assignments_are_all_or_nothing(house: House) -> None:
    one, two = [await house.definition() for _ in range(2)]
    program = await house.program(one["id"], status="DRAFT")
    path = f"{PROGRAMS}/{program['id']}/card-definitions"
    for body, expected in (
        ({"assign": [{"id": two["id"]}, {"id": one["id"]}]}, (409, "duplicate_found")),
        ({"assign": [{"id": two["id"]}, {"id": two["id"]}]}, (409, "duplicate_found")),
        ({"assign": [{"id": two["id"]}, {"id": "lcdef_1"}]}, (404, "not_found")),
        (
            {"unassign": [{"id": one["id"]}, {"id": two["id"]}]},
            (423, "missing_card_definition_assignment"),
        ),
        ({"assign": [{"id": two["id"]}] * 11}, (400, "invalid_payload")),
        ({"assign": two["id"]}, (400, "invalid_payload")),
    ):
        assert error(await house.post(path + "/batch", body))[:2] == expected
        found = await house.all(path)
        assert [each["card_definition_id"] for each in found] == [one["id"]]
    rule = await house.idle_rule(one["id"])
    rules = f"{PROGRAMS}/{program['id']}/earning-rules/batch"
    made(await house.post(rules, {"assign": [{"id": rule}]}))
    made(await house.post(f"{PROGRAMS}/{program['id']}/activate"))
    body = {"assign": [{"id": two["id"]}]}
    assert error(await house.post(path + "/batch", body))[:2] == (423, "non_draft_program")


async def test_at_most_ten_definitions(house: House) -> None:
    definitions = [await house.definition() for _ in range(11)]
    program = await house.program(*(each["id"] for each in definitions[:10]), status="DRAFT")
    body = {"assign": [{"id": definitions[10]["id"]}]}
    path = f"{PROGRAMS}/{program['id']}/card-definitions/batch"
    assert error(await house.post(path, body))[:2] == (
        403,
        "card_definition_assignments_limit_exceeded",
    )


async def test_one_definition_in_two_programs(house: House) -> None:
    """Each program has cards of its own of it."""
    definition = await house.definition()
    cards = [await house.card_in((await house.program(definition["id"]))["id"]) for _ in range(2)]
    await house.accrue(cards[0], 10)
    assert [await house.balance(card) for card in cards] == [(0, 10), (0, 0)]
    buckets = [await house.all(card.path + "/pending-points") for card in cards]
    assert [bucket["card_definition_id"] for bucket in buckets[0]] == [definition["id"]]
    assert buckets[1] == []


PATIENCE_S = 30


@pytest.mark.postgres
@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
async def test_a_program_that_becomes_active_meanwhile(house: House, store: Store) -> None:
    """What only a draft allows is judged by the status that the program has when it is written."""
    definition = await house.definition()
    program = await house.program(status="DRAFT")
    path = f"{PROGRAMS}/{program['id']}"
    refused: dict[str, Any] = {
        "non_draft_program": house.post(
            f"{path}/card-definitions/batch", {"assign": [{"id": definition["id"]}]}
        ),
        "invalid_payload": house.put(path, {"start_date": "2026-01-01"}),
        "invalid_state_transition": house.post(f"{path}/activate"),
    }
    async with store.transaction() as other:
        await other.execute("UPDATE programs SET status = 'active'")
        edits = {key: asyncio.ensure_future(edit) for key, edit in refused.items()}
        async with asyncio.timeout(PATIENCE_S):
            while len(await store.fetch("SELECT 1 FROM pg_locks WHERE NOT granted")) < len(edits):
                assert not any(edit.done() for edit in edits.values())
    for key, edit in edits.items():
        assert error(await edit)[1] == key
    assert made(await house.get(path))["start_date"] is None
    assert await house.all(f"{path}/card-definitions") == []


@pytest.mark.postgres
@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
async def test_removals_of_a_program_at_once(house: House, store: Store) -> None:
    """One removes it; the others find it gone."""
    definition = await house.definition()
    path = f"{PROGRAMS}/{(await house.program(definition['id']))['id']}"
    async with store.transaction() as other:
        await other.execute("UPDATE programs SET updated_at = updated_at")
        removals = [asyncio.ensure_future(house.delete(path)) for _ in range(3)]
        async with asyncio.timeout(PATIENCE_S):
            while len(await store.fetch("SELECT 1 FROM pg_locks WHERE NOT granted")) < 3:
                assert not any(each.done() for each in removals)
    answers = await asyncio.gather(*removals)
    assert sorted(each.status_code for each in answers) == [200, 404, 404]
