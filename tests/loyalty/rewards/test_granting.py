"""Benefits that rules give, in the plan of a joint request."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import pytest

from stampbook.domain.commands import Redeem
from stampbook.domain.policy import SpentAccrual
from stampbook.ledger.joint import Acting, Joint, JointRefused, Planned, join_anew
from stampbook.loyalty.faults import Code, Refused
from stampbook.loyalty.judging.values import Happening
from stampbook.loyalty.model import Facts, Fixed, Grant
from stampbook.loyalty.numbers import new_number
from stampbook.loyalty.rewards import benefits, codes, granting, grants
from stampbook.loyalty.rewards.granting import Fallen, Given
from stampbook.loyalty.rewards.model import Benefit, BenefitTerms, BenefitType
from stampbook.programs.policies import Terms
from stampbook.storage.store import Store
from tests.loyalty.rewards.counters import Counter, counter
from tests.loyalty.rewards.shops import new_benefit

NOTHING = Happening(Facts(at=0, timezone="UTC", joined_at=0))


async def give(at: Counter, *given: Benefit, dry_run: bool = False) -> tuple[int, Given]:
    """An event that gives these benefits, one by each effect of a rule; and its number."""
    event = new_number(at.now)
    wanted = [Grant(1, 1, 0, effect, each.benefit_id) for effect, each in enumerate(given)]

    async def build() -> Joint:
        prizes = await granting.prepare(
            at.store, at.place.member, wanted, NOTHING, now=at.now, dry_run=dry_run
        )

        def plan(acting: Acting) -> Planned:
            done = granting.grant_besides(acting, prizes, event=event, effective_at=at.now)
            return Planned(done, done.beside)

        return Joint(1, granting.accounts_of(prizes), plan, dry_run=dry_run)

    return event, (await join_anew(at.ledger.join, build)).result


async def held(at: Counter, event: int) -> Sequence[grants.HeldGrant]:
    return (await grants.of_events(at.store, [event], tenant=1)).get(event, [])


async def take_back(at: Counter, event: int) -> Fallen:
    async def build() -> Joint:
        found = await held(at, event)

        def plan(acting: Acting) -> Planned:
            fallen = granting.take_back(acting, found)
            return Planned(fallen, fallen.beside)

        return Joint(1, _accounts(found), plan)

    fallen = (await join_anew(at.ledger.join, build)).result
    assert isinstance(fallen, Fallen)
    return fallen


async def give_back(at: Counter, event: int) -> None:
    async def build() -> Joint:
        found = await held(at, event)
        stocks = {}
        for each in found:
            benefit = await benefits.get(at.store, each.grant.benefit_id, tenant=1)
            assert benefit is not None
            stocks[benefit.benefit_id] = benefit.stock

        def plan(acting: Acting) -> Planned:
            return Planned(None, granting.give_back(acting, found, stocks))

        return Joint(1, _accounts(found), plan)

    await join_anew(at.ledger.join, build)


def _accounts(found: Sequence[grants.HeldGrant]) -> tuple[int, ...]:
    return tuple({each.grant.account_id for each in found if each.grant.account_id is not None})


async def present(at: Counter, benefit: Benefit) -> tuple[int | None, int]:
    found = await benefits.get(at.store, benefit.benefit_id, tenant=1)
    assert found is not None
    return found.stock, found.granted


async def test_a_code_and_points_come_and_go_together_and_goods_stay(store: Store) -> None:
    async with counter(store) as at:
        make = partial(new_benefit, store, at.place, status="active", stock=5)
        goods, code = await make(), await make(BenefitType.CODE)
        terms = BenefitTerms(effect=Fixed(at.place.stars.currency_id, 30))
        points = await make(BenefitType.POINTS, terms)
        event, given = await give(at, goods, code, points)
        assert [row.state for row in given.rows] == ["approved"] * 3
        assert given.rows[2].points == 30
        assert await at.active(at.place.stars) == 30
        assert [await present(at, each) for each in (goods, code, points)] == [(4, 1)] * 3
        stored = await held(at, event)
        assert tuple(each.grant for each in stored) == given.rows
        (text,) = given.codes.values()
        assert [each.code for each in stored[1].codes] == [text]

        fallen = await take_back(at, event)
        assert [row.state for row in fallen.rows] == ["refunded"] * 2
        assert [each.stays for each in fallen.kept] == ["handed_out"]
        assert [each.code for each in fallen.voided] == [text]
        assert await at.active(at.place.stars) == 0
        assert [await present(at, each) for each in (code, points)] == [(5, 0)] * 2
        assert await present(at, goods) == (4, 1)
        assert (await take_back(at, event)).rows == ()

        await give_back(at, event)
        assert await held(at, event) == stored
        assert await at.active(at.place.stars) == 30
        assert [await present(at, each) for each in (goods, code, points)] == [(4, 1)] * 3


async def test_a_used_code_stays(store: Store) -> None:
    async with counter(store) as at:
        benefit = await new_benefit(store, at.place, BenefitType.CODE, status="active", stock=1)
        event, given = await give(at, benefit)
        (text,) = given.codes.values()
        async with store.transaction() as writing:
            await codes.use(writing, text, tenant=1, now=at.now)
        fallen = await take_back(at, event)
        assert (fallen.rows, fallen.voided) == ((), ())
        assert [each.grant for each in fallen.kept] == list(given.rows)
        assert [each.stays for each in fallen.kept] == ["code_used"]
        assert await present(at, benefit) == (0, 1)


async def test_what_is_not_there_is_rejected_and_recorded(store: Store) -> None:
    """Two codes are wanted of one; a draft gives nothing. The event happens all the same."""
    async with counter(store) as at:
        code = await new_benefit(store, at.place, BenefitType.CODE, status="active", stock=1)
        draft = await new_benefit(store, at.place)
        event, given = await give(at, code, code, draft)
        assert [(row.state, row.reason) for row in given.rows] == [
            ("approved", None),
            ("rejected", "out_of_stock"),
            ("rejected", "benefit_inactive"),
        ]
        assert await present(at, code) == (0, 1)
        _, more = await give(at, code)
        assert [row.reason for row in more.rows] == ["out_of_stock"]
        assert len((await take_back(at, event)).rows) == 1
        listed = await grants.of_member(store, at.place.member.member_id, tenant=1, limit=9)
        assert len(listed) == 4
        assert await present(at, code) == (1, 0)


async def test_what_was_given_to_others_does_not_come_back(store: Store) -> None:
    async with counter(store) as at:
        code = await new_benefit(store, at.place, BenefitType.CODE, status="active", stock=1)
        event, _ = await give(at, code)
        await take_back(at, event)
        await give(at, code)
        with pytest.raises(Refused) as refused:
            await give_back(at, event)
        assert refused.value.code is Code.OUT_OF_STOCK


async def test_spent_points_under_refuse_keep_everything(store: Store) -> None:
    async with counter(store, stars=Terms(spent_accrual=SpentAccrual.REFUSE)) as at:
        terms = BenefitTerms(effect=Fixed(at.place.stars.currency_id, 30))
        points = await new_benefit(store, at.place, BenefitType.POINTS, terms, status="active")
        goods = await new_benefit(store, at.place, status="active", stock=1)
        event, _ = await give(at, goods, points)
        await at.do(Redeem(30), at.place.stars)
        with pytest.raises(JointRefused):
            await take_back(at, event)
        assert await present(at, goods) == (0, 1)


async def test_a_trial_gives_nothing(store: Store) -> None:
    async with counter(store) as at:
        terms = BenefitTerms(effect=Fixed(at.place.stars.currency_id, 30))
        points = await new_benefit(store, at.place, BenefitType.POINTS, terms, status="active")
        event, given = await give(at, points, dry_run=True)
        assert [row.state for row in given.rows] == ["approved"]
        assert await held(at, event) == []
        assert await present(at, points) == (None, 0)
