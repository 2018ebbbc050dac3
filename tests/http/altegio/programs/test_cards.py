"""Cards, card types, and what is done to a card by hand."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from stampbook.programs import currencies, members, programs
from stampbook.programs.roles import Role
from stampbook.visits import locations
from stampbook.visits.locations import Limit
from tests.http.altegio.asserting import (
    MISSING,
    assert_invalid,
    assert_no_card_type,
    sign_in,
)
from tests.http.altegio.shop import PASSWORD, READER, RU, Shop, amounts, bearer, data_of

PHONE = "79091552422"


async def issue(shop: Shop, **body: Any) -> httpx.Response:
    given = {"loyalty_card_type_id": shop.points.currency_id, "phone": PHONE, **body}
    return await shop.http.post(f"/api/v1/loyalty/cards/{shop.location.number}", json=given)


async def by_hand(shop: Shop, body: Any, chain: bool = False, **more: Any) -> httpx.Response:
    owner = f"chain/{shop.chain.program_id}" if chain else f"company/{shop.location.number}"
    path = f"/api/v1/{owner}/loyalty/cards/{shop.card.account_id}/manual_transaction"
    return await shop.http.post(path, json=body, **more)


async def test_a_card_is_issued_to_an_unknown_client(shop: Shop) -> None:
    card = data_of(await issue(shop, phone=float(PHONE), loyalty_card_type_id="1"))
    chain = shop.chain.program_id
    summary = {"id": chain, "title": "Chain"}
    assert card == {
        "id": card["id"],
        "balance": 0,
        "points": 0,
        "paid_amount": 0,
        "sold_amount": 0,
        "visits_count": 0,
        "number": f"{chain:08d}{card['id']:08d}",
        "type_id": shop.points.currency_id,
        "salon_group_id": chain,
        "type": {"id": shop.points.currency_id, "title": "Bonus", "salon_group_id": chain},
        "salon_group": summary,
        "programs": [],
    }
    place = f"{chain}/{shop.location.number}"
    listed = data_of(await shop.http.get(f"/api/v1/loyalty/cards/{PHONE}/{place}"))
    assert listed == [card]
    second = data_of(await issue(shop, loyalty_card_number="09090909"))
    assert second["number"] == "09090909"
    assert second["id"] != card["id"]


async def test_a_taken_number_and_an_unknown_type(shop: Shop) -> None:
    await issue(shop, loyalty_card_number="1")
    assert_invalid(await issue(shop, loyalty_card_number="1"), "loyalty_card_number")
    async with shop.store.transaction() as writing:
        fine = await currencies.create(writing, shop.chain, name="Fine", scale=3, now=shop.now)
        other = await programs.create(writing, tenant=1, name="Elsewhere", now=shop.now)
        foreign = await currencies.create(writing, other, name="Foreign", scale=2, now=shop.now)
    for unknown in (999, fine.currency_id, foreign.currency_id):
        assert_no_card_type(await issue(shop, loyalty_card_type_id=unknown))
    russian = {"loyalty_card_type_id": 999, "phone": PHONE}
    path = f"/api/v1/loyalty/cards/{shop.location.number}"
    answer = await shop.http.post(path, json=russian, headers={"Accept": RU})
    assert answer.json()["meta"] == {"message": "Указан недопустимый тип карты"}
    assert await members.find(shop.store, shop.chain.program_id, phone=PHONE)
    assert len(await members.page(shop.store, shop.chain.program_id, limit=10)) == 2


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({"phone": "x"}, ["phone"]),
        ({"phone": ""}, ["phone"]),
        ({"phone": None, "loyalty_card_type_id": "x"}, ["loyalty_card_type_id", "phone"]),
        ({"loyalty_card_number": "9" * 65}, ["loyalty_card_number"]),
        ({"loyalty_card_number": "a\0b"}, ["loyalty_card_number"]),
        ({"loyalty_card_number": {}}, ["loyalty_card_number"]),
    ],
)
async def test_malformed_orders(shop: Shop, body: Any, fields: list[str]) -> None:
    assert_invalid(await issue(shop, **body), *fields)


async def test_a_key_issues_one_card(shop: Shop) -> None:
    path = f"/api/v1/loyalty/cards/{shop.location.number}"
    body = {"loyalty_card_type_id": shop.points.currency_id, "phone": PHONE}
    key = {"Idempotency-Key": "issue"}
    first = await shop.http.post(path, json=body, headers=key)
    again = await shop.http.post(path, json=body, headers=key)
    assert data_of(first) == data_of(again)
    other = await shop.http.post(path, json={**body, "phone": "79091552423"}, headers=key)
    assert other.status_code == 422


async def test_a_removed_card_is_gone(shop: Shop) -> None:
    record, visit = await shop.visit(2_000)
    await shop.apply(record, visit, 5)
    card = f"/api/v1/loyalty/cards/{shop.location.number}/{shop.card.account_id}"
    assert (await shop.http.delete(card, headers=bearer(READER))).status_code == 403
    removed = await shop.http.delete(card)
    assert (removed.status_code, removed.content) == (204, b"")
    assert (await shop.http.delete(card)).json() == MISSING
    assert (await shop.apply(record, visit, 5)).json() == MISSING
    assert amounts(data_of(await shop.cancel(record, visit))) == []
    assert (await by_hand(shop, {"amount": 5})).json() == MISSING
    listed = await shop.http.get(f"/api/v1/loyalty/client_cards/{shop.guest.member_id}")
    assert data_of(listed) == []
    fresh = await shop.new_card(shop.guest, 100)
    assert fresh.is_primary


async def test_a_retried_removal_is_a_success(shop: Shop) -> None:
    card = f"/api/v1/loyalty/cards/{shop.location.number}/{shop.card.account_id}"
    key = {"Idempotency-Key": "remove"}
    assert (await shop.http.delete(card, headers=key)).status_code == 204
    assert (await shop.http.delete(card, headers=key)).status_code == 204


@pytest.mark.parametrize("chain", [False, True])
async def test_points_by_hand(shop: Shop, chain: bool) -> None:
    answer = await by_hand(shop, {"amount": 100.5, "title": "Sorry"}, chain)
    short = data_of(answer)
    assert answer.json()["meta"] == {}
    assert short == {
        "id": shop.card.account_id,
        "balance": 200.5,
        "points": 0,
        "paid_amount": 0,
        "sold_amount": 0,
        "visits_count": 0,
        "number": short["number"],
        "type_id": shop.points.currency_id,
        "salon_group_id": shop.chain.program_id,
        "max_discount_percent": 0,
        "max_discount_amount": 0,
    }
    assert data_of(await by_hand(shop, {"amount": "-200.50"}, chain))["balance"] == 0
    empty = await by_hand(shop, {"amount": -0.01}, chain)
    assert_invalid(empty, "amount")
    assert empty.json()["meta"]["errors"] == [{"amount": "Insufficient points."}]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "amount"),
        ({"amount": 0}, "amount"),
        ({"amount": "-0.00"}, "amount"),
        ({"amount": 0.001}, "amount"),
        ({"amount": "x"}, "amount"),
        ({"amount": 1, "title": []}, "title"),
        ({"amount": 1, "title": "x" * 256}, "title"),
    ],
)
async def test_malformed_points_by_hand(shop: Shop, body: Any, field: str) -> None:
    assert_invalid(await by_hand(shop, body), field)


async def test_a_key_moves_points_once(shop: Shop) -> None:
    key = {"Idempotency-Key": "gift"}
    for _ in range(2):
        assert data_of(await by_hand(shop, {"amount": 1}, headers=key))["balance"] == 101
    assert (await by_hand(shop, {"amount": 2}, headers=key)).status_code == 422


async def test_lists_of_types(shop: Shop) -> None:
    place, chain = shop.location.number, shop.chain.program_id
    row = {"id": shop.points.currency_id, "title": "Bonus"}
    whole = {
        **row,
        "salon_group_id": chain,
        "salon_group": {"id": chain, "title": "Chain"},
        "service_item_type": "any_allowed",
        "good_item_type": "any_allowed",
    }
    for path in (
        f"/api/v1/loyalty/card_types/salon/{place}",
        f"/api/v1/loyalty/card_types/client/{place}/{PHONE}",
        f"/api/v1/loyality/card_types/client/{place}/{PHONE}/",
    ):
        assert data_of(await shop.http.get(path)) == [whole]
    assert data_of(await shop.http.get(f"/api/v1/chain/{chain}/loyalty/card_types")) == [row]


async def test_whose_cards(shop: Shop) -> None:
    client = f"/api/v1/loyalty/client_cards/{shop.guest.member_id}"
    own = data_of(await shop.http.get(client))
    assert [(card["id"], card["balance"]) for card in own] == [(shop.card.account_id, 100)]
    for nobody in ("999", "x", "79000000000123456789"):
        assert data_of(await shop.http.get(f"/api/v1/loyalty/client_cards/{nobody}")) == []
    place = f"{shop.chain.program_id}/{shop.location.number}"
    unknown = await shop.http.get(f"/api/v1/loyalty/cards/70000000000/{place}")
    assert data_of(unknown) == []
    wrong = f"/api/v1/loyalty/cards/{PHONE}/999/{shop.location.number}"
    assert (await shop.http.get(wrong)).json() == MISSING


async def test_the_users_own_cards(shop: Shop) -> None:
    chain = f"/api/v1/user/loyalty_cards/{shop.chain.program_id}"
    assert data_of(await shop.http.get(chain)) == []
    user = await shop.user("anna@example.com", Role.VIEWER, phone="+7 900 000-00-01")
    async with shop.store.transaction() as writing:
        limit = Limit(shop.chain.program_id, shop.location.number)
        await locations.limit_user(writing, user.user_id, frozenset({limit}), now=1)
    signed = await sign_in(shop, {"login": "anna@example.com", "password": PASSWORD})
    headers = bearer(data_of(signed)["user_token"])
    own = data_of(await shop.http.get(chain, headers=headers))
    assert [card["id"] for card in own] == [shop.card.account_id]
