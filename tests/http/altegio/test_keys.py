"""The idempotency key, on every POST and DELETE that has an effect (an extension of ours)."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx

from tests.http.altegio.shop import Shop, amounts, data_of
from tests.http.altegio.visits.test_records import order
from tests.http.altegio.visits.test_sale import document

KEY = {"Idempotency-Key": "press-once"}


async def money(shop: Shop, visit: int, amount: Any) -> httpx.Response:
    body = {"payment": {"method": {"slug": "account", "account_id": 1}, "amount": amount}}
    return await shop.http.post(document(shop, visit, "/payment"), json=body, headers=KEY)


async def test_money_is_paid_once(shop: Shop) -> None:
    _, visit = await shop.visit(10_000)
    answers = await asyncio.gather(*(money(shop, visit, 30) for _ in range(4)))
    for answer in answers:
        payments = data_of(answer)["state"]["payment_transactions"]
        assert [each["amount"] for each in payments] == [30]
    other = await money(shop, visit, 31)
    assert other.status_code == 422
    assert other.json()["meta"]["message"] == "idempotency_key_reused"


async def test_a_payment_is_taken_back_once(shop: Shop) -> None:
    record, visit = await shop.visit(10_000)
    await money(shop, visit, 30)
    [payment] = (await shop.details(record, visit))["payment_transactions"]
    path = document(shop, visit, f"/payment/payment_transaction/{payment['id']}")
    key = {"Idempotency-Key": "take-back"}
    first = await shop.http.delete(path, headers=key)
    again = await shop.http.delete(path, headers=key)
    assert data_of(first) == data_of(again)


async def test_one_part_is_taken_back_once(shop: Shop) -> None:
    record, visit = await shop.visit(2_000, 300_000)
    state = data_of(await shop.apply(record, visit, 100))
    number = state["loyalty_transactions"][0]["id"]
    path = document(shop, visit, f"/payment/loyalty_transaction/{number}")
    for _ in range(2):
        assert (await shop.http.delete(path, headers=KEY)).status_code == 200
    assert await shop.balance() == 66


async def test_a_withdrawal_without_anything_to_do_takes_its_key(shop: Shop) -> None:
    """Of nothing, of the same amount again, and the cancel of what was cancelled before."""
    record, visit = await shop.visit(10_000)
    for key, amount, other in (("zero", 0, 5), ("full", 100, 7)):
        used = {"Idempotency-Key": key}
        if amount:
            data_of(await shop.apply(record, visit, amount))
        first = data_of(await shop.apply(record, visit, amount, headers=used))
        assert data_of(await shop.apply(record, visit, amount, headers=used)) == first
        refused = await shop.apply(record, visit, other, headers=used)
        assert refused.json()["meta"]["message"] == "idempotency_key_reused"
    data_of(await shop.cancel(record, visit))
    nothing = {"Idempotency-Key": "none"}
    data_of(await shop.cancel(record, visit, headers=nothing))
    data_of(await shop.apply(record, visit, 30))
    assert amounts(data_of(await shop.cancel(record, visit, headers=nothing))) == [30]
    refused = await shop.apply(record, visit, 5, headers=nothing)
    assert refused.json()["meta"]["message"] == "idempotency_key_reused"
    assert amounts(await shop.details(record, visit)) == [30]


async def test_a_repeat_by_hand_is_told_the_balance_of_its_time(shop: Shop) -> None:
    """And so is the first request, if another one has come in between."""
    owner, card = shop.location.number, shop.card.account_id
    path = f"/api/v1/company/{owner}/loyalty/cards/{card}/manual_transaction"

    async def by_hand(amount: float, key: str) -> Any:
        answer = await shop.http.post(
            path, json={"amount": amount}, headers={"Idempotency-Key": key}
        )
        return data_of(answer)

    first, then = await by_hand(5.5, "plus"), await by_hand(-7, "minus")
    assert then["balance"] == first["balance"] - 7
    assert (await by_hand(5.5, "plus"), await by_hand(-7, "minus")) == (first, then)


async def test_a_record_is_booked_and_joined_once(shop: Shop) -> None:
    path = f"/api/v1/records/{shop.location.number}"
    first, again = [
        data_of(await shop.http.post(path, json=order(), headers=KEY)) for _ in range(2)
    ]
    assert first == again
    joining = order(visit_id=first[0]["visit_id"])
    key = {"Idempotency-Key": "join"}
    second, third = [
        data_of(await shop.http.post(path, json=joining, headers=key)) for _ in range(2)
    ]
    assert second == third
    assert second[0]["id"] != first[0]["id"]
    assert len(data_of(await shop.http.get(path))) == 2


async def test_a_record_is_deleted_once(shop: Shop) -> None:
    record, _ = await shop.visit(2_000)
    path = f"/api/v1/record/{shop.location.number}/{record}"
    for _ in range(2):
        assert (await shop.http.delete(path, headers=KEY)).status_code == 204
    assert (await shop.http.delete(path)).status_code == 404


async def test_a_retried_change_does_not_act_on_what_came_later(shop: Shop) -> None:
    record, visit = await shop.visit(10_000)
    line = (await shop.details(record, visit))["items"][0]["id"]
    path = f"/api/v1/visits/{visit}/{record}"

    def priced(cost: int) -> dict[str, Any]:
        goods = [{"id": line, "cost": cost}]
        return {"attendance": 0, "comment": "", "goods_transactions": goods}

    assert (await shop.http.put(path, json=priced(50), headers=KEY)).status_code == 200
    assert (await shop.http.put(path, json=priced(200))).status_code == 200
    await shop.apply(record, visit, 90)
    assert (await shop.http.put(path, json=priced(50), headers=KEY)).status_code == 200
    assert amounts(await shop.details(record, visit)) == [90]


async def test_a_key_of_another_method_is_another_request(shop: Shop) -> None:
    record, visit = await shop.visit(2_000)
    await shop.apply(record, visit, 5, headers=KEY)
    assert (await shop.cancel(record, visit, headers=KEY)).status_code == 422
    assert (await money(shop, visit, 1)).status_code == 422
