"""How often the store is asked for a refund: not more often for many awards than for one."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.loyalty.counting import counted
from tests.loyalty.orders.shop import Shop, earning, per, taken


async def refund(shop: Shop, awards: int, *, dry_run: bool) -> Counter[str]:
    """What is asked for a refund of an order with that many awards, which nobody remembers."""
    name = f"{awards} awards"
    await shop.put(name, 100_00)
    account = await shop.account()
    shop.ledger.forget([account.account_id])
    with counted(shop.store) as calls:
        refunded = await shop.refund(order=name, dry_run=dry_run)
    assert taken(refunded.effects) == [100] * awards
    return calls


@pytest.mark.parametrize("dry_run", [False, True])
async def test_ten_awards_take_one_load_and_one_save(shop: Shop, dry_run: bool) -> None:
    await shop.rule(earning(per(shop.points)))
    one = await refund(shop, 1, dry_run=dry_run)
    for _ in range(9):
        await shop.rule(earning(per(shop.points)))
    ten = await refund(shop, 10, dry_run=dry_run)
    assert ten == one
    assert ten["load"] == 1
    assert ten["save"] == (0 if dry_run else 1)
    assert ten["transaction"] == ten["execute"] == 0
