"""New members are judged once, at once or by the worker."""

from __future__ import annotations

import asyncio

from stampbook.ledger.engine import Ledger
from stampbook.loyalty.events.joining import welcome, welcome_all
from stampbook.loyalty.model import Trigger
from stampbook.loyalty.rules import storing as rules
from stampbook.programs import enrolling
from stampbook.worker.welcoming import greeter
from tests.loyalty.events.world import DAY, World, gave


async def joined_rule(world: World, points: int = 100, **more: object) -> rules.Rule:
    return await world.rule(points, trigger=Trigger.MEMBER_JOINED, name=None, **more)  # type: ignore[arg-type]


async def test_a_member_joins_once(world: World) -> None:
    await joined_rule(world)
    member = await world.another_member()
    world.now += DAY
    judged = await welcome(world.awarding, member.member_id)
    assert judged is not None
    assert gave(judged) == [100]
    assert judged.event.effective_at == member.created_at
    assert await welcome(world.awarding, member.member_id) is None
    assert not await welcome_all(world.awarding)
    assert await world.active(member) == 100


async def test_before_there_was_a_rule_nobody_waits(world: World) -> None:
    early = await world.another_member()
    rule = await joined_rule(world)
    assert await welcome(world.awarding, early.member_id) is None
    async with world.store.transaction() as writing:
        await rules.deactivate(writing, rule, now=world.now)
    late = await world.another_member()
    assert await welcome(world.awarding, late.member_id) is None
    assert await world.store.fetch("SELECT 1 FROM joined_members") == []
    assert await world.active(early) == await world.active(late) == 0


async def test_the_worker_does_what_is_left(world: World) -> None:
    """Members of any API, and those whose request ended after its commit."""
    await joined_rule(world)
    people = [await world.another_member() for _ in range(3)]
    async with world.store.transaction() as writing:
        people.append(await enrolling.by_phone(writing, world.program, "+1 555", now=world.now))
        again = await enrolling.by_phone(writing, world.program, "+1 555", now=world.now)
    assert again.member_id == people[-1].member_id
    passes = greeter(world.awarding)
    running = asyncio.create_task(passes.run())
    while waiting := await world.store.fetch("SELECT 1 FROM joined_members"):
        assert len(waiting) <= len(people)
    passes.stop()
    await running
    assert [await world.active(each) for each in people] == [100] * 4


async def test_request_and_worker_at_once(world: World) -> None:
    other = Ledger(world.store, clock=lambda: world.now)
    await other.start()
    await joined_rule(world)
    member = await world.another_member()
    servers = [world.awarding, world.server(other)] * 3
    await asyncio.gather(*(welcome(each, member.member_id) for each in servers))
    await other.stop()
    assert await world.active(member) == 100
