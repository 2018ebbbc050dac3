"""The feed shows each row once and loses none, however writers commit, roll back or die."""

from __future__ import annotations

import asyncio
import random

import pytest

from stampbook.domain.commands import Accrue, Command, Redeem
from stampbook.ledger.engine import Ledger
from stampbook.ledger.submission import Submission
from stampbook.storage.opening import open_store
from stampbook.storage.store import Store
from tests.feed.world import (
    NOW,
    HeldWriter,
    Reader,
    accrual,
    check_seen,
    journal,
    make_accounts,
    place,
    shuffle_commits,
)
from tests.ledgers.on_store import TENANT
from tests.turns import WHOLE


async def test_rows_come_in_order_and_once(store: Store) -> None:
    first, second = await make_accounts(store, 2)
    reader = Reader(store)
    assert await reader.next() == []
    await store.save([await accrual(store, first, 3)])
    await store.save([await accrual(store, second, 2)])
    await store.save([await accrual(store, first, 1)])
    assert await reader.next(4) == [(first, 1), (first, 2), (first, 3), (second, 1)]
    assert await reader.next(4) == [(second, 2), (first, 4)]
    assert await reader.next() == []
    row = reader.seen[-1]
    found = await store.fetch_one(
        "SELECT tenant_id, program_id, currency_id, member_id FROM accounts WHERE account_id = $1",
        first,
    )
    assert found is not None
    assert (row.tenant, row.program) == (found["tenant_id"], found["program_id"])
    assert (row.currency, row.member) == (found["currency_id"], found["member_id"])
    assert row.row == (await store.journal(first, after=3, limit=1))[0]
    assert row.sums.available == row.row.balance_after == 40


async def test_a_batch_of_several_shards(store: Store) -> None:
    accounts = await make_accounts(store, 4)
    shards = sorted({account % store.shards for account in accounts})
    assert len(shards) > 1
    await store.save([await accrual(store, account, 2) for account in accounts[:2]])
    reader = Reader(store)
    await reader.next()
    check_seen([place(each) for each in reader.seen], await journal(store))


# -- PostgreSQL: transactions that draw positions and commit in another order -------------


async def test_a_late_commit_is_not_lost(
    own_postgres_store: Store, own_postgres_address: str
) -> None:
    store = own_postgres_store
    early, late, other = await make_accounts(store, 3)
    await store.save([await accrual(store, early)])
    writer = await HeldWriter.begin(own_postgres_address)
    await writer.save(await accrual(store, late, 3))
    await store.save([await accrual(store, other, 2)])
    reader = Reader(store)
    assert await reader.next() == [(early, 1)]
    assert await reader.next() == []
    await store.save([await accrual(store, early)])
    assert await reader.next() == []
    await writer.commit()
    assert await reader.next() == [
        (late, 1),
        (late, 2),
        (late, 3),
        (other, 1),
        (other, 2),
        (early, 2),
    ]


async def test_the_first_of_several_saves_of_a_transaction_counts(
    own_postgres_store: Store, own_postgres_address: str
) -> None:
    store = own_postgres_store
    first, second, other = await make_accounts(store, 3)
    writer = await HeldWriter.begin(own_postgres_address)
    await writer.save(await accrual(store, first))
    await store.save([await accrual(store, other)])
    await writer.save(await accrual(store, second))
    await store.save([await accrual(store, other)])
    reader = Reader(store)
    assert await reader.next() == []
    await writer.commit()
    assert await reader.next() == [(first, 1), (other, 1), (second, 1), (other, 2)]


async def test_several_open_transactions(
    own_postgres_store: Store, own_postgres_address: str
) -> None:
    store = own_postgres_store
    accounts = await make_accounts(store, 5)
    writers = []
    for account in accounts[:4]:
        writers.append(await HeldWriter.begin(own_postgres_address))
        await writers[-1].save(await accrual(store, account))
    await store.save([await accrual(store, accounts[4])])
    reader = Reader(store)
    await writers[3].commit()
    await writers[1].roll_back()
    assert await reader.next() == []
    await writers[0].commit()
    assert await reader.next() == [(accounts[0], 1)]
    await writers[2].die(store)
    assert await reader.next() == [(accounts[3], 1), (accounts[4], 1)]


