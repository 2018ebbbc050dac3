"""Events that give points on one account: nothing is read for them, and they share a commit."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from stampbook.domain.commands import Accrue
from stampbook.ledger.outcomes import Done
from stampbook.ledger.submission import Submission
from stampbook.loyalty.events import alone, storing
from stampbook.loyalty.events.model import Judged, Occurrence
from stampbook.loyalty.numbers import new_number
from stampbook.loyalty.rules import currency_limits
from stampbook.loyalty.rules import storing as rules
from stampbook.loyalty.rules.currency_limits import CurrencyLimits, EarningLimits
from stampbook.loyalty.rules.storing import Rule
from stampbook.programs import members, programs, tenants
from stampbook.storage.postgres.store import PostgresStore
from stampbook.storage.store import Batch, BesideConflict, Store, Transacting
from stampbook.watching import statements
from stampbook.watching.statements import WATCH
from tests.loyalty.counting import counted
from tests.loyalty.events.world import World, gave, opened


@pytest.fixture
async def rule(world: World) -> Rule:
    """A rule that has given the member something."""
    rule = await world.rule(100, condition="!has(member.metadata.level)")
    await world.play()
    return rule


async def give(world: World, what: Occurrence | None = None) -> Judged | None:
    return await alone.give(world.awarding, what or world.played())


@pytest.mark.usefixtures("rule")
async def test_nothing_is_read_and_one_commit_is_made(world: World) -> None:
    with counted(world.store) as calls:
        judged = await give(world)
    assert calls == {"save": 1}
    assert judged is not None
    assert gave(judged) == [100]
    assert await world.active() == 200
    stored = await storing.get(world.store, judged.event.event_id, tenant=1)
    assert stored == judged.event
    assert [held.award for held in await world.held(judged)] == list(judged.awards)
    assert [each.event.position for each in (judged, await world.play())] == [2, 3]


async def test_events_at_once_share_a_commit(world: World) -> None:
    await world.rule(100)
    people = [await world.another_member() for _ in range(20)]
    for each in people:
        await world.play(member=each)
    with counted(world.store) as calls:
        found = await asyncio.gather(*(give(world, world.played(member=each)) for each in people))
    assert None not in found
    assert calls.keys() == {"save"}
    assert calls["save"] <= 2 * world.store.shards
    assert [await world.active(each) for each in people] == [200] * 20


class Said:
    """Takes the names of statements instead of a log."""

    def __init__(self) -> None:
        self.names: list[str] = []

    def say(self, name: str, *_: object, **__: object) -> None:
        self.names.append(name)


async def test_on_postgresql_one_statement_writes_everything(
    postgres_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The movement, the event and its award: no transaction is begun for them."""
    assert isinstance(postgres_store, PostgresStore)
    said = Said()
    async with opened(postgres_store) as world:
        await world.rule(100)
        await world.play()
        monkeypatch.setattr(WATCH, "slow_ns", 1)
        monkeypatch.setattr(statements, "noticed", said)
        judged = await give(world)
    assert judged is not None
    if postgres_store.saves_at_once:
        assert said.names == ["save"]


async def change_rule(world: World, writing: Transacting, rule: Rule) -> None:
    await rules.deactivate(writing, rule, now=world.now)


async def stop_program(world: World, writing: Transacting, rule: Rule) -> None:
    await programs.update(
        writing, world.program.program_id, {"status": "inactive"}, tenant=1, now=world.now
    )


async def move_program(world: World, writing: Transacting, rule: Rule) -> None:
    await programs.update(
        writing, world.program.program_id, {"timezone": "Asia/Tokyo"}, tenant=1, now=world.now
    )


async def begin_program(world: World, writing: Transacting, rule: Rule) -> None:
    await programs.update(
        writing, world.program.program_id, {"starts_at": world.now + 1}, tenant=1, now=world.now
    )


async def end_program(world: World, writing: Transacting, rule: Rule) -> None:
    await programs.update(
        writing, world.program.program_id, {"ends_at": world.now - 1}, tenant=1, now=world.now
    )


async def delete_program(world: World, writing: Transacting, rule: Rule) -> None:
    await programs.delete(writing, world.program.program_id, tenant=1, now=world.now)


async def stop_member(world: World, writing: Transacting, rule: Rule) -> None:
    await members.update(
        writing, world.member.member_id, {"status": "inactive"}, tenant=1, now=world.now
    )


async def describe_member(world: World, writing: Transacting, rule: Rule) -> None:
    await members.update(
        writing, world.member.member_id, {"metadata": '{"level":"none"}'}, tenant=1, now=world.now
    )


async def limit_currency(world: World, writing: Transacting, rule: Rule) -> None:
    limits = CurrencyLimits(EarningLimits(per_transaction=50))
    await currency_limits.put(writing, world.currency.currency_id, limits, now=1)


