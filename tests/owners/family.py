"""Several ledgers on one store in one event loop, which own accounts as processes do."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any, Self, cast

from stampbook.ledger.engine import Ledger
from stampbook.ledger.owners.mailboxes import Mailboxes
from stampbook.ledger.owners.owners import Owners
from stampbook.ledger.owners.places import owners, place_of
from stampbook.storage.store import Batch, Row, Store
from tests.storage.building import NOW, make_accounts, make_currency

STOP_S = 20.0


async def until(is_so: Callable[[], bool]) -> None:
    """Let others work until it is so. Raises TimeoutError if it never is."""
    async with asyncio.timeout(STOP_S):
        while not is_so():  # noqa: ASYNC110 - nobody tells it
            await asyncio.sleep(0)


class Gated:
    """A store whose saves wait until the gate is open, and are counted as they arrive there."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.gate = asyncio.Event()
        self.gate.set()
        self.arrived = 0
        self.fetched = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    async def fetch(self, sql: str, *values: Any) -> list[Row]:
        self.fetched += 1
        return await self._store.fetch(sql, *values)

    async def save(self, batches: Sequence[Batch]) -> None:
        self.arrived += 1
        await self.gate.wait()
        await self._store.save(batches)


class Member:
    """One of the processes."""

    def __init__(self, store: Store, mailboxes: Mailboxes, number: int, most: int) -> None:
        self.store = Gated(store)
        self.ledger = Ledger(cast(Store, self.store), clock=lambda: NOW, max_queue=most)
        self.owners: Owners = self.ledger.share(mailboxes.of(number))
        self.number = number

    async def start(self) -> Self:
        await self.ledger.start()
        self.owners.start()
        return self

    def die(self) -> None:
        """As kill -9 does for the others: its connections end, and its saves do not come."""
        self.store.gate.clear()
        for end in (*self.owners._services, *self.owners._links.values()):
            if end.transport is not None:
                end.transport.abort()
        self.owners.leave()

    async def stop(self) -> None:
        self.store.gate.set()
        await self.owners.stop(STOP_S)
        await self.ledger.stop()


class Family:
    """The processes, all of which know each other."""

    def __init__(self, store: Store, size: int = 2, *, most: int = 8_192) -> None:
        self.store = store
        self.size = size
        self.mailboxes = Mailboxes(size)
        self._most = most
        self.members: list[Member] = []

    async def start(self) -> None:
        self.members = [await self.born(number) for number in range(self.size)]
        await self.acquainted()

    async def born(self, number: int) -> Member:
        """A process of this number, which begins."""
        return await Member(self.store, self.mailboxes, number, self._most).start()

    async def acquainted(self) -> None:
        numbers = {each.number for each in self.members}
        await until(
            lambda: all(each.owners.others == numbers - {each.number} for each in self.members)
        )

    async def accounts_of(self, number: int, count: int = 1) -> list[int]:
        """New accounts that this process owns while all live."""
        currency = await make_currency(self.store)
        table, found = owners(range(self.size)), list[int]()
        while len(found) < count:
            found += [
                each
                for each in await make_accounts(self.store, currency, 8)
                if table[place_of(each)] == number
            ]
        return found[:count]

    async def end(self) -> None:
        await asyncio.gather(*(each.stop() for each in self.members))
        self.mailboxes.close()


@asynccontextmanager
async def family_of(store: Store, size: int = 2, *, most: int = 8_192) -> AsyncIterator[Family]:
    family = Family(store, size, most=most)
    await family.start()
    try:
        yield family
    finally:
        await family.end()
