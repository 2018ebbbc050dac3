"""One feed of two tables, while writers commit late, roll back and die."""

from __future__ import annotations

import asyncio
import random

import asyncpg

from stampbook.domain.commands import Accrue
from stampbook.events import feed
from stampbook.events.feed import Wanted
from stampbook.events.model import Event
from stampbook.events.places import START, Cursor
from stampbook.ledger.engine import Ledger
from stampbook.ledger.submission import Submission
from stampbook.programs import members, programs
from stampbook.storage.opening import open_store
from stampbook.storage.store import Store
from tests.events.pulling import printed, pulled
from tests.feed.world import HeldWriter, accrual, make_accounts
from tests.ledgers.on_store import TENANT

INSERT = """
    INSERT INTO outbox (tenant_id, program_id, member_id, account_id, type, at, value)
    VALUES (1, NULL, NULL, NULL, 'member.erased', 0, $1)
"""


class Reader:
    """Pulls the feed and remembers what it has seen."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.cursor = Cursor(START)
        self.seen: list[Event] = []

    async def next(self, limit: int = 100) -> list[Event]:
        page = await feed.read(self.store, Wanted(TENANT), self.cursor, limit=limit)
        self.cursor = page.cursor
        self.seen += page.events
        return list(page.events)


async def test_a_late_row_of_the_outbox_holds_back_what_comes_after_it(
    own_postgres_store: Store, own_postgres_address: str
) -> None:
    store = own_postgres_store
    (account,) = await make_accounts(store, 1)
    reader = Reader(store)
    assert len(await reader.next()) == 4
    late = await asyncpg.connect(own_postgres_address)
    transaction = late.transaction()
    await transaction.start()
    await late.execute(INSERT, "1")
    await store.save([await accrual(store, account)])
    async with store.transaction() as writing:
        await programs.create(writing, tenant=TENANT, name="Tea", now=0)
    assert await reader.next() == []
    await late.execute(INSERT, "2")
    await transaction.commit()
    await late.close()
    types = [each.type for each in await reader.next()]
    assert types == ["member.erased", "transaction.created", "program.updated", "member.erased"]


async def test_what_is_rolled_back_has_no_event_and_holds_nothing_up(
    own_postgres_store: Store, own_postgres_address: str
) -> None:
    store = own_postgres_store
    (account,) = await make_accounts(store, 1)
    reader = Reader(store)
    await reader.next()
    lost = await asyncpg.connect(own_postgres_address)
    await lost.execute("BEGIN")
    await lost.execute(INSERT, "1")
    dying = await HeldWriter.begin(own_postgres_address)
    await dying.save(await accrual(store, account))
    async with store.transaction() as writing:
        await programs.create(writing, tenant=TENANT, name="Tea", now=0)
    assert await reader.next() == []
    await lost.execute("ROLLBACK")
    await lost.close()
    await dying.die(store)
    assert [each.type for each in await reader.next()] == ["program.updated"]


async def test_one_transaction_takes_one_lock(own_postgres_store: Store) -> None:
    """However many rows it writes: the server's table of locks is small."""
    store = own_postgres_store
    async with store.transaction() as writing:
        for number in range(20):
            await writing.execute(INSERT, str(number))
        rows = await writing.fetch(
            "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()"
        )
    assert len(rows) == 1
    assert len(await pulled(store)) == 20


async def test_readers_see_everything_once_and_alike(store_address: str, store: Store) -> None:
    """Two processes' writers change programs, enrol members and move points; some roll back."""
    accounts = await make_accounts(store, 4)
    other = await open_store(store_address)
    ledgers = [Ledger(each, clock=lambda: 1) for each in (store, other)]
    for each in ledgers:
        await each.start()
    stopping, readers = asyncio.Event(), [Reader(store), Reader(other)]
    shared = [await programs.page(store, tenant=TENANT, limit=10)][0][0]

    async def move(ledger: Ledger, dice: random.Random) -> int:
        count = 0
        for _ in range(25):
            account = dice.choice(accounts)
            await ledger.submit(Submission(TENANT, account, (Accrue(1),)))
            count += 1
        return count

    async def change(on: Store, dice: random.Random) -> int:
        count = 0
        for _ in range(25):
            try:
                async with on.transaction() as writing:
                    await members.create(writing, shared, now=1)
                    await asyncio.sleep(dice.random() * 0.004)
                    if dice.random() < 0.3:
                        raise RuntimeError
            except RuntimeError:
                continue
            count += 1
        return count

    async def read(reader: Reader, dice: random.Random) -> None:
        while not stopping.is_set():
            await reader.next(dice.choice([1, 3, 50]))
            await asyncio.sleep(0.001)

    reading = [
        asyncio.create_task(read(reader, random.Random(at))) for at, reader in enumerate(readers)
    ]
    works = [move(ledger, random.Random(at)) for at, ledger in enumerate(ledgers)]
    works += [change(on, random.Random(10 + at)) for at, on in enumerate((store, other, store))]
    counts = await asyncio.gather(*works)
    stopping.set()
    await asyncio.gather(*reading)
    for reader in readers:
        while await reader.next():
            pass
    whole = await pulled(store)
    for reader in readers:
        assert reader.seen == whole
    types = [each.type for each in whole]
    assert types.count("transaction.created") == sum(counts[:2])
    assert types.count("member.created") == 4 + sum(counts[2:])
    for account in accounts:
        numbers = [each.seq for each in whole if each.account == account and each.seq]
        assert numbers == list(range(1, len(numbers) + 1))
    texts = [each["id"] for each in await printed(other, whole)]
    assert len(set(texts)) == len(texts)
    for each in ledgers:
        await each.stop()
    await other.close()