@pytest.mark.parametrize(
    "change",
    [
        change_rule,
        stop_program,
        move_program,
        begin_program,
        end_program,
        delete_program,
        stop_member,
        describe_member,
        limit_currency,
    ],
)
async def test_what_was_remembered_has_changed(
    world: World, rule: Rule, change: Callable[[World, Transacting, Rule], Awaitable[None]]
) -> None:
    """Then nothing happens, and the event is judged anew."""
    async with world.store.transaction() as writing:
        await change(world, writing, rule)
    assert await give(world) is None
    assert await world.active() == 100
    assert await count(world, "events") == await count(world, "awards") == 1


async def test_another_movement_has_learnt_of_the_change(world: World) -> None:
    """What the ledger knows of the program is newer than what the member was judged by."""
    await world.rule(100)
    account = (await world.play()).awards[0].account
    async with world.store.transaction() as writing:
        await programs.update(
            writing, world.program.program_id, {"timezone": "Asia/Tokyo"}, tenant=1, now=world.now
        )
    assert isinstance(await world.ledger.submit(Submission(1, account, (Accrue(5),))), Done)
    assert await give(world) is None
    assert await count(world, "events") == await count(world, "awards") == 1
    judged = await world.play()
    assert judged.event.facts is not None
    assert judged.event.facts.timezone == "Asia/Tokyo"


async def test_an_event_is_of_a_member_of_its_program_and_tenant(world: World) -> None:
    """On PostgreSQL no key makes sure of it."""
    known = (await world.play()).event
    assert known.facts is not None
    async with world.store.transaction() as writing:
        other = await tenants.create(writing, name="another house", now=0)
        elsewhere = await programs.create(writing, tenant=1, name="Another", now=0)
    free = known._replace(event_id=new_number(world.now), external_id=None, position=2)
    for strange in (
        free._replace(program_id=elsewhere.program_id),
        free._replace(tenant_id=other.tenant_id),
        free._replace(member_id=known.member_id + 1_000),
    ):
        for beside in (
            storing.created(strange),
            storing.created(strange._replace(facts=None)),
            storing.created_while(strange, storing.Grounds(1, world.member, 1)),
        ):
            with pytest.raises(BesideConflict):
                await world.store.save([Batch(0, beside=[beside])])
    await world.store.save([Batch(0, beside=[storing.created(free._replace(facts=None))])])
    assert await count(world, "events") == 2


async def count(world: World, table: str) -> int:
    row = await world.store.fetch_one(f"SELECT count(*) AS found FROM {table}")
    assert row is not None
    return int(row["found"])


@pytest.mark.usefixtures("rule")
async def test_an_external_id_has_one_effect(world: World) -> None:
    """Also where it was used by another process, and in flight."""
    other = world.server()
    what = world.played(external_id="once")
    await world.play(other, external_id="once")
    assert await give(world, what) is None  # the guard has moved
    await world.play()
    assert await give(world, what) is None  # the id is taken
    await world.play()
    found = await asyncio.gather(*(give(world, world.played(external_id="2")) for _ in range(9)))
    assert len([each for each in found if each is not None]) == 1
    assert await world.active() == 100 * await count(world, "events") == 500


async def test_stale_events_do_not_concern_the_others_of_their_batch(world: World) -> None:
    await world.rule(100)
    people = [await world.another_member() for _ in range(12)]
    for at, each in enumerate(people):
        await world.play(member=each, external_id=f"first {at}")
    other = world.server()
    await world.play(other, member=people[3])  # its guard moves
    whats = [
        world.played(member=each, external_id="taken" if at in {5, 6} else None)
        for at, each in enumerate(people)
    ]
    await world.play(other, external_id="taken")
    found = await asyncio.gather(*(give(world, what) for what in whats))
    assert [at for at, each in enumerate(found) if each is None] == [3, 5, 6]
    assert [await world.active(each) for each in people] == [
        200 if at not in {5, 6} else 100 for at in range(12)
    ]


async def test_two_gains_on_one_account(world: World) -> None:
    await world.rule(100)
    await world.rule(30)
    await world.play()
    judged = await give(world)
    assert judged is not None
    assert gave(judged) == [100, 30]
    assert [held.award for held in await world.held(judged)] == list(judged.awards)
    assert await world.active() == 260


@pytest.mark.parametrize(
    "condition",
    ['member.tier == "gold" || true', '"a" in member.segments || true', "totals.orders >= 0"],
)
async def test_what_must_be_read_takes_the_other_way(world: World, condition: str) -> None:
    await world.rule(100, condition=condition)
    assert gave(await world.play()) == [100]
    assert await give(world) is None
    assert gave(await world.play()) == [100]


async def test_after_a_restart_of_the_ledger_another_world_agrees(store: Store) -> None:
    async with opened(store) as world:
        await world.rule(100)
        await world.play()
        judged = await give(world)
        assert judged is not None
        # A fresh process judges the same event as a repeat.
        again = await world.play(world.server(), external_id=judged.event.external_id)
        assert again.replayed
        assert again.event == judged.event
        assert again.awards == judged.awards
