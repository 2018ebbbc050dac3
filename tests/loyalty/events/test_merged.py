"""Events of members who are merged before their event is judged, or before it is written."""

from __future__ import annotations

import pytest

from stampbook.ledger.joint import Joint
from stampbook.ledger.work import StaleGuard
from stampbook.loyalty.events.awarding import fire, request
from stampbook.loyalty.events.model import Occurrence
from stampbook.loyalty.model import OrderFacts, Trigger
from stampbook.merging.requests import request_merge
from stampbook.programs import members
from stampbook.programs.faults import Changed
from stampbook.programs.members import Member
from tests.loyalty.events.world import World, gave


async def merge(world: World, old: Member, into: Member) -> None:
    joint = await request_merge(
        world.store, old, into, reason=None, actor=None, now=world.now, dry_run=False
    )
    await world.ledger.join(joint)


def of_kind(world: World, kind: Trigger) -> Occurrence:
    what = world.played()._replace(kind=kind)
    if kind is Trigger.ORDER_PAID:
        return what._replace(name=None, external_id=None, order=OrderFacts(100, 0, 100, ()))
    return what


@pytest.mark.parametrize("kind", [Trigger.CUSTOM_EVENT, Trigger.ORDER_PAID])
@pytest.mark.parametrize("earned_before", [True, False])
async def test_what_happened_to_a_merged_member_happened_to_who_took_over(
    world: World, kind: Trigger, earned_before: bool
) -> None:
    """Merged after the caller has looked them up, twice over; and between judging and writing."""
    name = "played" if kind is Trigger.CUSTOM_EVENT else None
    await world.rule(100, trigger=kind, name=name)
    second, third = await world.another_member(), await world.another_member()
    before = 0
    if earned_before:
        await fire(world.awarding, [of_kind(world, kind)])
        before = 100
    judged_before = await request(world.awarding, [of_kind(world, kind)])
    assert isinstance(judged_before, Joint)
    await merge(world, world.member, second)
    with pytest.raises(StaleGuard):
        await world.ledger.join(judged_before)
    await merge(world, second, third)
    (judged,) = await fire(world.awarding, [of_kind(world, kind)])
    assert (judged.event.member_id, gave(judged)) == (third.member_id, [100])
    assert await world.active(third) == before + 100


async def test_an_event_of_a_member_who_is_gone_is_stored_without_awards(world: World) -> None:
    await world.rule(100)
    other = await world.another_member()
    await merge(world, world.member, other)
    async with world.store.transaction() as writing:
        await members.delete(writing, other.member_id, tenant=1, now=world.now)
    (judged,) = await fire(world.awarding, [world.played()])
    assert (judged.event.member_id, judged.event.facts) == (world.member.member_id, None)


async def test_a_segment_is_entered_by_who_is_looked_up_again(world: World) -> None:
    await merge(world, world.member, await world.another_member())
    with pytest.raises(Changed):
        await fire(world.awarding, [of_kind(world, Trigger.SEGMENT_ENTERED)])


async def test_nobody_joins_twice(world: World) -> None:
    await world.rule(100, trigger=Trigger.MEMBER_JOINED, name=None)
    await merge(world, world.member, await world.another_member())
    what = of_kind(world, Trigger.MEMBER_JOINED)._replace(name=None)
    (judged,) = await fire(world.awarding, [what])
    assert (judged.event.facts, judged.awards) == (None, ())
