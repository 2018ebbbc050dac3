"""What only PostgreSQL can do to a store: lose the connection, grow under a kept plan."""

from __future__ import annotations

import asyncio

import asyncpg
import pytest

from stampbook.domain.book import Book
from stampbook.domain.commands import Accrue
from stampbook.domain.deciding import decide
from stampbook.domain.state import take_state
from stampbook.storage.examining import Check, Finding, examine
from stampbook.storage.opening import open_store
from stampbook.storage.postgres.loading import STATEMENTS
from stampbook.storage.postgres.saving import save_arguments
from stampbook.storage.postgres.store import FIRST_PLANS
from stampbook.storage.store import Demand, Key, OutcomeUnknown, SaveConflict, Store, Unavailable
from tests.storage.batches import keyed
from tests.storage.building import (
    NOW,
    batch_of,
    carry_out,
    complete_book,
    load_one,
    make_account,
    make_accounts,
    make_currency,
)
from tests.storage.test_sweeping import until_waiting

HOUR = 3_600_000_000
SERVERS = (
    "SELECT pid FROM pg_stat_activity"
    " WHERE application_name = 'stampbook' AND datname = current_database()"
)
"""Connections of this test's own database: others of the server belong to other tests."""


async def test_a_connection_lost_while_saving(
    own_postgres_store: Store, own_postgres_address: str
) -> None:
    account = await make_account(own_postgres_store)
    book = await complete_book(own_postgres_store, account)
    decide(book, Accrue(5, expires_at=NOW + HOUR), NOW)
    other = await asyncpg.connect(own_postgres_address)
    async with other.transaction():
        await other.execute("SELECT 1 FROM accounts FOR UPDATE")
        saving = asyncio.create_task(own_postgres_store.save([batch_of(book)]))
        for _ in range(1000):
            if await ended(other, "wait_event_type = 'Lock'"):
                break
            await asyncio.sleep(0.01)
        with pytest.raises(OutcomeUnknown):
            await saving
    await other.close()
    assert await own_postgres_store.journal(account, after=0, limit=9) == []
    await own_postgres_store.save([batch_of(book)])


async def ended(connection: asyncpg.Connection, which: str) -> bool:
    """Whether some of the store's servers were of that kind; they are ended."""
    return bool(
        await connection.fetch(f"SELECT pg_terminate_backend(pid) FROM ({SERVERS} AND {which}) s")
    )


async def test_lost_connections_are_made_anew(
    own_postgres_store: Store, own_postgres_address: str
) -> None:
    account = await make_account(own_postgres_store)
    book = await complete_book(own_postgres_store, account)
    other = await asyncpg.connect(own_postgres_address)
    assert await ended(other, "true")
    await other.close()
    await asyncio.sleep(0.1)
    found = await load_one(own_postgres_store, Demand(account, opening=True))
    assert found.facts is not None
    assert await own_postgres_store.fetch("SELECT 1 FROM accounts") != []
    await carry_out(own_postgres_store, book, Accrue(5))


@pytest.mark.parametrize("first_is_repeated", [True, False])
async def test_a_key_of_two_saves_at_once(
    own_postgres_store: Store, own_postgres_address: str, first_is_repeated: bool
) -> None:
    """One makes a row, the other names an older one, and neither sees what is not committed."""
    books = []
    for _ in range(2):
        book = await complete_book(own_postgres_store, await make_account(own_postgres_store))
        decide(book, Accrue(5), NOW)
        books.append(book)
    old, new = map(batch_of, books)
    await own_postgres_store.save([old])
    repeat = keyed(old, "k", repeated=True)._replace(records=(), due=(), accounts=())
    moves = keyed(new, "k")
    first, second = (repeat, moves) if first_is_repeated else (moves, repeat)
    save = STATEMENTS["save"]
    connection = await asyncpg.connect(own_postgres_address)
    async with connection.transaction():
        await connection.execute(save.sql, *save_arguments(save, first))
        saving = asyncio.create_task(own_postgres_store.save([second]))
        await until_waiting(own_postgres_store, 1)
    with pytest.raises(SaveConflict):
        await saving
    await connection.close()
    assert len(await own_postgres_store.find_keys([Key(1, "k")])) == 1


async def test_two_transfers_that_lock_each_other(own_postgres_store: Store) -> None:
    """Batches that span shards take both; of two in opposite orders, one is a conflict."""
    one, other = await make_accounts(own_postgres_store, await make_currency(own_postgres_store), 2)
    for account in (one, other):
        await carry_out(
            own_postgres_store, await complete_book(own_postgres_store, account), Accrue(5)
        )
    for _ in range(5):
        batches = []
        for account in (one, other):
            found = await load_one(own_postgres_store, Demand(account, opening=True))
            assert found.facts is not None
            (policy,) = await own_postgres_store.policies([found.facts.currency])
            book = Book(found.facts, policy)
            take_state(book, found.states)
            decide(book, Accrue(5), NOW)
            batches.append(batch_of(book))
        outcomes = await asyncio.gather(
            own_postgres_store.save(batches),
            own_postgres_store.save(batches[::-1]),
            return_exceptions=True,
        )
        kinds = sorted(type(outcome).__name__ for outcome in outcomes)
        assert kinds == ["NoneType", "SaveConflict"]


async def test_plans_are_made_anew_when_the_tables_have_grown(own_postgres_store: Store) -> None:
    currency = await make_currency(own_postgres_store)
    accounts = await make_accounts(own_postgres_store, currency, 2)
    before = {row["pid"] for row in await own_postgres_store.fetch(SERVERS)}
    for account in accounts:
        book = await complete_book(own_postgres_store, account)
        await carry_out(own_postgres_store, book, *(Accrue(1) for _ in range(FIRST_PLANS // 2)))
    await load_one(own_postgres_store, Demand(accounts[0], opening=True))
    after = {row["pid"] for row in await own_postgres_store.fetch(SERVERS)}
    assert before - after
    assert after - before


async def test_a_statement_that_would_divide_otherwise_is_an_error(
    own_postgres_store: Store,
) -> None:
    """Only the save's own guards are conflicts."""
    with pytest.raises(asyncpg.DivisionByZeroError):
        await own_postgres_store.fetch("SELECT 1 / 0")
    assert not issubclass(asyncpg.DivisionByZeroError, SaveConflict)


async def test_a_server_that_can_only_be_read(own_postgres_address: str) -> None:
    """A standby answers reads: it is not ready for all that."""
    store = await open_store(f"{own_postgres_address}?default_transaction_read_only=on")
    writes = (await examine(store.checks, min_free_mb=1))["writes"]
    assert writes == Check.of(False, Finding.DATABASE_READ_ONLY.of())
    with pytest.raises(Unavailable, match="Name the primary server"):
        await store.execute("UPDATE ledger SET shards = shards")
    await store.close()
