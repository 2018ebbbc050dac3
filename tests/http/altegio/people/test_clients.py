"""Clients, locations and templates: what integrations look up first."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from stampbook.programs import api_keys, members, programs, tenants
from stampbook.programs.roles import Role
from stampbook.visits import locations
from stampbook.visits.locations import Limit
from tests.http.altegio.asserting import MISSING, assert_invalid, sign_in
from tests.http.altegio.shop import (
    OTHER_CHAIN,
    PASSWORD,
    READER,
    RU,
    Shop,
    bearer,
    data_of,
)

PLAIN = {"Accept": "application/json"}
OLGA = {
    "name": "Olga",
    "phone": "+7 916 555-01-77",
    "surname": "Smirnova",
    "patronymic": "Ivanovna",
    "email": "Olga@Example.com",
    "sex_id": 2,
    "importance_id": "3",
    "discount": 7.5,
    "card": "555888",
    "birth_date": "1990-03-01",
    "comment": "likes the window",
    "sms_check": 1,
    "custom_fields": {"shoe": 38},
    "labels": [101, 102],
    "spent": 1_000,
}


def path_of(shop: Shop, client: int | None = None) -> str:
    place = shop.location.number
    return f"/api/v1/clients/{place}" if client is None else f"/api/v1/client/{place}/{client}"


async def create(shop: Shop, **body: Any) -> httpx.Response:
    return await shop.http.post(path_of(shop), json=body)


async def ids(shop: Shop, **query: Any) -> list[int]:
    found = data_of(await shop.http.get(path_of(shop), params=query))
    return [each["id"] for each in found]


async def search(shop: Shop, **body: Any) -> httpx.Response:
    path = f"/api/v1/company/{shop.location.number}/clients/search"
    return await shop.http.post(path, json=body)


async def test_a_client_is_created_read_and_changed(shop: Shop) -> None:
    answer = await create(shop, **OLGA)
    assert answer.status_code == 201
    client = data_of(answer)
    assert data_of(await shop.http.get(answer.headers["location"])) == client
    assert client == {
        "id": client["id"],
        "name": "Olga",
        "surname": "Smirnova",
        "patronymic": "Ivanovna",
        "middle_name": "Ivanovna",
        "display_name": "Olga Smirnova",
        "phone": "79165550177",
        "email": "Olga@Example.com",
        "card": "555888",
        "birth_date": "1990-03-01",
        "comment": "likes the window",
        "discount": 7.5,
        "visits": 0,
        "sex_id": 2,
        "sex": "female",
        "gender_id": 2,
        "gender": "female",
        "importance_id": 3,
        "importance": "Gold",
        "sms_check": 1,
        "sms_not": 0,
        "spent": 0,
        "paid": 0,
        "balance": 0,
        "categories": [
            {"id": 101, "title": "", "color": ""},
            {"id": 102, "title": "", "color": ""},
        ],
        "last_change_date": "2027-01-15T11:00:00+03:00",
        "custom_fields": {"shoe": 38},
    }
    path = path_of(shop, client["id"])
    assert data_of(await shop.http.get(path)) == client
    assert data_of(await shop.http.get(path, headers={"Accept": RU}))["sex"] == "Женский"
    shop.now += 60_000_000
    answer = await shop.http.put(path, json={"middle_name": "Petrovna", "name": "Olya"})
    assert answer.status_code == 200
    changed = data_of(answer)
    assert changed == {
        **client,
        "name": "Olya",
        "display_name": "Olya Smirnova",
        "patronymic": "Petrovna",
        "middle_name": "Petrovna",
        "last_change_date": "2027-01-15T11:01:00+03:00",
    }
    assert data_of(await shop.http.put(path, content=b"")) == changed
    member = await members.get(shop.store, client["id"], tenant=1)
    assert member is not None
    assert (member.name, member.email) == ("Olya", "Olga@Example.com")


async def test_a_phone_has_one_client(shop: Shop) -> None:
    """However it is written, and by however many at once."""
    answers = await asyncio.gather(*(create(shop, **OLGA) for _ in range(8)))
    assert {answer.status_code for answer in answers} <= {200, 201}
    assert len({data_of(answer)["id"] for answer in answers}) == 1
    again = await create(shop, name="Somebody", phone=79165550177.0, email="x@y.z")
    assert again.status_code == 200
    assert "location" not in again.headers
    assert data_of(again) == data_of(answers[0])
    known = await create(shop, name="Another", phone="79000000001", surname="Petrova")
    assert known.status_code == 200
    shown = data_of(known)
    assert (shown["id"], shown["name"], shown["surname"]) == (
        shop.guest.member_id,
        "Anna",
        "Petrova",
    )
    assert await ids(shop, phone="79165550177") == [data_of(again)["id"]]
    taken = await shop.http.put(path_of(shop, shown["id"]), json={"phone": "79165550177"})
    assert_invalid(taken, "phone")
    same = await shop.http.put(path_of(shop, shown["id"]), json={"phone": "+7 900 000 00 01"})
    assert same.status_code == 200


async def test_one_of_many_gets_a_phone(shop: Shop) -> None:
    """Clients who change to one number at once, and one who is created with it."""
    guests = [await shop.member(f"7900000020{each}") for each in range(6)]
    phone = {"phone": "79165550177"}
    changes = [shop.http.put(path_of(shop, each.member_id), json=phone) for each in guests]
    answers = await asyncio.gather(*changes, create(shop, **OLGA))
    owners = {data_of(answer)["id"] for answer in answers if answer.is_success}
    assert await ids(shop, **phone) == list(owners)
    assert len(owners) == 1
    refused = [answer for answer in answers if not answer.is_success]
    assert len(refused) in (5, 6)
    for answer in refused:
        assert_invalid(answer, "phone")


async def test_changes_at_once_lose_nothing(shop: Shop) -> None:
    client = data_of(await create(shop, name="Olga", phone="+79000000001"))
    path = path_of(shop, client["id"])
    changes = {"discount": 5, "sex_id": 1, "comment": "early", "birth_date": "1990-01-02"}
    answers = [shop.http.put(path, json={name: given}) for name, given in changes.items()]
    assert {each.status_code for each in await asyncio.gather(*answers)} == {200}
    shown = data_of(await shop.http.get(path))
    assert {name: shown[name] for name in changes} == changes


async def test_a_key_creates_and_changes_once(shop: Shop) -> None:
    key = {"Idempotency-Key": "create"}
    first = await shop.http.post(path_of(shop), json=OLGA, headers=key)
    again = await shop.http.post(path_of(shop), json=OLGA, headers=key)
    assert (first.status_code, again.status_code) == (201, 201)
    assert data_of(first) == data_of(again)
    other = await shop.http.post(path_of(shop), json={**OLGA, "name": "x"}, headers=key)
    assert other.status_code == 422


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, ["name", "phone"]),
        ({"name": "", "phone": ""}, ["name", "phone"]),
        ({"name": "A", "phone": "x"}, ["phone"]),
        ({"name": "A" * 256, "phone": "79000000002"}, ["name"]),
        ({"name": "A", "phone": "79000000002", "sex_id": 3}, ["sex_id"]),
        ({"name": "A", "phone": "79000000002", "importance_id": -1}, ["importance_id"]),
        ({"name": "A", "phone": "79000000002", "birth_date": "yesterday"}, ["birth_date"]),
        ({"name": "A", "phone": "79000000002", "surname": {}}, ["surname"]),
        ({"name": "A", "phone": "79000000002", "discount": -1}, ["discount"]),
        ({"name": "A\0", "phone": "79000000002", "labels": "x"}, ["name", "labels"]),
        ({"name": "A", "phone": "79000000002", "custom_fields": ["x" * 20_000]}, ["custom_fields"]),
    ],
)
async def test_malformed_clients(shop: Shop, body: Any, fields: list[str]) -> None:
    assert_invalid(await create(shop, **body), *fields)
    if body and body.get("name") != "":
        path = path_of(shop, shop.guest.member_id)
        assert_invalid(await shop.http.put(path, json=body), *fields)


@asynccontextmanager
async def another_tenant(shop: Shop) -> AsyncIterator[int]:
    """A client of another tenant, and its key `foreign`."""
    async with shop.store.transaction() as writing:
        tenant = await tenants.create(writing, name="Elsewhere", now=shop.now)
        chain = await programs.create(writing, tenant=tenant.tenant_id, name="X", now=shop.now)
        await api_keys.create(
            writing,
            tenant=tenant.tenant_id,
            name="foreign",
            scopes=["admin"],
            secret="foreign",
            now=shop.now,
        )
        member = await members.create(
            writing, chain, phone="79000000001", name="Anna", now=shop.now
        )
    yield member.member_id


async def test_who_may_see_and_change_clients(shop: Shop) -> None:
    anna = path_of(shop, shop.guest.member_id)
    assert (await shop.http.get(anna, headers=bearer(READER))).status_code == 200
    assert (await shop.http.put(anna, json={}, headers=bearer(READER))).status_code == 403
    assert (
        await shop.http.post(path_of(shop), json=OLGA, headers=bearer(READER))
    ).status_code == 403
    async with another_tenant(shop) as stranger:
        theirs = {"Authorization": "Bearer foreign, User foreign"}
        assert (await shop.http.get(path_of(shop, stranger))).json() == MISSING
        assert (await shop.http.put(path_of(shop, stranger), json={})).json() == MISSING
        for path in (anna, path_of(shop)):
            assert (await shop.http.get(path, headers=theirs)).json() == MISSING
        assert await ids(shop, id=stranger) == []
    other = bearer(OTHER_CHAIN)
    assert (await shop.http.get(anna, headers=other)).status_code == 404
    assert (await shop.http.get(path_of(shop), headers=other)).status_code == 404
    assert (await shop.http.get(path_of(shop, 999))).json() == MISSING
    assert (await shop.http.get("/api/v1/clients/999")).json() == MISSING
    async with shop.store.transaction() as writing:
        await members.delete(writing, shop.guest.member_id, tenant=1, now=shop.now)
    assert (await shop.http.get(anna)).json() == MISSING
    assert await ids(shop) == []


async def test_a_user_of_one_location(shop: Shop) -> None:
    async with shop.store.transaction() as writing:
        second = await locations.create(
            writing,
            tenant=1,
            program=shop.chain.program_id,
            title="Side street",
            timezone="Asia/Kolkata",
            now=shop.now,
        )
    user = await shop.user("desk@example.com", Role.VIEWER)
    async with shop.store.transaction() as writing:
        limits = frozenset({Limit(shop.chain.program_id, second.number)})
        await locations.limit_user(writing, user.user_id, limits, now=1)
    signed = data_of(await sign_in(shop, {"login": "desk@example.com", "password": PASSWORD}))
    token = bearer(signed["user_token"])
    assert (await shop.http.get(path_of(shop), headers=token)).status_code == 404
    found = await shop.http.get(f"/api/v1/clients/{second.number}", headers=token)
    assert [each["id"] for each in data_of(found)] == [shop.guest.member_id]
    [company] = data_of(await shop.http.get("/api/v1/companies?my=1", headers=token))
    assert (company["id"], company["title"], company["timezone"]) == (
        second.number,
        "Side street",
        5.5,
    )
    chain = {"id": shop.chain.program_id, "title": "Chain"}
    assert company["active"] == 1
    assert (company["timezone_name"], company["main_group"]) == ("Asia/Kolkata", chain)
    everything = data_of(await shop.http.get("/api/v1/companies?my=1"))
    assert [each["id"] for each in everything] == [shop.location.number, second.number]
    paged = data_of(await shop.http.get("/api/v1/companies?my=1&count=1&page=2"))
    assert [each["id"] for each in paged] == [second.number]
    one = data_of(await shop.http.get(f"/api/v1/companies?id={second.number}"))
    assert [each["id"] for each in one] == [second.number]
    assert data_of(await shop.http.get("/api/v1/companies?group_id=999")) == []
    nobody = await shop.http.get("/api/v1/companies?my=1", headers={"Authorization": "Bearer x"})
    assert nobody.status_code == 401


async def test_a_booking_names_a_client_that_was_looked_up(shop: Shop) -> None:
    olga = data_of(await create(shop, **OLGA))
    body = {
        "staff_id": 7,
        "datetime": "2027-01-15T12:00:00",
        "services": [{"id": 3, "cost": 20}],
        "client": {"id": olga["id"]},
    }
    path = f"/api/v1/records/{shop.location.number}"
    [record] = data_of(await shop.http.post(path, json=body))
    assert (record["client"]["id"], record["client"]["name"]) == (olga["id"], "Olga")
    assert record["client"]["surname"] == "Smirnova"
    moved = await shop.http.put(
        f"/api/v1/record/{shop.location.number}/{record['id']}",
        json={"client": {"id": shop.guest.member_id}},
    )
    assert data_of(moved)["client"]["id"] == shop.guest.member_id
    async with another_tenant(shop) as stranger:
        for unknown in (999_999, stranger):
            answer = await shop.http.post(path, json={**body, "client": {"id": unknown}})
            assert answer.json() == MISSING
    assert_invalid(await shop.http.post(path, json={**body, "client": {"id": "x"}}), "client.id")


async def test_what_other_callers_have_written(shop: Shop) -> None:
    """Metadata is everybody's: what makes no sense here is shown as nothing."""
    written = {
        "discount": 1e300,
        "sex_id": "x",
        "importance_id": 99,
        "labels": [1, "x", None],
        "custom_fields": [1e300],
        "surname": 5,
        "sms_check": True,
    }
    async with shop.store.transaction() as writing:
        await members.update(
            writing,
            shop.guest.member_id,
            {"metadata": json.dumps(written)},
            tenant=1,
            now=shop.now,
        )
    client = data_of(await shop.http.get(path_of(shop, shop.guest.member_id)))
    assert (client["discount"], client["sex_id"], client["importance_id"]) == (0, 0, 0)
    assert (client["surname"], client["sms_check"], len(client["categories"])) == ("", 0, 1)
    record, _ = await shop.visit(2_000)
    shown = data_of(await shop.http.get(f"/api/v1/record/{shop.location.number}/{record}"))
    assert (shown["client"]["discount"], shown["client"]["sex"]) == (0, 0)


async def test_message_templates(shop: Shop) -> None:
    chain = shop.chain.program_id
    path = f"/api/v1/chain/{chain}/loyalty/notification_message_templates/programs"
    assert data_of(await shop.http.get(path)) == []
    assert (await shop.http.get(path, headers=PLAIN)).json() == []
    assert (await shop.http.get(path, headers=bearer(OTHER_CHAIN))).status_code == 404
    assert (await shop.http.get(path.replace(f"/{chain}/", "/999/"))).json() == MISSING
