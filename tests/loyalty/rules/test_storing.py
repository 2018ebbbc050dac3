"""Rules as they are stored: versions, states, and the programs in which they count."""

from __future__ import annotations

import asyncio
from fractions import Fraction

import pytest

from stampbook.loyalty.faults import Code, Refused
from stampbook.loyalty.model import (
    AppliesTo,
    Budget,
    Cooldown,
    Earning,
    Fixed,
    Frequency,
    Given,
    Hours,
    Limits,
    Mode,
    OnPartial,
    Per,
    PointsRounding,
    TierNeed,
    Trigger,
    Version,
)
from stampbook.loyalty.rules import assigning, storing, versions
from stampbook.loyalty.rules.bodies import body_of, read_version
from stampbook.loyalty.rules.storing import Named, Rule, Status
from stampbook.programs import programs
from stampbook.programs.faults import Gone
from stampbook.storage.store import Store


def says(points: int = 5, trigger: Trigger = Trigger.ORDER_PAID, currency: int = 1) -> Version:
    return Version(0, 0, 0, trigger, None, (Earning((Fixed(currency, points),)),))


EVERYTHING = Version(
    rule=7,
    number=3,
    valid_from=11,
    trigger=Trigger.CUSTOM_EVENT,
    trigger_name="played",
    earnings=(
        Earning(
            (
                Fixed(1, 5, pending={"type": "immediate"}, expiry={"type": "none"}),
                Per(
                    2,
                    "lines.total",
                    Fraction(1000),
                    Fraction(3, 2),
                    Mode.RATE,
                    PointsRounding.HALF_UP,
                    by_line=True,
                    applies_to=AppliesTo(frozenset({"a"}), frozenset({"b"}), frozenset({"c"})),
                ),
                Given(9),
            ),
            "order.total > 5",
            (TierNeed(1, frozenset({2, 3})),),
            "gold",
        ),
    ),
    priority=-2,
    exclusive_group="one",
    keeps_best=True,
    starts_at=1,
    ends_at=2,
    hours=(Hours(frozenset({0, 6}), 540, 1080),),
    limits=Limits(Cooldown(1, "day"), Frequency(2, "week"), Budget("lifetime", points=9)),
    on_partial=OnPartial.KEEP,
    library="0.10.0",
)


def test_a_body_says_all_of_a_version() -> None:
    row = {
        "rule_id": 7,
        "version": 3,
        "valid_from": 11,
        "body": body_of(EVERYTHING),
        "library": "0.10.0",
    }
    assert read_version(row) == EVERYTHING


async def program_of(store: Store, tenant: int = 1) -> int:
    async with store.transaction() as writing:
        return (await programs.create(writing, tenant=tenant, name="Bonus", now=1)).program_id


async def made(store: Store, program: int | None, now: int = 10) -> Rule:
    async with store.transaction() as writing:
        return await storing.create(
            writing, tenant=1, program=program, name="Five", version=says(), now=now
        )


async def test_content_changes_by_a_version(store: Store) -> None:
    rule = await made(store, await program_of(store))
    assert (rule.status, rule.newest) == (
        Status.DRAFT,
        says()._replace(rule=rule.rule_id, number=1, valid_from=10),
    )
    async with store.transaction() as writing:
        renamed = await storing.update(writing, rule, now=20, named=Named(name="Cinq"))
        same = await storing.update(writing, rule, now=21, content=says())
        changed = await storing.update(writing, rule, now=22, content=says(6))
    assert (renamed.name, renamed.newest.number, same.newest.number) == ("Cinq", 1, 1)
    assert changed.newest == says(6)._replace(rule=rule.rule_id, number=2, valid_from=22)
    found = await versions.versions(store, rule.rule_id, tenant=1, limit=9)
    assert found == [changed.newest, rule.newest]
    names = [(rule.rule_id, 1), (rule.rule_id, 3)]
    assert await versions.named_versions(store, names, tenant=1) == {names[0]: rule.newest}
    assert await versions.named_versions(store, names, tenant=2) == {}


async def test_versions_follow_each_other_in_time(store: Store) -> None:
    rule = await made(store, await program_of(store))
    async with store.transaction() as writing:
        second = await storing.update(writing, rule, now=10, content=says(6))
        third = await storing.update(writing, rule, now=9, content=says(7))
    assert (second.newest.valid_from, third.newest.valid_from) == (11, 12)