@pytest.mark.parametrize("end", ["rolls back", "dies"])
async def test_what_is_never_committed_holds_nothing_up(
    own_postgres_store: Store, own_postgres_address: str, end: str
) -> None:
    store = own_postgres_store
    lost, other = await make_accounts(store, 2)
    writer = await HeldWriter.begin(own_postgres_address)
    await writer.save(await accrual(store, lost))
    await store.save([await accrual(store, other)])
    reader = Reader(store)
    assert await reader.next() == []
    if end == "dies":
        await writer.die(store)
    else:
        await writer.roll_back()
    assert await reader.next() == [(other, 1)]
    await store.save([await accrual(store, lost)])
    assert await reader.next() == [(lost, 1)]


async def test_locks_of_others_are_no_gate(
    own_postgres_store: Store, own_postgres_address: str
) -> None:
    (account,) = await make_accounts(own_postgres_store, 1)
    await own_postgres_store.save([await accrual(own_postgres_store, account)])
    async with own_postgres_store.transaction() as other:
        await other.fetch("SELECT pg_advisory_xact_lock(1), pg_advisory_xact_lock(-1, 7)")
        assert await Reader(own_postgres_store).next() == [(account, 1)]


async def test_no_plan_draws_a_position_before_its_lock(
    own_postgres_store: Store, own_postgres_address: str
) -> None:
    """The lock is on a position below all that the transaction draws, for every way to join."""
    accounts = await make_accounts(own_postgres_store, 8)
    for at, account in enumerate(accounts):
        writer = await HeldWriter.begin(own_postgres_address)
        for bit, name in enumerate(("nestloop", "material", "hashjoin")):
            await writer.set(f"enable_{name}", "on" if at & 1 << bit else "off")
        await writer.save(await accrual(own_postgres_store, account, 3))
        gate = await own_postgres_store.complete_upto()
        await writer.commit()
        row = await own_postgres_store.fetch_one(
            "SELECT min(position) AS first FROM transactions WHERE account_id = $1", account
        )
        assert row is not None
        assert row["first"] == gate + 1


# -- many at once -------------------------------------------------------------------------


KILLS = 4
KILL_A_WRITER = """
    SELECT pg_terminate_backend(pid) FROM pg_locks
    WHERE locktype = 'advisory' AND pid <> pg_backend_pid()
      AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) LIMIT 1
"""


async def test_a_storm(own_store: Store, own_address: str) -> None:
    """Two servers write to the same accounts, while readers read at random and writers die."""
    store = own_store
    dice = random.Random(7)
    accounts = await make_accounts(store, 24)
    is_postgres = own_address.startswith("postgres")
    if is_postgres:
        await shuffle_commits(store)
    other = await open_store(own_address)
    ledgers = [Ledger(each, clock=lambda: NOW) for each in (store, other)]
    for ledger in ledgers:
        await ledger.start()

    async def write(ledger: Ledger, seed: int) -> None:
        own = random.Random(seed)
        for _ in range(25 if WHOLE else 12):
            amount = own.randint(1, 50)
            command: Command = Accrue(amount) if own.random() < 0.5 else Redeem(1)
            account = own.choice(accounts)
            await ledger.submit(Submission(tenant=TENANT, account=account, commands=(command,)))

    writers = [
        asyncio.ensure_future(write(ledger, seed)) for seed in range(8) for ledger in ledgers
    ]
    readers = [Reader(store) for _ in range(3)]
    kills = 0
    while not all(writer.done() for writer in writers):
        await dice.choice(readers).next(dice.randint(1, 40))
        if is_postgres and kills < KILLS and dice.random() < 0.05:
            kills += len(await store.fetch(KILL_A_WRITER))
        await asyncio.sleep(0)
    await asyncio.gather(*writers)
    for ledger in ledgers:
        await ledger.stop()
    await other.close()
    expected = await journal(store)
    assert len(expected) > 100
    for reader in readers:
        while await reader.next(dice.randint(1, 40)):
            pass
        check_seen([place(each) for each in reader.seen], expected)
    # The order is the same for each, whenever it read.
    assert readers[0].seen == readers[1].seen == readers[2].seen
