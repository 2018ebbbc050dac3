"""Accounts with many lots, redemptions and deficits, decided from what the store brings.

The engine forgets the account before every command, so that each decision starts from the state
and what it then finds lacking; the naive ledger knows everything. They must agree.
"""

from __future__ import annotations

import asyncio
import random
import threading
from collections.abc import AsyncIterator

import pytest

from stampbook.domain.book import Book
from stampbook.domain.commands import (
    Accrue,
    Activate,
    Cancel,
    Command,
    Commit,
    Expire,
    Hold,
    Redeem,
    Release,
)
from stampbook.domain.deciding import decide
from stampbook.domain.model import FOREVER, MICROSECONDS, Transaction
from stampbook.domain.policy import ExpiryRule, ExpiryType, Period, Policy, SpentAccrual, Unit
from stampbook.domain.recording import is_whole
from stampbook.ledger import cache
from stampbook.ledger.outcomes import Done
from stampbook.ledger.submission import Submission
from stampbook.ledger.work import takes_long
from stampbook.pacing import LARGE
from stampbook.storage.store import Store
from tests.laws.histories import DAY, PLAIN, START, plan_of
from tests.ledgers.in_memory import empty_book
from tests.ledgers.on_store import StoreLedger
from tests.model.comparing import Comparison

SOME = 64
LOTS = SOME + SOME // 2
"""More than an allocation's version names (domain.recording.MOST_PARTS), and so many that a row
seldom has the state whole."""
HOUR_S = 3_600

SLIDING = PLAIN._replace(expiry=ExpiryRule(ExpiryType.SLIDING, Period(30, Unit.DAY)))


class Forgetful:
    """Both ledgers, the engine's memory emptied before each command."""

    def __init__(self, both: Comparison) -> None:
        self.both = both
        self.requests = 0

    async def ask(self, command: Command, account: str = "a") -> int:
        """The number of the transaction that both ledgers made (0: refused)."""
        self.requests += 1
        await self.both.ledger.forget(account)
        answer = await self.both.submit(account, command, key=f"key-{self.requests}")
        return answer.rows[0].seq if answer.refused is None else 0

    async def move(self, amount: int) -> int:
        """A transfer from a to b; the number of the row that left."""
        for account in "ab":
            await self.both.ledger.forget(account)
        answer = await self.both.transfer("a", "b", amount)
        return answer.rows[0].seq


@pytest.fixture
async def open_ledger(store: Store) -> AsyncIterator[StoreLedger]:
    ledger = StoreLedger(store)
    yield ledger
    await ledger.finish()


async def begin(ledger: StoreLedger, policy: Policy = PLAIN) -> Forgetful:
    both = Comparison(ledger, plan_of(policy, policy))
    await both.found()
    both.set_clock(START)
    return Forgetful(both)


async def with_lots(large: Forgetful, *, dated: bool = True) -> list[int]:
    """Many lots of 10 points; their expiries in an order that is not theirs."""
    order = random.Random(1)
    made = []
    for _ in range(LOTS):
        expires = START + order.randrange(10, 100) * DAY if dated else None
        made.append(await large.ask(Accrue(10, expires_at=expires)))
    return made


async def test_spending_with_many_lots(open_ledger: StoreLedger) -> None:
    large = await begin(open_ledger)
    await with_lots(large)
    for amount in (5, 10 * SOME, 200, 10 * LOTS):
        await large.ask(Redeem(amount))
    await large.both.compare()
    large.both.set_clock(START + 60 * DAY)
    await large.both.compare()
    await large.ask(Redeem(1))
    large.both.set_clock(START + 200 * DAY)
    await large.ask(Redeem(1))
    await large.both.compare()


