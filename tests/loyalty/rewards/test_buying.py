"""Purchases: their checks in order, limits, codes, dry runs, repeats, and undoing by hand."""

from __future__ import annotations

import asyncio
from functools import partial

import pytest

from stampbook.domain.commands import Cancel
from stampbook.domain.refusals import Code as Ledger
from stampbook.domain.refusals import Refusal
from stampbook.ledger.joint import JointRefused
from stampbook.ledger.submission import Submission
from stampbook.loyalty.faults import Code, Refused
from stampbook.loyalty.model import Cooldown, Frequency, Hours
from stampbook.loyalty.rewards import buying, codes, offers, purchases, rewards
from stampbook.loyalty.rewards.codes import ALPHABET
from stampbook.loyalty.rewards.model import RewardType
from stampbook.loyalty.rewards.selling import Sale
from stampbook.loyalty.rules import currency_limits
from stampbook.loyalty.rules.currency_limits import CurrencyLimits, PeriodLimit, SpendingLimits
from stampbook.programs import members, programs
from stampbook.programs.faults import Gone, Invalid, Taken
from stampbook.storage.store import Store
from tests.loyalty.rewards.counters import DAY, START, counter
from tests.loyalty.rewards.shops import cost, new_reward, offered

HOUR = DAY // 24


async def code_of(buy: object) -> Code:
    with pytest.raises(Refused) as refused:
        await buy  # type: ignore[misc]
    return refused.value.code


async def test_the_checks_in_their_order(store: Store) -> None:
    """Everything is wrong at first, and is put right one by one."""
    async with counter(store) as at:
        program, member = at.place.program.program_id, at.place.member.member_id
        closed = Frequency(1, "day")
        reward = await new_reward(
            store,
            at.place,
            cost(at.place, 100, 'member.metadata.kind == "gold"'),
            type_=RewardType.CODE,
            is_pooled=True,
            status="draft",
            starts_at=START + DAY,
            terms={"frequency": closed},
        )
        buy = partial(at.buy, reward)

        async with store.transaction() as writing:
            await programs.update(writing, program, {"status": "inactive"}, tenant=1, now=1)
            await members.update(writing, member, {"status": "inactive"}, tenant=1, now=1)
        with pytest.raises(JointRefused) as refused:
            await buy()
        assert refused.value.refusal.code is Ledger.PROGRAM_INACTIVE
        async with store.transaction() as writing:
            await programs.update(writing, program, {"status": "active"}, tenant=1, now=1)
        with pytest.raises(JointRefused) as refused:
            await buy()
        assert refused.value.refusal.code is Ledger.MEMBER_INACTIVE
        async with store.transaction() as writing:
            await members.update(writing, member, {"status": "active"}, tenant=1, now=1)
        with pytest.raises(Gone):
            await buy()
        async with store.transaction() as writing:
            await offers.put(
                writing, tenant=1, program=program, reward=reward.reward_id, stock=0, now=1
            )
        assert await code_of(buy()) is Code.REWARD_INACTIVE
        async with store.transaction() as writing:
            await rewards.step(writing, reward.reward_id, "active", tenant=1, now=2)
        assert await code_of(buy()) is Code.REWARD_INACTIVE
        at.now = START + DAY
        assert await code_of(buy()) is Code.NO_MATCHING_COST
        async with store.transaction() as writing:
            gold = '{"kind":"gold"}'
            await members.update(writing, member, {"metadata": gold}, tenant=1, now=1)
        assert await code_of(buy(2)) is Code.LIMIT_REACHED
        limits = CurrencyLimits(spending=SpendingLimits(per_transaction=99))
        async with store.transaction() as writing:
            await currency_limits.put(writing, at.place.points.currency_id, limits, now=1)
        assert await code_of(buy()) is Code.LIMIT_REACHED
        async with store.transaction() as writing:
            await currency_limits.put(writing, at.place.points.currency_id, CurrencyLimits(), now=1)
        with pytest.raises(JointRefused) as refused:
            await buy()
        assert refused.value.refusal.code is Ledger.INSUFFICIENT_POINTS
        await at.give(100)
        assert await code_of(buy()) is Code.OUT_OF_STOCK
        await store.execute("UPDATE offers SET stock = 5 WHERE program_id = $1", program)
        assert await code_of(buy()) is Code.OUT_OF_STOCK
        async with store.transaction() as writing:
            await codes.add_to_pool(writing, ["A-1"], tenant=1, reward=reward.reward_id, now=1)
        sale = await buy()
        assert sale.codes == ("A-1",)
        assert (await at.active(), (await at.offer(reward)).stock) == (0, 4)


