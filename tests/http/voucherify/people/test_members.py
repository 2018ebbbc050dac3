"""Members, their customers, memberships and activities."""

from __future__ import annotations

import asyncio
from typing import Any

from tests.http.voucherify.house import V2, House, error, made

NO_POINTS = dict.fromkeys(
    (
        "total",
        "earned",
        "added",
        "purchased",
        "purchased_reversed",
        "subtracted",
        "expired",
        "spent",
        "refunded",
        "returned",
        "locked",
        "unlocked",
    ),
    0,
)


async def test_create(house: House) -> None:
    definition = await house.definition()
    program = await house.program(definition["id"])
    customer = await house.customer(source_id="anna")
    path = f"{V2}/programs/{program['id']}/members"
    body = made(await house.post(path, _by_source("anna") | {"metadata": {"shop": 1}}))
    (card,) = body["cards"]
    assert body["customer_id"] == customer["id"]
    assert body["program_id"] == program["id"]
    assert body["status"] == "ACTIVE"
    assert body["metadata"] == {"shop": 1}
    assert card["card"].pop("id").startswith("lcrd_")
    assert card["card"] == {
        "card_definition_id": definition["id"],
        "card_type": "INDIVIDUAL",
        "code": None,
        "lifetime_bucket": {
            "points": NO_POINTS,
            "pending_points": {"total": 0, "activated": 0, "canceled": 0},
        },
        "balance": {"points": 0, "pending_points": 0},
        "next_expiration": None,
        "next_activation": None,
        "object": "card",
    }
    later = made(await house.get(f"{path}/{body['id']}"))
    code = later["cards"][0]["card"]["code"]
    assert len(code) == 10
    assert code.isalnum()


def _by_source(source_id: str) -> dict[str, Any]:
    return {
        "customer_identification": {
            "type": "customer_source_id",
            "customer_source_id": source_id,
        }
    }


async def test_a_flat_customer_id(house: House) -> None:
    program = await house.program((await house.definition())["id"])
    customer = await house.customer()
    path = f"{V2}/programs/{program['id']}/members"
    assert made(await house.post(path, {"customer_id": customer["id"]}))["status"] == "ACTIVE"


async def test_a_card_of_each_definition(house: House) -> None:
    config = {"pattern": "G-####", "charset": "A", "prefix": "(", "postfix": ")"}
    definitions = [
        await house.definition(code_config=config),
        await house.definition(name="Second"),
    ]
    program = await house.program(*(each["id"] for each in definitions))
    customer = await house.customer()
    member = await house.member(program["id"], customer["id"])
    path = f"{V2}/programs/{program['id']}/members/{member['id']}"
    cards = [each["card"] for each in made(await house.get(path))["cards"]]
    assert [card["card_definition_id"] for card in cards] == [each["id"] for each in definitions]
    assert cards[0]["code"] == "(G-AAAA)"


async def test_a_pattern_that_is_used_up(house: House) -> None:
    """The card is made without a code, and its activities say so."""
    definition = await house.definition(code_config={"pattern": "ONLY"})
    program = await house.program(definition["id"])
    cards = [await house.card_in(program["id"]) for _ in range(2)]
    types = [
        [each["type"] for each in await house.all(card.path + "/activities")] for card in cards
    ]
    assert types[0][0] == "vl.card.code_generation.succeeded"
    assert types[1][0] == "vl.card.code_generation.failed"
    path = f"{V2}/programs/{program['id']}/members/{cards[1].member}"
    assert made(await house.get(path))["cards"][0]["card"]["code"] is None


async def test_refusals(house: House) -> None:
    definition = await house.definition()
    program = await house.program(definition["id"])
    customer = await house.customer(source_id="anna")
    path = f"{V2}/programs/{program['id']}/members"
    member = await house.member(program["id"], customer["id"])
    assert error(await house.post(path, _by_source("anna"))) == (
        409,
        "member_already_exists",
        "Member already exists",
        f"Customer '{customer['id']}' already is a member of program '{program['id']}'",
    )
    for body, name in (
        (_by_source("nobody"), "nobody"),
        ({"customer_id": "cust_1"}, "cust_1"),
        ({"customer_id": f"cust_{'0' * 18}"}, f"cust_{'0' * 18}"),
    ):
        response = await house.post(path, body)
        assert error(response)[3] == f"Cannot find customer with id {name}"
        assert response.json()["resource_type"] == "customer"
    wrong: list[Any] = [
        {},
        {"customer_identification": {}},
        {"customer_identification": {"type": "customer_id"}},
        {"customer_identification": {"type": "email", "customer_id": customer["id"]}},
        {"customer_id": customer["id"], "status": "DELETED"},
        {"customer_id": customer["id"], "points": 1},
        {"customer_id": customer["id"], "metadata": "x"},
        [],
    ]
    for each in wrong:
        assert error(await house.post(path, each))[:2] == (400, "invalid_payload")
    made(await house.post(f"{V2}/programs/{program['id']}/deactivate"))
    other = await house.customer()
    assert error(await house.post(path, {"customer_id": other["id"]})) == (
        423,
        "non_active_program",
        "Invalid program status",
        "Cannot create member when program status is not ACTIVE",
    )
    assert [each["id"] for each in await house.all(path)] == [member["id"]]


