"""What a tier gave to later orders stays when the points by which it was reached are taken back."""

from __future__ import annotations

import pytest

from stampbook.domain.model import transaction_number
from stampbook.loyalty.orders.refunding import Refunded
from tests.loyalty.orders.shop import DAY, Shop
from tests.loyalty.orders.tiers import open_gold


def kept(found: Refunded) -> list[str]:
    """Why something stays."""
    return [each.reason for each in found.effects.kept]


async def three_orders(shop: Shop) -> None:
    """A 600, B 500: gold; C 100.00 as gold."""
    for name, total in (("A", 600_00), ("B", 500_00), ("C", 100_00)):
        await shop.put(name, total)
        shop.now += DAY
    assert [await shop.in_force(name) for name in "ABC"] == [600, 500, 200]


async def test_26_what_was_earned_as_gold_stays_and_is_reported(shop: Shop) -> None:
    await open_gold(shop)
    await three_orders(shop)
    preview = await shop.refund(order="A", dry_run=True)
    found = await shop.refund(order="A", token=preview.effects.token)
    assert [await shop.in_force(name) for name in "ABC"] == [0, 500, 200]
    (keep,) = found.effects.kept
    ((award, _),) = await shop.awards("C")
    assert (keep.what, keep.reason) == ("award", "facts_frozen")
    assert keep.award == transaction_number(account=keep.account, seq=award)
    await shop.void(found, order="A")
    assert [await shop.in_force(name) for name in "ABC"] == [600, 500, 200]


@pytest.mark.parametrize("on_cancel", ["ordinary", "keep"])
async def test_a_tier_that_was_reached_by_then_is_no_reason(shop: Shop, on_cancel: str) -> None:
    await open_gold(shop, on_cancel=on_cancel)
    await three_orders(shop)
    assert kept(await shop.refund(order="A")) == []


async def test_who_would_have_been_gold_all_the_same(shop: Shop) -> None:
    await open_gold(shop)
    await shop.put("A", 600_00)
    await shop.put("B", 500_00)
    await shop.give(400)
    await shop.put("C", 100_00)
    assert await shop.in_force("C") == 200
    assert kept(await shop.refund(300_00, order="A")) == []
    assert kept(await shop.refund(order="A")) == ["facts_frozen"]


async def test_it_is_reported_once(shop: Shop) -> None:
    """The second refund takes a tier that was gone already."""
    await open_gold(shop)
    await three_orders(shop)
    assert kept(await shop.refund(300_00, order="A")) == ["facts_frozen"]
    assert kept(await shop.refund(order="A")) == []


async def test_tiers_by_spending(shop: Shop) -> None:
    await open_gold(shop, basis="spend")
    await shop.put("A", 6_00)
    await shop.put("B", 5_00)
    shop.now += DAY
    await shop.put("C", 1_00)
    assert await shop.in_force("C") == 2
    assert kept(await shop.refund(order="A")) == ["facts_frozen"]