async def test_the_first_cost_whose_condition_holds(store: Store) -> None:
    async with counter(store) as at:
        await at.give(1000)
        reward = await offered(
            store,
            at.place,
            cost(at.place, 10, "member.metadata.absent == 1"),
            cost(at.place, 20, '"friends" in member.segments'),
            cost(at.place, 30, "local.weekday == 8"),
            cost(at.place, 40),
        )
        assert (await at.buy(reward)).purchase.points == 40
        await store.execute(
            "INSERT INTO segment_members (program_id, segment, member_id, entered_at)"
            " VALUES ($1, 'friends', $2, 1)",
            at.place.program.program_id,
            at.place.member.member_id,
        )
        sale = await at.buy(reward)
        assert (sale.purchase.points, sale.purchase.position) == (20, 1)


async def test_hours_and_dates(store: Store) -> None:
    async with counter(store) as at:
        await at.give(1000)
        minute = START // 60_000_000 % (24 * 60)
        hours = (Hours(frozenset(range(7)), minute, minute + 60),)
        reward = await offered(store, at.place, ends_at=START + 2 * DAY, terms={"hours": hours})
        await at.buy(reward)
        at.now = START + HOUR
        assert await code_of(at.buy(reward)) is Code.REWARD_INACTIVE
        at.now = START + DAY
        await at.buy(reward)
        at.now = START + 2 * DAY
        assert await code_of(at.buy(reward)) is Code.REWARD_INACTIVE


async def test_limits_count_what_is_in_force(store: Store) -> None:
    async with counter(store) as at:
        await at.give(1000)
        reward = await offered(store, at.place, terms={"frequency": Frequency(2, "day")})
        first = await at.buy(reward, 2)
        assert await code_of(at.buy(reward)) is Code.LIMIT_REACHED
        await at.refund(first, 1)
        await at.buy(reward)
        assert await code_of(at.buy(reward)) is Code.LIMIT_REACHED
        at.now = START + DAY
        await at.buy(reward, 2)
        cooling = await offered(store, at.place, terms={"cooldown": Cooldown(2, "hour")})
        sale = await at.buy(cooling)
        at.now += HOUR
        assert await code_of(at.buy(cooling)) is Code.LIMIT_REACHED
        await at.refund(sale)
        await at.buy(cooling)


async def test_a_limit_holds_when_many_buy_at_once(store: Store) -> None:
    async with counter(store) as at:
        await at.give(1000)
        reward = await offered(store, at.place, terms={"frequency": Frequency(3, "lifetime")})
        found = await asyncio.gather(*(at.buy(reward) for _ in range(10)), return_exceptions=True)
        assert sum(isinstance(each, Sale) for each in found) == 3
        assert await at.active() == 700


async def test_spending_limits(store: Store) -> None:
    async with counter(store) as at:
        await at.give(1000)
        period = PeriodLimit(250, "day")
        limits = CurrencyLimits(spending=SpendingLimits(lifetime=350, period=period))
        async with store.transaction() as writing:
            await currency_limits.put(writing, at.place.points.currency_id, limits, now=1)
        reward = await offered(store, at.place)
        sale = await at.buy(reward, 2)
        assert await code_of(at.buy(reward)) is Code.LIMIT_REACHED
        await at.refund(sale, 1)
        await at.buy(reward)
        at.now = START + DAY
        await at.buy(reward)
        assert await code_of(at.buy(reward)) is Code.LIMIT_REACHED


