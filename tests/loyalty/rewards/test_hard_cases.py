"""Purchases and their refunds, by the numbers of the hard cases 30 to 34."""

from __future__ import annotations

import asyncio

import pytest

from stampbook.domain.commands import Redeem
from stampbook.domain.policy import SpentAccrual
from stampbook.domain.refusals import Code as Ledger
from stampbook.ledger.joint import JointRefused
from stampbook.loyalty.faults import Code, Refused
from stampbook.loyalty.rewards import codes
from stampbook.loyalty.rewards.buying import Sale
from stampbook.loyalty.rewards.model import RewardType
from stampbook.programs.policies import Terms
from stampbook.storage.store import Store
from tests.loyalty.rewards.counters import DAY, START, Counter, Lot, counter
from tests.loyalty.rewards.shops import cost, offered


async def left(at: Counter, reward: object) -> int | None:
    return (await at.offer(reward)).stock  # type: ignore[arg-type]


@pytest.mark.parametrize(("writes_off", "stock"), [(False, 10), (True, 9)])
async def test_case_30_same_lots_and_dates(store: Store, *, writes_off: bool, stock: int) -> None:
    async with counter(store) as at:
        soon, late = START + 10 * DAY, START + 20 * DAY
        await at.give(200, expires_at=soon)
        await at.give(50, expires_at=late)
        before = await at.lots()
        reward = await offered(store, at.place, cost(at.place, 250), stock=10)
        sale = await at.buy(reward)
        assert await at.lots() == [Lot(200, 0, 200, soon), Lot(50, 0, 50, late)]
        assert await left(at, reward) == 9
        done = await at.refund(sale, writes_off=writes_off)
        assert (done.purchase.state, done.refund.points) == ("refunded", 250)
        assert await at.lots() == before
        assert await left(at, reward) == stock


async def test_case_31_the_last_piece(store: Store) -> None:
    async with counter(store) as at:
        reward = await offered(store, at.place, stock=1)
        buyers = [await at.new_member(100) for _ in range(20)]
        found = await asyncio.gather(
            *(at.buy(reward, member=each) for each in buyers), return_exceptions=True
        )
        assert sum(isinstance(each, Sale) for each in found) == 1
        refused = [each.code for each in found if isinstance(each, Refused)]
        assert refused == [Code.OUT_OF_STOCK] * 19
        assert sorted([await at.active(member=each) for each in buyers]) == [0] + [100] * 19
        assert await left(at, reward) == 0


async def test_case_32_by_quantity(store: Store) -> None:
    async with counter(store) as at:
        await at.give(300)
        reward = await offered(store, at.place, stock=3)
        sale = await at.buy(reward, 3)
        assert (await at.active(), await left(at, reward)) == (0, 0)
        first = await at.refund(sale, 1)
        assert (first.purchase.state, first.refund.points) == ("partly_refunded", 100)
        assert (await at.active(), await left(at, reward)) == (100, 1)
        with pytest.raises(JointRefused) as refused:
            await at.refund(sale, 3)
        assert refused.value.refusal.code is Ledger.EXCEEDS_ORIGINAL
        second = await at.refund(sale, 2)
        assert (second.purchase.state, second.refund.points) == ("refunded", 200)
        assert (await at.active(), await left(at, reward)) == (300, 3)
        with pytest.raises(JointRefused) as refused:
            await at.refund(sale)
        assert refused.value.refusal.code is Ledger.ALREADY_CANCELLED


async def test_case_33_bought_points_under_debt(store: Store) -> None:
    async with counter(store) as at:
        await at.give(500)
        reward = await offered(store, at.place, cost(at.place, 500), stars=100)
        sale = await at.buy(reward)
        assert (await at.active(), await at.active(at.place.stars)) == (0, 100)
        await at.do(Redeem(100), at.place.stars)
        done = await at.refund(sale)
        assert (done.refund.points, done.refund.target_points) == (500, 100)
        assert (await at.active(), await at.active(at.place.stars)) == (500, -100)


async def test_case_33_bought_points_under_refuse(store: Store) -> None:
    async with counter(store, stars=Terms(spent_accrual=SpentAccrual.REFUSE)) as at:
        await at.give(500)
        reward = await offered(store, at.place, cost(at.place, 500), stock=4, stars=100)
        sale = await at.buy(reward)
        await at.do(Redeem(100), at.place.stars)
        with pytest.raises(JointRefused) as refused:
            await at.refund(sale)
        assert refused.value.refusal.code is Ledger.POINTS_ALREADY_SPENT
        assert refused.value.account == await at.account(at.place.stars)
        assert (await at.active(), await at.active(at.place.stars)) == (0, 0)
        assert await left(at, reward) == 3


async def test_case_34_a_used_code(store: Store) -> None:
    async with counter(store) as at:
        await at.give(100)
        reward = await offered(store, at.place, type_=RewardType.CODE)
        sale = await at.buy(reward)
        (code,) = sale.codes
        async with store.transaction() as writing:
            used = await codes.use(writing, code, tenant=1, now=at.now)
        assert (used.state, used.purchase_id) == ("used", sale.purchase.purchase_id)
        with pytest.raises(Refused) as refused:
            await at.refund(sale)
        assert refused.value.code is Code.CODE_USED
        assert await at.active() == 0
        done = await at.refund(sale, keeps_codes=True)
        assert (done.voided, [each.code for each in done.kept]) == ((), [code])
        assert await at.active() == 100
        found = await codes.find(store, code, tenant=1)
        assert found is not None
        assert found.state == "used"
