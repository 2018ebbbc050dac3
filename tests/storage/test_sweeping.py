"""accounts.due_at: never later than something is due on the account (storage.store.LedgerStore)."""

from __future__ import annotations

import asyncio
import random
from contextlib import suppress

import asyncpg
import pytest

from stampbook.domain.book import Book
from stampbook.domain.commands import Accrue, Commit, Hold
from stampbook.domain.deciding import decide
from stampbook.domain.decisions.settling import settle
from stampbook.domain.model import FOREVER
from stampbook.storage.postgres.loading import STATEMENTS
from stampbook.storage.postgres.saving import save_arguments
from stampbook.storage.store import Demand, SaveConflict, Store
from tests.storage.building import (
    DAY,
    NOW,
    batch_of,
    carry_out,
    complete_book,
    load_one,
    make_account,
    make_accounts,
    make_currency,
    random_commands,
    save_book,
)

HOUR = 3_600_000_000


async def looked_at(store: Store, account: int) -> tuple[int, int]:
    """When the account is looked at, and when something is due on it."""
    row = await store.fetch_one("SELECT due_at FROM accounts WHERE account_id = $1", account)
    found = await load_one(store, Demand(account, opening=True))
    assert row is not None
    assert found.facts is not None
    return row["due_at"], found.facts.sums.due_at


async def test_holds_and_their_commits_leave_the_account_alone(store: Store) -> None:
    account = await make_account(store)
    book = await complete_book(store, account)
    await carry_out(store, book, Accrue(9), Hold(1, timeout_s=3600))
    assert await looked_at(store, account) == (NOW + HOUR, NOW + HOUR)
    await carry_out(store, book, Commit(2), now=NOW + 1)
    assert await looked_at(store, account) == (NOW + HOUR, FOREVER)
    await carry_out(store, book, Hold(1, timeout_s=7200), now=NOW + 2)
    # To be written again: nothing was due in memory. It is no earlier than what the table says.
    assert await looked_at(store, account) == (NOW + HOUR, NOW + 2 * HOUR + 2)
    await carry_out(store, book, Hold(1, timeout_s=60), now=NOW + 3)
    due = NOW + HOUR // 60 + 3
    assert await looked_at(store, account) == (due, due)


async def test_what_was_to_be_looked_at_too_early_is_put_off(store: Store) -> None:
    account = await make_account(store)
    shard = account % store.shards
    book = await complete_book(store, account)
    await carry_out(store, book, Accrue(9), Hold(1, timeout_s=3600))
    await carry_out(store, book, Commit(2))
    await carry_out(store, book, Hold(1, timeout_s=7200))
    assert await store.due_accounts(shard, NOW + HOUR - 1, 9) == []
    assert await looked_at(store, account) == (NOW + HOUR, NOW + 2 * HOUR)
    assert await store.due_accounts(shard, NOW + HOUR, 9) == []
    assert await looked_at(store, account) == (NOW + 2 * HOUR, NOW + 2 * HOUR)
    assert await store.due_accounts(shard, NOW + 2 * HOUR, 9) == [account]
    settle(book, NOW + 2 * HOUR)
    await save_book(store, book)
    assert await store.due_accounts(shard, NOW + 2 * HOUR, 9) == []
    assert await looked_at(store, account) == (FOREVER, FOREVER)
    await carry_out(store, book, Hold(1, timeout_s=60), now=NOW + 3 * HOUR)
    due = NOW + 3 * HOUR + HOUR // 60
    assert await looked_at(store, account) == (due, due)


async def test_many_looked_at_too_early_do_not_hide_one_that_is_due(store: Store) -> None:
    currency = await make_currency(store)
    accounts = await make_accounts(store, currency, 12)
    mine = [account for account in accounts if account % store.shards == 1]
    for account in mine:
        book = await complete_book(store, account)
        await carry_out(store, book, Accrue(9), Hold(1, timeout_s=60))
        if account == mine[0]:
            await carry_out(store, book, Hold(1, timeout_s=3600))
        await carry_out(store, book, Commit(2))
    assert await store.due_accounts(1, NOW + HOUR, 2) == mine[:1]
    assert await store.due_accounts(1, NOW + HOUR, 2, program=1) == mine[:1]
    assert await store.due_accounts(1, NOW + HOUR, 2, program=2) == []


