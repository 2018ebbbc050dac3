"""Hard cases of whole orders, each with its numbers: limits, tiers, months, programs, retries."""

from __future__ import annotations

from stampbook.domain.policy import ExpiryRule, ExpiryType, Period, Unit
from stampbook.loyalty.model import Frequency, Limits
from stampbook.loyalty.rules import currency_limits
from stampbook.loyalty.rules import storing as rules
from stampbook.loyalty.rules.currency_limits import CurrencyLimits, EarningLimits, PeriodLimit
from stampbook.loyalty.tiers.terms import Downgrade, Retention
from stampbook.programs import programs
from stampbook.storage.store import Store
from tests.loyalty.orders.shop import DAY, Shop, earning, per, taken
from tests.loyalty.orders.tiers import open_gold


async def limited(shop: Shop, limits: EarningLimits) -> None:
    """Rule P, of a currency with these limits."""
    async with shop.store.transaction() as writing:
        await currency_limits.put(
            writing, shop.points.currency_id, CurrencyLimits(limits), now=shop.now
        )
    await shop.p()


async def test_7_a_tier_that_is_lost_since(shop: Shop) -> None:
    """Gold had 2 points per 1.00; the member is gold no more."""
    await open_gold(
        shop, basis="balance", period=None, retention=Retention(), downgrade=Downgrade("multi")
    )
    await shop.give(1000)
    await shop.put("A", 100_00)
    assert await shop.in_force("A") == 200
    await shop.spend(1100)
    await shop.put("B", 100_00)
    assert await shop.in_force("B") == 100
    assert taken((await shop.refund(50_00, order="A")).effects) == [100]


async def test_13_a_refund_below_what_a_limit_had_left(shop: Shop) -> None:
    await limited(shop, EarningLimits(period=PeriodLimit(max=100, period="day")))
    await shop.put("A", 60_00)
    await shop.put("B", 60_00)
    assert [await shop.in_force(name) for name in "AB"] == [60, 40]
    assert taken((await shop.refund(30_00, order="B")).effects) == [10]
    assert [await shop.in_force(name) for name in "AB"] == [60, 30]


async def test_14_an_award_that_was_dropped_is_not_revived(shop: Shop) -> None:
    await limited(shop, EarningLimits(per_transaction=100))
    await shop.put("A", 150_00)
    assert await shop.awards("A") == []
    assert taken((await shop.refund(70_00, order="A")).effects) == []
    assert (await shop.awards("A"), await shop.active()) == ([], 0)


async def test_36_one_of_two_programs_is_inactive_at_the_refund(shop: Shop) -> None:
    other = Shop(shop.store)
    other.ledger = shop.ledger
    async with shop.store.transaction() as writing:
        other.program = await programs.create(writing, tenant=1, name="other", now=shop.now)
    other.member = await other.new_member()
    other.points = await other.currency("points")
    await shop.p()
    await other.p()
    shop.beside = (other,)
    await shop.put("A", 100_00)
    assert (await shop.active(), await other.active()) == (100, 100)
    async with shop.store.transaction() as writing:
        await programs.update(
            writing, other.program.program_id, {"status": "inactive"}, tenant=1, now=shop.now
        )
    assert taken((await shop.refund(40_00)).effects) == [40, 40]
    assert (await shop.active(), await other.active()) == (60, 60)


async def test_37_an_order_of_last_month(shop: Shop) -> None:
    """The rule's version, its limit's month and the points' expiry are those of then."""
    month = ExpiryRule(ExpiryType.ROLLING, Period(40, Unit.DAY))
    points = await shop.currency("monthly", expiry=month)
    rule = await shop.rule(earning(per(points)), limits=Limits(frequency=Frequency(1, "month")))
    begun = shop.now
    shop.now += 31 * DAY
    async with shop.store.transaction() as writing:
        five = rule.newest._replace(earnings=(earning(per(points, points="5")),))
        await rules.update(writing, rule, now=shop.now, content=five)
    await shop.put("A", 100_00, at=begun + DAY)
    await shop.put("B", 100_00, at=begun + 2 * DAY)
    await shop.put("C", 100_00)
    assert [await shop.in_force(name) for name in "ABC"] == [100, 0, 500]
    assert await shop.active(points) == 600
    shop.now = begun + 41 * DAY
    assert await shop.active(points) == 500
    assert taken((await shop.refund(50_00, order="A")).effects) == [50]
    assert await shop.active(points) == 500, "what had expired absorbs it"


async def test_40_an_answer_that_was_lost(shop: Shop, store: Store) -> None:
    """The server is gone after its commit; another one gets the same order and refund again."""
    await shop.p()
    await shop.put("A", 100_00)
    made = await shop.refund(30_00, external_id="first")
    await shop.ledger.stop()
    another = Shop(store)
    another.program, another.member, another.points = shop.program, shop.member, shop.points
    await another.ledger.start()
    try:
        await another.put("A", 100_00)
        again = await another.refund(30_00, external_id="first")
        assert (again.replayed, again.refund) == (True, made.refund)
        assert await another.in_force("A") == await another.active() == 70
    finally:
        await another.ledger.stop()
