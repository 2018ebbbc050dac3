"""What old facts cost in an account of many rows: rows and bytes that the database answers with.

Counted are the rows themselves, not the time; an account of many rows must need no more of them
than one of few.
"""

from __future__ import annotations

import sqlite3
import tracemalloc
from collections.abc import Callable, Sequence
from typing import Any, cast

import pytest

from stampbook.domain.book import Book
from stampbook.domain.commands import Accrue, Cancel, Command, Hold, Redeem
from stampbook.domain.deciding import decide
from stampbook.domain.model import MICROSECONDS, Transaction
from stampbook.ledger.engine import Ledger
from stampbook.ledger.outcomes import Done
from stampbook.ledger.submission import Submission
from stampbook.storage.postgres.store import PostgresStore
from stampbook.storage.sqlite.store import SqliteStore
from stampbook.storage.store import AccountFound, Demand, Store
from stampbook.verifying import accounts as verifying
from tests.storage.building import NOW, complete_book, make_accounts, make_currency, save_book

FEW, MANY = 500, 20_000
"""Rows of the accounts that are compared."""

SPENDERS = 100
"""Redemptions that the first accrual pays."""

OLD_REDEMPTION = SPENDERS + 3


@pytest.fixture
def store(own_store: Store) -> Store:
    """These tests count what a store is answered, in accounts of many rows."""
    return own_store


class Counter:
    """Counts the rows that a store's database answers the ledger with, and what is in them."""

    def __init__(self, store: Store) -> None:
        self.rows = self.bytes = 0
        if isinstance(store, SqliteStore):
            readers = cast(Any, store)._ledger
            run = readers.run
            readers.run = lambda work: run(lambda connection: self._watched(connection, work))
        else:
            assert isinstance(store, PostgresStore)
            fetch = store._fetch

            async def counted(*args: Any) -> list[Any]:
                found = await fetch(*args)
                self._take(found)
                return found

            cast(Any, store)._fetch = counted

    def _watched(self, connection: sqlite3.Connection, work: Callable[..., Any]) -> Any:
        plain: Any = connection.row_factory

        def row(cursor: sqlite3.Cursor, values: tuple[Any, ...]) -> Any:
            self._take([values])
            return plain(cursor, values)

        connection.row_factory = row
        try:
            return work(connection)
        finally:
            connection.row_factory = plain

    def _take(self, values: Any) -> None:
        for value in values:
            if isinstance(value, str | bytes):
                self.bytes += len(value)
            elif isinstance(value, int):
                self.bytes += 8
            elif value is not None:  # a row, or an array of them
                self.rows += not isinstance(value, list)
                self._take(value)

    def taken(self) -> tuple[int, int]:
        """Rows and bytes since the last time."""
        counts = self.rows, self.bytes
        self.rows = self.bytes = 0
        return counts