async def test_a_dry_run_writes_nothing(store: Store) -> None:
    async with counter(store) as at:
        await at.give(100)
        reward = await offered(store, at.place, type_=RewardType.CODE, stock=1)
        tried = await at.buy(reward, dry_run=True)
        assert (tried.purchase.points, len(tried.codes)) == (100, 1)
        assert (await at.active(), (await at.offer(reward)).stock) == (100, 1)
        assert await codes.find(store, tried.codes[0], tenant=1) is None
        sale = await at.buy(reward)
        refunded = await at.refund(sale, dry_run=True)
        assert (refunded.refund.points, len(refunded.voided)) == (100, 1)
        found = await purchases.get(store, sale.purchase.purchase_id, tenant=1)
        assert found == sale.purchase
        with pytest.raises(JointRefused):
            await at.buy(reward, member=await at.new_member(), dry_run=True)


async def test_an_external_id_buys_once(store: Store) -> None:
    async with counter(store) as at:
        await at.give(1000)
        reward = await offered(store, at.place, type_=RewardType.CODE)
        found = await asyncio.gather(*(at.buy(reward, external_id="x") for _ in range(8)))
        assert {each.purchase for each in found} == {found[0].purchase}
        assert {each.codes for each in found} == {found[0].codes}
        assert await at.active() == 900
        assert await code_of(at.buy(reward, 2, external_id="x")) is Code.EXTERNAL_ID_TAKEN


async def test_generated_codes_are_plain_and_differ(store: Store) -> None:
    async with counter(store) as at:
        await at.give(5000)
        reward = await offered(store, at.place, type_=RewardType.CODE)
        sale = await at.buy(reward, 50)
        assert len(set(sale.codes)) == 50
        assert all(set(code.replace("-", "")) <= set(ALPHABET) for code in sale.codes)
        refunded = await at.refund(sale, 20)
        assert len(refunded.voided) == 20
        with pytest.raises(Gone):
            async with store.transaction() as writing:
                await codes.use(writing, refunded.voided[0].code, tenant=1, now=at.now)


async def test_a_pool_hands_each_code_out_once(store: Store) -> None:
    async with counter(store) as at:
        reward = await offered(store, at.place, type_=RewardType.CODE, is_pooled=True)
        pool = [f"C{number}" for number in range(8)]
        async with store.transaction() as writing:
            await codes.add_to_pool(writing, pool, tenant=1, reward=reward.reward_id, now=1)
        buyers = [await at.new_member(100) for _ in range(10)]
        found = await asyncio.gather(
            *(at.buy(reward, member=each) for each in buyers), return_exceptions=True
        )
        sold = [each for each in found if isinstance(each, Sale)]
        assert sorted(each.codes[0] for each in sold) == pool
        refused = [each.code for each in found if isinstance(each, Refused)]
        assert refused == [Code.OUT_OF_STOCK] * 2


async def test_a_code_of_a_pool_is_new_to_the_tenant(store: Store) -> None:
    async with counter(store) as at:
        reward = await offered(store, at.place, type_=RewardType.CODE, is_pooled=True)
        for listed, fault in ((["A", "B", "A"], Taken), (["a/b"], Invalid), ([], Invalid)):
            with pytest.raises(fault):
                async with store.transaction() as writing:
                    await codes.add_to_pool(
                        writing, listed, tenant=1, reward=reward.reward_id, now=1
                    )
        assert await codes.page(store, reward.reward_id, tenant=1, limit=5) == []


