"""A broken invariant is a bug of one account: whoever shares its batch must not notice."""

from __future__ import annotations

import asyncio
import logging

import pytest

from stampbook.domain.commands import Accrue, Cancel, Redeem
from stampbook.domain.invariants import BrokenInvariant
from stampbook.ledger.engine import Ledger
from stampbook.ledger.outcomes import Done
from stampbook.storage.store import Store
from tests.laws.histories import DAY, PLAIN, START, plan_of
from tests.ledgers.on_store import StoreLedger
from tests.ledgers.seen import AccountPlan, Plan
from tests.tampering import edit_journal

OTHERS = 40


async def break_account(ledger: StoreLedger, name: str) -> None:
    """Points that were due to expire before the account's last row: no history leads there."""
    await ledger.submit(name, Accrue(10, expires_at=START + DAY))
    await put_off_last_row(ledger, name, 30 * DAY)


async def put_off_last_row(ledger: StoreLedger, name: str, time: int) -> None:
    """By the hand of an administrator: the journal refuses it."""
    later = "UPDATE transactions SET recorded_at = recorded_at + $1 WHERE account_id = $2"
    await edit_journal(ledger.store, later, time, ledger.accounts[name])
    await ledger.forget(name)


async def test_others_of_the_batch_commit_together(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    ledger = StoreLedger(store)
    batches: list[int] = []
    ledger.engine = Ledger(store, clock=lambda: ledger.now, after_batch=batches.append)
    plan = plan_of(PLAIN)
    names = [f"other {number}" for number in range(OTHERS)]
    plan = Plan(plan.currencies, {each: AccountPlan(each, "currency-a") for each in ("a", *names)})
    await ledger.found(plan)
    ledger.set_clock(START)
    await break_account(ledger, "a")
    batches.clear()
    with caplog.at_level(logging.CRITICAL, logger="stampbook.ledger.lane"):
        asked = [
            ledger.engine.submit(ledger.submission(name, command))
            for other in names
            for name, command in ((other, Accrue(7)), ("a", Redeem(1)), (other, Redeem(3)))
        ]
        answers = await asyncio.gather(*asked, return_exceptions=True)
    broken = [answer for answer in answers if isinstance(answer, BaseException)]
    assert len(broken) == OTHERS
    assert all(isinstance(each, BrokenInvariant) for each in broken)
    done = [answer for answer in answers if isinstance(answer, Done)]
    assert len(done) == 2 * OTHERS
    assert sum(batches) == 2 * OTHERS
    assert len(batches) <= store.shards, "the others were saved one by one"
    for name in names:
        assert (await ledger.balance(name)).active == 4
    # What was meant for the broken account has changed nothing, and it can be mended.
    await put_off_last_row(ledger, "a", -30 * DAY)
    assert (await ledger.submit("a", Redeem(4))).refused is None
    assert (await ledger.balance("a")).active == 6
    await ledger.finish()


async def test_a_row_that_is_missing(store: Store) -> None:
    """What refers to it fails, once it is known that the journal does not have it; it is not
    asked for again and again."""
    ledger = StoreLedger(store)
    await ledger.found(plan_of(PLAIN))
    ledger.set_clock(START)
    await ledger.submit("a", Accrue(10))
    away = "UPDATE transactions SET seq = 9, state_seq = 9 WHERE account_id = $1"
    assert await edit_journal(store, away, ledger.accounts["a"]) == 1
    await ledger.forget("a")
    for command in (Cancel(1), Redeem(1)):
        asked = ledger.engine.submit(ledger.submission("a", command))
        if isinstance(command, Cancel):
            with pytest.raises(BrokenInvariant, match="lacks what it refers to"):
                await asked
        else:
            assert isinstance(await asked, Done)