async def test_an_active_rule_keeps_its_trigger_and_currencies(store: Store) -> None:
    rule = await made(store, await program_of(store))
    async with store.transaction() as writing:
        await storing.activate(writing, rule, now=11)
        for content in (says(trigger=Trigger.MEMBER_JOINED), says(currency=2)):
            with pytest.raises(Refused) as refused:
                await storing.update(writing, rule, now=12, content=content)
            assert refused.value.code is Code.LOCKED_WHILE_ACTIVE
        await storing.deactivate(writing, rule, now=13)
        changed = await storing.update(writing, rule, now=14, content=says(currency=2))
    assert changed.newest.number == 2


async def test_states(store: Store) -> None:
    rule = await made(store, await program_of(store))
    async with store.transaction() as writing:
        with pytest.raises(Refused, match="draft"):
            await storing.deactivate(writing, rule, now=11)
        assert (await storing.activate(writing, rule, now=12)).status is Status.ACTIVE
        assert (await storing.to_draft(writing, rule, now=13)).status is Status.DRAFT
        await storing.activate(writing, rule, now=14)
        await writing.execute("UPDATE rules SET has_given = (1 = 1)")
        with pytest.raises(Refused) as refused:
            await storing.to_draft(writing, rule, now=15)
        assert refused.value.code is Code.INVALID_TRANSITION
        assert (await storing.deactivate(writing, rule, now=16)).status is Status.INACTIVE
        deleted = await storing.delete(writing, rule, now=17)
        with pytest.raises(Gone):
            await storing.activate(writing, rule, now=18)
    found = await storing.get(store, rule.rule_id, tenant=1)
    assert found is not None
    assert found.status is deleted.status is Status.DELETED
    assert await versions.versions(store, rule.rule_id, tenant=1, limit=9) == [rule.newest]


async def test_another_tenants_rule_is_not_there(store: Store) -> None:
    rule = await made(store, await program_of(store))
    assert await storing.get(store, rule.rule_id, tenant=2) is None
    assert await storing.page(store, tenant=2, limit=9) == []
    async with store.transaction() as writing:
        with pytest.raises(Gone):
            await storing.activate(writing, rule._replace(tenant_id=2), now=11)


async def test_a_rule_counts_where_it_is_assigned(store: Store) -> None:
    first, second = await program_of(store), await program_of(store)
    rule = await made(store, None)
    assert await storing.page(store, tenant=1, program=first, limit=9) == []
    async with store.transaction() as writing:
        once = await storing.assign(writing, rule, first, now=11)
        again = await storing.assign(writing, rule, first, now=12)
        other = await storing.assign(writing, rule, second, now=13)
    assert once == again
    assert await assigning.of_rule(store, rule.rule_id, tenant=1) == [once, other]
    assert await storing.page(store, tenant=1, program=first, limit=9) == [rule]
    async with store.transaction() as writing:
        await storing.unassign(writing, rule, first, now=14)
        with pytest.raises(Gone):
            await storing.unassign(writing, rule, first, now=15)
        assert await assigning.of_rule(writing, rule.rule_id, tenant=1) == [other]
        await storing.delete(writing, rule, now=16)
    assert await storing.page(store, tenant=1, limit=9) == []
    assert await assigning.of_rule(store, rule.rule_id, tenant=1) == []


async def test_a_program_has_a_thousand_active_rules(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(assigning, "MAX_ACTIVE", 2)
    program = await program_of(store)
    rules = [await made(store, program) for _ in range(4)]

    async def activated(rule: Rule) -> Code | None:
        try:
            async with store.transaction() as writing:
                await storing.activate(writing, rule, now=11)
        except Refused as refused:
            return refused.code
        return None

    outcomes = await asyncio.gather(*map(activated, rules))
    assert outcomes.count(None) == 2
    assert outcomes.count(Code.PROGRAM_LIMIT_REACHED) == 2
    rule = await made(store, None)
    async with store.transaction() as writing:
        await storing.activate(writing, rule, now=12)
        with pytest.raises(Refused, match="active rules"):
            await storing.assign(writing, rule, program, now=13)
