"""Disks that are full or slow, for a moment and at any time, under commands that never give up.

What was acknowledged is there, what was refused is not, and nothing is there twice.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from random import Random

from stampbook.domain.commands import Accrue, Note, Redeem
from stampbook.ledger.engine import Ledger
from stampbook.ledger.outcomes import Done
from stampbook.ledger.submission import Submission
from stampbook.storage.opening import open_store
from stampbook.storage.postgres.store import PostgresStore
from stampbook.storage.sqlite.store import SqliteStore
from stampbook.storage.store import NoRoom, Store
from stampbook.verifying.accounts import verify_accounts
from tests.campaign.parts import Databases, Figures, Part
from tests.http.test_full_disk import FILL
from tests.storage.building import NOW, make_accounts, make_currency

ACCOUNTS = 4
CLIENTS = 8
NOTE = "x" * 3_000
"""A row does not fit into what is left of a page."""

FULL_S, SLOW_S, FREE_S = 0.02, 0.02, 0.03
MOST_TRIES = 10_000

SLOW = f"""
    CREATE OR REPLACE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        PERFORM pg_sleep({SLOW_S});
        RETURN NEW;
    END $$
"""
TRIGGER = "CREATE TRIGGER full_disk BEFORE INSERT ON transactions EXECUTE FUNCTION refuse()"


class Disk:
    """The disk under a store: no room is left, or each write takes long."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def fill(self) -> None:
        """From now on nothing that needs room can be written."""
        if isinstance(self._store, SqliteStore):
            await self._pragma("max_page_count = 1")
            return
        await self._store.execute(FILL.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION"))
        await self._store.execute(TRIGGER)

    async def slow(self) -> None:
        """From now on a write takes long."""
        if isinstance(self._store, SqliteStore):
            async with self._store._turn:  # the only writer waits
                await self._store.write(lambda _: time.sleep(SLOW_S))
            return
        await self._store.execute(SLOW)
        await self._store.execute(TRIGGER)

    async def free(self) -> None:
        """All is well again."""
        if isinstance(self._store, SqliteStore):
            await self._pragma("max_page_count = 1000000000")
        else:
            assert isinstance(self._store, PostgresStore)
            await self._store.execute("DROP TRIGGER IF EXISTS full_disk ON transactions")

    async def _pragma(self, what: str) -> None:
        assert isinstance(self._store, SqliteStore)
        async with self._store._turn:
            await self._store.write(lambda connection: connection.execute(f"PRAGMA {what}"))


class Client:
    """Asks for one command after the other, each until it is answered."""

    def __init__(self, ledger: Ledger, accounts: list[int], name: int, dice: Random) -> None:
        self._ledger, self._accounts, self._name, self._dice = ledger, accounts, name, dice
        self.done: list[str] = []
        self.figures: Figures = Counter()

    async def run(self, commands: int) -> None:
        for number in range(commands):
            key = f"{self._name}-{number}"
            note = Note(reason=key, metadata=f'{{"note":"{NOTE}"}}')
            amount = self._dice.randint(1, 9)
            kind = self._dice.choice((Accrue, Accrue, Redeem))
            account = self._dice.choice(self._accounts)
            asked = Submission(1, account, (kind(amount, note=note),), key=key)
            for _ in range(MOST_TRIES):
                try:
                    outcome = await self._ledger.submit(asked)
                except NoRoom:
                    self.figures["refused for lack of room"] += 1
                    await asyncio.sleep(0.002)
                    continue
                break
            else:
                raise AssertionError("there was never room")
            self.figures["commands"] += 1
            if isinstance(outcome, Done):
                self.done.append(key)
            else:
                self.figures["refused"] += 1


async def filled(address: str, seed: str, commands: int) -> Figures:
    """As many commands, by several clients at once, while the disk is full and slow."""
    dice = Random(seed)
    store, direct = await open_store(address), await open_store(address)
    ledger = Ledger(store, clock=lambda: NOW)
    await ledger.start()
    accounts = await make_accounts(direct, await make_currency(direct), ACCOUNTS)
    clients = [Client(ledger, accounts, at, Random(f"{seed} {at}")) for at in range(CLIENTS)]
    asking = [asyncio.ensure_future(each.run(commands // CLIENTS)) for each in clients]
    figures: Figures = Counter()
    disk = Disk(store)
    while not all(each.done() for each in asking):
        for trouble, name in ((disk.fill, "full"), (disk.slow, "slow")):
            await trouble()
            await asyncio.sleep(FULL_S * dice.random())
            await disk.free()
            figures[name] += 1
            await asyncio.sleep(FREE_S * dice.random())
    await asyncio.gather(*asking)
    done = [key for client in clients for key in client.done]
    journal = [
        row.reason
        for account in accounts
        for row in await direct.journal(account, after=0, limit=commands + 1)
    ]
    assert sorted(journal, key=str) == sorted(done)
    for shard in range(direct.shards):
        async for verified in verify_accounts(direct, shard):
            assert not verified.faults, verified.faults
    await ledger.stop()
    await store.close()
    await direct.close()
    for client in clients:
        figures.update(client.figures)
    return figures


def play(databases: Databases, seed: str, commands: int) -> Figures:
    """Commands on a fresh store."""
    return asyncio.run(filled(databases.fresh(), seed, commands))


DISKS = Part("disks", "commands while disks are full and slow", 20_000, 800, play)
