"""Refunds of orders, with the numbers of the design's cases.

Unless said otherwise: whole points, debt, no expiry, and rule P: 1 point per full 1.00.
"""

from __future__ import annotations

import pytest

from stampbook.domain.commands import Expire
from stampbook.domain.policy import PendingRule, PendingType, Period, SpentAccrual, Unit
from stampbook.ledger.joint import JointRefused
from stampbook.loyalty.faults import Code, Refused
from stampbook.loyalty.model import AppliesTo, OnPartial
from stampbook.loyalty.orders.model import Status
from stampbook.loyalty.orders.taking import Part
from stampbook.loyalty.rules import storing as rules
from stampbook.programs import members
from tests.loyalty.orders.shop import DAY, TENANT, Shop, earning, fixed, line, per, taken


async def test_1_a_cancelled_order_leaves_nothing(shop: Shop) -> None:
    await shop.p()
    await shop.put("A", 120_50)
    assert await shop.active() == 120
    assert taken((await shop.cancel()).effects) == [120]
    assert await shop.active() == 0
    assert (await shop.order()).status is Status.CANCELLED


async def test_1_refunds_in_three_parts(shop: Shop) -> None:
    await shop.p()
    await shop.put("A", 120_50)
    took = [taken((await shop.refund(part)).effects) for part in (40_17, 40_17, 40_16)]
    assert took == [[40], [40], [40]]
    assert await shop.active() == 0
    assert (await shop.order()).status is Status.REFUNDED


async def test_2_fractions_are_rounded_once(shop: Shop) -> None:
    cash = await shop.currency("cash", scale=2)
    await shop.rule(earning(per(cash, points="1.5", every=100, mode="rate")))
    await shop.put("A", 33_35)
    assert await shop.active(cash) == 50
    took = [taken((await shop.refund(part)).effects) for part in (11_12, 11_12, 11_11)]
    assert took == [[17], [17], [16]]


async def test_3_a_rule_for_one_good(shop: Shop) -> None:
    tea = AppliesTo(items=frozenset({"tea"}))
    await shop.rule(
        earning(per(shop.points, points="2", every=1000, basis="lines.total", applies_to=tea))
    )
    await shop.put("A", None, line("tea", 30_00), line("cake", 70_00))
    assert await shop.active() == 6
    assert taken((await shop.refund(None, Part("cake", quantity=1000))).effects) == []
    assert taken((await shop.refund(None, Part("tea", quantity=1000))).effects) == [6]


@pytest.mark.parametrize(
    ("on_partial", "takes"),
    [(OnPartial.RECOUNT, [500]), (OnPartial.PROPORTIONAL, [125]), (OnPartial.KEEP, [])],
)
async def test_4_a_threshold_that_a_refund_undoes(
    shop: Shop, on_partial: OnPartial, takes: list[int]
) -> None:
    await shop.rule(
        earning(fixed(shop.points, 500), condition="order.total >= 10000"), on_partial=on_partial
    )
    await shop.put("A", 120_00)
    assert taken((await shop.refund(30_00)).effects) == takes


async def test_5_the_next_earning_that_matches(shop: Shop) -> None:
    await shop.rule(
        earning(fixed(shop.points, 500), condition="order.total >= 10000"),
        earning(fixed(shop.points, 200), condition="order.total >= 5000"),
    )
    await shop.put("A", 120_00)
    assert taken((await shop.refund(30_00)).effects) == [300]
    assert taken((await shop.refund(50_00)).effects) == [200]


async def test_6_nothing_is_given_by_a_refund(shop: Shop) -> None:
    await shop.rule(earning(fixed(shop.points, 10), condition="order.total < 5000"))
    await shop.put("A", 60_00)
    assert taken((await shop.refund(20_00)).effects) == []
    assert await shop.active() == 0


async def test_7_rules_as_they_were(shop: Shop) -> None:
    rule = await shop.p()
    await shop.put("A", 100_00)
    async with shop.store.transaction() as writing:
        five = rule.newest._replace(earnings=(earning(per(shop.points, points="5")),))
        rule = await rules.update(writing, rule, now=shop.now, content=five)
        await rules.deactivate(writing, rule, now=shop.now)
        await rules.delete(writing, rule, now=shop.now)
    assert taken((await shop.refund(50_00)).effects) == [50]


@pytest.mark.parametrize(
    ("policy", "active", "shortfall"), [(SpentAccrual.DEBT, -80, 0), (SpentAccrual.CLAMP, 0, 80)]
)
async def test_8_points_that_are_spent(
    shop: Shop, policy: SpentAccrual, active: int, shortfall: int
) -> None:
    points = await shop.currency("others", policy=policy)
    await shop.p(points)
    await shop.put("A", 100_00)
    await shop.spend(80, points)
    found = await shop.refund()
    assert await shop.active(points) == active
    assert [step.shortfall for step in found.effects.cascade] == [shortfall]
    assert taken(found.effects) == [100 - shortfall]


async def test_8_an_account_that_refuses(shop: Shop) -> None:
    points = await shop.currency("others", policy=SpentAccrual.REFUSE)
    await shop.p(points)
    await shop.put("A", 100_00)
    await shop.spend(80, points)
    with pytest.raises(JointRefused) as refused:
        await shop.refund()
    assert refused.value.account == (await shop.account(points)).account_id
    assert refused.value.refusal.code == "points_already_spent"
    order = await shop.order()
    assert (order.status, order.refunded) == (Status.PAID, 0)
    assert await shop.active(points) == 20


