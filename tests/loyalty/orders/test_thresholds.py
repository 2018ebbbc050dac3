"""Later orders that counted an order which is taken back."""

from __future__ import annotations

import asyncio

from stampbook.domain.commands import Cancel
from stampbook.domain.refusals import Code, Refusal
from stampbook.loyalty.model import Mode, Trigger
from stampbook.loyalty.orders.guarding import UNCOUNTED
from stampbook.loyalty.orders.judged import judged_by
from stampbook.loyalty.orders.model import Status
from stampbook.loyalty.orders.thresholds import of_member
from stampbook.pacing import Slices
from tests.loyalty.events.world import gave
from tests.loyalty.orders.shop import DAY, Shop, earning, fixed, per, taken
from tests.loyalty.orders.test_coming_back import undo


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


async def test_what_a_threshold_took_comes_back_by_the_void_alone(shop: Shop) -> None:
    """Undone by hand, it would have given for what is no longer bought."""
    await shop.rule(earning(fixed(shop.points, 7), condition="totals.sold >= 50000"))
    for name, total in (("A", 300_00), ("B", 200_00), ("C", 100_00)):
        await shop.put(name, total)
    found = await shop.refund(order="A")
    for step in found.effects.cascade:
        outcome = await undo(shop, step.cancel)
        assert isinstance(outcome, Refusal)
        assert (outcome.code, outcome.detail) == (Code.NOT_CANCELLABLE, UNCOUNTED)
    assert [await shop.in_force(name) for name in "BC"] == [0, 0]
    await shop.void(found, order="A")
    assert [await shop.in_force(name) for name in "BC"] == [7, 7]
    ((seq, _),) = await shop.awards("C")
    await shop.do(Cancel(await shop.take(seq, 7)))
    assert await shop.in_force("C") == 7


async def test_events_without_an_order_are_counted_anew_too(shop: Shop) -> None:
    loyal = earning(fixed(shop.points, 100), condition="totals.orders >= 2")
    await shop.rule(loyal, trigger=Trigger.CUSTOM_EVENT, name="played")
    await shop.put("A", 10_00)
    assert gave(await shop.play()) == []
    await shop.put("B", 10_00)
    played = await shop.play()
    assert gave(played) == [100]
    found = await shop.refund(5_00, order="A")
    assert taken(found.effects) == []
    found = await shop.refund(order="A")
    assert taken(found.effects) == [100]
    assert found.effects.cascade[0].event == played.event.event_id
    await shop.void(found, order="A")
    assert await shop.active() == 100


async def test_positions_are_those_of_arrival(shop: Shop) -> None:
    """An order that is recorded late counts what came before it, and nothing before it counts
    it: its refund takes nothing of them."""
    await shop.rule(earning(fixed(shop.points, 1), condition="totals.sold >= 50000"))
    shop.now += 10 * DAY
    await shop.put("A", 300_00)
    await shop.put("B", 200_00, at=shop.now - 5 * DAY)
    await shop.put("C", 100_00)
    assert [await shop.in_force(name) for name in "ABC"] == [0, 1, 1]
    assert taken((await shop.refund(150_00, order="B")).effects) == [1, 1]
    found = await shop.refund(order="C")
    assert taken(found.effects) == []
    assert [await shop.in_force(name) for name in "ABC"] == [0, 0, 0]


async def test_paid_is_what_points_had_not_paid(shop: Shop) -> None:
    """A refund counts money as the award did: what points paid falls in proportion."""
    cash = await shop.currency("cash")
    await shop.give(5_000)
    await shop.put("A", 100_00, status=Status.CREATED)
    await shop.pay(max_amount=20_00)
    await shop.put("A", 100_00)
    await shop.rule(earning(fixed(cash, 7), condition="totals.paid >= 9000"))
    await shop.put("B", 10_00)
    assert await shop.in_force("B") == 7
    await shop.pay(max_amount=10_00, order="A")  # after it was judged: that changes no total
    await shop.put("C", 0)
    assert await shop.in_force("C") == 7
    assert taken((await shop.refund(50, order="A")).effects) == [7, 7]


async def test_others_have_their_turn_between_two_later_events(shop: Shop) -> None:
    """A refund may concern a thousand events, each with conditions on 500 lines."""
    await shop.rule(earning(fixed(shop.points, 7), condition="totals.sold >= 50000"))
    for name, total in (("A", 500_00), ("B", 200_00), ("C", 100_00), ("D", 100_00)):
        await shop.put(name, total)
    order = await shop.order("A")
    (event,) = await judged_by(shop.store, order)
    member = await of_member(shop.store, event, tenant=order.tenant)
    turns = 0

    async def other() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    running = asyncio.create_task(other())
    found = await member.later(Slices(0), None)
    running.cancel()
    assert turns >= len(found) == 3
