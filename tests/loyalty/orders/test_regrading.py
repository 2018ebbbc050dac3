"""A refund says which tiers its members lose; the preview says the same before."""

from __future__ import annotations

import pytest

from stampbook.loyalty.orders.refunding import Refunded
from stampbook.loyalty.tiers import groups
from stampbook.loyalty.tiers.machine import NO_TIER
from stampbook.loyalty.tiers.standing import of_member
from tests.loyalty.orders.shop import DAY, Shop
from tests.loyalty.orders.tiers import open_gold


async def tier(shop: Shop) -> str | None:
    """The name of the member's tier now."""
    (group,) = await groups.page(shop.store, shop.program.program_id, limit=2)
    history = await of_member(shop.store, shop.program, group, shop.member, shop.now)
    return None if history.tier == NO_TIER else group.tiers[history.tier].name


def changes(found: Refunded) -> list[tuple[bool, bool, int, int, int]]:
    """Whether there was a tier, whether there is one then, and the points that count."""
    return [
        (each.former > 0, each.tier > 0, each.was, each.target, each.amount)
        for each in found.effects.cascade
        if each.step == "tier"
    ]


async def two_orders(shop: Shop) -> None:
    """A 600, then B 500: gold."""
    for name, total in (("A", 600_00), ("B", 500_00)):
        await shop.put(name, total)
        shop.now += DAY
    assert await tier(shop) == "gold"


async def test_the_preview_is_what_then_happens(shop: Shop) -> None:
    await open_gold(shop)
    await two_orders(shop)
    enough = await shop.refund(50_00, order="A")
    assert (changes(enough), await tier(shop)) == ([], "gold")
    preview = await shop.refund(100_00, order="A", dry_run=True)
    assert changes(preview) == [(True, False, 1050, 950, 100)]
    assert await tier(shop) == "gold"
    found = await shop.refund(100_00, order="A", token=preview.effects.token)
    assert changes(found) == changes(preview)
    assert await tier(shop) is None
    again = await shop.refund(order="A")
    assert (changes(again), await tier(shop)) == ([], None)
    for each in (again, found):
        await shop.void(each, order="A")
    assert await tier(shop) == "gold"


@pytest.mark.parametrize("on_cancel", ["ordinary", "keep"])
async def test_a_tier_that_stays_is_no_step(shop: Shop, on_cancel: str) -> None:
    await open_gold(shop, on_cancel=on_cancel)
    await two_orders(shop)
    assert changes(await shop.refund(order="A")) == []
    assert await tier(shop) == "gold"


async def test_tiers_by_spending(shop: Shop) -> None:
    await open_gold(shop, basis="spend")
    await shop.put("A", 6_00)
    await shop.put("B", 5_00)
    assert await tier(shop) == "gold"
    assert changes(await shop.refund(order="A")) == [(True, False, 0, 0, 0)]
    assert await tier(shop) is None