async def test_9_points_that_are_pending(shop: Shop) -> None:
    later = await shop.currency(
        "later", pending=PendingRule(PendingType.PERIOD, Period(14, Unit.DAY))
    )
    await shop.p(later)
    await shop.put("A", 100_00)
    await shop.put("B", 100_00)
    shop.now += 13 * DAY
    await shop.refund()
    assert await shop.standing(later) == (0, 100)
    shop.now += DAY
    assert await shop.standing(later) == (100, 0)
    await shop.refund(order="B")
    assert await shop.standing(later) == (0, 0)


async def test_10_points_that_have_expired(shop: Shop) -> None:
    await shop.p()
    await shop.put("A", 100_00)
    ((seq, _),) = await shop.awards()
    await shop.do(Expire(seq))
    found = await shop.refund()
    assert taken(found.effects) == [100]
    assert await shop.active() == 0
    assert await shop.in_force() == 0


async def test_11_the_other_of_an_exclusive_group_is_not_started(shop: Shop) -> None:
    await shop.rule(
        earning(fixed(shop.points, 300), condition="order.total >= 10000"), exclusive_group="one"
    )
    await shop.rule(earning(fixed(shop.points, 200)), exclusive_group="one")
    await shop.put("A", 120_00)
    assert await shop.active() == 300
    assert taken((await shop.refund(30_00)).effects) == [300]
    assert await shop.active() == 0


async def test_21_less_of_a_paid_order_is_a_refund(shop: Shop) -> None:
    await shop.p()
    await shop.put("A", 100_00)
    less = await shop.put("A", 80_00)
    assert taken(less.effects) == [20]
    assert less.order.remaining == 80_00
    assert (await shop.put("A", 80_00)).refund is None
    with pytest.raises(Refused) as refused:
        await shop.put("A", 130_00)
    assert refused.value.code is Code.ORDER_PAID
    assert await shop.active() == 80


async def test_22_a_refund_that_is_sent_again(shop: Shop) -> None:
    await shop.p()
    await shop.put("A", 100_00)
    first = await shop.refund(30_00, external_id="r")
    again = await shop.refund(30_00, external_id="r")
    assert again.replayed
    assert (again.refund, again.effects) == (first.refund, first.effects)
    assert await shop.active() == 70
    with pytest.raises(Refused) as other:
        await shop.refund(31_00, external_id="r")
    assert other.value.code is Code.EXTERNAL_ID_TAKEN
    with pytest.raises(Refused) as more:
        await shop.refund(70_01)
    assert more.value.code is Code.EXCEEDS_ORDER


async def test_23_only_the_newest_refund_is_void(shop: Shop) -> None:
    await shop.p()
    await shop.put("A", 100_00)
    a, b = await shop.refund(30_00), await shop.refund(20_00)
    with pytest.raises(Refused) as refused:
        await shop.void(a)
    assert refused.value.code is Code.REFUND_NOT_NEWEST
    await shop.void(b)
    assert await shop.in_force() == 70
    await shop.void(a)
    assert await shop.in_force() == 100
    assert (await shop.order()).status is Status.PAID
    again = await shop.void(a)
    assert again is not None
    assert again.replayed


async def test_24_what_was_cancelled_by_hand_is_not_taken_twice(shop: Shop) -> None:
    await shop.p()
    await shop.put("A", 100_00)
    ((seq, _),) = await shop.awards()
    await shop.take(seq, 30)
    assert taken((await shop.refund(50_00)).effects) == [20]
    assert await shop.in_force() == 50


async def test_35_two_currencies_of_which_one_refuses(shop: Shop) -> None:
    strict = await shop.currency("strict", policy=SpentAccrual.REFUSE)
    await shop.p()
    await shop.p(strict)
    await shop.put("A", 100_00)
    await shop.spend(1, strict)
    with pytest.raises(JointRefused):
        await shop.refund(None)
    assert (await shop.active(), await shop.active(strict)) == (100, 99)
    assert (await shop.order()).status is Status.PAID


async def test_39_a_member_who_has_left(shop: Shop) -> None:
    await shop.p()
    await shop.put("A", 100_00)
    async with shop.store.transaction() as writing:
        closed = await members.delete(writing, shop.member.member_id, tenant=TENANT, now=shop.now)
    shop.ledger.forget(closed)
    assert taken((await shop.refund(50_00)).effects) == [50]
    book = await shop.ledger.read(closed[0], tenant=TENANT)
    assert book is not None
    assert book.active == 50
    assert book.status.name == "CLOSED"


async def test_40_a_preview_that_is_out_of_date(shop: Shop) -> None:
    await shop.p()
    await shop.put("A", 100_00)
    preview = await shop.refund(50_00, dry_run=True)
    assert await shop.active() == 100
    await shop.refund(10_00)
    with pytest.raises(Refused) as refused:
        await shop.refund(50_00, token=preview.effects.token)
    assert refused.value.code is Code.PREVIEW_STALE
    preview = await shop.refund(50_00, dry_run=True)
    done = await shop.refund(50_00, token=preview.effects.token)
    assert done.effects.token == preview.effects.token
    assert done.effects.balances == preview.effects.balances


async def test_41_an_amount_over_lines(shop: Shop) -> None:
    await shop.put("A", None, line("a", 33_33), line("b", 33_33), line("c", 33_34))
    found = await shop.refund(10_00)
    assert [each.amount for each in found.refund.lines] == [3_33, 3_33, 3_34]
