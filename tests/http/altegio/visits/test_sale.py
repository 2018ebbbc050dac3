"""The sale document: paying by every method, and taking single payments back."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.http.altegio.asserting import MISSING, assert_invalid
from tests.http.altegio.programs.offering import create, pay, refer, referral
from tests.http.altegio.shop import READER, Shop, bearer, data_of


def document(shop: Shop, visit: int, end: str = "") -> str:
    return f"/api/v1/company/{shop.location.number}/sale/{visit}{end}"


async def paid(shop: Shop, visit: int, slug: str, **fields: Any) -> httpx.Response:
    ids = {name: value for name, value in fields.items() if name.endswith("_id")}
    rest = {name: value for name, value in fields.items() if name not in ids}
    body = {"payment": {"method": {"slug": slug, **ids}, **rest}}
    return await shop.http.post(document(shop, visit, "/payment"), json=body)


async def test_a_fresh_document(shop: Shop) -> None:
    _, visit = await shop.visit(2_000, 300_000)
    found = data_of(await shop.http.get(document(shop, visit)))
    first = found["state"]["items"][0]
    assert first == {
        "id": first["id"],
        "type": "good",
        "title": "test two",
        "amount": 1,
        "default_cost_per_unit": 20,
        "default_cost_total": 20,
        "client_discount_percent": 0,
        "cost_to_pay_total": 20,
    }
    assert found["state"]["loyalty_transactions"] == []
    assert found["state"]["payment_transactions"] == []
    assert found["kkm_state"] == {"last_operation_type": 1, "transactions": []}
    methods = [(each["slug"], each["applicable_amount"]) for each in found["payment_methods"]]
    assert methods == [("account", 3_020), ("account", 3_020), ("loyalty_card", 100)]


async def test_paying_by_card_makes_the_parts_of_a_withdrawal(shop: Shop) -> None:
    record, visit = await shop.visit(2_000, 300_000)
    card = shop.card.account_id
    done = data_of(await paid(shop, visit, "loyalty_card", loyalty_card_id=card, amount=100))
    first, second = done["state"]["loyalty_transactions"]
    state = await shop.details(record, visit)
    assert [first["id"], second["id"]] == [each["id"] for each in state["loyalty_transactions"]]
    chain = {"id": shop.chain.program_id, "title": "Chain"}
    assert first == {
        "id": first["id"],
        "document_id": visit,
        "sale_item_id": None,
        "sale_item_type": "good",
        "amount": 0.66,
        "type_id": 3,
        "created_at": "2027-01-15 11:00:00",
        "chain": chain,
        "type": {"id": 3, "title": "Loyalty card withdrawal"},
        "loyalty_card_id": card,
        "loyalty_card": {
            "id": card,
            "type_id": shop.points.currency_id,
            "number": first["loyalty_card"]["number"],
            "balance": 0,
            "type": {"id": shop.points.currency_id, "type": "Bonus"},
            "chain": chain,
        },
    }
    path = document(shop, visit, f"/payment/loyalty_transaction/{first['id']}")
    left = data_of(await shop.http.delete(path))
    assert [each["id"] for each in left["state"]["loyalty_transactions"]] == [second["id"]]
    assert await shop.balance() == 66
    assert (await shop.http.delete(path)).json() == MISSING


async def test_money_is_capped_and_can_be_taken_back(shop: Shop) -> None:
    record, visit = await shop.visit(2_000, 300_000)
    done = data_of(await paid(shop, visit, "account", account_id=1, amount=30))
    payments = done["state"]["payment_transactions"]
    assert [(each["amount"], each["sale_item_type"]) for each in payments] == [
        (20, "good"),
        (10, "service"),
    ]
    assert payments[0]["account"] == {
        "id": 1,
        "title": "Cash",
        "is_cash": True,
        "is_default": True,
    }
    done = data_of(await paid(shop, visit, "account", account_id=2, amount=9_999_999))
    assert sum(each["amount"] for each in done["state"]["payment_transactions"]) == 3_020
    details = await shop.details(record, visit)
    first = details["payment_transactions"][0]
    assert (first["amount"], first["client"], first["master"], first["date"]) == (
        20,
        {"id": str(shop.guest.member_id), "name": "Anna", "phone": "79000000001"},
        [],
        "2027-01-15 11:00:00",
    )
    path = document(shop, visit, f"/payment/payment_transaction/{first['id']}")
    assert (await shop.http.delete(path, headers=bearer(READER))).status_code == 403
    left = data_of(await shop.http.delete(path))
    assert sum(each["amount"] for each in left["state"]["payment_transactions"]) == 3_000
    assert (await shop.http.delete(path)).json() == MISSING


async def test_a_discount_by_program_and_back(shop: Shop) -> None:
    _, visit = await shop.visit(2_000)
    number = await create(shop)
    ids = {"loyalty_program_id": number, "loyalty_card_id": shop.card.account_id}
    done = data_of(await paid(shop, visit, "loyalty_program", **ids))
    [given] = done["state"]["loyalty_transactions"]
    assert (given["type_id"], given["amount"]) == (1, 2)
    assert given["loyalty_program"]["is_value_percent"] is True
    path = document(shop, visit, f"/payment/loyalty_transaction/{given['id']}")
    left = data_of(await shop.http.delete(path))
    assert left["state"]["loyalty_transactions"] == []
    assert (await shop.http.delete(path)).json() == MISSING
    offered = [each for each in left["payment_methods"] if each["slug"] == "loyalty_program"]
    assert [(each["applicable_amount"], each["applicable_value"]) for each in offered] == [(2, 10)]


async def test_a_referral_by_the_document(shop: Shop) -> None:
    _, visit = await shop.visit(100_000)
    number = await referral(shop, is_percent=True, value=1_000)
    card = await shop.new_card(await shop.member("70001234567"), 0)
    ids = {"loyalty_program_id": number}
    answer = await paid(
        shop, visit, "referral_loyalty_program", **ids, referrer_phone="70001234567"
    )
    assert data_of(answer)["state"]["loyalty_transactions"][0]["amount"] == 100
    assert await shop.balance(card) == 10_000
    missing = await paid(
        shop,
        visit,
        "referral_loyalty_program",
        loyalty_program_id=999,
        referrer_phone="70001234567",
    )
    assert missing.json() == MISSING


async def test_an_accrual_can_be_cancelled_by_its_id(shop: Shop) -> None:
    await create(shop, type="cashback_static_sold", rules=[{"value": 10}])
    record, visit = await shop.visit(10_000)
    await pay(shop, record, visit)
    listed = data_of(await shop.http.get(f"/api/v1/visit/loyalty/transactions/{visit}"))
    assert await shop.balance() == 11_000
    path = document(shop, visit, f"/payment/loyalty_transaction/{listed[0]['id']}")
    assert (await shop.http.delete(path)).status_code == 200
    assert await shop.balance() == 10_000
    assert (await shop.http.delete(path)).json() == MISSING


async def test_another_visits_transaction_is_not_found(shop: Shop) -> None:
    record, visit = await shop.visit(2_000)
    _, other = await shop.visit(2_000)
    state = data_of(await shop.apply(record, visit, 5))
    number = state["loyalty_transactions"][0]["id"]
    path = document(shop, other, f"/payment/loyalty_transaction/{number}")
    assert (await shop.http.delete(path)).json() == MISSING
    for name in ("loyalty_transaction", "payment_transaction"):
        for text in ("1", "x", "9007199254740991"):
            path = document(shop, visit, f"/payment/{name}/{text}")
            assert (await shop.http.delete(path)).json() == MISSING
    assert (await shop.http.get(document(shop, 999))).json() == MISSING


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, ["payment.method.slug"]),
        ({"payment": []}, ["payment", "payment.method.slug"]),
        ({"payment": {"method": {"slug": "magic"}}}, ["payment.method.slug"]),
        (
            {"payment": {"method": {"slug": "account"}}},
            ["payment.method.account_id", "payment.amount"],
        ),
        (
            {"payment": {"method": {"slug": "loyalty_card", "loyalty_card_id": 1}, "amount": -1}},
            ["payment.amount"],
        ),
        (
            {"payment": {"method": {"slug": "loyalty_program", "loyalty_program_id": 1}}},
            ["payment.method.loyalty_card_id"],
        ),
        (
            {"payment": {"method": {"slug": "loyalty_abonement"}}},
            ["payment.method.loyalty_abonement_id"],
        ),
        (
            {"payment": {"method": {"slug": "referral_loyalty_program", "loyalty_program_id": 1}}},
            ["payment.referrer_phone"],
        ),
    ],
)
async def test_malformed_payments(shop: Shop, body: Any, fields: list[str]) -> None:
    _, visit = await shop.visit(2_000)
    answer = await shop.http.post(document(shop, visit, "/payment"), json=body)
    assert_invalid(answer, *fields)


@pytest.mark.parametrize("slug", ["deposit", "loyalty_certificate", "loyalty_abonement"])
async def test_what_is_not_kept_has_no_ids(shop: Shop, slug: str) -> None:
    _, visit = await shop.visit(2_000)
    answer = await paid(shop, visit, slug, **{f"{slug}_id": 1}, amount=1)
    assert answer.json() == MISSING


async def test_the_referral_of_a_document_is_the_one_of_the_visit(shop: Shop) -> None:
    await referral(shop, is_percent=True, value=1_000)
    card = await shop.new_card(await shop.member("70001234567"), 0)
    record, visit = await shop.visit(100_000)
    await refer(shop, record, visit, "70001234567")
    found = data_of(await shop.http.get(document(shop, visit)))
    assert [each["amount"] for each in found["state"]["loyalty_transactions"]] == [100]
    assert await shop.balance(card) == 10_000
