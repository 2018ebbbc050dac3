"""The sweeper writes what is due, and nothing else; running several at once is harmless."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import pytest

from stampbook.domain.commands import Accrue
from stampbook.domain.model import Kind, Transaction
from stampbook.ledger.engine import Ledger
from stampbook.ledger.outcomes import Done
from stampbook.ledger.submission import Submission
from stampbook.programs import accounts, currencies, members, programs
from stampbook.storage.opening import open_store
from stampbook.worker import sweeping
from stampbook.worker.sweeping import STUCK_AFTER, Sweeper
from tests.tampering import edit_journal

START = 1_800_000_000_000_000
HOUR = 3_600_000_000
TENANT = 1


class Clock:
    """A clock that does not move until it is set."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> int:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def url(store_address: str) -> str:
    return store_address


@asynccontextmanager
async def opened(url: str, clock: Clock) -> AsyncIterator[Ledger]:
    """A ledger with its own store, as in a process of its own."""
    store = await open_store(url)
    ledger = Ledger(store, clock=clock)
    await ledger.start()
    try:
        yield ledger
    finally:
        await ledger.stop()
        await store.close()


async def accounts_with_points(ledger: Ledger, count: int) -> list[int]:
    """Accounts whose 5 points activate after an hour and expire after two."""
    store = ledger.store
    async with store.transaction() as writing:
        program = await programs.create(writing, tenant=TENANT, name="Tried", now=START)
        currency = await currencies.create(writing, program, name="Points", now=START)
        people = [await members.create(writing, program, now=START) for _ in range(count)]
    opened = [
        await accounts.primary_or_open(store, member, currency, now=START) for member in people
    ]
    numbers = [account.account_id for account in opened]
    accrue = Accrue(5, activates_at=START + HOUR, expires_at=START + 2 * HOUR)
    outcomes = await ledger.submit_all(
        [Submission(tenant=TENANT, account=number, commands=(accrue,)) for number in numbers],
        atomic=False,
    )
    assert all(isinstance(outcome, Done) for outcome in outcomes)
    return numbers


async def journal(ledger: Ledger, account: int) -> list[Transaction]:
    return await ledger.store.journal(account, after=0, limit=100)


async def test_what_is_due_is_written_with_its_own_instant(url: str, clock: Clock) -> None:
    async with opened(url, clock) as ledger:
        numbers = await accounts_with_points(ledger, 5)
        sweeper = Sweeper(ledger)
        assert await sweeper.sweep() == 0
        clock.now = START + HOUR - 1
        assert await sweeper.sweep() == 0
        clock.now = START + 5 * HOUR
        assert await sweeper.sweep() == len(numbers)
        assert await sweeper.sweep() == 0
        for number in numbers:
            rows = await journal(ledger, number)
            assert [row.kind for row in rows] == [Kind.ACCRUE, Kind.ACTIVATE, Kind.EXPIRE]
            assert [row.recorded_at - START for row in rows] == [0, HOUR, 2 * HOUR]


async def test_more_than_a_batch_takes_several_passes(
    url: str, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each shard has a batch of its own, and a distributed database has many shards."""
    monkeypatch.setattr(sweeping, "BATCH", 2)
    async with opened(url, clock) as ledger:
        shards = ledger.store.shards
        await accounts_with_points(ledger, 3 * shards)
        clock.now = START + HOUR
        sweeper = Sweeper(ledger)
        assert await sweeper.sweep() == 2 * shards
        assert await sweeper.sweep() == shards
        assert await sweeper.sweep() == 0


async def test_several_at_once_write_everything_once(url: str, clock: Clock) -> None:
    async with AsyncExitStack() as running:
        ledgers = [await running.enter_async_context(opened(url, clock)) for _ in range(3)]
        numbers = await accounts_with_points(ledgers[0], 40)
        clock.now = START + 3 * HOUR
        sweepers = [Sweeper(ledger) for ledger in ledgers for _ in range(2)]
        await asyncio.gather(*(sweeper.sweep() for sweeper in sweepers))
        assert await sweepers[0].sweep() == 0
        for number in numbers:
            assert len(await journal(ledgers[0], number)) == 3


async def test_one_that_stays_due_does_not_keep_the_others(
    url: str, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    """Someone has edited its last row by hand, so nothing can be written."""
    async with opened(url, clock) as ledger:
        (broken,) = await accounts_with_points(ledger, 1)
        clock.now = START + 2 * HOUR
        await ledger.settle([broken])
        clock.now = START
        numbers = await accounts_with_points(ledger, 3)
        at = START + 3 * HOUR
        assert await edit_journal(ledger.store, EDIT_ROW, at, broken) == 1
        await ledger.store.execute(EDIT_ACCOUNT, at, broken)
        ledger.forget([broken])
        clock.now = START + 3 * HOUR
        sweeper = Sweeper(ledger)
        passes = [await sweeper.sweep() for _ in range(STUCK_AFTER + 2)]
        assert passes == [4] + [1] * (STUCK_AFTER - 1) + [0, 0]
        assert caplog.messages == [f"account {broken} cannot be settled"]
        for number in numbers:
            assert len(await journal(ledger, number)) == 3


EDIT_ROW = "UPDATE transactions SET due_at = $1 WHERE account_id = $2 AND seq = 3"
EDIT_ACCOUNT = "UPDATE accounts SET due_at = $1 WHERE account_id = $2"


async def test_one_that_is_due_again_and_again_is_not_left_alone(
    url: str, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    async with opened(url, clock) as ledger:
        (number,) = await accounts_with_points(ledger, 1)
        for hours in range(2, 20):
            accrue = Accrue(1, activates_at=START + hours * HOUR)
            await ledger.submit(Submission(tenant=TENANT, account=number, commands=(accrue,)))
        sweeper = Sweeper(ledger)
        for hours in range(1, 20):
            clock.now = START + hours * HOUR
            assert await sweeper.sweep() == 1
        assert caplog.messages == []


async def test_it_stops_when_it_is_told(url: str, clock: Clock) -> None:
    async with opened(url, clock) as ledger:
        await accounts_with_points(ledger, 3)
        clock.now = START + HOUR
        sweeper = Sweeper(ledger)
        running = asyncio.create_task(sweeper.run())
        while await ledger.store.due_accounts(1, clock.now, 10):  # noqa: ASYNC110 - its work
            await asyncio.sleep(0)
        sweeper.stop()
        await asyncio.wait_for(running, 10)
