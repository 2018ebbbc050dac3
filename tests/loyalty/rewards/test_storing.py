"""Rewards, benefits and offers as they are stored; their steps; what they cannot be."""

from __future__ import annotations

from fractions import Fraction
from functools import partial
from typing import Any

import pytest

from stampbook.loyalty.faults import Code, Refused
from stampbook.loyalty.model import (
    AppliesTo,
    Cooldown,
    Earning,
    Fixed,
    Frequency,
    Given,
    Hours,
    Mode,
    Per,
    PointsRounding,
    Trigger,
    Version,
)
from stampbook.loyalty.rewards import benefits, offers, rewards
from stampbook.loyalty.rewards.model import BenefitTerms, BenefitType, Bought, Cost, RewardTerms
from stampbook.loyalty.rewards.model import RewardType as Type
from stampbook.loyalty.rewards.terms import (
    read_benefit,
    read_reward,
    write_benefit,
    write_reward,
)
from stampbook.loyalty.rules import storing as rules
from stampbook.loyalty.rules.naming import rules_that_give
from stampbook.programs.faults import Gone, Invalid
from stampbook.storage.store import Store
from tests.loyalty.rewards.shops import cost, new_benefit, new_reward, offered, shop

FULL = RewardTerms(
    costs=(Cost(3, 200, "member.days > 3", "old friends"), Cost(4, 1)),
    bought=(Bought(5, 70), Bought(6, 1)),
    hours=(Hours(frozenset({0, 6}), 540, 1080),),
    cooldown=Cooldown(2, "day"),
    frequency=Frequency(3, "month"),
)
PER = Per(
    currency=7,
    basis="lines.total",
    every=Fraction(10, 3),
    points=Fraction(3, 2),
    mode=Mode.RATE,
    rounding=PointsRounding.UP,
    by_line=True,
    applies_to=AppliesTo(skus=frozenset({"b", "a"})),
    pending={"type": "days", "n": 3},
    expiry={"type": "never"},
)


@pytest.mark.parametrize("terms", [FULL, RewardTerms((Cost(1, 1),), "mug", is_pooled=True)])
def test_terms_of_a_reward_come_back(terms: RewardTerms) -> None:
    assert read_reward(write_reward(terms)) == terms


@pytest.mark.parametrize(
    "terms", [BenefitTerms("mug"), BenefitTerms(effect=Fixed(1, 5)), BenefitTerms(effect=PER)]
)
def test_terms_of_a_benefit_come_back(terms: BenefitTerms) -> None:
    assert read_benefit(write_benefit(terms)) == terms


async def test_a_reward_and_its_steps(store: Store) -> None:
    place = await shop(store)
    reward = await new_reward(store, place, sku="mug", status="draft", origin="{}")
    assert (reward.status, reward.terms.sku, reward.origin) == ("draft", "mug", "{}")
    assert await rewards.get(store, reward.reward_id, tenant=1) == reward
    assert await rewards.get(store, reward.reward_id, tenant=2) is None

    async def step(status: str) -> str:
        async with store.transaction() as writing:
            stepped = await rewards.step(writing, reward.reward_id, status, tenant=1, now=9)
        return stepped.status

    for status in ("active", "inactive", "active", "draft", "active"):
        assert await step(status) == status
    assert await step("active") == "active"
    await step("inactive")
    with pytest.raises(Refused) as refused:
        await step("draft")
    assert refused.value.code is Code.INVALID_TRANSITION
    async with store.transaction() as writing:
        await rewards.delete(writing, reward.reward_id, tenant=1, now=9)
    with pytest.raises(Gone):
        await step("active")
    assert await rewards.get(store, reward.reward_id, tenant=1) is None
    kept = await rewards.get(store, reward.reward_id, tenant=1, deleted=True)
    assert kept is not None
    assert kept.status == "deleted"


