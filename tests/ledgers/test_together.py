"""Many submissions of one request, which are waited for together."""

from __future__ import annotations

import asyncio
import logging

import pytest

from stampbook.domain.commands import Accrue, Redeem
from stampbook.domain.invariants import BrokenInvariant
from stampbook.domain.refusals import Code, Refusal
from stampbook.ledger.engine import Ledger
from stampbook.ledger.outcomes import Done, Together
from stampbook.ledger.submission import Submission, Transfer
from stampbook.storage.store import Store
from tests.engine.test_broken_accounts import break_account
from tests.laws.histories import PLAIN, START, plan_of
from tests.ledgers.on_store import StoreLedger
from tests.ledgers.seen import AccountPlan, Plan

NO = Refusal(Code.NOT_FOUND, "no")


async def opened(store: Store, *names: str) -> StoreLedger:
    ledger = StoreLedger(store)
    plan = plan_of(PLAIN)
    await ledger.found(
        Plan(plan.currencies, {each: AccountPlan(each, "currency-a") for each in ("a", *names)})
    )
    ledger.set_clock(START)
    return ledger


async def test_outcomes_come_in_the_order_of_the_submissions(store: Store) -> None:
    """Those of both shards, and of transfers, which wait for what comes before them."""
    ledger = await opened(store, "b", "c", "d")
    items: list[Submission | Transfer] = []
    for turn, name in enumerate("abcd" * 10, 1):
        items.append(ledger.submission(name, Accrue(turn)))
    one = items[0]
    source, receiver = ledger.accounts["a"], ledger.accounts["b"]
    items.insert(8, Transfer(one.tenant, source, receiver, 5))
    items.append(Transfer(one.tenant, receiver, source, 100))
    items.append(ledger.submission("c", Redeem(10**9)))
    outcomes = await ledger.engine.submit_all(items, atomic=False)
    refused = outcomes.pop()
    assert isinstance(refused, Refusal)
    assert refused.code is Code.INSUFFICIENT_POINTS
    done = [each for each in outcomes if isinstance(each, Done)]
    assert len(done) == len(outcomes)
    assert [each.transaction.amount for each in done] == [*range(1, 9), 5, *range(9, 41), 100]
    await ledger.finish()


async def test_one_that_fails_fails_all_and_the_others_are_carried_out(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    ledger = await opened(store, "b", "c")
    await break_account(ledger, "b")
    items = [ledger.submission(name, Accrue(3)) for name in "abcabc"]
    with (
        caplog.at_level(logging.CRITICAL, logger="stampbook.ledger.lane"),
        pytest.raises(BrokenInvariant),
    ):
        await ledger.engine.submit_all(items, atomic=False)
    assert isinstance(await ledger.engine.submit(ledger.submission("a", Redeem(6))), Done)
    assert isinstance(await ledger.engine.submit(ledger.submission("c", Redeem(6))), Done)
    await ledger.engine.stop()


async def test_who_waits_no_longer_leaves_all_that_waits_with_it(store: Store) -> None:
    """What has begun is carried out all the same, and the lanes go on."""
    ledger = await opened(store, "b")
    items = [ledger.submission(name, Accrue(3)) for name in "ab" * 5]
    asking = asyncio.create_task(ledger.engine.submit_all(items, atomic=False))
    await asyncio.sleep(0)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert isinstance(await ledger.engine.submit(ledger.submission("a", Accrue(1))), Done)
    await ledger.finish()


async def test_a_full_queue_refuses_what_finds_no_place(store: Store) -> None:
    ledger = await opened(store)
    ledger.engine = Ledger(store, clock=lambda: START, max_queue=3)
    await ledger.engine.start()
    items = [ledger.submission("a", Accrue(1))] * 5
    outcomes = await ledger.engine.submit_all(items, atomic=False)
    codes = [each.code for each in outcomes if isinstance(each, Refusal)]
    assert codes == [Code.OVERLOADED] * 2
    await ledger.engine.stop()


async def test_a_seat_is_taken_or_left() -> None:
    together = Together()
    await together.whole()
    first, second = together.seat(), together.seat()
    first.set_result(NO)
    assert first.done()
    assert not second.done()
    waiting = asyncio.create_task(together.whole())
    await asyncio.sleep(0)
    second.set_result(NO)
    await waiting
    assert first.result() is second.result() is NO

    third, fourth = together.seat(), together.seat()
    waiting = asyncio.create_task(together.whole())
    await asyncio.sleep(0)
    third.set_exception(ValueError("first"))
    with pytest.raises(ValueError, match="first"):
        await waiting
    assert not fourth.done()
    fourth.set_exception(KeyError("second"))
    with pytest.raises(ValueError, match="first"):
        await together.whole()

    left = Together()
    seat = left.seat()
    waiting = asyncio.create_task(left.whole())
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.wait((waiting,))
    assert seat.done()
