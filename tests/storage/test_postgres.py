"""What only PostgreSQL can do to a store: lose the connection, grow under a kept plan."""

from __future__ import annotations

import asyncio

import asyncpg
import pytest

from stampbook.domain.book import Book
from stampbook.domain.commands import Accrue, Commit, Hold
from stampbook.domain.deciding import decide
from stampbook.domain.model import FOREVER
from stampbook.domain.settling import settle
from stampbook.storage.opening import open_store
from stampbook.storage.postgres import FIRST_PLANS
from stampbook.storage.store import (
    AccountSave,
    Batch,
    Demand,
    OutcomeUnknown,
    SaveConflict,
    Store,
    Unavailable,
)
from tests.storage.building import (
    NOW,
    batch_of,
    carry_out,
    complete_book,
    load_one,
    make_account,
    make_accounts,
    make_currency,
    save_book,
)

SERVERS = "SELECT pid FROM pg_stat_activity WHERE application_name = 'stampbook'"


async def test_a_connection_lost_while_saving(postgres_store: Store, postgres_address: str) -> None:
    account = await make_account(postgres_store)
    book = await complete_book(postgres_store, account)
    decide(book, Accrue(5), NOW)
    other = await asyncpg.connect(postgres_address)
    async with other.transaction():
        await other.execute("SELECT 1 FROM accounts FOR UPDATE")
        saving = asyncio.create_task(postgres_store.save([batch_of(book)]))
        for _ in range(1000):
            if await ended(other, "wait_event_type = 'Lock'"):
                break
            await asyncio.sleep(0.01)
        with pytest.raises(OutcomeUnknown):
            await saving
    await other.close()
    assert await postgres_store.journal(account, after=0, limit=9) == []
    await postgres_store.save([batch_of(book)])


async def ended(connection: asyncpg.Connection, which: str) -> bool:
    """Whether some of the store's servers were of that kind; they are ended."""
    return bool(
        await connection.fetch(f"SELECT pg_terminate_backend(pid) FROM ({SERVERS} AND {which}) s")
    )


async def test_lost_connections_are_made_anew(postgres_store: Store, postgres_address: str) -> None:
    account = await make_account(postgres_store)
    book = await complete_book(postgres_store, account)
    other = await asyncpg.connect(postgres_address)
    assert await ended(other, "true")
    await other.close()
    await asyncio.sleep(0.1)
    found = await load_one(postgres_store, Demand(account, opening=True))
    assert found.exists
    assert await postgres_store.fetch("SELECT 1 FROM accounts") != []
    await carry_out(postgres_store, book, Accrue(5))


async def test_a_lot_that_is_not_there(postgres_store: Store) -> None:
    """Lots are counted as accounts are, also when nothing else is written beside the accounts."""
    account = await make_account(postgres_store)
    book = await complete_book(postgres_store, account)
    decide(book, Accrue(5), NOW)
    batch = batch_of(book)
    changed = Batch(batch.shard, batch.accounts, changed_lots=batch.new_lots)
    with pytest.raises(SaveConflict):
        await postgres_store.save([changed])
    await postgres_store.save([batch])
    facts = batch.accounts[0].facts
    again = AccountSave(facts._replace(version=facts.version + 1), facts.version)
    await postgres_store.save([changed._replace(accounts=[again])])


async def test_two_transfers_that_lock_each_other(postgres_store: Store) -> None:
    """Batches that span shards take both; of two in opposite orders, one is a conflict."""
    one, other = await make_accounts(postgres_store, await make_currency(postgres_store), 2)
    for _ in range(5):
        batches = []
        for account in (one, other):
            found = await load_one(postgres_store, Demand(account, opening=True))
            assert found.facts is not None
            (policy,) = await postgres_store.policies([found.facts.currency])
            book = Book(found.facts, policy, complete=True)
            decide(book, Accrue(5), NOW)
            batches.append(batch_of(book))
        outcomes = await asyncio.gather(
            postgres_store.save(batches),
            postgres_store.save(batches[::-1]),
            return_exceptions=True,
        )
        kinds = sorted(type(outcome).__name__ for outcome in outcomes)
        assert kinds == ["NoneType", "SaveConflict"]