async def saved_beside(store: Store, book: Book) -> None:
    """On PostgreSQL, what the sweeper puts off at that very moment makes a save begin anew."""
    with suppress(SaveConflict):
        return await save_book(store, book)
    return await save_book(store, book)


@pytest.mark.parametrize("seed", range(3))
async def test_the_sweeper_is_never_too_late(store: Store, seed: int) -> None:
    """Whatever happens, and whenever the sweeper puts an account off: it looks at each account no
    later than something is due on it."""
    account = await make_account(store, overdraft=300)
    shard = account % store.shards
    book = await complete_book(store, account)
    dice, now = random.Random(seed), NOW
    early = put_off = 0
    before = FOREVER
    for command in random_commands(book, dice, 150):
        now += dice.randint(1, DAY)
        decide(book, command, now)
        sweeps = dice.random() < 0.5
        if dice.random() < 0.3:
            sweeping = [store.due_accounts(shard, now, 9)] if sweeps else []
            await asyncio.gather(saved_beside(store, book), *sweeping)
        elif sweeps:
            due = await store.due_accounts(shard, now, 9)
            _, saved = await looked_at(store, account)
            assert due == ([account] if saved <= now else [])
        at, saved = await looked_at(store, account)
        assert at <= saved
        early += at < saved
        put_off += at > before
        before = at
    assert min(early, put_off) > 3, "the history shows nothing"


async def until_waiting(store: Store, statements: int) -> None:
    """So many statements wait for a lock."""
    async with asyncio.timeout(10):
        while True:
            row = await store.fetch_one("SELECT count(*) AS n FROM pg_locks WHERE NOT granted")
            assert row is not None
            if row["n"] >= statements:
                return
            await asyncio.sleep(0.01)


async def test_the_sweeper_between_a_save_s_reading_and_its_writing(
    own_postgres_store: Store, own_postgres_address: str
) -> None:
    """A save makes the account due earlier, and commits while the sweeper waits for it."""
    account = await make_account(own_postgres_store)
    shard = account % own_postgres_store.shards
    book = await complete_book(own_postgres_store, account)
    await carry_out(own_postgres_store, book, Accrue(9), Hold(1, timeout_s=60))
    await carry_out(own_postgres_store, book, Commit(2))
    assert await looked_at(own_postgres_store, account) == (NOW + HOUR // 60, FOREVER)
    decide(book, Hold(1, timeout_s=30), NOW)
    save = STATEMENTS["save"]
    saving = await asyncpg.connect(own_postgres_address)
    async with saving.transaction():
        await saving.execute(save.sql, *save_arguments(save, batch_of(book)))
        sweeping = asyncio.create_task(own_postgres_store.due_accounts(shard, NOW + HOUR, 9))
        await until_waiting(own_postgres_store, 1)
    assert await sweeping == [account]
    assert await looked_at(own_postgres_store, account) == (NOW + HOUR // 120, NOW + HOUR // 120)
    assert await own_postgres_store.due_accounts(shard, NOW + HOUR // 120, 9) == [account]
    await saving.close()


async def test_a_save_that_finds_the_sweeper_at_work(
    own_postgres_store: Store, own_postgres_address: str
) -> None:
    """The sweeper has put the account off, and commits while a save waits that makes it due."""
    account = await make_account(own_postgres_store)
    shard = account % own_postgres_store.shards
    book = await complete_book(own_postgres_store, account)
    await carry_out(own_postgres_store, book, Accrue(9), Hold(1, timeout_s=60))
    await carry_out(own_postgres_store, book, Commit(2))
    decide(book, Hold(1, timeout_s=3600), NOW)
    values = {"shard": shard, "accounts": [account]}
    lock, put_off = STATEMENTS["lock_accounts"], STATEMENTS["put_off"]
    sweeping = await asyncpg.connect(own_postgres_address)
    async with sweeping.transaction():
        await sweeping.execute(lock.sql, *lock.arguments(values))
        await sweeping.execute(put_off.sql, *put_off.arguments(values))
        saving = asyncio.create_task(own_postgres_store.save([batch_of(book)]))
        await until_waiting(own_postgres_store, 1)
    try:
        await saving
    except SaveConflict:
        await own_postgres_store.save([batch_of(book)])
    assert await looked_at(own_postgres_store, account) == (NOW + HOUR, NOW + HOUR)
    await sweeping.close()
