"""What rules give for an event, and that it is given once."""

from __future__ import annotations

import asyncio
from fractions import Fraction

import pytest
from msgspec.json import decode

from stampbook.loyalty.events import cancelling, storing
from stampbook.loyalty.events.awarding import fire
from stampbook.loyalty.faults import Code, Refused
from stampbook.loyalty.model import (
    Budget,
    Cooldown,
    Earning,
    Fixed,
    Frequency,
    Limits,
    Per,
    TierNeed,
    Trigger,
    Version,
)
from stampbook.loyalty.rules import currency_limits
from stampbook.loyalty.rules import storing as rules
from stampbook.loyalty.rules.currency_limits import CurrencyLimits, EarningLimits, PeriodLimit
from stampbook.loyalty.tiers import groups
from stampbook.loyalty.tiers.groups import NewTier
from stampbook.programs import members, programs
from tests.loyalty.events.world import DAY, NOW, World, gave, why


async def limited(world: World, **given: object) -> None:
    async with world.store.transaction() as writing:
        limits = CurrencyLimits(earning=EarningLimits(**given))  # type: ignore[arg-type]
        await currency_limits.put(writing, world.currency.currency_id, limits, now=1)


async def test_an_event_gives_points_by_its_rules(world: World) -> None:
    rule = await world.rule(100)
    await world.rule(7, name="sang")
    judged = await world.play()
    assert (gave(judged), why(judged)) == ([100], ["matched"])
    assert await world.active() == 100
    (award,) = judged.awards
    row = world.ledger.recorded(award.account, award.seq)
    assert row is not None
    assert row.subject == f"event:{judged.event.event_id}"
    assert decode(row.metadata or "") == {
        "rule": rule.rule_id,
        "version": 1,
        "earning": 0,
        "effect": 0,
        "event": judged.event.event_id,
    }
    assert [each.award for each in await world.held(judged)] == [award]
    stored = await storing.get(world.store, judged.event.event_id, tenant=1)
    assert stored == judged.event
    assert await storing.get(world.store, judged.event.event_id, tenant=2) is None


async def test_the_same_event_is_judged_once(world: World) -> None:
    await world.rule(100)
    first = await world.play(external_id="a")
    again = await world.play(external_id="a")
    assert (again.replayed, again.event, again.awards) == (True, first.event, first.awards)
    with pytest.raises(Refused) as refused:
        await world.play(external_id="a", metadata='{"x":1}')
    assert refused.value.code is Code.EXTERNAL_ID_TAKEN
    assert await world.active() == 100


async def test_the_same_event_20_times_at_once(world: World) -> None:
    """Hard case 20."""
    await world.rule(100)
    servers = [world.server() for _ in range(3)]
    judged = await asyncio.gather(
        *(world.play(servers[at % 3], external_id="a") for at in range(20))
    )
    assert sum(not each.replayed for each in judged) == 1
    assert len({each.event.event_id for each in judged}) == 1
    assert await world.active() == 100


async def test_events_of_a_member_have_positions(world: World) -> None:
    await world.rule(1)
    found = await asyncio.gather(*(world.play() for _ in range(5)))
    assert sorted(each.event.position for each in found) == [1, 2, 3, 4, 5]
    first = min(found, key=lambda each: each.event.position)
    later = await storing.later(
        world.store, first.event.member_id, first.event.program_id, tenant=1, after=1, limit=9
    )
    assert [each.position for each in later] == [2, 3, 4, 5]


async def test_frequency(world: World) -> None:
    """Hard case 12: what is taken back frees its share, and revives nothing."""
    await world.rule(100, limits=Limits(frequency=Frequency(1, "day")))
    first, second = await world.play(), await world.play()
    assert (gave(first), gave(second), why(second)) == ([100], [], ["frequency"])
    await world.cancel(first.awards[0])
    third = await world.play()
    assert gave(third) == [100]
    assert await world.held(second) == []
    assert await world.active() == 100
    world.now += DAY
    assert gave(await world.play()) == [100]


async def test_frequency_of_rivals(world: World) -> None:
    await world.rule(100, limits=Limits(frequency=Frequency(2, "lifetime")))
    servers = [world.server() for _ in range(4)]
    found = await asyncio.gather(*(world.play(servers[at % 4]) for at in range(8)))
    assert sum(map(len, map(gave, found))) == 2
    assert await world.active() == 200


async def test_cooldown(world: World) -> None:
    await world.rule(100, limits=Limits(cooldown=Cooldown(2, "hour")))
    assert gave(await world.play()) == [100]
    world.now += 2 * DAY // 24 - 1
    assert why(await world.play()) == ["cooldown"]
    world.now += 1
    assert gave(await world.play()) == [100]


async def test_a_limit_of_a_period(world: World) -> None:
    """Hard case 13: 100 a day."""
    await limited(world, period=PeriodLimit(100, "day"))
    await world.rule(60)
    first, second, third = await world.play(), await world.play(), await world.play()
    assert (gave(first), gave(second), gave(third)) == ([60], [40], [])
    assert second.awards[0].calculated == 60
    assert why(third) == ["capped"]
    await world.cancel(second.awards[0], 10)
    assert gave(await world.play()) == [10]