async def test_plans_are_made_anew_when_the_tables_have_grown(postgres_store: Store) -> None:
    currency = await make_currency(postgres_store)
    accounts = await make_accounts(postgres_store, currency, 2)
    before = {row["pid"] for row in await postgres_store.fetch(SERVERS)}
    for account in accounts:
        book = await complete_book(postgres_store, account)
        await carry_out(postgres_store, book, *(Accrue(1) for _ in range(FIRST_PLANS // 2)))
    await load_one(postgres_store, Demand(accounts[0], opening=True))
    after = {row["pid"] for row in await postgres_store.fetch(SERVERS)}
    assert before - after
    assert after - before


async def test_a_statement_that_would_divide_otherwise_is_an_error(postgres_store: Store) -> None:
    """Only the save's own guards are conflicts."""
    with pytest.raises(asyncpg.DivisionByZeroError):
        await postgres_store.fetch("SELECT 1 / 0")
    assert not issubclass(asyncpg.DivisionByZeroError, SaveConflict)


# -- when the sweeper looks at an account ----------------------------------------------------------

HOUR = 3_600_000_000


async def sweep_at(store: Store, account: int) -> tuple[int, int]:
    """When the account is looked at, and when something is due on it."""
    row = await store.fetch_one(
        "SELECT sweep_at, next_due_at FROM accounts WHERE account_id = $1", account
    )
    assert row is not None
    return row["sweep_at"], row["next_due_at"]


async def test_holds_and_their_commits_leave_the_index_alone(postgres_store: Store) -> None:
    account = await make_account(postgres_store)
    book = await complete_book(postgres_store, account)
    await carry_out(postgres_store, book, Accrue(9), Hold(1, timeout_s=3600))
    assert await sweep_at(postgres_store, account) == (NOW + HOUR, NOW + HOUR)
    await carry_out(postgres_store, book, Commit(2), now=NOW + 1)
    assert await sweep_at(postgres_store, account) == (NOW + HOUR, FOREVER)
    await carry_out(postgres_store, book, Hold(1, timeout_s=3600), now=NOW + 2)
    assert await sweep_at(postgres_store, account) == (NOW + HOUR, NOW + HOUR + 2)
    await carry_out(postgres_store, book, Hold(1, timeout_s=60), now=NOW + 3)
    due = NOW + HOUR // 60 + 3
    assert await sweep_at(postgres_store, account) == (due, due)


async def test_what_was_to_be_looked_at_too_early_is_put_off(postgres_store: Store) -> None:
    account = await make_account(postgres_store)
    shard = account % postgres_store.shards
    book = await complete_book(postgres_store, account)
    await carry_out(postgres_store, book, Accrue(9), Hold(1, timeout_s=3600))
    await carry_out(postgres_store, book, Commit(2))
    await carry_out(postgres_store, book, Hold(1, timeout_s=7200))
    assert await postgres_store.due_accounts(shard, NOW + HOUR - 1, 9) == []
    assert await sweep_at(postgres_store, account) == (NOW + HOUR, NOW + 2 * HOUR)
    assert await postgres_store.due_accounts(shard, NOW + HOUR, 9) == []
    assert await sweep_at(postgres_store, account) == (NOW + 2 * HOUR, NOW + 2 * HOUR)
    assert await postgres_store.due_accounts(shard, NOW + 2 * HOUR, 9) == [account]
    settle(book, NOW + 2 * HOUR)
    await save_book(postgres_store, book)
    assert await sweep_at(postgres_store, account) == (FOREVER, FOREVER)


async def test_a_save_puts_off_what_has_passed(postgres_store: Store) -> None:
    account = await make_account(postgres_store)
    book = await complete_book(postgres_store, account)
    await carry_out(postgres_store, book, Accrue(9), Hold(1, timeout_s=3600))
    await carry_out(postgres_store, book, Commit(2))
    await carry_out(postgres_store, book, Hold(1, timeout_s=60), now=NOW + HOUR)
    due = NOW + HOUR + HOUR // 60
    assert await sweep_at(postgres_store, account) == (due, due)


async def test_many_looked_at_too_early_do_not_hide_one_that_is_due(postgres_store: Store) -> None:
    currency = await make_currency(postgres_store)
    accounts = await make_accounts(postgres_store, currency, 12)
    mine = [account for account in accounts if account % postgres_store.shards == 1]
    for account in mine:
        book = await complete_book(postgres_store, account)
        await carry_out(postgres_store, book, Accrue(9), Hold(1, timeout_s=60))
        if account == mine[0]:
            await carry_out(postgres_store, book, Hold(1, timeout_s=3600))
        await carry_out(postgres_store, book, Commit(2))
    assert await postgres_store.due_accounts(1, NOW + HOUR, 2) == mine[:1]
    assert await postgres_store.due_accounts(1, NOW + HOUR, 2, program=1) == mine[:1]
    assert await postgres_store.due_accounts(1, NOW + HOUR, 2, program=2) == []


async def test_a_server_that_can_only_be_read(postgres_address: str) -> None:
    """A standby answers reads: it is not ready for all that."""
    store = await open_store(f"{postgres_address}?default_transaction_read_only=on")
    with pytest.raises(Unavailable, match="can only be read"):
        await store.check()
    with pytest.raises(Unavailable, match="name the primary server"):
        await store.execute("UPDATE ledger SET shards = shards")
    await store.close()
