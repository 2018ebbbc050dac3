"""Later orders that counted an order which is taken back."""

from __future__ import annotations

from stampbook.loyalty.model import Mode
from tests.loyalty.orders.shop import Shop, earning, per, taken


async def test_27_thresholds_that_are_no_longer_reached(shop: Shop) -> None:
    cash = await shop.currency("cash", scale=2)
    await shop.rule(
        earning(
            per(cash, points="5", every=100, mode=Mode.RATE), condition="totals.sold >= 100000"
        ),
        earning(per(cash, points="3", every=100, mode=Mode.RATE)),
    )
    for name, total in (("A", 600_00), ("B", 500_00), ("C", 200_00)):
        await shop.put(name, total)
    assert [await shop.in_force(name) for name in "ABC"] == [18_00, 25_00, 10_00]
    preview = await shop.refund(order="A", cascade=False, dry_run=True)
    assert [keep.reason for keep in preview.effects.kept] == ["cascade_none"] * 2
    found = await shop.refund(order="A")
    assert taken(found.effects) == [18_00, 10_00, 4_00]
    assert [step.step for step in found.effects.cascade] == ["take_back", "threshold", "threshold"]
    await shop.void(found, order="A")
    assert [await shop.in_force(name) for name in "ABC"] == [18_00, 25_00, 10_00]