async def test_joining_twice_at_once(house: House) -> None:
    program = await house.program((await house.definition())["id"])
    customer = await house.customer(source_id="anna")
    path = f"{V2}/programs/{program['id']}/members"
    body = {"customer_id": customer["id"]}
    responses = await asyncio.gather(*(house.post(path, body) for _ in range(6)))
    assert sorted(each.status_code for each in responses) == [200] + [409] * 5
    assert len(await house.all(path)) == 1


async def test_changes_at_once_lose_nothing(house: House) -> None:
    card = await house.card()
    path = f"{V2}/programs/{card.program}/members/{card.member}"
    changes = [house.put(path, {"metadata": {f"key_{at}": at}}) for at in range(16)]
    assert {each.status_code for each in await asyncio.gather(*changes)} == {200}
    member = made(await house.get(path))
    assert member["metadata"] == {f"key_{at}": at for at in range(16)}


async def test_steps_at_once_are_taken_once(house: House) -> None:
    card = await house.card()
    path = f"{V2}/programs/{card.program}/members/{card.member}"
    steps = [house.post(path + "/deactivate") for _ in range(16)]
    answers = sorted(each.status_code for each in await asyncio.gather(*steps))
    assert answers == [200] + [400] * 15
    events = [each["type"] for each in await house.all(path + "/activities")]
    assert events.count("vl.member.deactivated") == 1


async def test_deleting_at_once(house: House) -> None:
    card = await house.card()
    for path in (
        f"{V2}/programs/{card.program}/members/{card.member}",
        f"{V2}/programs/{card.program}",
    ):
        answers = await asyncio.gather(*(house.delete(path) for _ in range(16)))
        assert sorted(each.status_code for each in answers) == [200] + [404] * 15


async def test_update(house: House) -> None:
    card = await house.card()
    path = f"{V2}/programs/{card.program}/members/{card.member}"
    house.clock.advance(seconds=1)
    assert made(await house.put(path, {"metadata": {"a": 1}}))["metadata"] == {"a": 1}
    changed = made(await house.put(path, {"metadata": {"b": [2]}}))
    assert changed["metadata"] == {"a": 1, "b": [2]}
    assert changed["updated_at"] == "2026-08-06T14:01:14.346Z"
    assert made(await house.put(path, {"metadata": None}))["metadata"] == {}
    for body in ({}, {"metadata": {}, "status": "INACTIVE"}, {"metadata": 1}):
        assert error(await house.put(path, body))[:2] == (400, "invalid_payload")


async def test_steps(house: House) -> None:
    card = await house.card()
    path = f"{V2}/programs/{card.program}/members/{card.member}"
    wrong = (400, "invalid_state_transition", "Invalid state transition")
    assert error(await house.post(path + "/activate"))[:3] == wrong
    assert made(await house.post(path + "/deactivate"))["status"] == "INACTIVE"
    assert error(await house.post(path + "/deactivate"))[:3] == wrong
    response = await house.post(card.path + "/points", {"points": 1})
    assert error(response)[:2] == (423, "non_active_member")
    assert made(await house.post(path + "/activate"))["status"] == "ACTIVE"
    made(await house.post(card.path + "/points", {"points": 1}))


async def test_delete(house: House) -> None:
    """Gone with the cards; the customer may join again, as another member."""
    definition = await house.definition()
    program = await house.program(definition["id"])
    customer = await house.customer(source_id="anna")
    members = f"{V2}/programs/{program['id']}/members"
    first = await house.member(program["id"], customer["id"])
    path = f"{members}/{first['id']}"
    gone = made(await house.delete(path))
    assert gone["status"] == "DELETED"
    for response in (
        await house.get(path),
        await house.delete(path),
        await house.put(path, {"metadata": {}}),
        await house.post(path + "/activate"),
        await house.get(path + "/activities"),
        await house.get(f"{path}/cards/{first['cards'][0]['card']['id']}/pending-points"),
    ):
        assert (response.status_code, response.json()["resource_type"]) == (404, "member")
    second = await house.member(program["id"], customer["id"])
    assert second["id"] != first["id"]
    assert [each["id"] for each in await house.all(members)] == [second["id"]]