async def long_account(store: Store, account: int, rows: int) -> None:
    """An account whose first accrual paid a hundred redemptions, and whose last row is far on."""
    book = await complete_book(store, account)
    await do(store, book, Accrue(10 * SPENDERS), *(Redeem(10) for _ in range(SPENDERS)))
    await do(store, book, Accrue(50), Redeem(50))
    while book.seq < rows - 1:
        pair: list[Command] = [Accrue(10), Redeem(10)]
        await do(store, book, *pair * min(500, (rows - book.seq) // 2))
    await do(store, book, Accrue(300))


async def do(store: Store, book: Book, *commands: Command) -> None:
    for command in commands:
        assert isinstance(decide(book, command, NOW), Transaction)
    await save_book(store, book)


class Accounts:
    """A store with an account of few rows and one of many, on shards of their own."""

    def __init__(self, store: Store, few: int, many: int) -> None:
        self.store, self.few, self.many = store, few, many
        self.counter = Counter(store)


@pytest.fixture
async def accounts(store: Store) -> Accounts:
    few, many = await make_accounts(store, await make_currency(store), 2)
    await long_account(store, few, FEW)
    await long_account(store, many, MANY)
    return Accounts(store, few, many)


async def cost(accounts: Accounts, account: int, command: Command) -> tuple[int, int]:
    """What an engine that knows nothing reads for the command."""
    ledger = Ledger(accounts.store, clock=lambda: NOW + 1)
    await ledger.start()
    accounts.counter.taken()
    outcome = await ledger.submit(Submission(1, account, (command,)))
    assert isinstance(outcome, Done)
    await ledger.stop()
    return accounts.counter.taken()


async def test_old_facts_cost_what_they_cost_in_a_short_account(accounts: Accounts) -> None:
    store = accounts.store
    for account in (accounts.few, accounts.many):
        accounts.counter.taken()
        await store.load(account % store.shards, [Demand(account, opening=True)])
        rows, size = accounts.counter.taken()
        assert 1 <= rows <= 4, "opening"
        assert size <= 1_000
    for command, most_rows, most_bytes in (
        (Redeem(1), 6, 600),
        (Cancel(OLD_REDEMPTION), 9, 1_000),
        # Of each redemption where it is found, and its row.
        (Cancel(1), 2 * SPENDERS + 20, 400 * SPENDERS),
    ):
        few = await cost(accounts, accounts.few, command)
        many = await cost(accounts, accounts.many, command)
        assert few[0] == many[0], command
        assert abs(few[1] - many[1]) <= few[1] // 20 + 100, command
        assert many[0] <= most_rows, command
        assert many[1] <= most_bytes, command


async def test_holds_that_time_out_together_are_loaded_together(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By what reads the account, and by what journals it."""
    (account,) = await make_accounts(store, await make_currency(store))
    book = await complete_book(store, account)
    await do(store, book, Accrue(100), *(Hold(1, timeout_s=60) for _ in range(100)))
    loads = 0
    load = store.load

    async def counted(shard: int, demands: Sequence[Demand]) -> list[AccountFound]:
        nonlocal loads
        loads += 1
        return await load(shard, demands)

    monkeypatch.setattr(store, "load", counted)
    ledger = Ledger(store, clock=lambda: NOW + 60 * MICROSECONDS)
    await ledger.start()
    found = await ledger.balance(account, tenant=1)
    assert found is not None
    assert (found[1].held, found[1].active) == (0, 100)
    assert loads == 2, "what is open, and what is due"
    await ledger.settle([account])
    assert loads == 4
    assert await store.last_rows(account % store.shards, [account]) == {account: 201}
    await ledger.stop()


async def test_many_dry_runs_of_cancels_are_loaded_together(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a page of rows asks for: a row that is lacking has all before it decided again."""
    (account,) = await make_accounts(store, await make_currency(store))
    book = await complete_book(store, account)
    await do(store, book, *(Accrue(10) for _ in range(20)), *(Redeem(10) for _ in range(20)))
    loads = 0
    load = store.load

    async def counted(shard: int, demands: Sequence[Demand]) -> list[AccountFound]:
        nonlocal loads
        loads += 1
        return await load(shard, demands)

    monkeypatch.setattr(store, "load", counted)
    ledger = Ledger(store, clock=lambda: NOW)
    await ledger.start()
    items = [
        Submission(tenant=1, account=account, commands=(Cancel(seq),), dry_run=True)
        for seq in range(21, 41)
    ]
    outcomes = await ledger.submit_all(items, atomic=False)
    assert all(isinstance(each, Done) for each in outcomes)
    assert loads == 1
    await ledger.stop()


async def test_what_is_foreseen_is_not_made_for_the_store(store: Store) -> None:
    """A picture looks a year ahead, where thousands of lots may expire: the rows of that have no
    states and no hashes, and otherwise are those that the clock will write."""
    (account,) = await make_accounts(store, await make_currency(store))
    book = await complete_book(store, account)
    lots = [Accrue(10, expires_at=NOW + at * MICROSECONDS) for at in range(1, 21)]
    await do(store, book, *lots, Redeem(15))
    ledger = Ledger(store, clock=lambda: NOW)
    await ledger.start()
    found = await ledger.foresee(account, tenant=1, ahead_us=60 * MICROSECONDS)
    assert found is not None
    later = await ledger.read(account, tenant=1, at=NOW + 60 * MICROSECONDS)
    assert later is not None
    assert found.now.sums() == book.sums()
    assert {seq: found.now.lots[seq].available for seq in found.now.open_lots} == {
        seq: book.lots[seq].available for seq in book.open_lots
    }
    assert len(found.book.records) == 19
    assert {(each.state, each.lots, each.row.hash) for each in found.book.records} == {
        ("", (), book.head)
    }
    assert [(each.row._replace(hash=b""), each.sums) for each in found.book.records] == [
        (each.row._replace(hash=b""), each.sums) for each in later.records
    ]
    await ledger.stop()


async def test_verification_keeps_no_more_of_a_long_account(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The most memory that is taken at once, for an account of four times as many rows."""
    monkeypatch.setattr(verifying, "KEPT", 500)
    short, long = await make_accounts(store, await make_currency(store), 2)
    assert short % store.shards != long % store.shards
    await long_account(store, short, 2_000)
    await long_account(store, long, 8_000)
    peaks = []
    for account in (short, long):
        tracemalloc.start()
        async for verified in verifying.verify_accounts(store, account % store.shards):
            assert not verified.faults, verified.faults
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] <= peaks[0] + 500_000, peaks
