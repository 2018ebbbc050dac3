"""Standings of members on both databases: what counts, and that no checkpoint shows."""

from __future__ import annotations

from collections.abc import AsyncIterator
from random import Random
from typing import Any

import pytest

from stampbook.domain.commands import Accrue, Cancel, Command, Redeem
from stampbook.domain.model import FOREVER
from stampbook.loyalty.faults import Code, Refused
from stampbook.loyalty.model import Earning, Given, TierNeed, Trigger, Version
from stampbook.loyalty.rules import storing
from stampbook.loyalty.tiers import groups, standing
from stampbook.loyalty.tiers.groups import NewTier, Status, TierGroup
from stampbook.loyalty.tiers.machine import NO_TIER
from stampbook.loyalty.tiers.standing import APART, History
from stampbook.loyalty.tiers.terms import Downgrade, Retention, Span, Terms
from stampbook.programs import accounts, members, programs
from stampbook.programs.faults import Gone
from stampbook.programs.members import Member
from stampbook.programs.programs import Program
from stampbook.storage.store import Store
from tests.laws.histories import PLAIN, START, plan_of
from tests.ledgers.on_store import TENANT, StoreLedger

HOUR = 3_600_000_000
DAY = 24 * HOUR
METALS = (NewTier("Silver", 100), NewTier("Gold", 1000))


class World:
    """A ledger with one account, and groups of tiers for its currency."""

    def __init__(self, ledger: StoreLedger, program: Program, member: Member) -> None:
        self.ledger = ledger
        self.store = ledger.store
        self.program = program
        self.member = member

    async def group(self, terms: Terms, tiers: Any = METALS, **more: Any) -> TierGroup:
        account = await accounts.get(self.store, self.ledger.accounts["a"], tenant=TENANT)
        assert account is not None
        async with self.store.transaction() as writing:
            return await groups.create(
                writing,
                self.program,
                currency=account.currency_id,
                name="Metals",
                tiers=tiers,
                now=START,
                terms=terms,
                **more,
            )

    async def do(self, command: Command, *, after: int = 0) -> int:
        """Returns the number of the row that it makes."""
        self.ledger.set_clock(self.ledger.now + after)
        answer = await self.ledger.submit("a", command)
        assert answer.refused is None, answer
        return answer.rows[-1].seq

    async def history(self, group: TierGroup) -> History:
        await self.ledger.settle("a")
        return await standing.of_member(
            self.store, self.program, group, self.member, self.ledger.now
        )

    async def tier(self, group: TierGroup) -> int:
        return (await self.history(group)).tier

    async def checkpoints(self, group: TierGroup) -> list[int]:
        rows = await self.store.fetch(
            "SELECT seq FROM tier_standings WHERE tier_group_id = $1", group.tier_group_id
        )
        return [row["seq"] for row in rows]

    async def forget(self, group: TierGroup) -> None:
        await self.store.execute(
            "DELETE FROM tier_standings WHERE tier_group_id = $1", group.tier_group_id
        )


@pytest.fixture
async def world(store: Store) -> AsyncIterator[World]:
    ledger = StoreLedger(store)
    await ledger.found(plan_of(PLAIN))
    ledger.set_clock(START)
    account = await accounts.get(store, ledger.accounts["a"], tenant=TENANT)
    assert account is not None
    program = await programs.get(store, account.program_id, tenant=TENANT)
    member = await members.get(store, account.member_id, tenant=TENANT)
    assert program is not None
    assert member is not None
    yield World(ledger, program, member)
    await ledger.finish()


async def test_what_each_basis_counts(world: World) -> None:
    """Pending, active, spent, expired and cancelled points."""
    everything = await world.group(Terms())
    active = await world.group(Terms(counts_pending=False))
    balance = await world.group(Terms(basis="balance"))

    async def points() -> list[int]:
        return [(await world.history(group)).points for group in (everything, active, balance)]

    waiting = await world.do(Accrue(100, activates_at=START + DAY, expires_at=FOREVER))
    assert await points() == [100, 0, 0]
    await world.do(Accrue(50, activates_at=START, expires_at=START + 3 * DAY))
    assert await points() == [150, 50, 50]
    world.ledger.set_clock(START + DAY)
    assert await points() == [150, 150, 150]
    redemption = await world.do(Redeem(20))
    assert await points() == [150, 150, 130]
    world.ledger.set_clock(START + 3 * DAY)
    assert await points() == [150, 150, 100]
    await world.do(Cancel(waiting, 60))
    assert await points() == [90, 90, 40]
    await world.do(Cancel(redemption))
    assert await points() == [90, 90, 40]
    assert (await world.history(balance)).steps[-1].tier == NO_TIER