async def test_lists_of_rewards_and_benefits(store: Store) -> None:
    place = await shop(store)
    program = place.program.program_id
    first = await new_reward(store, place, status="draft")
    second = await new_reward(store, place)
    async with store.transaction() as writing:
        library = await rewards.create(
            writing, tenant=1, program=None, name="L", type_=Type.CODE, terms=first.terms, now=1
        )
    assert await rewards.page(store, tenant=1, program=program, limit=5) == [first, second]
    assert await rewards.page(store, tenant=1, program=program, limit=1) == [first]
    after = await rewards.page(store, tenant=1, program=program, after=first.reward_id, limit=5)
    assert after == [second]
    active = await rewards.page(store, tenant=1, program=program, status="active", limit=5)
    assert active == [second]
    assert await rewards.page(store, tenant=1, program=None, limit=5) == [library]
    assert await rewards.page(store, tenant=2, program=program, limit=5) == []
    cake = await new_benefit(store, place)
    assert await benefits.page(store, tenant=1, program=program, limit=5) == [cake]
    assert await benefits.page(store, tenant=1, program=None, limit=5) == []


async def test_what_is_handed_out_changes_only_in_a_draft(store: Store) -> None:
    place = await shop(store)
    reward = await new_reward(store, place, sku="mug")
    dearer = reward.terms._replace(costs=(cost(place, 150),))
    async with store.transaction() as writing:
        changed = await rewards.update(
            writing, reward.reward_id, {"terms": dearer, "name": "Cup"}, tenant=1, now=5
        )
    assert (changed.terms, changed.name, changed.updated_at) == (dearer, "Cup", 5)
    other = dearer._replace(sku="plate")
    with pytest.raises(Refused) as refused:
        async with store.transaction() as writing:
            await rewards.update(writing, reward.reward_id, {"terms": other}, tenant=1, now=6)
    assert refused.value.code is Code.LOCKED_WHILE_ACTIVE
    dates = {"starts_at": 9, "ends_at": 9}
    with pytest.raises(Invalid, match="starts_at"):
        async with store.transaction() as writing:
            await rewards.update(writing, reward.reward_id, dates, tenant=1, now=6)


async def test_offers_end_and_begin_again(store: Store) -> None:
    place = await shop(store)
    program = place.program.program_id
    reward = await offered(store, place, stock=4)
    number = reward.reward_id
    offer = await offers.get(store, tenant=1, program=program, reward=number)
    assert offer is not None
    assert (offer.stock, offer.redeemed, offer.ended_at) == (4, 0, None)
    assert await offers.page(store, tenant=1, program=program, limit=5) == [offer]
    assert await offers.of_reward(store, number, tenant=1) == [offer]
    with pytest.raises(Refused) as refused:
        async with store.transaction() as writing:
            await rewards.delete(writing, number, tenant=1, now=5)
    assert refused.value.code is Code.IN_USE
    async with store.transaction() as writing:
        await offers.end(writing, tenant=1, program=program, reward=number, now=5)
    assert await offers.get(store, tenant=1, program=program, reward=number) is None
    with pytest.raises(Gone):
        async with store.transaction() as writing:
            await offers.end(writing, tenant=1, program=program, reward=number, now=5)
    async with store.transaction() as writing:
        again = await offers.put(
            writing, tenant=1, program=program, reward=number, stock=None, now=6
        )
    assert (again.offer_id, again.stock, again.ended_at) == (offer.offer_id, None, None)


async def test_one_active_reward_too_many(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rewards, "MAX_ACTIVE", 2)
    place = await shop(store)
    await new_reward(store, place)
    draft = await new_reward(store, place, status="draft")
    await new_reward(store, place)
    with pytest.raises(Refused) as refused:
        async with store.transaction() as writing:
            await rewards.step(writing, draft.reward_id, "active", tenant=1, now=4)
    assert refused.value.code is Code.PROGRAM_LIMIT_REACHED
    with pytest.raises(Refused):
        await new_reward(store, place)


async def test_a_benefit_and_its_steps(store: Store) -> None:
    place = await shop(store)
    effect = Fixed(place.stars.currency_id, 5)
    benefit = await new_benefit(store, place, BenefitType.POINTS, BenefitTerms(effect=effect))
    number = benefit.benefit_id
    assert await benefits.get(store, number, tenant=1) == benefit
    assert await benefits.get(store, number, tenant=2) is None
    more = BenefitTerms(effect=effect._replace(points=6))
    async with store.transaction() as writing:
        await benefits.update(writing, number, {"terms": more, "stock": 3}, tenant=1, now=5)
        active = await benefits.step(writing, number, "active", tenant=1, now=5)
    assert (active.status, active.stock, active.terms) == ("active", 3, more)
    with pytest.raises(Refused) as refused:
        async with store.transaction() as writing:
            await benefits.update(writing, number, {"terms": benefit.terms}, tenant=1, now=6)
    assert refused.value.code is Code.LOCKED_WHILE_ACTIVE
    async with store.transaction() as writing:
        assert await benefits.step(writing, number, "active", tenant=1, now=6) == active
        await benefits.step(writing, number, "draft", tenant=1, now=6)
        await benefits.delete(writing, number, tenant=1, now=6)
    assert await benefits.get(store, number, tenant=1) is None
    with pytest.raises(Gone):
        async with store.transaction() as writing:
            await benefits.delete(writing, number, tenant=1, now=6)


