"""Hundreds of random visits on both stores: sums, caps, and exact restoration."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stampbook.programs.accounts import Account
from tests.conftest import CAMPAIGN_EXAMPLES
from tests.http.altegio.shop import Shop, data_of

VISITS = 40
EXAMPLES = CAMPAIGN_EXAMPLES // VISITS or 4

prices = st.one_of(
    st.integers(0, 500),
    st.integers(0, 1_000_000),
    st.sampled_from([1, 33, 100, 2_000, 300_000]),
)
visits = st.tuples(
    st.lists(prices, min_size=1, max_size=6),
    st.lists(st.integers(1, 100_000), min_size=1, max_size=3),
    st.lists(st.integers(0, 400_000), min_size=1, max_size=3),
)
"""What the lines cost, what the card's lots hold, what is asked for one after the other."""


@pytest.mark.slow
@settings(
    max_examples=EXAMPLES,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(cases=st.lists(visits, min_size=VISITS, max_size=VISITS))
async def test_parts_add_up_and_a_cancel_restores_the_card(shop: Shop, cases: Any) -> None:
    await asyncio.gather(*(one_visit(shop, *case) for case in cases))


async def one_visit(shop: Shop, costs: list[int], points: list[int], asked: list[int]) -> None:
    card = await new_card(shop, points)
    record, visit = await shop.visit(*costs)
    before, balance = await shop.lots(card), sum(points)
    taken = 0
    for amount in asked:
        wanted = f"{amount // 100}.{amount % 100:02d}"
        state = data_of(await shop.apply(record, visit, wanted, card))
        parts = [hundredths(each["amount"]) for each in state["loyalty_transactions"]]
        taken = min(amount, balance, sum(costs)) if amount else taken
        assert sum(parts) == taken
        assert all(part > 0 for part in parts)
        assert len(parts) == len({each["id"] for each in state["loyalty_transactions"]})
        paid = {line_of(each): hundredths(each["amount"]) for each in state["loyalty_transactions"]}
        for line, item in enumerate(state["items"]):
            assert paid.get(item["item_id"], 0) <= costs[line]
        assert await shop.balance(card) == balance - taken
    state = data_of(await shop.cancel(record, visit, card))
    assert state["loyalty_transactions"] == []
    assert await shop.balance(card) == balance
    assert await shop.lots(card) == before


async def new_card(shop: Shop, points: list[int]) -> Account:
    card = await shop.new_card(shop.guest, 0)
    for place, amount in enumerate(points):
        expires_at = None if place == 0 else shop.now + place * 1_000_000_000
        await shop.give(card, amount, expires_at)
    return card


def hundredths(amount: float) -> int:
    """An amount of the wire, exactly: it has at most two decimals."""
    exact = Decimal(repr(amount)) * 100
    assert exact == int(exact)
    return int(exact)


def line_of(transaction: dict[str, Any]) -> int:
    """The lines of a test's visit have items of their own."""
    item: int = transaction["item_id"]
    return item