async def test_a_balance_may_be_owed(world: World) -> None:
    """120 are spent before their accrual is cancelled: the next points pay the debt first."""
    group = await world.group(Terms(basis="balance"))
    first = await world.do(Accrue(120))
    await world.do(Redeem(120))
    await world.do(Cancel(first))
    await world.do(Accrue(150))
    found = await world.history(group)
    assert (found.points, found.tier) == (30, NO_TIER)


@pytest.mark.parametrize(("on_cancel", "left"), [("recount", NO_TIER), ("ordinary", 0)])
async def test_what_expired_and_was_then_cancelled_never_counted(
    world: World, on_cancel: Any, left: int
) -> None:
    """60 and 60 make silver; the first expire and are cancelled: 60 alone never made it."""
    terms = Terms(basis="balance", downgrade=Downgrade("none"), on_cancel=on_cancel)
    group = await world.group(terms)
    first = await world.do(Accrue(60, expires_at=START + DAY))
    await world.do(Accrue(60))
    world.ledger.set_clock(START + 2 * DAY)
    assert await world.tier(group) == 0
    cancel = await world.do(Cancel(first))
    found = await world.history(group)
    assert (found.tier, found.points) == (left, 60)
    await world.do(Cancel(cancel))
    assert (await world.tier(group), (await world.history(group)).points) == (0, 60)


async def test_an_accrual_that_expired_and_was_cancelled_is_not_in_force(world: World) -> None:
    """Points that were cancelled no longer count as earned, whether they moved or had expired."""
    group = await world.group(Terms())
    first = await world.do(Accrue(100, expires_at=START + DAY))
    await world.do(Redeem(30))
    world.ledger.set_clock(START + 2 * DAY)
    assert (await world.history(group)).points == 100
    await world.do(Cancel(first, 40))
    assert (await world.history(group)).points == 60
    cancel = await world.do(Cancel(first))
    assert (await world.history(group)).points == 0
    await world.do(Cancel(cancel))
    assert (await world.history(group)).points == 60


@pytest.mark.parametrize("part", [100, 40])
async def test_what_was_taken_while_pending_counts_when_it_is_given_back(
    world: World, part: int
) -> None:
    """It comes back after its time to become active, so it is active at once, and may be all that
    the tier rests on. Under `keep` a cancel then takes no tier away."""
    policies: tuple[Any, ...] = ("recount", "ordinary", "keep")
    bases = [{"basis": "balance"}, {"counts_pending": False}, {"counts_pending": True}]
    made = [
        (policy, await world.group(Terms(on_cancel=policy, **basis)))  # type: ignore[arg-type]
        for policy in policies
        for basis in bases
    ]

    async def found() -> list[tuple[int, int]]:
        histories = [await world.history(group) for _, group in made]
        return [(each.points, each.tier) for each in histories]

    accrual = await world.do(Accrue(100, activates_at=START + DAY, expires_at=START + 9 * DAY))
    cancel = await world.do(Cancel(accrual, part), after=HOUR)
    world.ledger.set_clock(START + 2 * DAY)
    assert {points for points, _ in await found()} == {100 - part}
    void = await world.do(Cancel(cancel))
    assert await found() == [(100, 0)] * len(made)
    whole = await world.do(Cancel(accrual), after=HOUR)
    assert await found() == [(0, 0 if policy == "keep" else NO_TIER) for policy, _ in made]
    await world.do(Cancel(whole), after=HOUR)
    assert await found() == [(100, 0)] * len(made)
    assert void < whole


async def test_standings_are_those_of_an_instant(world: World) -> None:
    group = await world.group(Terms())
    other = await world.group(Terms(), status=Status.DRAFT)
    await world.do(Accrue(100), after=DAY)
    await world.do(Accrue(900), after=DAY)

    async def names(at: int) -> list[tuple[int, str]]:
        found = await standing.standings(world.store, world.program, world.member, at)
        return [(each.group, each.name) for each in found]

    assert other.tier_group_id != group.tier_group_id
    assert await names(START + DAY - 1) == []
    assert await names(START + DAY) == [(group.tier_group_id, "Silver")]
    assert await names(START + 2 * DAY) == [(group.tier_group_id, "Gold")]


TERMS = [
    Terms(),
    Terms(on_cancel="ordinary"),
    Terms(period=Span(1, "month"), on_cancel="keep"),
    Terms(period=Span(1, "week"), counts_pending=False, on_cancel="ordinary"),
    Terms(period=Span(1, "month"), retention=Retention("fixed", Span(10, "day"))),
    Terms(basis="balance", retention=Retention("sliding", Span(3, "day"), ("earning", "spending"))),
    Terms(counts_pending=False, on_cancel="keep"),
]