async def test_prices_are_what_they_were(store: Store) -> None:
    """A purchase is taken back as it was made, whatever became of reward, offer and member."""
    async with counter(store) as at:
        await at.give(500)
        reward = await offered(store, at.place, stock=5)
        sale = await at.buy(reward, 2)
        dearer = reward.terms._replace(costs=(cost(at.place, 300),))
        number, program = reward.reward_id, at.place.program.program_id
        async with store.transaction() as writing:
            change = {"terms": dearer, "is_refundable": False}
            await rewards.update(writing, number, change, tenant=1, now=at.now)
            await offers.end(writing, tenant=1, program=program, reward=number, now=at.now)
            await rewards.delete(writing, number, tenant=1, now=at.now)
            await members.delete(writing, at.place.member.member_id, tenant=1, now=at.now)
        assert (await at.refund(sale, 1)).refund.points == 100
        assert (await at.refund(sale)).refund.points == 100
        assert (await at.offer(reward)).stock == 5


async def test_what_is_not_refundable(store: Store) -> None:
    async with counter(store) as at:
        await at.give(500)
        reward = await offered(store, at.place, is_refundable=False)
        sale = await at.buy(reward)
        assert await code_of(at.refund(sale)) is Code.NOT_REFUNDABLE
        await at.refund(sale, allows=True)
        assert await at.active() == 500


async def test_what_was_cancelled_by_hand_returns_once(store: Store) -> None:
    async with counter(store) as at:
        await at.give(300)
        reward = await offered(store, at.place)
        sale = await at.buy(reward, 3)
        await at.do(Cancel(sale.purchase.seq, 150))
        first = await at.refund(sale, 1)
        assert (first.refund.points, first.refund.seq) == (0, None)
        second = await at.refund(sale, 1)
        assert second.refund.points == 50
        assert (await at.refund(sale)).refund.points == 100
        assert await at.active() == 300


async def test_a_cancel_by_hand_is_undone_only_while_nothing_is_refunded(store: Store) -> None:
    async with counter(store) as at:
        await at.give(300)
        reward = await offered(store, at.place)
        sale = await at.buy(reward, 3)
        (cancel,) = await at.do(Cancel(sale.purchase.seq, 150))
        await at.do(Cancel(cancel.seq))
        assert await at.active() == 0
        (cancel,) = await at.do(Cancel(sale.purchase.seq, 150))
        refunded = await at.refund(sale)
        assert refunded.returned is not None
        for seq in (cancel.seq, refunded.returned.seq):
            account = sale.purchase.account_id
            outcome = await at.ledger.submit(Submission(1, account, (Cancel(seq),)))
            assert isinstance(outcome, Refusal)
            assert outcome.code is Ledger.NOT_CANCELLABLE
        assert await at.active() == 300


async def test_two_refunds_at_once(store: Store) -> None:
    async with counter(store) as at:
        await at.give(300)
        reward = await offered(store, at.place, stock=3)
        sale = await at.buy(reward, 3)
        found = await asyncio.gather(
            *(at.refund(sale, 1) for _ in range(5)), return_exceptions=True
        )
        assert sum(isinstance(each, JointRefused) for each in found) == 2
        assert (await at.active(), (await at.offer(reward)).stock) == (300, 3)
        listed = await purchases.refunds(store, sale.purchase.purchase_id)
        assert [each.refunded for each in listed] == [1, 2, 3]


@pytest.mark.parametrize("quantity", [0, -1, buying.MAX_QUANTITY + 1])
async def test_quantities_that_cannot_be(store: Store, quantity: int) -> None:
    async with counter(store) as at:
        reward = await offered(store, at.place)
        with pytest.raises(Invalid):
            await at.buy(reward, quantity)
        dear = await offered(store, at.place, cost(at.place, 9 * 10**15))
        with pytest.raises(Invalid):
            await at.buy(dear, 2)


async def test_another_tenant_sees_nothing(store: Store) -> None:
    async with counter(store) as at:
        await at.give(300)
        reward = await offered(store, at.place)
        sale = await at.buy(reward)
        assert await purchases.get(store, sale.purchase.purchase_id, tenant=2) is None
        wish = buying.Wish(
            2, at.place.program.program_id, at.place.member.member_id, reward.reward_id
        )
        with pytest.raises(Gone):
            await buying.buy(at.ledger, wish)
