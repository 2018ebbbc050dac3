"""A tier that earns more."""

from __future__ import annotations

from typing import Any

from stampbook.loyalty.model import Earning, TierNeed
from stampbook.loyalty.tiers import groups
from stampbook.loyalty.tiers.groups import NewTier
from stampbook.loyalty.tiers.terms import Downgrade, Retention, Span, Terms
from tests.loyalty.orders.shop import Shop, earning, per

YEAR = Span(1, "year")


async def open_gold(shop: Shop, **terms: Any) -> None:
    """Gold from 1000 earned in a year; 1 point per 1.00, and 2 for gold."""
    usual = {"period": YEAR, "retention": Retention("fixed", YEAR), "downgrade": Downgrade("none")}
    async with shop.store.transaction() as writing:
        group = await groups.create(
            writing,
            shop.program,
            currency=shop.points.currency_id,
            name="status",
            tiers=(NewTier("gold", 1000),),
            now=shop.now,
            terms=Terms(**(usual | terms)),
        )
    gold = TierNeed(group.tier_group_id, frozenset({group.tiers[0].tier_id}))
    double = Earning((per(shop.points, points="2"),), tiers=(gold,))
    await shop.rule(double, earning(per(shop.points)))
