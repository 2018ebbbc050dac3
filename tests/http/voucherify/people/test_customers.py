"""Customers, and their memberships."""

from __future__ import annotations

from typing import Any

import pytest

from tests.http.voucherify.house import V2, House, error, made
from tests.http.voucherify.people.test_members import _ids


async def test_memberships(house: House, stranger: House) -> None:
    definition = await house.definition()
    programs = [await house.program(definition["id"]) for _ in range(2)]
    customer = await house.customer(source_id="anna")
    members = [await house.member(each["id"], customer["id"]) for each in programs]
    for name, way in (
        (customer["id"], None),
        (customer["id"], "customer_id"),
        ("anna", "customer_source_id"),
        (members[1]["id"], "member_id"),
    ):
        params = {} if way is None else {"identification_type": way}
        body = made(await house.get(f"{V2}/memberships/{name}", params))
        assert body["customer"] == {
            "id": customer["id"],
            "source_id": "anna",
            "object": "customer",
        }
        assert [each["member"]["id"] for each in body["memberships"]] == [
            each["id"] for each in members
        ]
        path = f"{V2}/programs/{programs[1]['id']}/memberships/{name}"
        one = made(await house.get(path, params))
        assert one["member"]["id"] == members[1]["id"]
        assert one["cards"][0]["tier_progress"]["current"] is None
    for path, kind in (
        (f"{V2}/memberships/cust_1", "customer"),
        (f"{V2}/memberships/anna", "customer"),
        (f"{V2}/memberships/lmbr_1?identification_type=member_id", "member"),
        (f"{V2}/programs/lprg_1/memberships/{customer['id']}", "program"),
    ):
        response = await house.get(path)
        assert (response.status_code, response.json()["resource_type"]) == (404, kind)
    response = await house.get(f"{V2}/memberships/x", {"identification_type": "email"})
    assert error(response)[:2] == (400, "invalid_query_params")
    assert (await stranger.get(f"{V2}/memberships/{customer['id']}")).status_code == 404
    third = await house.program(definition["id"])
    response = await house.get(f"{V2}/programs/{third['id']}/memberships/{customer['id']}")
    assert response.json()["resource_type"] == "membership"


async def test_customers(house: House, stranger: House) -> None:
    body = {"source_id": "anna", "name": "Anna", "email": "a@example.org", "phone": "+491234"}
    first = made(await house.post("/v1/customers", body))
    assert {name: first[name] for name in body} == body
    house.clock.advance(seconds=1)
    second = made(await house.post("/v1/customers", {"source_id": "anna", "metadata": {"a": 1}}))
    assert second["id"] == first["id"]
    assert second["name"] == "Anna"
    for name in (first["id"], "anna"):
        assert made(await house.get(f"/v1/customers/{name}"))["id"] == first["id"]
        changed = made(await house.put(f"/v1/customers/{name}", {"metadata": {name[0]: 2}}))
    assert changed["metadata"] == {"a": 2, "c": 2}
    assert (await house.get("/v1/customers/nobody")).status_code == 404
    assert (await stranger.get("/v1/customers/anna")).status_code == 404
    other = await house.customer(source_id="bert")
    response = await house.put(f"/v1/customers/{other['id']}", {"source_id": "anna"})
    assert error(response)[:2] == (409, "duplicate_found")
    assert error(await house.post("/v1/customers", {"name": 7}))[1] == "invalid_payload"


async def test_a_customer_renamed(house: House, client: Any) -> None:
    """Members carry the name and addresses of their customer, for the other APIs."""
    card = await house.card()
    member = made(await house.get(f"{V2}/programs/{card.program}/members/{card.member}"))
    body = {"name": "Berta", "email": "b@example.org", "source_id": "b-1"}
    made(await house.put(f"/v1/customers/{member['customer_id']}", body))
    headers = {"Authorization": f"Bearer {house.secret}"}
    number = int(card.member[5:], 16)
    native = made(await client.get(f"/v1/members/mbr_{number:x}", headers=headers))
    assert (native["name"], native["email"], native["external_id"]) == (
        "Berta",
        "b@example.org",
        "b-1",
    )


async def test_a_member_of_another_api(house: House, client: Any) -> None:
    """Served with an id of its own as customer; its cards are those it has."""
    headers = {"Authorization": f"Bearer {house.secret}"}

    async def post(path: str, body: Any) -> Any:
        return made(await client.post(f"/v1{path}", json=body, headers=headers))

    program = await post("/programs", {"name": "Native"})
    pending = {"type": "period", "period": {"value": 3, "unit": "day"}}
    currency = await post(
        f"/programs/{program['id']}/currencies", {"name": "P", "pending": pending}
    )
    member = await post(f"/programs/{program['id']}/members", {"external_id": "x-1"})
    account = await post("/accounts", {"member_id": member["id"], "currency_id": currency["id"]})
    await post(f"/accounts/{account['id']}/transactions", {"type": "accrue", "amount": "7"})
    ids = [
        f"{prefix}_{int(each['id'].partition('_')[2], 16):018x}"
        for prefix, each in (("lprg", program), ("lmbr", member), ("lcrd", account))
    ]
    body = made(await house.get(f"{V2}/programs/{ids[0]}/members/{ids[1]}"))
    assert body["customer_id"] == f"cust_m{ids[1][5:]}"
    assert body["cards"][0]["card"]["id"] == ids[2]
    assert body["cards"][0]["card"]["balance"] == {"points": 0, "pending_points": 7}
    found = made(await house.get(f"{V2}/memberships/{body['customer_id']}"))
    assert found["customer"]["source_id"] == "x-1"
    assert made(await house.get(f"/v1/customers/{body['customer_id']}"))["source_id"] == "x-1"
    path = f"{V2}/programs/{ids[0]}/members/{ids[1]}/cards/{ids[2]}/pending-points"
    (bucket,) = await house.all(path)
    made(await house.post(f"{path}/{bucket['id']}/cancel"))
    pair = ("filters[customer_id][conditions][$is]", body["customer_id"])
    assert await _ids(house, f"{V2}/programs/{ids[0]}/members", pair) == [ids[1]]


@pytest.mark.parametrize("scale", [2])
async def test_fractions_are_not_served(house: House, client: Any, scale: int) -> None:
    """Points of this dialect are whole: accounts of other currencies are no cards."""
    headers = {"Authorization": f"Bearer {house.secret}"}

    async def post(path: str, body: Any) -> Any:
        return made(await client.post(f"/v1{path}", json=body, headers=headers))

    program = await post("/programs", {"name": "Native"})
    currency = await post(f"/programs/{program['id']}/currencies", {"name": "P", "scale": scale})
    member = await post(f"/programs/{program['id']}/members", {})
    account = await post("/accounts", {"member_id": member["id"], "currency_id": currency["id"]})
    ids = [
        f"{prefix}_{int(each['id'].partition('_')[2], 16):018x}"
        for prefix, each in (("lprg", program), ("lmbr", member), ("lcrd", account))
    ]
    path = f"{V2}/programs/{ids[0]}/members/{ids[1]}"
    assert made(await house.get(path))["cards"] == []
    response = await house.get(f"{path}/cards/{ids[2]}/transactions")
    assert (response.status_code, response.json()["resource_type"]) == (404, "card")