async def test_cancels_with_many_lots(open_ledger: StoreLedger) -> None:
    """One redemption that many lots pay: cancelled in parts, wholly, and brought back."""
    large = await begin(open_ledger)
    accruals = await with_lots(large)
    spent = await large.ask(Redeem(10 * SOME + 105))
    part = await large.ask(Cancel(spent, 33))
    for accrual in (*accruals[:3], *accruals[-3:]):
        await large.ask(Cancel(accrual))
    await large.ask(Cancel(part))
    rest = await large.ask(Cancel(spent))
    await large.both.compare()
    await large.ask(Cancel(rest))
    await large.both.compare()
    large.both.set_clock(START + 50 * DAY)
    await large.ask(Cancel(spent))
    await large.both.compare()


@pytest.mark.parametrize("spent_accrual", SpentAccrual)
async def test_an_accrual_that_many_spent(
    open_ledger: StoreLedger, spent_accrual: SpentAccrual
) -> None:
    """One lot that pays for many redemptions and holds, then is cancelled and brought back."""
    large = await begin(open_ledger, PLAIN._replace(spent_accrual=spent_accrual))
    whale = await large.ask(Accrue(20 * LOTS, expires_at=START + DAY * 5))
    other = await large.ask(Accrue(7 * LOTS))
    for turn in range(LOTS):
        await large.ask(Redeem(10) if turn % 2 else Hold(10, timeout_s=HOUR_S))
    cancel = await large.ask(Cancel(whale))
    await large.both.compare()
    large.both.set_clock(START + HOUR_S * MICROSECONDS)
    await large.both.compare()
    await large.ask(Accrue(300))
    if cancel:
        await large.ask(Cancel(cancel))
    await large.ask(Cancel(other))
    await large.both.compare()


async def test_deficits_with_many_lots(open_ledger: StoreLedger) -> None:
    """Points pay the oldest of many deficits, and give them back."""
    large = await begin(open_ledger, PLAIN._replace(overdraft=10 * LOTS))
    owing = [await large.ask(Redeem(10)) for _ in range(LOTS)]
    first = await large.ask(Accrue(10 * SOME + 5))
    await large.ask(Cancel(owing[0]))
    await large.ask(Cancel(owing[SOME + 2]))
    await large.both.compare()
    await large.ask(Cancel(first))
    await large.ask(Accrue(20 * LOTS))
    await large.both.compare()


async def test_what_is_due_with_many_lots(open_ledger: StoreLedger) -> None:
    """Many deadlines, activations and expiries pass at once."""
    large = await begin(open_ledger)
    order = random.Random(2)
    for _ in range(LOTS):
        start = START + order.randrange(1, 30) * DAY
        await large.ask(Accrue(10, activates_at=start, expires_at=start + 3 * DAY))
    await large.ask(Accrue(10 * LOTS))
    holds = [
        await large.ask(Hold(5, timeout_s=order.randrange(1, 30) * 24 * HOUR_S))
        for _ in range(LOTS)
    ]
    large.both.set_clock(START + 15 * DAY)
    await large.ask(Redeem(3))
    await large.both.compare()
    await large.ask(Release(holds[-1]))
    await large.ask(Commit(holds[-2]))
    large.both.set_clock(START + 100 * DAY)
    await large.ask(Redeem(3))
    await large.both.compare()


async def test_sliding_with_many_lots(open_ledger: StoreLedger) -> None:
    large = await begin(open_ledger, SLIDING)
    accruals = await with_lots(large, dated=False)
    large.both.set_clock(START + 10 * DAY)
    spent = await large.ask(Redeem(10 * SOME + 5))
    large.both.set_clock(START + 39 * DAY)
    await large.ask(Accrue(10, activates_at=FOREVER))
    await large.ask(Cancel(accruals[0]))
    await large.both.compare()
    large.both.set_clock(START + 100 * DAY)
    await large.ask(Cancel(spent, 100))
    await large.ask(Accrue(5))
    await large.ask(Cancel(spent))
    await large.both.compare()