async def test_a_limit_of_one_transaction(world: World) -> None:
    """Hard case 14: what is above the limit is dropped whole."""
    await limited(world, per_transaction=100)
    await world.rule(150)
    await world.rule(100)
    judged = await world.play()
    assert (gave(judged), why(judged)) == ([100], ["capped", "matched"])


async def test_a_limit_of_the_balance(world: World) -> None:
    await limited(world, balance=150)
    await world.rule(100)
    assert [gave(await world.play()) for _ in range(3)] == [[100], [50], []]


async def test_a_budget_of_rivals(world: World) -> None:
    """Hard case 15: a budget of 1,000 points, 20 times 100 at once."""
    await world.rule(100, limits=Limits(budget=Budget("lifetime", points=1000)))
    people = [await world.another_member() for _ in range(20)]
    servers = [world.server() for _ in range(3)]
    found = await asyncio.gather(
        *(world.play(servers[at % 3], member=each) for at, each in enumerate(people))
    )
    assert sorted(map(gave, found)) == [[]] * 10 + [[100]] * 10
    assert [await world.active(each) for each in people].count(100) == 10


async def test_a_budget_of_times_and_its_rest(world: World) -> None:
    await world.rule(100, limits=Limits(budget=Budget("month", points=150)))
    await world.rule(5, limits=Limits(budget=Budget("year", triggers=2)))
    assert [gave(await world.play()) for _ in range(3)] == [[100, 5], [50, 5], []]
    assert why(await world.play()) == ["budget", "budget"]


async def test_an_order_of_two_programs_is_one_unit(world: World) -> None:
    """Hard case 36 begins with it."""
    other = World(world.store)
    await other.begin()
    await world.rule(100)
    await other.rule(200)
    pair = [world.played(external_id="a"), other.played(external_id="a")]
    both = await fire(world.awarding, pair)
    assert list(map(gave, both)) == [[100], [200]]
    assert await world.active() == 100
    other.ledger = world.ledger
    assert await other.active() == 200


async def test_a_past_event_is_judged_by_the_rules_of_then(world: World) -> None:
    """Hard case 37."""
    rule = await world.rule(100)
    async with world.store.transaction() as writing:
        earnings = (Earning((Fixed(world.currency.currency_id, 300),)),)
        changed = rule.newest._replace(earnings=earnings)
        await rules.update(writing, rule, now=NOW + 10 * DAY, content=changed)
    world.now += 20 * DAY
    assert gave(await world.play(at=NOW + 10 * DAY - 1)) == [100]
    assert gave(await world.play(at=NOW + 10 * DAY)) == [300]
    assert gave(await world.play(at=NOW - 1)) == []
    judged = await world.play()
    assert (gave(judged), judged.awards[0].version) == ([300], 2)


async def test_periods_are_those_of_the_event(world: World) -> None:
    await world.rule(100, limits=Limits(frequency=Frequency(1, "day")))
    world.now += 3 * DAY
    assert gave(await world.play(at=NOW + DAY)) == [100]
    assert gave(await world.play(at=NOW + DAY + 5)) == []
    assert gave(await world.play()) == [100]


async def test_a_condition_that_fails_is_no_match(world: World) -> None:
    """Hard case 38."""
    await world.rule(100, condition='event.metadata.level == "hard"')
    missing = await world.play()
    assert (gave(missing), why(missing)) == ([], ["error"])
    assert len(missing.verdicts[0].errors) == 1
    assert gave(await world.play(metadata='{"level":"hard"}')) == [100]


async def test_who_is_inactive_is_never_judged(world: World) -> None:
    """Hard case 38: not later either."""
    await world.rule(100)

    async def becomes(status: str) -> None:
        async with world.store.transaction() as writing:
            _, moved = await members.update(
                writing, world.member.member_id, {"status": status}, tenant=1, now=world.now
            )
        world.ledger.forget(moved)

    await becomes("inactive")
    judged = await world.play(external_id="a")
    assert (judged.event.facts, gave(judged), judged.verdicts) == (None, [], ())
    await becomes("active")
    again = await world.play(external_id="a")
    assert (again.replayed, gave(again)) == (True, [])
    assert gave(await world.play(external_id="b")) == [100]


async def test_a_program_judges_within_its_dates(world: World) -> None:
    await world.rule(100)
    world.now += 5 * DAY
    async with world.store.transaction() as writing:
        await programs.update(
            writing,
            world.program.program_id,
            {"starts_at": NOW + DAY, "ends_at": NOW + 6 * DAY},
            tenant=1,
            now=world.now,
        )
    assert (await world.play(at=NOW)).event.facts is None
    assert gave(await world.play(at=NOW + DAY)) == [100]
    world.now += DAY
    assert (await world.play(at=NOW + DAY)).event.facts is None


