"""Laws of refunds, on random histories of one order, on both stores.

The numbers are those of the design: R1 nothing left, R2 the remainder, R3 only downward, R5 void
after refund, R6 once, R7 a preview is what happens, R17 what a split sums to.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import count

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stampbook.loyalty.faults import Code, Refused
from stampbook.loyalty.orders.model import Content, Judged, Order, ReturnSpent, Status, Taken
from stampbook.loyalty.orders.refunding import Refunded
from stampbook.loyalty.orders.taking import Part, after, before, take_amount, take_whole
from tests.conftest import CAMPAIGN_EXAMPLES
from tests.loyalty.orders.shop import Shop, earning, fixed, line, per

NAMES = count(1)

TOTALS = st.lists(st.integers(0, 120_00), min_size=1, max_size=4)
"""What the lines of an order cost."""

STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("amount"), st.integers(1, 60_00), st.just(0)),
        st.tuples(st.just("pieces"), st.integers(0, 3), st.integers(1, 3)),
        st.tuples(st.just("money"), st.integers(0, 3), st.integers(1, 60_00)),
        st.tuples(st.just("void"), st.just(0), st.just(0)),
        st.tuples(st.just("spend"), st.integers(1, 50), st.just(0)),
    ),
    max_size=6,
)

on_stores: Callable[..., settings] = settings(
    max_examples=25 if CAMPAIGN_EXAMPLES else 12,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


def points_for(total: int) -> int:
    """What the two rules of the shop give: 1 point per full 1.00; 500 from 100.00, 200 from 50.00
    on."""
    return total // 100 + (500 if total >= 100_00 else 200 if total >= 50_00 else 0)


async def open_rules(shop: Shop) -> None:
    await shop.rule(earning(per(shop.points)))
    await shop.rule(
        earning(fixed(shop.points, 500), condition="order.total >= 10000"),
        earning(fixed(shop.points, 200), condition="order.total >= 5000"),
    )


@on_stores
@given(TOTALS, STEPS, st.integers(0, 40_00))
async def test_refunds(
    shop: Shop, totals: list[int], history: list[tuple[str, int, int]], paid: int
) -> None:
    if not (await shop.ledger.read(1, tenant=1)):
        await open_rules(shop)
    shop.member = await shop.new_member()
    name = f"order {next(NAMES)}"
    lines = [line(f"l{at}", each, quantity=3) for at, each in enumerate(totals)]
    total = sum(totals)
    await shop.give(10_000)
    await shop.put(name, None, *lines, status=Status.CREATED)
    if min(paid, total):
        await shop.pay(order=name, max_amount=paid, returns=ReturnSpent.PROPORTIONAL)
    await shop.put(name, None, *lines)
    assert await shop.in_force(name) == points_for(total)
    spent = 0
    made: list[Refunded] = []
    for what, first, second in history:
        if what == "spend":
            spent += first
            await shop.spend(first)
        elif what == "void" and made:
            await shop.void(made.pop(), order=name)
        elif what != "void":
            refund = await refunded(shop, name, what, first, second, len(totals))
            if refund is not None:
                made.append(refund)
        await check(shop, name)
    if (await shop.order(name)).status is not Status.REFUNDED:
        await shop.refund(order=name)
    await check(shop, name)
    assert await shop.awards(name) == [(seq, 0) for seq, _ in await shop.awards(name)]
    assert await shop.active() == 10_000 - spent, "R1: as if there had been no order"


async def refunded(
    shop: Shop, name: str, what: str, first: int, second: int, size: int
) -> Refunded | None:
    """A refund, if it is possible; its preview, its void, and then the same again."""
    parts = []
    if what == "pieces":
        parts = [Part(f"l{first % size}", quantity=second * 1000)]
    elif what == "money":
        parts = [Part(f"l{first % size}", amount=second)]
    amount = first if what == "amount" else None
    before_it = await shop.order(name)
    awards, standing = await shop.awards(name), await shop.standing()
    try:
        preview = await shop.refund(amount, *parts, order=name, dry_run=True)
    except Refused as refused:
        if refused.code is not Code.EXCEEDS_ORDER:
            raise
        return None
    assert (await shop.order(name), await shop.awards(name)) == (before_it, awards)
    assert await shop.standing() == standing, "R7: a preview writes nothing"
    done = await shop.refund(amount, *parts, order=name, token=preview.effects.token)
    assert done.effects.balances == preview.effects.balances
    lower = await shop.awards(name)
    assert all(new <= old for (_, new), (_, old) in zip(lower, awards, strict=True)), "R3"
    await shop.void(done, order=name)
    again = await shop.order(name)
    assert again._replace(version=0, updated_at=0) == before_it._replace(version=0, updated_at=0)
    assert (await shop.awards(name), await shop.standing()) == (awards, standing), "R5"
    number = f"refund {next(NAMES)}"
    once = await shop.refund(amount, *parts, order=name, external_id=number)
    twice = await shop.refund(amount, *parts, order=name, external_id=number)
    assert (twice.refund, twice.replayed) == (once.refund, True), "R6"
    return once


async def check(shop: Shop, name: str) -> None:
    """What holds after every step."""
    order = await shop.order(name)
    items = order.content.lines
    assert sum(item.refunded for item in items) == order.refunded, "R17"
    assert all(0 <= item.refunded <= item.total for item in items)
    assert all(0 <= item.returned <= item.quantity for item in items)
    gone = order.status is Status.REFUNDED
    assert await shop.in_force(name) == (0 if gone else points_for(order.remaining)), "R2"


@given(TOTALS, st.lists(st.integers(1, 50_00), max_size=8))
def test_parts_of_an_order_sum_to_the_whole(totals: list[int], amounts: list[int]) -> None:
    order = paid_order(totals)
    taken: list[tuple[Taken, ...]] = []
    for amount in amounts:
        if amount > order.remaining:
            break
        taken.append(take_amount(order, amount))
        assert sum(each.amount for each in taken[-1]) == amount
        order = after(order, taken[-1])
    if order.status is not Status.REFUNDED:
        taken.append(take_whole(order))
        order = after(order, taken[-1])
    assert (order.remaining, order.status) == (0, Status.REFUNDED)
    for item in order.content.lines:
        assert (item.refunded, item.returned) == (item.total, item.quantity)
    for each in reversed(taken):
        order = before(order, each)
    assert order == paid_order(totals)


def paid_order(totals: list[int]) -> Order:
    """A paid order that is nowhere written."""
    lines = tuple(line(str(at), each, quantity=2) for at, each in enumerate(totals))
    content = Content("EUR", 2, sum(totals), sum(totals), lines)
    return Order(
        number=1,
        version=1,
        tenant=1,
        program=1,
        member=1,
        customer=None,
        external_id="A",
        status=Status.PAID,
        content=content,
        refunded=0,
        origin=None,
        judged=Judged(),
        effective_at=0,
        paid_at=0,
        fulfilled_at=None,
        cancelled_at=None,
        created_at=0,
        updated_at=0,
    )
