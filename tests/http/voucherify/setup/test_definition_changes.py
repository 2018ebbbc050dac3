"""Changes of card definitions, their steps, and their end."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from stampbook.dialects.voucherify.core.definitions.wire import PARTS
from stampbook.storage.store import Store
from tests.http.voucherify.house import IMMEDIATE, V2, House, error, made, period_based
from tests.http.voucherify.setup.test_definitions import DEFINITIONS, NEGATIVE

PATIENCE_S = 20.0
"""Only an edit that never comes to its writing takes so long."""


async def test_update(house: House) -> None:
    """A draft is changed as it pleases; anything else keeps its rules."""
    body = made(await house.post(DEFINITIONS, {"name": "Card", "type": "INDIVIDUAL"}))
    path = f"{DEFINITIONS}/{body['id']}"
    house.clock.advance(seconds=1)
    changed = made(await house.put(path, {"pending_points": period_based(5), "metadata": {"a": 1}}))
    assert changed["pending_points"] == period_based(5)
    assert changed["updated_at"] == "2026-08-06T14:01:14.346Z"
    assert made(await house.put(path, {"metadata": {"b": 2}}))["metadata"] == {"a": 1, "b": 2}
    assert made(await house.put(path, {"metadata": None}))["metadata"] == {}
    made(await house.post(path + "/activate"))
    for body in (
        {"pending_points": IMMEDIATE},
        {"name": "Other", "balance_settings": NEGATIVE},
        {"type": "INDIVIDUAL"},
        {"status": "DRAFT"},
    ):
        assert error(await house.put(path, body))[:2] == (400, "invalid_payload")
    kept = {
        "name": "Other",
        "pay_with_points": {"type": "EXCHANGE_RATIO", "exchange_ratio": {"formula": "2"}},
    }
    changed = made(await house.put(path, kept))
    assert {name: changed[name] for name in kept} == kept
    assert made(await house.get(path)) == changed


async def test_what_an_active_program_uses_keeps_its_rules(house: House) -> None:
    """A draft, too: they are the rules of points that people have."""
    definition, other = await house.definition(status="DRAFT"), await house.definition()
    idle = [{"id": await house.idle_rule(other["id"])}]
    program = await house.program(definition["id"], other["id"], earning_rules=idle)
    card = await house.card_in(program["id"])
    lot = await house.accrue(card, 10)
    path = f"{DEFINITIONS}/{definition['id']}"
    made(await house.get(path))
    body = made(await house.get(path))
    rules = [name for name in PARTS if name != "pay_with_points"]
    for name in rules:
        response = await house.put(path, {"name": "Other", name: body[name]})
        assert error(response) == (
            400,
            "invalid_payload",
            "Invalid payload",
            f"Property .{name} cannot be changed when an ACTIVE program uses the card definition",
        )
    assert made(await house.get(path)) == body
    kept = {
        "name": "Other",
        "metadata": {"a": 1},
        "pay_with_points": {"type": "EXCHANGE_RATIO", "exchange_ratio": {"formula": "2"}},
    }
    changed = made(await house.put(path, kept))
    assert {name: changed[name] for name in kept} == kept
    made(await house.post(card.cancel_path(lot)))


async def test_a_change_reaches_the_cards(house: House) -> None:
    """A draft that a program has may be changed while the program rests."""
    definition, other = await house.definition(status="DRAFT"), await house.definition()
    rules = [{"id": await house.idle_rule(other["id"])}]
    program = await house.program(definition["id"], other["id"], earning_rules=rules)
    card = await house.card_in(program["id"])
    await house.accrue(card, 10)
    path = f"{DEFINITIONS}/{definition['id']}"
    made(await house.post(f"{V2}/programs/{program['id']}/deactivate"))
    made(await house.put(path, {"pending_points": IMMEDIATE}))
    made(await house.post(path + "/activate"))
    made(await house.post(f"{V2}/programs/{program['id']}/activate"))
    await house.accrue(card, 5)
    assert await house.balance(card) == (5, 10)


async def test_what_a_program_uses_does_not_become_a_draft(house: House) -> None:
    definition = await house.definition()
    program = await house.program(definition["id"], status="DRAFT")
    path = f"{DEFINITIONS}/{definition['id']}"
    assert error(await house.post(path + "/draft"))[:3] == (
        423,
        "resource_locked",
        "Resource locked",
    )
    batch = f"{V2}/programs/{program['id']}/card-definitions/batch"
    made(await house.post(batch, {"unassign": [{"id": definition["id"]}]}))
    made(await house.post(path + "/draft"))


async def test_steps(house: House) -> None:
    body = made(await house.post(DEFINITIONS, {"name": "Card", "type": "INDIVIDUAL"}))
    path = f"{DEFINITIONS}/{body['id']}"
    wrong = (400, "invalid_state_transition", "Invalid state transition")
    assert error(await house.post(path + "/draft"))[:3] == wrong
    assert made(await house.post(path + "/activate"))["status"] == "ACTIVE"
    assert error(await house.post(path + "/activate"))[:3] == wrong
    assert made(await house.post(path + "/draft"))["status"] == "DRAFT"
    types = [each["type"] for each in await house.all(path + "/activities")]
    assert types == [
        "vl.card_definition.drafted",
        "vl.card_definition.activated",
        "vl.card_definition.created",
    ]


async def test_delete(house: House) -> None:
    used, free = await house.definition(), await house.definition()
    program = await house.program(used["id"])
    response = await house.delete(f"{DEFINITIONS}/{used['id']}")
    assert error(response)[:2] == (400, "resource_in_use")
    path = f"{DEFINITIONS}/{free['id']}"
    assert made(await house.delete(path))["status"] == "DELETED"
    for response in (
        await house.get(path),
        await house.put(path, {"name": "x"}),
        await house.delete(path),
        await house.post(path + "/activate"),
        await house.get(path + "/activities"),
    ):
        assert error(response)[0] == 404
        assert response.json()["resource_type"] == "card_definition"
    made(await house.delete(f"{V2}/programs/{program['id']}"))
    made(await house.delete(f"{DEFINITIONS}/{used['id']}"))
    assert await house.all(DEFINITIONS) == []


async def test_a_currency_of_another_api(house: House, client: Any) -> None:
    """It is a definition too, with what its policy says; only its name can be changed here."""
    headers = {"Authorization": f"Bearer {house.secret}"}
    program = made(await client.post("/v1/programs", json={"name": "Native"}, headers=headers))
    currency = {
        "name": "Points",
        "pending": {"type": "period", "period": {"value": 2, "unit": "week"}},
        "expiry": {"type": "rolling", "period": {"value": 1, "unit": "month"}},
    }
    path = f"/v1/programs/{program['id']}/currencies"
    native = made(await client.post(path, json=currency, headers=headers))
    number = int(native["id"].partition("_")[2], 16)
    one = f"{DEFINITIONS}/lcdef_{number:018x}"
    body = made(await house.get(one))
    assert body["name"] == "Points"
    assert body["status"] == "ACTIVE"
    assert body["pending_points"] == period_based(14)
    assert body["points_expiration"] == {
        "type": "ROLLING_EXPIRATION",
        "rolling_expiration": {"period": {"value": 1, "unit": "MONTH"}},
    }
    assert made(await house.put(one, {"name": "Stars"}))["name"] == "Stars"
    for part in ("pay_with_points", "pending_points", "code_config"):
        response = await house.put(one, {"name": "Suns", part: body[part]})
        assert error(response)[:2] == (400, "invalid_payload")
    assert made(await house.get(one))["name"] == "Stars"
    assert error(await house.post(one + "/draft"))[1] == "invalid_state_transition"
    assert error(await house.delete(one))[1] == "resource_in_use"


async def test_edits_at_once(house: House) -> None:
    """Each is carried out or told to come again; none breaks, and the last one stands."""
    definition = await house.definition()
    await house.program(definition["id"])
    path = f"{DEFINITIONS}/{definition['id']}"
    answers = await asyncio.gather(
        *(house.put(path, {"name": f"Card {number}"}) for number in range(12))
    )
    statuses = [answer.status_code for answer in answers]
    assert set(statuses) <= {200, 503}
    names = {made(answer)["name"] for answer in answers if answer.status_code == 200}
    assert made(await house.get(path))["name"] in names


@pytest.mark.postgres
@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
async def test_an_edit_that_another_was_before_is_told_to_come_again(
    house: House, store: Store
) -> None:
    """The currency changes between the edit's reading and its writing."""
    definition = await house.definition()
    await house.program(definition["id"])
    path = f"{DEFINITIONS}/{definition['id']}"
    async with store.transaction() as other:
        await other.execute("UPDATE currencies SET version = version + 1")
        edit = asyncio.ensure_future(house.put(path, {"name": "Other"}))
        async with asyncio.timeout(PATIENCE_S):
            while not await store.fetch("SELECT 1 FROM pg_locks WHERE NOT granted"):
                assert not edit.done()
    answer = await edit
    assert error(answer)[:2] == (503, "service_unavailable")
    assert made(await house.get(path))["name"] == definition["name"]
    assert made(await house.put(path, {"name": "Other"}))["name"] == "Other"