async def test_a_change_of_a_rule_counts_at_once_everywhere(world: World) -> None:
    other = world.server()
    rule = await world.rule(100)
    assert gave(await world.play(other)) == [100]
    world.now += 1
    async with world.store.transaction() as writing:
        earnings = (Earning((Fixed(world.currency.currency_id, 300),)),)
        await rules.update(
            writing, rule, now=world.now, content=rule.newest._replace(earnings=earnings)
        )
    assert gave(await world.play(other)) == [300]
    async with world.store.transaction() as writing:
        await rules.deactivate(writing, rule, now=world.now)
    assert gave(await world.play(other)) == []
    assert gave(await world.play()) == []


async def test_what_has_given_is_no_draft_again(world: World) -> None:
    rule = await world.rule(100)
    await world.play()
    async with world.store.transaction() as writing:
        with pytest.raises(Refused, match="already"):
            await rules.to_draft(writing, rule, now=world.now)


async def test_a_trial_writes_nothing(world: World) -> None:
    await world.rule(100)
    for _ in range(2):
        (tried,) = await fire(world.awarding, [world.played(external_id="a")], dry_run=True)
        assert gave(tried) == [100]
    assert await world.active() == 0
    counted = await world.store.fetch_one("SELECT count(*) AS n FROM events")
    assert counted is not None
    assert counted["n"] == 0
    assert not (await world.play(external_id="a")).replayed
    (tried,) = await fire(world.awarding, [world.played(external_id="b")], dry_run=True)
    assert gave(tried) == [100]
    assert await world.active() == 100


async def test_points_of_another_programs_currency_are_given_nowhere(world: World) -> None:
    other = World(world.store)
    await other.begin()
    effects = (
        Fixed(other.currency.currency_id, 5),
        Fixed(world.currency.currency_id, 7),
    )
    await world.rule(version=Version(0, 0, 0, Trigger.CUSTOM_EVENT, "played", (Earning(effects),)))
    assert gave(await world.play()) == [7]


async def test_orders_and_dates_of_effects(world: World) -> None:
    pending = {"type": "period", "period": {"value": 14, "unit": "day"}}
    expiry = {"type": "rolling", "period": {"value": 1, "unit": "month"}}
    per = Per(
        world.currency.currency_id,
        "order.total",
        Fraction(1000),
        Fraction(3),
        pending=pending,
        expiry=expiry,
    )
    await world.rule(version=Version(0, 0, 0, Trigger.ORDER_PAID, None, (Earning((per,)),)))
    judged = await world.buy(19_999, at=NOW - DAY)
    assert gave(judged) == []  # there was no rule then
    world.now += 2 * DAY
    judged = await world.buy(19_999, at=NOW + DAY)
    assert gave(judged) == [57]
    assert await world.active() == 0
    world.now = NOW + 15 * DAY
    assert await world.active() == 57
    world.now = NOW + 50 * DAY
    assert await world.active() == 0


async def test_an_event_is_cancelled_and_restored(world: World) -> None:
    await world.rule(100)
    await world.rule(20)
    judged = await world.play()
    await world.cancel(judged.awards[0], 30)
    event = judged.event.event_id
    tried = await cancelling.cancel(world.awarding, event, tenant=1, dry_run=True)
    taken = await cancelling.cancel(world.awarding, event, tenant=1)
    assert [(take.was, take.amount) for take in taken.takes] == [(20, 20), (70, 70)]
    assert tried.takes == taken.takes
    assert await world.active() == 0
    again = await cancelling.cancel(world.awarding, event, tenant=1)
    assert (again.already, again.takes, again.event) == (True, (), taken.event)
    back = await cancelling.restore(world.awarding, event, tenant=1)
    assert [(take.was, take.amount) for take in back.takes] == [(0, 70), (0, 20)]
    assert back.event == judged.event
    assert await world.active() == 90
    assert (await cancelling.restore(world.awarding, event, tenant=1)).already
    assert await world.active() == 90


async def test_tiers_are_those_at_the_event(world: World) -> None:
    """An award of the event itself counts for the next one."""
    async with world.store.transaction() as writing:
        group = await groups.create(
            writing,
            world.program,
            currency=world.currency.currency_id,
            name="Metals",
            tiers=[NewTier("Gold", 100)],
            now=world.now,
        )
    await world.rule(100)
    gold = TierNeed(group.tier_group_id, frozenset({group.tiers[0].tier_id}))
    earning = Earning((Fixed(world.currency.currency_id, 7),), tiers=(gold,))
    await world.rule(version=Version(0, 0, 0, Trigger.CUSTOM_EVENT, "played", (earning,)))
    first = await world.play()
    assert (gave(first), why(first)) == ([100], ["matched", "tier"])
    world.now += 1
    second = await world.play()
    assert gave(second) == [100, 7]
    assert second.event.facts is not None
    assert [each.name for each in second.event.facts.standings] == ["Gold"]
