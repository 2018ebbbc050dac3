"""A program with two currencies and a member, and rewards in it."""

from __future__ import annotations

from typing import Any, NamedTuple

from stampbook.loyalty.rewards import benefits, offers, rewards
from stampbook.loyalty.rewards.model import (
    Benefit,
    BenefitTerms,
    BenefitType,
    Bought,
    Cost,
    Reward,
    RewardTerms,
    RewardType,
)
from stampbook.programs import currencies, members, programs
from stampbook.programs.currencies import Currency
from stampbook.programs.members import Member
from stampbook.programs.policies import Terms
from stampbook.programs.programs import Program
from stampbook.storage.store import Store


class Shop(NamedTuple):
    """`points` are what rewards cost, `stars` what rewards of points give."""

    program: Program
    points: Currency
    stars: Currency
    member: Member


async def shop(store: Store, *, points: Terms | None = None, stars: Terms | None = None) -> Shop:
    async with store.transaction() as writing:
        program = await programs.create(writing, tenant=1, name="Bonus", now=1)
        first = await currencies.create(writing, program, name="Points", now=1, terms=points)
        second = await currencies.create(writing, program, name="Stars", now=1, terms=stars)
        member = await members.create(writing, program, now=1)
    return Shop(program, first, second, member)


def cost(place: Shop, points: int = 100, condition: str | None = None) -> Cost:
    return Cost(place.points.currency_id, points, condition)


async def new_reward(
    store: Store,
    place: Shop,
    *costs: Cost,
    type_: RewardType = RewardType.MATERIAL,
    sku: str | None = None,
    is_pooled: bool = False,
    stars: int | None = None,
    status: str = "active",
    terms: dict[str, Any] | None = None,
    **more: Any,
) -> Reward:
    said = RewardTerms(
        costs=costs or (cost(place),),
        sku=sku,
        is_pooled=is_pooled,
        bought=() if stars is None else (Bought(place.stars.currency_id, stars),),
        **(terms or {}),
    )
    async with store.transaction() as writing:
        return await rewards.create(
            writing,
            tenant=1,
            program=place.program.program_id,
            name="Mug",
            type_=RewardType.POINTS if stars is not None else type_,
            terms=said,
            now=2,
            status=status,
            **more,
        )


async def offered(
    store: Store, place: Shop, *costs: Cost, stock: int | None = None, **more: Any
) -> Reward:
    """A new active reward that the program offers."""
    reward = await new_reward(store, place, *costs, **more)
    async with store.transaction() as writing:
        await offers.put(
            writing,
            tenant=1,
            program=place.program.program_id,
            reward=reward.reward_id,
            stock=stock,
            now=3,
        )
    return reward


async def new_benefit(
    store: Store,
    place: Shop,
    type_: BenefitType = BenefitType.MATERIAL,
    terms: BenefitTerms | None = None,
    **more: Any,
) -> Benefit:
    async with store.transaction() as writing:
        return await benefits.create(
            writing,
            tenant=1,
            program=place.program.program_id,
            name="Cake",
            type_=type_,
            terms=terms or BenefitTerms(),
            now=2,
            **more,
        )
