"""A referral is the guest's first and only one, and falls with its bill."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from stampbook.domain.policy import SpentAccrual
from stampbook.programs import currencies
from stampbook.programs.accounts import Account
from stampbook.programs.policies import Terms
from tests.http.altegio.asserting import assert_invalid
from tests.http.altegio.programs.offering import pay, refer, referral
from tests.http.altegio.shop import KEY, Shop, amounts, data_of

FRIEND = "70001234567"

Bill = tuple[int, int]


async def referrer(shop: Shop) -> Account:
    """A friend with an empty card, whom a referral of 10 % rewards."""
    await referral(shop, is_percent=True, value=1_000)
    return await shop.new_card(await shop.member(FRIEND), 0)


async def spend(shop: Shop, card: Account, amount: float) -> None:
    path = f"/api/v1/company/{shop.location.number}/loyalty/cards/{card.account_id}"
    answer = await shop.http.post(f"{path}/manual_transaction", json={"amount": -amount})
    assert answer.status_code == 200, answer.text


async def deleted(shop: Shop, bill: Bill) -> int:
    path = f"/api/v1/record/{shop.location.number}/{bill[0]}"
    return (await shop.http.delete(path)).status_code


async def did_not_come(shop: Shop, bill: Bill) -> int:
    return (await pay(shop, *bill, attendance=-1, fast_payment=0)).status_code


async def did_not_come_natively(shop: Shop, bill: Bill) -> int:
    key = {"Authorization": f"Bearer {KEY}"}
    body = {"attendance": "did_not_come"}
    path = f"/v1/visits/vis_{bill[1]:x}"
    return (await shop.http.patch(path, json=body, headers=key)).status_code


async def another_guest(shop: Shop, bill: Bill) -> int:
    path = f"/api/v1/record/{shop.location.number}/{bill[0]}"
    body = {"client": {"id": (await shop.member("79000000002")).member_id}}
    return (await shop.http.put(path, json=body)).status_code


async def the_discount_alone(shop: Shop, bill: Bill) -> int:
    path = f"/api/v1/company/{shop.location.number}/sale/{bill[1]}"
    [given] = data_of(await shop.http.get(path))["state"]["loyalty_transactions"]
    path += f"/payment/loyalty_transaction/{given['id']}"
    return (await shop.http.delete(path)).status_code


CANCELS = [deleted, did_not_come, did_not_come_natively, another_guest, the_discount_alone]


@pytest.mark.parametrize("cancel", CANCELS)
async def test_discount_and_reward_fall_together(shop: Shop, cancel: Any) -> None:
    """Hard case 29: 10 % of 1000.00, of which the friend has spent 60.00."""
    card = await referrer(shop)
    bill = await shop.visit(100_000)
    assert amounts(data_of(await refer(shop, *bill, FRIEND))) == [100]
    await spend(shop, card, 60)
    assert await cancel(shop, bill) in (200, 201, 204)
    assert await shop.balance(card) == -6_000
    listed = data_of(await shop.http.get(f"/api/v1/visit/loyalty/transactions/{bill[1]}"))
    assert listed == []
    # It is in force no more, so the guest may be referred to another visit.
    assert amounts(data_of(await refer(shop, *await shop.visit(10_000), FRIEND))) == [10]


async def test_a_lower_bill_lowers_both(shop: Shop) -> None:
    card = await referrer(shop)
    record, visit = await shop.visit(100_000)
    state = data_of(await refer(shop, record, visit, FRIEND))
    goods = [{"id": state["items"][0]["id"], "good_id": 5_000, "cost": 40}]
    body = {"attendance": 0, "comment": "", "goods_transactions": goods}
    assert (await shop.http.put(f"/api/v1/visits/{visit}/{record}", json=body)).status_code == 200
    assert amounts(await shop.details(record, visit)) == [40]
    assert await shop.balance(card) == 4_000


async def test_a_card_that_forbids_it_refuses_all(shop: Shop) -> None:
    async with shop.store.transaction() as writing:
        strict = await currencies.create(
            writing,
            shop.chain,
            name="Strict",
            scale=2,
            terms=Terms(spent_accrual=SpentAccrual.REFUSE),
            now=shop.now,
        )
    shop.points = strict
    card = await referrer(shop)
    bill = await shop.visit(100_000)
    await refer(shop, *bill, FRIEND)
    await spend(shop, card, 60)
    path = f"/api/v1/record/{shop.location.number}/{bill[0]}"
    answer = await shop.http.delete(path)
    assert (answer.status_code, answer.json()["meta"]["message"]) == (422, "points_already_spent")
    assert amounts(await shop.details(*bill)) == [100]
    assert await shop.balance(card) == 4_000


async def test_once_per_guest(shop: Shop) -> None:
    card = await referrer(shop)
    first, second = await shop.visit(100_000), await shop.visit(100_000)
    state = data_of(await refer(shop, *first, FRIEND))
    answer = await refer(shop, *second, FRIEND)
    assert (answer.status_code, answer.json()["meta"]["message"]) == (422, "limit_reached")
    assert amounts(await shop.details(*second)) == []
    assert data_of(await refer(shop, *first, FRIEND)) == state
    assert await shop.balance(card) == 10_000
    other = await shop.member("79000000002")
    assert amounts(data_of(await refer(shop, *await shop.visit(5_000, member=other), FRIEND))) == [
        5
    ]


async def test_at_once_on_many_visits(shop: Shop) -> None:
    card = await referrer(shop)
    bills = [await shop.visit(100_000) for _ in range(6)]
    answers = await asyncio.gather(*(refer(shop, *bill, FRIEND) for bill in bills))
    assert sorted(answer.status_code for answer in answers) == [200, *[422] * 5]
    assert await shop.balance(card) == 10_000


async def test_nobody_refers_himself(shop: Shop) -> None:
    await referrer(shop)
    bill = await shop.visit(100_000)
    assert_invalid(await refer(shop, *bill, "79000000001"), "referrer_phone")
    assert amounts(await shop.details(*bill)) == []
    assert await shop.balance() == 10_000
