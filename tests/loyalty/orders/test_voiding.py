"""The void of a refund after which something else has happened."""

from __future__ import annotations

import pytest

from stampbook.ledger.joint import JointRefused
from stampbook.loyalty.model import Mode, Trigger
from stampbook.loyalty.orders import paying
from stampbook.loyalty.orders.paying import Return
from tests.loyalty.events.world import gave
from tests.loyalty.orders.shop import Shop, earning, fixed, per


async def cashback(shop: Shop) -> None:
    """3 %, and 5 % from 1000.00 on that the member has bought."""
    cash = await shop.currency("cash", scale=2)
    await shop.rule(
        earning(
            per(cash, points="5", every=100, mode=Mode.RATE), condition="totals.sold >= 100000"
        ),
        earning(per(cash, points="3", every=100, mode=Mode.RATE)),
    )


async def test_a_later_order_that_was_refunded_itself_gets_what_its_rest_gives(shop: Shop) -> None:
    await cashback(shop)
    await shop.put("A", 1200_00)
    await shop.put("B", 500_00)
    first = await shop.refund(order="A")
    assert await shop.in_force("B") == 15_00
    second = await shop.refund(250_00, order="B")
    assert await shop.in_force("B") == 7_50
    await shop.void(first, order="A")
    assert await shop.in_force("A") == 60_00
    assert await shop.in_force("B") == 12_50  # 5 % of what remains, not 17.50
    await shop.void(second, order="B")
    assert await shop.in_force("B") == 20_00  # its own refund had taken no more than that


async def test_a_later_order_of_which_nothing_remains_gets_nothing(shop: Shop) -> None:
    await cashback(shop)
    await shop.put("A", 1200_00)
    await shop.put("B", 500_00)
    first = await shop.refund(order="A")
    await shop.cancel("B")
    await shop.void(first, order="A")
    assert [await shop.in_force(name) for name in "AB"] == [60_00, 0]


async def test_an_order_whose_threshold_fell_meanwhile_gets_what_it_gives_now(shop: Shop) -> None:
    await cashback(shop)
    await shop.put("A", 600_00)
    await shop.put("B", 500_00)
    found = await shop.refund(250_00, order="B")
    assert await shop.in_force("B") == 7_50  # 600.00 and 250.00 are not enough
    await shop.refund(order="A")
    await shop.void(found, order="B")
    assert await shop.in_force("B") == 15_00


async def test_an_event_that_was_cancelled_meanwhile_gets_nothing(shop: Shop) -> None:
    loyal = earning(fixed(shop.points, 100), condition="totals.orders >= 2")
    await shop.rule(loyal, trigger=Trigger.CUSTOM_EVENT, name="played")
    await shop.put("A", 10_00)
    await shop.put("B", 10_00)
    played = await shop.play()
    assert gave(played) == [100]
    found = await shop.refund(order="A")
    await shop.cancel_event(played)
    await shop.void(found, order="A")
    assert await shop.active() == 0


async def test_what_was_not_taken_by_the_refund_stays_taken(shop: Shop) -> None:
    """A cancel by hand is no part of the refund, and its void brings nothing of it back."""
    await shop.p()
    await shop.put("A", 100_00)
    found = await shop.refund(40_00)
    ((award, _),) = await shop.awards()
    await shop.take(award, 30)
    await shop.void(found)
    assert await shop.in_force() == 70


async def test_a_payment_that_was_given_back_meanwhile_pays_again(shop: Shop) -> None:
    """By what the refund had returned of it; and that comes back when nothing of the order is
    left."""
    await shop.give(1000)
    await shop.put("A", 10_00)
    payment = (await shop.pay()).payment
    found = await shop.refund(4_00)
    back = Return(payment.number)
    await paying.return_payment(shop.desk, shop.order, back)
    assert await shop.active() == 1000
    await shop.void(found)
    assert await shop.active() == 600
    await shop.refund()
    assert await shop.active() == 1000


async def test_a_refusal_undoes_all_of_it(shop: Shop) -> None:
    """Points that had paid are not there any more."""
    await cashback(shop)
    await shop.give(1000)
    await shop.put("A", 1200_00)
    await shop.put("B", 500_00)
    await shop.pay(order="A", max_amount=10_00)
    found = await shop.refund(order="A")
    await shop.spend(1000)
    with pytest.raises(JointRefused):
        await shop.void(found, order="A")
    assert [await shop.in_force(name) for name in "AB"] == [0, 15_00]