async def test_transfers_with_many_lots(open_ledger: StoreLedger) -> None:
    large = await begin(open_ledger)
    accruals = await with_lots(large)
    left = await large.move(10 * SOME + 55)
    await large.ask(Redeem(10 * SOME), "b")
    cancel = await large.ask(Cancel(left, 100))
    await large.ask(Cancel(cancel))
    await large.ask(Cancel(left))
    await large.ask(Cancel(accruals[1]))
    await large.both.compare()


async def test_by_hand_with_many_lots(open_ledger: StoreLedger) -> None:
    large = await begin(open_ledger)
    accruals = await with_lots(large)
    waiting = await large.ask(Accrue(10, activates_at=START + DAY))
    await large.ask(Activate(waiting))
    await large.ask(Expire(accruals[0]))
    await large.ask(Expire(accruals[-1]))
    await large.ask(Redeem(10 * LOTS - 20))
    await large.both.compare()


async def test_a_deficit_that_comes_back_is_paid_with_many_lots(open_ledger: StoreLedger) -> None:
    """The exact reversal of a cancel: more lots than a page pay what is owed again."""
    large = await begin(open_ledger, PLAIN._replace(overdraft=10 * LOTS))
    await large.ask(Accrue(100))
    spent = await large.ask(Redeem(100 + LOTS))
    cancel = await large.ask(Cancel(spent))
    for _ in range(LOTS):
        await large.ask(Accrue(1))
    await large.ask(Cancel(cancel))
    await large.both.compare()


async def test_what_slept_is_not_lost_when_memory_is_short(
    open_ledger: StoreLedger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a long book only a page is kept, but for lots that share a sliding expiry."""
    monkeypatch.setattr(cache, "MAX_ROWS_OF_ONE", 0)
    large = await begin(open_ledger, SLIDING)
    both = large.both
    for _ in range(LOTS):
        await both.submit("a", Accrue(10))
    spent = await both.submit("a", Redeem(10 * LOTS))
    both.set_clock(START + 10 * DAY)
    await both.submit("a", Accrue(10))
    await both.submit("a", Cancel(spent.rows[0].seq))
    await both.submit("a", Redeem(10 * SOME + 5))
    await both.compare()
    both.set_clock(START + 100 * DAY)
    await both.submit("a", Accrue(1))
    await both.compare()


async def test_many_allocations_are_decided_on_a_thread(store: Store) -> None:
    """One lot that thousands have spent: the event loop serves others while it is taken back."""
    ledger = StoreLedger(store)
    await ledger.found(plan_of(PLAIN._replace(spent_accrual=SpentAccrual.DEBT)))
    await ledger.submit("a", Accrue(10 * LARGE))
    spending = ledger.submission("a", Redeem(1))
    for _ in range(5):
        await asyncio.gather(*(ledger.engine.submit(spending) for _ in range(LARGE // 4)))
    await ledger.forget("a")
    threads: list[str] = []

    def cancel(book: Book, now: int) -> list[Command]:
        threads.append(threading.current_thread().name)
        return [Cancel(1)]

    outcome = await ledger.engine.submit(spending._replace(commands=(), planner=cancel))
    assert isinstance(outcome, Done)
    assert threads[-1].startswith("apart")
    await ledger.finish()


def test_what_moves_points_of_many_lots_takes_long() -> None:
    """Of an account with much open; other commands are decided on the event loop."""
    book = empty_book(1, PLAIN)
    for _ in range(2 * LARGE):
        decide(book, Accrue(2), START)
    many, few = 2 * LARGE, 10
    commands: list[tuple[Command, bool]] = [
        (Accrue(many), False),
        (Redeem(few), False),
        (Redeem(many), True),
        (Hold(few), False),
        (Hold(many), True),
    ]
    for amount, is_long in ((few, False), (many, True)):
        held = decide(book, Hold(amount), START)
        assert isinstance(held, Transaction)
        commands += [(Commit(held.seq), is_long), (Release(held.seq), is_long)]
    while is_whole(book, book.seq + 2):
        decide(book, Accrue(2), START)
    for command, is_long in commands:
        assert takes_long(book, Submission(1, 1, (command,)), START) is is_long, command
