"""What paid for a visit is cancelled, or brought back, by others than the visit's own doors."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence

import pytest

from stampbook.domain.book import Book
from stampbook.domain.commands import Accrue, Cancel, Command, Note, Redeem
from stampbook.ledger.engine import Ledger, StaleGuard
from stampbook.ledger.outcomes import Done
from stampbook.ledger.submission import Submission
from stampbook.storage.store import Guard, Store
from stampbook.visits import recording
from stampbook.visits.movements.restoring import VisitGuardian
from stampbook.visits.movements.subjects import subject_of
from tests.storage.building import NOW, make_accounts, make_currency
from tests.visits.bills import visit_of

COUNT = 4
"""Accounts: some of them share a shard, and so a batch."""


async def make_visit(store: Store) -> tuple[int, int]:
    """A visit of version 1 with one line of 100; the numbers of both."""
    await make_currency(store)
    await store.execute(
        """
        INSERT INTO locations (location_id, tenant_id, program_id, title, timezone, created_at,
                               updated_at)
        VALUES (1, 1, 1, 'Old Town', 'Europe/Riga', 0, 0)
        """
    )
    wanted = visit_of(100, member=0)
    records = tuple(each._replace(number=-1) for each in wanted.records)
    lines = tuple(each._replace(number=-2, record=-1) for each in wanted.lines)
    async with store.transaction() as writing:
        visit, numbers = await recording.create(
            writing, wanted._replace(records=records, lines=lines), now=NOW
        )
    return visit, numbers[-2]


class Bill:
    """A visit that the first of some cards pays for."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.ledger = Ledger(store, clock=lambda: NOW, guardian=VisitGuardian(store))

    async def begin(self) -> Bill:
        self.visit, self.line = await make_visit(self.store)
        self.cards = await make_accounts(self.store, await make_currency(self.store), COUNT)
        await self.ledger.start()
        for card in self.cards:
            await self.ask(card, Accrue(100))
        paid = await self.pay(self.cards[0], await self.version())
        assert isinstance(paid, Done)
        self.paid = paid.transaction.seq
        return self

    async def version(self) -> int:
        guard = subject_of(self.visit)
        return (await self.store.find_guards([guard]))[guard]

    async def ask(self, card: int, command: Command) -> int:
        """The number of the row that was made."""
        done = await self.ledger.submit(Submission(1, card, (command,)))
        assert isinstance(done, Done)
        return done.transaction.seq

    async def pay(self, card: int, version: int) -> object:
        """What a till does that read the visit when it had the version."""

        def plan(book: Book, now: int) -> Sequence[Command]:
            metadata = json.dumps({"line": self.line})
            return [Redeem(60, note=Note(subject=subject_of(self.visit), metadata=metadata))]

        return await self.ledger.submit(
            Submission(
                1,
                card,
                planner=plan,
                identity="pay",
                guard=Guard(subject_of(self.visit), version),
            )
        )


@pytest.fixture
async def bill(store: Store) -> AsyncIterator[Bill]:
    bill = await Bill(store).begin()
    yield bill
    await bill.ledger.stop()


async def test_who_read_the_visit_before_must_read_it_again(bill: Bill) -> None:
    first, other, *_ = bill.cards
    read = await bill.version()
    cancel = await bill.ask(first, Cancel(bill.paid))
    with pytest.raises(StaleGuard):
        await bill.pay(other, read)
    read = await bill.version()
    await bill.ask(first, Cancel(cancel))
    with pytest.raises(StaleGuard):
        await bill.pay(other, read)
    await bill.pay(other, await bill.version())


async def test_in_the_same_batch_too(bill: Bill) -> None:
    """The cancel comes before the others in the queue."""
    read = await bill.version()
    cancelling = asyncio.ensure_future(
        bill.ledger.submit(Submission(1, bill.cards[0], (Cancel(bill.paid),)))
    )
    await asyncio.sleep(0)  # the cancel is in the queue
    for card in bill.cards:
        if card % bill.store.shards == bill.cards[0] % bill.store.shards:
            with pytest.raises(StaleGuard):
                await bill.pay(card, read)
    assert isinstance(await cancelling, Done)


async def test_in_an_atomic_group_too(bill: Bill) -> None:
    read = await bill.version()
    group = [Submission(1, bill.cards[0], (Cancel(bill.paid),))]
    await bill.ledger.submit_all(group, atomic=True)
    with pytest.raises(StaleGuard):
        await bill.pay(bill.cards[1], read)


async def test_what_is_tried_or_paid_for_nothing_leaves_the_visit_alone(bill: Bill) -> None:
    read = await bill.version()
    await bill.ledger.submit(Submission(1, bill.cards[0], (Cancel(bill.paid),), dry_run=True))
    spent = await bill.ask(bill.cards[0], Redeem(1, note=Note(subject="visit:x")))
    await bill.ask(bill.cards[0], Cancel(spent))
    assert await bill.version() == read