@pytest.mark.parametrize(
    ("field", "type_", "terms"),
    [
        ("costs", Type.MATERIAL, RewardTerms(())),
        ("costs", Type.MATERIAL, RewardTerms((Cost(1, 1),) * 1001)),
        ("costs/0/points", Type.MATERIAL, RewardTerms((Cost(1, 0),))),
        ("points", Type.POINTS, RewardTerms((Cost(1, 1),))),
        ("points", Type.CODE, RewardTerms((Cost(1, 1),), bought=(Bought(2, 1),))),
        ("points/amount", Type.POINTS, RewardTerms((Cost(1, 1),), bought=(Bought(2, 0),))),
        ("sku", Type.CODE, RewardTerms((Cost(1, 1),), sku="mug")),
        ("code", Type.MATERIAL, RewardTerms((Cost(1, 1),), is_pooled=True)),
    ],
)
async def test_what_no_reward_can_be(
    store: Store, field: str, type_: Type, terms: RewardTerms
) -> None:
    place = await shop(store)
    with pytest.raises(Invalid) as invalid:
        async with store.transaction() as writing:
            await rewards.create(
                writing,
                tenant=1,
                program=place.program.program_id,
                name="L",
                type_=type_,
                terms=terms,
                now=1,
            )
    assert invalid.value.field == field


@pytest.mark.parametrize(
    ("field", "type_", "given"),
    [
        ("points", BenefitType.POINTS, {}),
        ("points", BenefitType.POINTS, {"effect": PER}),
        ("points", BenefitType.MATERIAL, {"effect": Fixed(1, 5)}),
        ("points", BenefitType.POINTS, {"effect": Given(1)}),
        ("points", BenefitType.POINTS_PROPORTIONAL, {"effect": PER._replace(every=Fraction(0))}),
        ("sku", BenefitType.CODE, {"sku": "mug"}),
        ("stock", BenefitType.CODE, {"stock": -1}),
    ],
)
async def test_what_no_benefit_can_be(
    store: Store, field: str, type_: BenefitType, given: dict[str, Any]
) -> None:
    place = await shop(store)
    stock, terms = given.get("stock"), {k: v for k, v in given.items() if k != "stock"}
    with pytest.raises(Invalid) as invalid:
        await new_benefit(store, place, type_, BenefitTerms(**terms), stock=stock)
    assert invalid.value.field == field


async def test_a_benefit_that_an_active_rule_gives(store: Store) -> None:
    place = await shop(store)
    cake, other = await new_benefit(store, place, status="active"), await new_benefit(store, place)
    version = Version(
        rule=0,
        number=1,
        valid_from=0,
        trigger=Trigger.ORDER_PAID,
        trigger_name=None,
        earnings=(Earning((Given(cake.benefit_id),)),),
    )
    async with store.transaction() as writing:
        rule = await rules.create(
            writing,
            tenant=1,
            program=place.program.program_id,
            name="Cake",
            version=version,
            now=4,
        )
    number = cake.benefit_id
    assert await rules_that_give(store, number, tenant=1) == []
    assert await rules_that_give(store, number, tenant=1, idle=True) == [rule.rule_id]
    assert await rules_that_give(store, number, tenant=2, idle=True) == []
    assert await rules_that_give(store, other.benefit_id, tenant=1, idle=True) == []
    async with store.transaction() as writing:
        await rules.activate(writing, rule, now=5)
    for change in (partial(benefits.step, status="draft"), benefits.delete):
        with pytest.raises(Refused) as refused:
            async with store.transaction() as writing:
                await change(writing, number, tenant=1, now=6)
        assert refused.value.code is Code.IN_USE
