"""Points that pay for orders, and when they come back."""

from __future__ import annotations

import asyncio
from fractions import Fraction

import pytest

from stampbook.loyalty.faults import Code, Refused
from stampbook.loyalty.orders.exchanging import payable, rate
from stampbook.loyalty.orders.model import Exchange, ReturnSpent, Status
from stampbook.loyalty.rules import currency_limits
from stampbook.loyalty.rules.currency_limits import CurrencyLimits, SpendingLimits
from tests.loyalty.orders.shop import DAY, Shop, earning, per, returned, taken


@pytest.mark.parametrize(
    ("points", "money", "rest", "balance", "paid"),
    [
        (3, 10_000, 50_00, 1000, (3_33, 999)),
        (111, 10_000, 50_00, 1000, (9, 999)),
        (1, 20_000, 5, 1000, (5, 3)),
        (1, 10_000, 50_00, 0, (0, 0)),
        (1, 10_000, 50_00, -5, (0, 0)),
    ],
)
def test_what_points_pay(
    points: int, money: int, rest: int, balance: int, paid: tuple[int, int]
) -> None:
    found = payable(rate(Exchange(points, money), 2), rest=rest, balance=balance)
    assert found == paid
    assert rate(Exchange(1, 1_000_000), 0) == Fraction(1)


async def test_16_points_come_back_in_proportion(shop: Shop) -> None:
    await shop.give(2000)
    await shop.put("A", 50_00, status=Status.CREATED)
    paid = (await shop.pay()).payment
    assert (paid.amount, paid.points) == (20_00, 2000)
    await shop.put("A", 50_00)
    back = [returned((await shop.refund(part)).effects) for part in (16_67, 16_67, 16_66)]
    assert back == [[666], [667], [667]]
    assert await shop.active() == 2000


async def test_payments_of_one_account_are_one_proportion(shop: Shop) -> None:
    """10 points in two payments: a third of them is 3, not 1 of each."""
    await shop.give(10)
    await shop.put("A", 30_00)
    for _ in range(2):
        await shop.pay(points=1, money="1.00", max_amount=5_00)
    back = [returned((await shop.refund(10_00)).effects) for _ in range(3)]
    assert back == [[3], [2, 1], [4]]


@pytest.mark.parametrize(
    ("returns", "back"),
    [
        (ReturnSpent.POINTS_LAST, [[], [2000]]),
        (ReturnSpent.ON_WHOLE, [[], [2000]]),
        (ReturnSpent.POINTS_FIRST, [[2000], []]),
        (ReturnSpent.NONE, [[], []]),
    ],
)
async def test_17_when_points_come_back(
    shop: Shop, returns: ReturnSpent, back: list[list[int]]
) -> None:
    await shop.give(2000)
    await shop.put("A", 50_00, status=Status.CREATED)
    await shop.pay(returns=returns)
    await shop.put("A", 50_00)
    assert [returned((await shop.refund(25_00)).effects) for _ in range(2)] == back


async def test_18_points_of_a_lot_that_has_expired(shop: Shop) -> None:
    await shop.give(2000, expires_at=shop.now + DAY)
    await shop.put("A", 50_00, status=Status.CREATED)
    await shop.pay()
    await shop.put("A", 50_00)
    shop.now += 2 * DAY
    assert returned((await shop.refund()).effects) == [2000]
    assert await shop.active() == 0


@pytest.mark.parametrize(("before", "points"), [(True, 30), (False, 50)])
async def test_19_money_that_points_have_paid(shop: Shop, before: bool, points: int) -> None:
    other = await shop.currency("other")
    await shop.rule(earning(per(other, basis="order.money")))
    await shop.give(2000)
    await shop.put("A", 50_00, status=Status.CREATED)
    if before:
        await shop.pay()
    await shop.put("A", 50_00)
    if not before:
        await shop.pay()
    assert await shop.active(other) == points


async def test_what_is_paid_never_exceeds_the_order(shop: Shop) -> None:
    await shop.give(10_000)
    await shop.put("A", 50_00, status=Status.CREATED)
    found = await asyncio.gather(
        *(shop.pay(max_amount=20_00) for _ in range(4)), return_exceptions=True
    )
    paid = [each.payment.amount for each in found if not isinstance(each, BaseException)]
    assert sorted(paid) == [10_00, 20_00, 20_00]
    assert [each.code for each in found if isinstance(each, Refused)] == [Code.NOTHING_TO_PAY]
    assert await shop.active() == 5000


async def test_spending_limits_cap_payments(shop: Shop) -> None:
    limits = CurrencyLimits(spending=SpendingLimits(per_transaction=600, lifetime=1000))
    async with shop.store.transaction() as writing:
        await currency_limits.put(writing, shop.points.currency_id, limits, now=1)
    await shop.give(5000)
    await shop.put("A", 50_00, status=Status.CREATED)
    assert [(await shop.pay()).payment.points for _ in range(2)] == [600, 400]
    with pytest.raises(Refused) as refused:
        await shop.pay()
    assert refused.value.code is Code.NOTHING_TO_PAY


async def test_an_order_does_not_become_cheaper_than_its_payments(shop: Shop) -> None:
    await shop.give(2000)
    await shop.put("A", 50_00, status=Status.CREATED)
    await shop.pay()
    with pytest.raises(Refused) as refused:
        await shop.put("A", 19_99, status=Status.CREATED)
    assert refused.value.code is Code.PAYMENT_EXCEEDS_ORDER
    assert (await shop.put("A", 20_00, status=Status.CREATED)).order.content.total == 20_00


async def test_cancelled_before_it_is_paid_an_order_gives_all_points_back(shop: Shop) -> None:
    await shop.give(2000)
    await shop.put("A", 50_00, status=Status.CREATED)
    await shop.pay(returns=ReturnSpent.NONE)
    assert await shop.active() == 0
    assert (await shop.cancel()).order.status is Status.CANCELLED
    assert await shop.active() == 2000
    with pytest.raises(Refused) as refused:
        await shop.put("A", 50_00)
    assert refused.value.code is Code.ORDER_CANCELLED


async def test_void_takes_returned_points_again(shop: Shop) -> None:
    await shop.p()
    await shop.give(2000)
    await shop.put("A", 50_00, status=Status.CREATED)
    await shop.pay()
    await shop.put("A", 50_00)
    before = await shop.standing()
    found = await shop.refund(25_00)
    assert (returned(found.effects), taken(found.effects)) == ([1000], [25])
    await shop.void(found)
    assert await shop.standing() == before
    assert await shop.in_force() == 50
