"""Laws of purchases: whole or not at all, the stock adds up, codes go out once, and nothing is lost
when everything is taken back (R9, R11, R12). Checked after every step of a random history."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stampbook.domain.commands import Cancel, Redeem
from stampbook.domain.policy import SpentAccrual
from stampbook.ledger.joint import JointRefused
from stampbook.loyalty.faults import Refused
from stampbook.loyalty.rewards import codes, purchases
from stampbook.loyalty.rewards.buying import Sale
from stampbook.loyalty.rewards.model import Reward, RewardType
from stampbook.programs.policies import Terms
from stampbook.storage.store import Store
from tests.loyalty.rewards.counters import Counter, counter
from tests.loyalty.rewards.shops import cost, offered

POINTS, STOCK, POOL = 1_000, 6, 5

steps = st.lists(
    st.one_of(
        st.tuples(st.just("buy"), st.integers(0, 2), st.integers(1, 4)),
        st.tuples(
            st.just("refund"),
            st.integers(0, 5),
            st.one_of(st.none(), st.integers(1, 4)),
            st.booleans(),
            st.booleans(),
        ),
        st.tuples(st.just("use"), st.integers(0, 20)),
        st.tuples(st.just("cancel"), st.integers(0, 5), st.integers(1, 150)),
        st.tuples(st.just("spend"), st.integers(1, 40)),
    ),
    max_size=12,
)


class History:
    """Goods, codes of a pool, and points of another currency, all with a stock."""

    def __init__(self, at: Counter) -> None:
        self.at = at
        self.rewards: list[Reward] = []
        self.sales: list[Sale] = []

    async def begin(self) -> None:
        at, store = self.at, self.at.store
        price = cost(at.place, 100)
        await at.give(POINTS)
        pooled: dict[str, Any] = {"type_": RewardType.CODE, "is_pooled": True}
        self.rewards = [
            await offered(store, at.place, price, stock=STOCK),
            await offered(store, at.place, price, stock=STOCK, **pooled),
            await offered(store, at.place, price, stock=STOCK, stars=10),
        ]
        number = self.rewards[1].reward_id
        pool = [f"P{number}-{each}" for each in range(POOL)]
        async with store.transaction() as writing:
            await codes.add_to_pool(writing, pool, tenant=1, reward=number, now=1)

    async def step(self, step: tuple[Any, ...]) -> None:
        at = self.at
        match step:
            case ("buy", which, quantity):
                self.sales.append(await at.buy(self.rewards[which], quantity))
            case ("refund", which, quantity, writes_off, keeps) if self.sales:
                sale = self.sales[which % len(self.sales)]
                await at.refund(sale, quantity, writes_off=writes_off, keeps_codes=keeps)
            case ("use", which) if handed := [c for each in self.sales for c in each.codes]:
                code = handed[which % len(handed)]
                found = await codes.find(at.store, code, tenant=1)
                if found is not None and found.state == "issued":
                    async with at.store.transaction() as writing:
                        await codes.use(writing, code, tenant=1, now=at.now)
            case ("cancel", which, points) if self.sales:
                sale = self.sales[which % len(self.sales)]
                account = sale.purchase.account_id
                await at.ledger.settle([account])
                left = await self._left(sale)
                if 0 < points < left:
                    await at.do(Cancel(sale.purchase.seq, points))
            case ("spend", points) if await at.active(at.place.stars) >= points:
                await at.do(Redeem(points), at.place.stars)

    async def _left(self, sale: Sale) -> int:
        """What is in force of the sale's redemption."""
        row = await self.at.store.fetch_one(
            "SELECT base - cancelled AS points FROM standings WHERE account_id = $1 AND target = $2"
            " ORDER BY seq DESC LIMIT 1",
            sale.purchase.account_id,
            sale.purchase.seq,
        )
        return sale.purchase.points if row is None else int(row["points"])

    async def seen(self) -> list[object]:
        """All that a purchase or refund could change."""
        at = self.at
        bought = [
            await purchases.get(at.store, each.purchase.purchase_id, tenant=1)
            for each in self.sales
        ]
        kept = [
            await codes.page(at.store, each.reward_id, tenant=1, limit=99) for each in self.rewards
        ]
        shelves = [await at.offer(each) for each in self.rewards]
        stars = await at.active(at.place.stars)
        return [await at.active(), stars, shelves, bought, kept]

    async def check(self) -> None:
        at, store = self.at, self.at.store
        found = []
        for sale in self.sales:
            purchase = await purchases.get(store, sale.purchase.purchase_id, tenant=1)
            assert purchase is not None
            found.append(purchase)
            # What remains of a purchase is worth its price, or less after a cancel by hand.
            assert await self._left(sale) <= 100 * (purchase.quantity - purchase.refunded)
        for reward in self.rewards:
            offer = await at.offer(reward)
            own = [each for each in found if each.reward_id == reward.reward_id]
            in_force = sum(each.quantity - each.refunded for each in own)
            written_off = sum(each.written_off for each in own)
            assert offer.stock is not None
            assert offer.stock >= 0
            assert (offer.redeemed, offer.written_off) == (in_force, written_off)
            assert offer.stock + in_force + written_off == STOCK  # R11
        listed = await codes.page(store, self.rewards[1].reward_id, tenant=1, limit=99)
        assert len(listed) == POOL
        issued = [code for sale in self.sales for code in sale.codes]
        assert len(issued) == len(set(issued))  # R12
        assert {each.code for each in listed if each.state != "free"} == set(issued)
        left = sum([await self._left(each) for each in self.sales])
        assert await at.active() == POINTS - left


async def run(store: Store, history: list[tuple[Any, ...]], policy: SpentAccrual) -> None:
    async with counter(store, stars=Terms(spent_accrual=policy)) as at:
        life = History(at)
        await life.begin()
        for step in history:
            before = await life.seen()
            try:
                await life.step(step)
            except (Refused, JointRefused):
                assert await life.seen() == before  # R9
            await life.check()
        for sale in life.sales:
            purchase = await purchases.get(store, sale.purchase.purchase_id, tenant=1)
            assert purchase is not None
            if purchase.state != "refunded" and policy is SpentAccrual.DEBT:
                await at.refund(sale, keeps_codes=True)
        if policy is SpentAccrual.DEBT:
            await life.check()
            assert await at.active() == POINTS


@pytest.mark.parametrize("policy", list(SpentAccrual))
@settings(
    max_examples=15,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(history=steps)
async def test_random_histories(
    store: Store, policy: SpentAccrual, history: list[tuple[Any, ...]]
) -> None:
    await run(store, history, policy)


@pytest.mark.parametrize("seed", range(2))
async def test_long_histories(store: Store, seed: int) -> None:
    """As above, and longer."""
    chance = random.Random(seed)
    kinds: list[tuple[Any, ...]] = []
    for _ in range(60):
        kinds.append(
            chance.choice(
                [
                    ("buy", chance.randrange(3), chance.randint(1, 3)),
                    (
                        "refund",
                        chance.randrange(20),
                        chance.choice([None, 1, 2]),
                        chance.random() < 0.2,
                        chance.random() < 0.5,
                    ),
                    ("use", chance.randrange(20)),
                    ("cancel", chance.randrange(20), chance.randint(1, 150)),
                    ("spend", chance.randint(1, 20)),
                ]
            )
        )
    await run(store, kinds, SpentAccrual.CLAMP)