async def test_lists(house: House, stranger: House) -> None:
    program = await house.program((await house.definition())["id"])
    path = f"{V2}/programs/{program['id']}/members"
    customers = [await house.customer() for _ in range(5)]
    members = []
    for customer in reversed(customers):
        members.append((await house.member(program["id"], customer["id"]))["id"])
        house.clock.advance(seconds=1)
    made(await house.post(f"{path}/{members[0]}/deactivate"))
    assert await _ids(house, path) == members[::-1]
    assert await _ids(house, path, ("order", "created_at"), ("limit", "2")) == members
    assert await _ids(house, path, ("order", "customer_id"), ("limit", "2")) == members[::-1]
    assert (await _ids(house, path, ("order", "-status"), ("limit", "2")))[0] == members[0]
    active = ("filters[status][conditions][$is]", "ACTIVE")
    assert await _ids(house, path, active) == members[:0:-1]
    who = ("filters[customer_id][conditions][$in]", customers[0]["id"])
    also = ("filters[customer_id][conditions][$in]", customers[4]["id"])
    assert await _ids(house, path, who, also) == [members[4], members[0]]
    moment = made(await house.get(f"{path}/{members[2]}"))["created_at"]
    for condition, expected in (
        ("$is", members[2:3]),
        ("$before", members[1::-1]),
        ("$after", members[:2:-1]),
    ):
        pair = (f"filters[created_at][conditions][{condition}]", moment)
        assert await _ids(house, path, pair) == expected
    response = await stranger.get(path)
    assert (response.status_code, response.json()["resource_type"]) == (404, "program")


async def _ids(house: House, path: str, *pairs: tuple[str, str]) -> list[str]:
    return [each["id"] for each in await house.all(path, pairs)]


async def test_batch(house: House) -> None:
    """A bad entry does not fail the rest; the async action tells what came of each."""
    program = await house.program((await house.definition())["id"])
    path = f"{V2}/programs/{program['id']}/members"
    await house.customer(source_id="anna")
    entries = [_by_source("anna"), _by_source("nobody"), {"x": 1}, _by_source("anna"), 7]
    answer = made(await house.post(path + "/batch", entries))
    action = made(await house.get(f"/v1/async-actions/{answer['async_action_id']}"))
    assert action["status"] == "DONE"
    results = action["result"]["results"]
    assert [each["status"] for each in results] == ["SUCCESS", *["FAILED"] * 4]
    assert [each["error"]["code"] for each in results[1:]] == [404, 400, 409, 400]
    assert await _ids(house, path) == [results[0]["member"]["id"]]
    body: Any
    for body in ({}, "x"):
        assert error(await house.post(path + "/batch", body))[:2] == (400, "invalid_payload")


async def test_async_actions_of_others(house: House, stranger: House) -> None:
    program = await house.program((await house.definition())["id"])
    path = f"{V2}/programs/{program['id']}/members/batch"
    answer = made(await house.post(path, []))
    name = answer["async_action_id"]
    assert (await house.get(f"/v1/async-actions/{name}")).is_success
    assert (await stranger.get(f"/v1/async-actions/{name}")).status_code == 404
    assert (await house.get("/v1/async-actions/aa_1")).status_code == 404


async def test_a_batch_that_is_too_large(house: House) -> None:
    program = await house.program((await house.definition())["id"])
    path = f"{V2}/programs/{program['id']}/members/batch"
    response = await house.ask("POST", path, content=b"[" + b" " * 10_485_760 + b"]")
    assert response.status_code == 413
    assert response.json() == {
        "statusCode": 413,
        "error": "Request Entity Too Large",
        "message": "Payload content length greater than maximum allowed: 10485760",
    }
    body = b"[" + b" " * 2_000_000 + b"]"
    assert (await house.ask("POST", path, content=body)).status_code == 202


async def test_activities(house: House) -> None:
    card = await house.card()
    member = f"{V2}/programs/{card.program}/members/{card.member}"
    made(await house.put(member, {"metadata": {"a": 1}}))
    made(await house.post(member + "/deactivate"))
    made(await house.post(member + "/activate"))
    made(await house.post(card.path + "/points", {"points": 5}))
    found = await house.all(member + "/activities", [("limit", "2")])
    assert [each["type"] for each in found] == [
        "vl.member.activated",
        "vl.member.deactivated",
        "vl.member.updated",
        "vl.member.card.assigned",
        "vl.member.created",
    ]
    assert [each["type"] for each in await house.all(card.path + "/activities")] == [
        "vl.card.code_generation.succeeded",
        "vl.card.assigned",
        "vl.card.created",
    ]
    filters = [("filters[type][conditions][$is]", "vl.card.created")]
    (one,) = await house.all(card.path + "/activities", filters)
    assert one["card_id"] == card.id
