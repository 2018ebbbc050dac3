"""An award that was taken back comes back only within limits."""

from __future__ import annotations

import asyncio

import pytest

from stampbook.domain.commands import Cancel
from stampbook.domain.refusals import Code, Refusal
from stampbook.ledger.engine import Ledger
from stampbook.ledger.joint import JointRefused
from stampbook.ledger.outcomes import Done
from stampbook.ledger.submission import Submission
from stampbook.loyalty.events import cancelling
from stampbook.loyalty.model import Award, Budget, Cooldown, Frequency, Limits
from stampbook.loyalty.orders.guarding import OrderGuardian
from stampbook.loyalty.rules import currency_limits
from stampbook.loyalty.rules.currency_limits import CurrencyLimits, EarningLimits, PeriodLimit
from tests.loyalty.events.world import DAY, World, gave


async def undo(world: World, award: Award, cancel: int, ledger: Ledger | None = None) -> bool:
    """Cancel the cancel; whether the award has come back."""
    asked = Submission(1, award.account, (Cancel(cancel),))
    outcome = await (ledger or world.ledger).submit(asked)
    if isinstance(outcome, Refusal):
        assert outcome.code is Code.NOT_CANCELLABLE
        return False
    assert isinstance(outcome, Done), outcome
    return True


@pytest.mark.parametrize(
    "limits",
    [
        Limits(frequency=Frequency(1, "day")),
        Limits(cooldown=Cooldown(1, "hour")),
        Limits(budget=Budget("month", triggers=1)),
        Limits(budget=Budget("lifetime", points=150)),
    ],
    ids=["frequency", "cooldown", "triggers", "budget"],
)
async def test_within_the_limits_of_its_rule(world: World, limits: Limits) -> None:
    await world.rule(100, limits=limits)
    first = await world.play()
    cancel = await world.cancel(first.awards[0])
    second = await world.play()
    assert gave(second) == [100]
    assert not await undo(world, first.awards[0], cancel.seq)
    assert await world.active() == 100
    await world.cancel(second.awards[0])
    assert await undo(world, first.awards[0], cancel.seq)
    assert gave(await world.play()) in ([], [50])


async def test_a_part_of_what_still_counts_comes_back(world: World) -> None:
    await world.rule(100, limits=Limits(frequency=Frequency(1, "day")))
    first = await world.play()
    cancel = await world.cancel(first.awards[0], 40)
    assert gave(await world.play()) == []
    assert await undo(world, first.awards[0], cancel.seq)
    assert await world.active() == 100


async def test_limits_of_its_own_period(world: World) -> None:
    await world.rule(100, limits=Limits(frequency=Frequency(1, "day")))
    first = await world.play()
    cancel = await world.cancel(first.awards[0])
    world.now += DAY
    assert gave(await world.play()) == [100]
    assert await undo(world, first.awards[0], cancel.seq)


async def test_within_the_limit_of_its_currency(world: World) -> None:
    limits = EarningLimits(period=PeriodLimit(150, "day"))
    async with world.store.transaction() as writing:
        await currency_limits.put(
            writing, world.currency.currency_id, CurrencyLimits(earning=limits), now=1
        )
    await world.rule(100)
    first = await world.play()
    cancel = await world.cancel(first.awards[0])
    assert gave(await world.play()) == [100]
    assert not await undo(world, first.awards[0], cancel.seq)
    assert await world.active() == 100


async def test_the_limits_hold_while_another_process_awards(world: World) -> None:
    """An undo and an event at once, in two processes: one of them gets what is left."""
    other = Ledger(world.store, clock=lambda: world.now, guardian=OrderGuardian(world.store))
    await other.start()
    await world.rule(100, limits=Limits(frequency=Frequency(1, "day")))
    for _ in range(3):
        first = await world.play()
        cancel = await world.cancel(first.awards[0])
        came, played = await asyncio.gather(
            undo(world, first.awards[0], cancel.seq, other), world.play()
        )
        assert (came, gave(played)) in ((True, []), (False, [100]))
        world.now += DAY
    await other.stop()


async def test_two_awards_in_one_request(world: World) -> None:
    await world.rule(100, limits=Limits(frequency=Frequency(1, "day")))
    first = await world.play()
    cancels = [await world.cancel(first.awards[0])]
    second = await world.play()
    cancels.append(await world.cancel(second.awards[0]))
    commands = tuple(Cancel(each.seq) for each in cancels)
    outcome = await world.ledger.submit(Submission(1, first.awards[0].account, commands))
    assert isinstance(outcome, Refusal)
    assert await world.active() == 0


async def test_the_undo_of_a_cancelled_event(world: World) -> None:
    await world.rule(100, limits=Limits(frequency=Frequency(1, "day")))
    first = await world.play()
    event = first.event.event_id
    await cancelling.cancel(world.awarding, event, tenant=1)
    second = await world.play()
    with pytest.raises(JointRefused) as refused:
        await cancelling.restore(world.awarding, event, tenant=1)
    assert refused.value.refusal.code is Code.NOT_CANCELLABLE
    assert await world.active() == 100
    await world.cancel(second.awards[0])
    await cancelling.restore(world.awarding, event, tenant=1)
    assert await world.active() == 100
