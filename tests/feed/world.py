"""Accounts, writers whose commit can be delayed, and readers, for the tests of the feed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any, Self

import asyncpg

from stampbook.domain.book import Book
from stampbook.domain.commands import Accrue
from stampbook.domain.deciding import decide
from stampbook.domain.state import take_state
from stampbook.ledger.following import feed
from stampbook.ledger.writing import batch_of
from stampbook.programs import accounts, currencies, members, programs
from stampbook.storage.positions import START, FeedRow
from stampbook.storage.postgres.loading import STATEMENTS
from stampbook.storage.postgres.saving import save_arguments
from stampbook.storage.store import Batch, Demand, Store
from tests.ledgers.on_store import TENANT

NOW = 1_767_225_600_000_000

Place = tuple[int, int]


async def make_accounts(store: Store, count: int) -> list[int]:
    """New accounts in a new currency."""
    numbers: list[int] = []
    async with store.transaction() as writing:
        program = await programs.create(writing, tenant=TENANT, name="Beans", now=0, timezone="UTC")
        currency = await currencies.create(writing, program, name="Points", now=0)
        for at in range(count):
            member = await members.create(writing, program, now=0, name=f"member {at}")
            account = await accounts.open_account(
                writing, member, currency, shards=store.shards, now=0
            )
            numbers.append(account.account_id)
    return numbers


async def accrual(store: Store, account: int, count: int = 1) -> Batch:
    """This many accruals to the account, not saved yet."""
    (found,) = await store.load(account % store.shards, [Demand(account, opening=True)])
    assert found.facts is not None
    (policy,) = await store.policies([found.facts.currency])
    book = Book(found.facts, policy)
    take_state(book, found.states)
    for _ in range(count):
        decide(book, Accrue(10), NOW)
    return batch_of(book.shard, [book], {}, ())


class HeldWriter:
    """A transaction on PostgreSQL that saves as the store does, and waits before its end."""

    def __init__(self, connection: asyncpg.Connection[Any]) -> None:
        self._connection = connection
        self._transaction = connection.transaction()

    @classmethod
    async def begin(cls, url: str) -> Self:
        writer = cls(await asyncpg.connect(url))
        await writer._transaction.start()
        return writer

    async def set(self, setting: str, value: str) -> None:
        await self._connection.fetch("SELECT set_config($1, $2, true)", setting, value)

    async def save(self, batch: Batch) -> None:
        save = STATEMENTS["save"]
        await self._connection.execute(save.sql, *save_arguments(save, batch))

    async def commit(self) -> None:
        await self._transaction.commit()
        await self._connection.close()

    async def roll_back(self) -> None:
        await self._transaction.rollback()
        await self._connection.close()

    async def die(self, store: Store) -> None:
        """Make the server kill the writer's backend, and wait until it is gone."""
        pid = self._connection.get_server_pid()
        await store.fetch("SELECT pg_terminate_backend($1, 10000)", pid)
        assert not await store.fetch("SELECT 1 FROM pg_stat_activity WHERE pid = $1", pid)
        self._connection.terminate()


class Reader:
    """Follows the feed from its beginning, and remembers what it has seen."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.position = START
        self.seen: list[FeedRow] = []

    async def next(self, limit: int = 100) -> list[Place]:
        """Read the next rows and return their places."""
        rows = await feed.read(self.store, after=self.position, limit=limit)
        self.seen += rows
        if rows:
            self.position = rows[-1].position
        return [place(each) for each in rows]


def place(row: FeedRow) -> Place:
    return row.row.account, row.row.seq


async def journal(store: Store) -> set[Place]:
    """The places of all rows that are committed."""
    rows = await store.fetch("SELECT account_id, seq FROM transactions")
    return {(row["account_id"], row["seq"]) for row in rows}


def check_seen(seen: Sequence[Place], expected: set[Place]) -> None:
    """Check that every row comes once, and the rows of an account in order."""
    assert len(seen) == len(set(seen))
    assert set(seen) == expected
    numbers: dict[int, list[int]] = defaultdict(list)
    for account, seq in seen:
        numbers[account].append(seq)
    for each in numbers.values():
        assert each == list(range(1, len(each) + 1))


async def shuffle_commits(store: Store) -> None:
    """Make PostgreSQL delay each commit by some random milliseconds, and refuse one in eight.

    Then rows are committed in a different order from that of their positions."""
    await store.execute(
        """
        CREATE FUNCTION at_commit() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            PERFORM pg_sleep(random() * 0.02);
            IF random() < 0.125 THEN
                RAISE EXCEPTION 'rolled back' USING ERRCODE = 'serialization_failure';
            END IF;
            RETURN NULL;
        END $$
        """
    )
    await store.execute(
        """
        CREATE CONSTRAINT TRIGGER at_commit AFTER INSERT ON transactions
        DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION at_commit()
        """
    )
