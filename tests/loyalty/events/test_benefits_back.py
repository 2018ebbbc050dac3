"""What rules gave besides their points, taken back with its event and given back with it alone."""

from __future__ import annotations

import pytest

from stampbook.domain.commands import Cancel
from stampbook.domain.refusals import Code, Refusal
from stampbook.ledger.joint import JointRefused
from stampbook.ledger.submission import Submission
from stampbook.loyalty.events import cancelling
from stampbook.loyalty.events.model import Judged
from stampbook.loyalty.model import Earning, Fixed, Frequency, Given, Limits, Trigger, Version
from stampbook.loyalty.rewards import benefits
from stampbook.loyalty.rewards.model import Benefit, BenefitTerms, BenefitType
from stampbook.loyalty.rules import storing as rules
from stampbook.storage.store import Store
from tests.loyalty.events.world import World, why


async def giving(world: World, *given: Benefit, limits: Limits = Limits()) -> None:  # noqa: B008
    """A rule that gives nothing but these benefits."""
    effects = tuple(Given(each.benefit_id) for each in given)
    version = Version(0, 0, 0, Trigger.CUSTOM_EVENT, "played", (Earning(effects),), limits=limits)
    await world.rule(version=version)


async def benefit(world: World, type_: BenefitType) -> Benefit:
    terms = BenefitTerms()
    if type_ is BenefitType.POINTS:
        terms = BenefitTerms(effect=Fixed(world.currency.currency_id, 30))
    async with world.store.transaction() as writing:
        return await benefits.create(
            writing,
            tenant=1,
            program=world.program.program_id,
            name="Cake",
            type_=type_,
            terms=terms,
            now=world.now,
            status="active",
        )


async def undo(world: World, judged: Judged) -> Code | None:
    """Cancel the newest cancel of the grant's points, by hand."""
    (grant,) = judged.grants
    assert grant.account_id is not None
    newest = (await world.store.journal(grant.account_id, after=0, limit=100))[-1]
    asked = Submission(1, grant.account_id, (Cancel(newest.seq),))
    outcome = await world.ledger.submit(asked)
    return outcome.code if isinstance(outcome, Refusal) else None


async def test_points_of_a_grant_come_back_with_their_event_only(world: World) -> None:
    await giving(world, await benefit(world, BenefitType.POINTS))
    judged = await world.play()
    assert await world.active() == 30
    event = judged.event.event_id
    await cancelling.cancel(world.awarding, event, tenant=1)
    assert await undo(world, judged) is Code.NOT_CANCELLABLE
    assert await world.active() == 0
    await cancelling.restore(world.awarding, event, tenant=1)
    assert await world.active() == 30


async def test_points_of_an_award_come_back_with_their_event_only(world: World) -> None:
    await world.rule(100)
    judged = await world.play()
    event = judged.event.event_id
    await cancelling.cancel(world.awarding, event, tenant=1)
    award = judged.awards[0]
    newest = (await world.store.journal(award.account, after=0, limit=100))[-1]
    outcome = await world.ledger.submit(Submission(1, award.account, (Cancel(newest.seq),)))
    assert isinstance(outcome, Refusal)
    assert outcome.code is Code.NOT_CANCELLABLE
    await cancelling.restore(world.awarding, event, tenant=1)
    assert await world.active() == 100


async def test_a_cancel_of_a_grants_points_by_hand_can_be_undone(world: World) -> None:
    await giving(world, await benefit(world, BenefitType.POINTS))
    judged = await world.play()
    (grant,) = judged.grants
    assert grant.account_id is not None
    assert grant.seq is not None
    await world.ledger.submit(Submission(1, grant.account_id, (Cancel(grant.seq),)))
    assert await world.active() == 0
    assert await undo(world, judged) is None
    assert await world.active() == 30


@pytest.mark.parametrize("type_", [BenefitType.POINTS, BenefitType.CODE])
async def test_benefits_come_back_within_the_limits_of_their_rule(
    world: World, type_: BenefitType
) -> None:
    once = Limits(frequency=Frequency(1, "day"))
    await giving(world, await benefit(world, type_), limits=once)
    first = await world.play()
    await cancelling.cancel(world.awarding, first.event.event_id, tenant=1)
    second = await world.play()
    assert [grant.state for grant in second.grants] == ["approved"]
    with pytest.raises(JointRefused) as refused:
        await cancelling.restore(world.awarding, first.event.event_id, tenant=1)
    assert refused.value.refusal.code is Code.NOT_CANCELLABLE
    await cancelling.cancel(world.awarding, second.event.event_id, tenant=1)
    await cancelling.restore(world.awarding, first.event.event_id, tenant=1)
    assert (await world.play()).grants == ()


async def test_what_an_older_version_gave_counts_for_the_limits_of_a_newer_one(
    world: World,
) -> None:
    """A code first; since the change points, at most once a day."""
    code = await benefit(world, BenefitType.CODE)
    points = Earning((Fixed(world.currency.currency_id, 5),), "totals.orders >= 1")
    earnings = (points, Earning((Given(code.benefit_id),)))
    version = Version(0, 0, 0, Trigger.CUSTOM_EVENT, "played", earnings)
    rule = await world.rule(version=version)
    assert [grant.state for grant in (await world.play()).grants] == ["approved"]
    async with world.store.transaction() as writing:
        content = rule.newest._replace(
            earnings=(points._replace(condition=None),),
            limits=Limits(frequency=Frequency(1, "day")),
        )
        await rules.update(writing, rule, now=world.now, content=content)
    world.now += 1000
    judged = await world.play()
    assert (why(judged), judged.verdicts[0].version) == (["frequency"], 2)


async def test_grants_of_a_rule_are_found_by_an_index(sqlite_store: Store) -> None:
    """Limits ask for them at every event of the rule."""
    rows = await sqlite_store.fetch(
        "EXPLAIN QUERY PLAN SELECT event_id FROM grants WHERE rule_id = $1 AND state = 'approved'",
        1,
    )
    assert "grants_rule" in rows[0]["detail"]
