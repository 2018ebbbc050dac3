"""Programs: their states, dates and hours, and the card definitions assigned to them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.http.voucherify.conftest import secret_of
from tests.http.voucherify.house import V2, House, error, made

PROGRAMS = f"{V2}/programs"


async def test_create(house: House) -> None:
    body = made(await house.post(PROGRAMS, {"name": "Bonus"}))
    identity = body.pop("id")
    assert body == {
        "name": "Bonus",
        "status": "DRAFT",
        "start_date": None,
        "end_date": None,
        "validity_hours": {"type": "ANY_TIME"},
        "metadata": {},
        "created_at": "2026-08-06T14:01:13.346Z",
        "updated_at": None,
        "object": "program",
        "card_definitions": None,
        "earning_rules": None,
        "rewards": None,
        "tier_structures": None,
    }
    read = made(await house.get(f"{PROGRAMS}/{identity}"))
    assert read == {"id": identity, **{name: body[name] for name in read if name != "id"}}


async def test_create_with_all(house: House) -> None:
    definition = await house.definition()
    rule = await house.idle_rule(definition["id"])
    hours = {
        "type": "DAILY",
        "daily": [{"days_of_week": [1, 2], "start_time": "08:00", "end_time": "20:00"}],
    }
    body = made(
        await house.post(
            PROGRAMS,
            {
                "name": "Bonus",
                "status": "ACTIVE",
                "start_date": "2026-01-01T00:00:00+01:00",
                "end_date": "2027-01-01T00:00:00.5Z",
                "validity_hours": hours,
                "metadata": {"a": 1},
                "card_definitions": [{"id": definition["id"]}],
                "earning_rules": [{"id": rule}],
            },
        )
    )
    assert body["status"] == "ACTIVE"
    assert body["earning_rules"] == [{"id": rule}]
    assert body["start_date"] == "2025-12-31T23:00:00.000Z"
    assert body["end_date"] == "2027-01-01T00:00:00.500Z"
    assert body["validity_hours"] == hours
    assert body["card_definitions"] == [{"id": definition["id"]}]


@pytest.mark.parametrize("never", ["9999-12-31", "9999-12-31T23:59:59Z"])
async def test_an_end_that_never_comes(house: House, never: str) -> None:
    body = made(await house.post(PROGRAMS, {"name": "Bonus", "status": "DRAFT", "end_date": never}))
    assert body["end_date"] is None


@pytest.mark.parametrize(
    "fields",
    [
        {"name": None},
        {"name": "x" * 201},
        {"colour": "red"},
        {"status": "INACTIVE"},
        {"start_date": "yesterday"},
        {"start_date": "2026-13-01"},
        {"start_date": "9999-12-31T00:00:00Z"},
        {"start_date": "2026-02-01", "end_date": "2026-01-01"},
        {"validity_hours": {"type": "DAILY"}},
        {"validity_hours": {"type": "DAILY", "daily": []}},
        {
            "validity_hours": {
                "type": "DAILY",
                "daily": [{"days_of_week": [7], "start_time": "08:00", "end_time": "09:00"}],
            }
        },
        {
            "validity_hours": {
                "type": "DAILY",
                "daily": [{"days_of_week": [1, 1], "start_time": "08:00", "end_time": "09:00"}],
            }
        },
        {
            "validity_hours": {
                "type": "DAILY",
                "daily": [{"days_of_week": [1], "start_time": "25:00", "end_time": "09:00"}],
            }
        },
        {
            "validity_hours": {
                "type": "ANY_TIME",
                "daily": [{"days_of_week": [1], "start_time": "08:00", "end_time": "09:00"}],
            }
        },
        {"card_definitions": []},
        {"card_definitions": [{"id": "lcdef_1", "x": 1}]},
    ],
)
async def test_what_is_refused(house: House, fields: dict[str, Any]) -> None:
    response = await house.post(PROGRAMS, {"name": "Bonus", **fields})
    assert error(response)[:2] == (400, "invalid_payload")
    assert await house.all(PROGRAMS) == []


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        ({"card_definitions": [{"id": "lcdef_1"}]}, "card_definition"),
        ({"earning_rules": [{"id": "lern_1"}]}, "earning_rule"),
        ({"tier_structures": [{"id": "lts_1"}]}, "tier_structure"),
        ({"rewards": [{"id": "lrew_1", "stock": {"type": "UNLIMITED"}}]}, "reward"),
    ],
)
async def test_what_is_named_must_exist(house: House, fields: dict[str, Any], kind: str) -> None:
    response = await house.post(PROGRAMS, {"name": "Bonus", **fields})
    assert (response.status_code, response.json()["resource_type"]) == (404, kind)
    assert await house.all(PROGRAMS) == []


async def test_update(house: House) -> None:
    program = await house.program(status="DRAFT")
    path = f"{PROGRAMS}/{program['id']}"
    body: Any
    hours = {
        "type": "DAILY",
        "daily": [{"days_of_week": [0], "start_time": "08:00", "end_time": "09:00"}],
    }
    changed = made(
        await house.put(
            path,
            {
                "name": "New",
                "start_date": "2026-01-01",
                "validity_hours": hours,
                "metadata": {"a": 1},
            },
        )
    )
    assert (changed["name"], changed["start_date"]) == ("New", "2026-01-01T00:00:00.000Z")
    assert changed["validity_hours"] == hours
    changed = made(
        await house.put(path, {"start_date": None, "validity_hours": None, "metadata": {"b": 2}})
    )
    assert changed["start_date"] is None
    assert changed["validity_hours"] == {"type": "ANY_TIME"}
    assert changed["metadata"] == {"a": 1, "b": 2}
    for body in (
        {"start_date": "2026-02-01", "end_date": "2026-01-01"},
        {"status": "ACTIVE"},
        {"name": None},
        {"card_definitions": []},
    ):
        assert error(await house.put(path, body))[:2] == (400, "invalid_payload")


async def test_an_active_program_keeps_its_begin_and_hours(house: House) -> None:
    definition = await house.definition()
    program = await house.program(definition["id"], start_date="2026-02-01")
    path = f"{PROGRAMS}/{program['id']}"
    body: Any
    for body in ({"start_date": None}, {"name": "x", "validity_hours": None}):
        assert error(await house.put(path, body))[:2] == (400, "invalid_payload")
    assert error(await house.put(path, {"end_date": "2026-01-01"}))[1] == "invalid_payload"
    body = {"name": "x", "end_date": "2027-01-01T00:00:00Z", "metadata": None}
    assert made(await house.put(path, body))["end_date"] == "2027-01-01T00:00:00.000Z"


async def test_steps(house: House) -> None:
    definition = await house.definition()
    rules = [{"id": await house.idle_rule(definition["id"])}]
    program = await house.program(definition["id"], status="DRAFT", earning_rules=rules)
    path = f"{PROGRAMS}/{program['id']}"
    wrong = (400, "invalid_state_transition", "Invalid state transition")
    assert error(await house.post(path + "/deactivate"))[:3] == wrong
    assert made(await house.post(path + "/activate"))["status"] == "ACTIVE"
    assert error(await house.post(path + "/activate"))[:3] == wrong
    assert made(await house.post(path + "/deactivate"))["status"] == "INACTIVE"
    assert error(await house.post(path + "/deactivate"))[:3] == wrong
    assert made(await house.post(path + "/activate"))["status"] == "ACTIVE"


async def test_delete(house: House) -> None:
    card = await house.card()
    path = f"{PROGRAMS}/{card.program}"
    assert made(await house.delete(path))["status"] == "DELETED"
    for response in (
        await house.get(path),
        await house.delete(path),
        await house.put(path, {"name": "x"}),
        await house.post(path + "/activate"),
        await house.get(path + "/activities"),
        await house.get(path + "/members"),
        await house.get(card.path + "/transactions"),
    ):
        assert (response.status_code, response.json()["resource_type"]) == (404, "program")
    assert await house.all(PROGRAMS) == []


async def test_activities(house: House) -> None:
    definition = await house.definition()
    rules = [{"id": await house.idle_rule(definition["id"])}]
    program = await house.program(definition["id"], status="DRAFT", earning_rules=rules)
    path = f"{PROGRAMS}/{program['id']}"
    made(await house.put(path, {"name": "New"}))
    made(await house.post(path + "/activate"))
    made(await house.post(path + "/deactivate"))
    found = await house.all(path + "/activities", [("limit", "2")])
    assert [each["type"] for each in found] == [
        "vl.program.deactivated",
        "vl.program.activated",
        "vl.program.updated",
        "vl.program.earning_rule.assigned",
        "vl.program.card_definition.assigned",
        "vl.program.created",
    ]
    assert {each["program_id"] for each in found} == {program["id"]}
    filters = [("filters[type][conditions][$in][0]", "vl.program.created")]
    (one,) = await house.all(path + "/activities", filters)
    assert one == found[-1]
    filters = [("filters[id][conditions][$not_in]", each["id"]) for each in found[1:]]
    assert await house.all(path + "/activities", filters) == [found[0]]
    assert (await house.all(path + "/activities", [("order", "created_at")]))[0] == found[-1]
    response = await house.get(
        path + "/activities", {"filters[type][conditions][$is]": "vl.card.created"}
    )
    assert error(response)[:2] == (400, "invalid_query_params")


async def test_lists(house: House, stranger: House) -> None:
    definition = await house.definition()
    for name in ("B", "A", "C"):
        await house.program(definition["id"], name=name)
        house.clock.advance(seconds=1)
    made(await house.post(PROGRAMS, {"name": "D"}))
    assert [each["name"] for each in await house.all(PROGRAMS)] == ["D", "C", "A", "B"]
    by_name = await house.all(PROGRAMS, [("order", "-name"), ("limit", "2")])
    assert [each["name"] for each in by_name] == ["D", "C", "B", "A"]
    drafts = await house.all(PROGRAMS, [("filters[status][conditions][$is_not]", "ACTIVE")])
    assert [each["name"] for each in drafts] == ["D"]
    assert await stranger.all(PROGRAMS) == []


async def test_a_key_of_one_program(house: House, store: Any) -> None:
    definition = await house.definition()
    one, other = [await house.program(definition["id"]) for _ in range(2)]
    house.secret = await secret_of(store, "admin", program=int(one["id"][5:], 16))
    assert [each["id"] for each in await house.all(PROGRAMS)] == [one["id"]]
    assert (await house.get(f"{PROGRAMS}/{other['id']}")).status_code == 404
    for response in (
        await house.post(PROGRAMS, {"name": "x"}),
        await house.get(f"{V2}/card-definitions"),
    ):
        assert error(response)[:2] == (403, "forbidden")


async def test_validity_hours(house: House) -> None:
    """Thursday, 2026-08-06, 14:01 UTC: weekday 4."""
    definition = await house.definition()
    for days, start, end, open_ in (
        ([4], "14:00", "15:00", True),
        ([4], "14:01", "14:02", True),
        ([4], "14:02", "15:00", False),
        ([4], "13:00", "14:01", False),
        ([3, 5], "00:00", "23:59", False),
        ([3], "22:00", "15:00", True),
        ([4], "22:00", "15:00", False),
    ):
        span = {"days_of_week": days, "start_time": start, "end_time": end}
        program = await house.program(
            definition["id"], validity_hours={"type": "DAILY", "daily": [span]}
        )
        card = await house.card_in(program["id"])
        await house.accrue(card)
        response = await house.post(card.cancel_path())
        assert response.status_code == (200 if open_ else 423), span
        if not open_:
            assert error(response)[1] == "program_outside_validity_window"
