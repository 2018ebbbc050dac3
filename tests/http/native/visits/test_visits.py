"""Locations and visits on the native API: recording, paying, and taking back."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from stampbook.programs import users
from stampbook.programs.people import passwords
from stampbook.storage.store import Store
from tests.http.native.asking import Api, fine, made, refused


class Place:
    """A location, a guest, and his card with 100.00 on it."""

    def __init__(self, api: Api) -> None:
        self.api = api

    async def build(self) -> Place:
        self.program = (await self.api.program(timezone="Europe/Berlin"))["id"]
        self.currency = (await self.api.currency(self.program))["id"]
        self.member = (await self.api.member(self.program, phone="491700000002"))["id"]
        body = {"member_id": self.member, "currency_id": self.currency}
        self.card = made(await self.api.post("/accounts", body))["id"]
        await self.api.accrue(self.card, "100.00")
        location = {"program_id": self.program, "title": "Main street"}
        self.location = made(await self.api.post("/locations", location))["id"]
        return self

    async def visit(self, *lines: dict[str, Any], **fields: Any) -> Any:
        body = {"location_id": self.location, "member_id": self.member, "lines": lines, **fields}
        return made(await self.api.post("/visits", body))

    async def withdraw(self, visit: Any, amount: str, **rest: Any) -> Any:
        body = {"account_id": self.card, "amount": amount}
        return fine(await self.api.post(f"/visits/{visit['id']}/withdrawals", body, **rest))

    async def read(self, visit: Any) -> Any:
        return fine(await self.api.get(f"/visits/{visit['id']}"))


GOOD = {"kind": "good", "item": 5, "title": "Shampoo", "price": "20"}
SERVICE = {"kind": "service", "item": 31, "title": "Haircut", "price": "3000"}


@pytest.fixture
async def place(api: Api) -> Place:
    return await Place(api).build()


async def test_a_location(place: Place) -> None:
    path = f"/locations/{place.location}"
    location = fine(await place.api.get(path))
    assert location == {
        "id": place.location,
        "program_id": place.program,
        "title": "Main street",
        "timezone": "Europe/Berlin",
    }
    changed = fine(await place.api.patch(path, {"title": "Side street", "timezone": "UTC"}))
    assert (changed["title"], changed["timezone"]) == ("Side street", "UTC")
    refused(await place.api.patch(path, {"timezone": "Mars"}), 422, "invalid_request", "/timezone")
    listed = fine(await place.api.get("/locations", program_id=place.program))
    assert listed == {"data": [changed], "next_cursor": None}


async def test_a_visit_as_it_is_recorded(place: Place) -> None:
    visit = await place.visit(
        {**GOOD, "quantity": "2.5", "discount_percent": "50"}, SERVICE, attendance="came"
    )
    assert visit == await place.read(visit)
    assert (visit["cost"], visit["unpaid"], visit["payment_status"]) == (
        "3010.00",
        "3010.00",
        "not_paid",
    )
    first = visit["lines"][0]
    assert first == {
        "id": first["id"],
        "appointment_id": visit["appointments"][0],
        "kind": "good",
        "item": 5,
        "title": "Shampoo",
        "quantity": "2.500",
        "price": "20.00",
        "discount_percent": "50.00",
        "cost": "10.00",
        "left": "10.00",
        "staff": 0,
    }


async def test_points_pay_and_come_back(place: Place) -> None:
    visit = await place.visit(GOOD, SERVICE)
    tried = await place.withdraw(visit, "100", params={"dry_run": "true"})
    assert [each["amount"] for each in tried["transactions"]] == ["0.66", "99.34"]
    assert await place.api.active(place.card) == "100.00"
    paid = await place.withdraw(visit, "100", key="k1")
    assert [each["type"] for each in paid["transactions"]] == ["redeem", "redeem"]
    assert await place.withdraw(visit, "100", key="k1") == paid
    state = await place.read(visit)
    assert [each["amount"] for each in state["withdrawals"]] == ["0.66", "99.34"]
    assert [line["left"] for line in state["lines"]] == ["19.34", "2900.66"]
    assert state["payment_status"] == "paid_not_full"
    path = f"/visits/{visit['id']}/withdrawals/{place.card}"
    back = fine(await place.api.delete(path))
    assert [each["type"] for each in back["transactions"]] == ["cancel", "cancel"]
    assert fine(await place.api.delete(path))["transactions"] == []
    assert await place.read(visit) == visit
    assert await place.api.active(place.card) == "100.00"


async def test_money_and_prices(place: Place) -> None:
    visit = await place.visit(GOOD, SERVICE)
    path = f"/visits/{visit['id']}"
    await place.withdraw(visit, "100")
    paid = fine(await place.api.post(f"{path}/payments", {"amount": "50"}, key="till"))
    again = await place.api.post(f"{path}/payments", {"amount": "50"}, key="till")
    assert fine(again) == paid
    assert again.headers["idempotency-replayed"] == "true"
    assert [each["amount"] for each in paid["payments"]] == ["19.34", "30.66"]
    service = {**paid["lines"][1], "price": "100"}
    kept = {name: service[name] for name in ("id", "kind", "item", "title", "price")}
    body = {"lines": [kept], "comment": "cheaper"}
    tried = fine(await place.api.patch(path, body, params={"dry_run": "true"}))
    changed = fine(await place.api.patch(path, body))
    assert tried == changed == await place.read(visit)
    assert [each["amount"] for each in changed["withdrawals"]] == ["50.00"]
    assert changed["comment"] == "cheaper"
    assert await place.api.active(place.card) == "50.00"
    first = f"{path}/payments/{changed['payments'][0]['id']}"
    left = fine(await place.api.delete(first, key="back"))
    assert len(left["payments"]) == 1
    assert fine(await place.api.delete(first, key="back")) == left
    refused(await place.api.delete(first), 404, "not_found")


async def test_two_cards_at_once(place: Place) -> None:
    visit = await place.visit({**GOOD, "price": "120"})
    program = place.program
    cards = []
    for _ in range(3):
        member = (await place.api.member(program))["id"]
        body = {"member_id": member, "currency_id": place.currency}
        card = made(await place.api.post("/accounts", body))["id"]
        await place.api.accrue(card, "100")
        cards.append(card)
    path = f"/visits/{visit['id']}/withdrawals"
    answers = await asyncio.gather(
        *(place.api.post(path, {"account_id": card, "amount": "100"}) for card in cards)
    )
    assert {answer.status_code for answer in answers} == {200}
    state = await place.read(visit)
    assert state["unpaid"] == "0.00"
    assert sum(float(each["amount"]) for each in state["withdrawals"]) == 120


@pytest.mark.parametrize(
    ("scale", "wrong", "shares"), [(0, "0.5", ["1", "99"]), (1, "0.05", ["0.7", "99.3"])]
)
async def test_points_of_another_scale_pay(
    place: Place, scale: int, wrong: str, shares: list[str]
) -> None:
    points = (await place.api.currency(place.program, scale=scale, code="p"))["id"]
    other = {"member_id": place.member, "currency_id": points}
    card = made(await place.api.post("/accounts", other))["id"]
    await place.api.accrue(card, "150")
    visit = await place.visit(GOOD, SERVICE)
    path = f"/visits/{visit['id']}/withdrawals"
    body = {"account_id": card, "amount": wrong}
    refused(await place.api.post(path, body), 422, "invalid_request", "/amount")
    paid = fine(await place.api.post(path, {**body, "amount": "100"}))
    assert [each["amount"] for each in paid["transactions"]] == shares
    state = await place.read(visit)
    assert state["unpaid"] == "2920.00"
    assert [each["amount"] for each in state["withdrawals"]] == [
        f"{float(each):.2f}" for each in shares
    ]
    back = fine(await place.api.delete(f"{path}/{card}"))
    assert {each["amount"] for each in back["transactions"]} == set(shares)
    assert (await place.read(visit))["unpaid"] == "3020.00"
    assert float(await place.api.active(card)) == 150


async def test_what_cannot_be(place: Place, stranger: Api, key_with: Any) -> None:
    visit = await place.visit(GOOD)
    path = f"/visits/{visit['id']}"
    refused(await stranger.get(path), 404, "not_found")
    refused(await stranger.get(f"/locations/{place.location}"), 404, "not_found")
    reader = await key_with("read")
    refused(await reader.patch(path, {}), 403, "forbidden")
    whole = await place.api.account(scale=0)
    body = {"account_id": whole, "amount": "1"}
    refused(await place.api.post(f"{path}/withdrawals", body), 404, "not_found")
    points = (await place.api.currency(place.program, scale=3, code="p"))["id"]
    other = {"member_id": place.member, "currency_id": points}
    account = made(await place.api.post("/accounts", other))["id"]
    body = {"account_id": account, "amount": "1"}
    refused(
        await place.api.post(f"{path}/withdrawals", body), 422, "invalid_request", "/account_id"
    )
    for wrong, pointer in (
        ({"price": "-1"}, "/lines/0/price"),
        ({"price": "0.001"}, "/lines/0/price"),
        ({"quantity": "0"}, "/lines/0/quantity"),
        ({"discount_percent": "101"}, "/lines/0/discount_percent"),
        ({"kind": "gift"}, "/lines/0/kind"),
        ({"cost": "x"}, "/lines/0/cost"),
    ):
        answer = await place.api.patch(path, {"lines": [{**GOOD, **wrong}]})
        refused(answer, 422, "invalid_request", pointer)
    unknown = await place.api.patch(path, {"lines": [{**GOOD, "id": "lin_ffff"}]})
    refused(unknown, 404, "not_found")
    refused(await place.api.get("/visits/vis_ffff"), 404, "not_found")
    elsewhere = {"location_id": place.location, "member_id": "mbr_ffff"}
    refused(await place.api.post("/visits", elsewhere), 404, "not_found")


async def test_a_referral(place: Place) -> None:
    path = f"/programs/{place.program}/referral"
    refused(await place.api.get(path), 404, "not_found")
    body = {
        "title": "Bring a friend",
        "unit": "percent",
        "value": "10",
        "currency_ids": [place.currency],
        "location_ids": [place.location],
    }
    set_ = fine(await place.api.ask("PUT", path, json=body))
    assert set_ == {**body, "program_id": place.program, "value": "10.00"}
    assert fine(await place.api.get(path)) == set_
    changed = fine(await place.api.ask("PUT", path, json={**body, "unit": "amount"}))
    assert fine(await place.api.get(path)) == changed
    too_much = {**body, "value": "101"}
    refused(await place.api.ask("PUT", path, json=too_much), 422, "invalid_request", "/value")
    missing = {**body, "location_ids": ["loc_ffff"]}
    refused(await place.api.ask("PUT", path, json=missing), 404, "not_found")
    fine(await place.api.delete(path))
    refused(await place.api.delete(path), 404, "not_found")


async def test_a_users_limits(place: Place, store: Store, key_with: Any) -> None:
    hashed = await passwords.hash_password("correct horse", login="till")
    async with store.transaction() as writing:
        await users.create(writing, tenant=1, login="till@x.example", password_hash=hashed, now=0)
    path = "/users/till@x.example/limits"
    limits = [
        {"program_id": place.program, "location_id": None},
        {"program_id": place.program, "location_id": place.location},
    ]
    set_ = fine(await place.api.ask("PUT", path, json={"limits": limits}))
    assert set_ == {"login": "till@x.example", "limits": limits}
    assert fine(await place.api.get(path)) == set_
    refused(await place.api.get("/users/nobody/limits"), 404, "not_found")
    assert fine(await place.api.ask("PUT", path, json={"limits": []}))["limits"] == []
    bound = await key_with("admin", program=int(place.program.removeprefix("prg_"), 16))
    refused(await bound.get(path), 403, "forbidden")


async def test_a_withdrawal_without_anything_to_do_takes_its_key(place: Place) -> None:
    visit = await place.visit(GOOD)
    path = f"/visits/{visit['id']}/withdrawals"
    await place.withdraw(visit, "15")
    assert (await place.withdraw(visit, "15", key="same"))["transactions"] == []
    body = {"account_id": place.card, "amount": "10"}
    refused(await place.api.post(path, body, key="same"), 422, "idempotency_key_reused")
    fine(await place.api.delete(f"{path}/{place.card}"))
    assert fine(await place.api.delete(f"{path}/{place.card}", key="gone"))["transactions"] == []
    await place.withdraw(visit, "10")
    assert fine(await place.api.delete(f"{path}/{place.card}", key="gone"))["transactions"] == []
    refused(await place.api.post(path, body, key="gone"), 422, "idempotency_key_reused")
    assert (await place.read(visit))["unpaid"] == "10.00"