@pytest.mark.parametrize("seed", range(2))
async def test_no_checkpoint_shows(world: World, seed: int) -> None:
    """With checkpoints or from nothing, read often or once: the same history."""
    chance = Random(seed)
    found = [await world.group(terms) for terms in TERMS]
    originals: list[int] = []
    for step in range(3 * APART):
        wait = chance.choice([0, 0, HOUR, 9 * HOUR, 30 * HOUR])
        world.ledger.set_clock(world.ledger.now + wait)
        if originals and chance.random() < 0.1:
            last = chance.random() < 0.8
            target = originals.pop() if last else chance.choice(originals)
            await world.ledger.submit("a", Cancel(target))
        elif chance.random() < 0.2:
            await world.ledger.submit("a", Redeem(chance.randrange(1, 60)))
        else:
            now = world.ledger.now
            begins = now + chance.choice([0, 50 * HOUR])
            ends = begins + chance.choice([200 * HOUR, 900 * HOUR])
            amount = chance.randrange(1, 200)
            originals.append(await world.do(Accrue(amount, activates_at=begins, expires_at=ends)))
        if step % 40 == 39:
            for group in found:
                await world.history(group)
    for group in found:
        assert await world.checkpoints(group)
        kept = await world.history(group)
        await world.forget(group)
        assert await world.history(group) == kept
        assert len(kept.steps) > 1


async def test_what_is_foreseen_is_all_that_an_instant_brings(world: World) -> None:
    """At one midnight silver ends, and then a window begins that gives gold."""
    day = Span(1, "day")
    terms = Terms(period=day, change="next_period", retention=Retention("fixed", day))
    group = await world.group(terms)
    await world.do(Accrue(300))
    await world.do(Accrue(1000), after=2 * DAY)
    seen = await world.history(group)
    assert seen.foreseen is not None
    world.ledger.set_clock(seen.foreseen.entered_at)
    assert (seen.tier, seen.foreseen.tier, (await world.history(group)).tier) == (0, 1, 1)


async def test_a_checkpoint_rests_on_its_group(world: World) -> None:
    """A group that is a draft again, and says something else, is counted anew."""
    group = await world.group(Terms())
    for _ in range(APART + 1):
        await world.do(Accrue(1), after=HOUR)
    assert await world.tier(group) == 0
    assert await world.checkpoints(group) == [APART + 1]
    async with world.store.transaction() as writing:
        draft = await groups.set_status(writing, group, Status.DRAFT, now=world.ledger.now)
        changed = await groups.redefine(
            writing, draft, now=world.ledger.now, tiers=[NewTier("High", 500)]
        )
        active = await groups.set_status(writing, changed, Status.ACTIVE, now=world.ledger.now)
    assert await world.tier(active) == NO_TIER
    assert (await world.history(active)).steps == ()


async def test_a_change_of_what_was_read_before_is_refused(world: World) -> None:
    group = await world.group(Terms(), status=Status.DRAFT)
    async with world.store.transaction() as writing:
        await groups.redefine(writing, group, now=START, terms=Terms(basis="balance"))
    with pytest.raises(Gone):
        async with world.store.transaction() as writing:
            await groups.set_status(writing, group, Status.ACTIVE, now=START)


async def test_a_group_that_an_active_rule_names_cannot_be_deleted(world: World) -> None:
    group = await world.group(Terms())
    need = TierNeed(group.tier_group_id, frozenset({group.tiers[0].tier_id}))
    earning = Earning((Given(1),), tiers=(need,))
    version = Version(0, 1, START, Trigger.ORDER_PAID, None, (earning,))
    async with world.store.transaction() as writing:
        rule = await storing.create(
            writing,
            tenant=TENANT,
            program=world.program.program_id,
            name="R",
            version=version,
            now=START,
        )
        await writing.execute("UPDATE rules SET status = 'active' WHERE rule_id = $1", rule.rule_id)
    with pytest.raises(Refused) as refused:
        async with world.store.transaction() as writing:
            await groups.set_status(writing, group, Status.DELETED, now=START)
    assert refused.value.code is Code.IN_USE
    async with world.store.transaction() as writing:
        await writing.execute("UPDATE rules SET status = 'inactive'")
        gone = await groups.set_status(writing, group, Status.DELETED, now=START)
    assert gone.status is Status.DELETED


async def test_a_member_without_account_has_what_asks_for_nothing(world: World) -> None:
    group = await world.group(Terms(), (NewTier("Bronze", 0), *METALS))
    async with world.store.transaction() as writing:
        member = await members.create(writing, world.program, now=START, name="new")
    found = await standing.of_member(world.store, world.program, group, member, START + DAY)
    assert [(step.tier, step.entered_at, step.cause) for step in found.steps] == [
        (0, START, "joined")
    ]
