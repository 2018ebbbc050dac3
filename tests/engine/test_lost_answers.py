"""A save whose answer is lost has its effect once, also when the server commits it late."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Any, cast
from urllib.parse import urlsplit

import pytest

from stampbook.domain.commands import Accrue
from stampbook.domain.model import Kind
from stampbook.ledger.engine import Ledger
from stampbook.ledger.outcomes import Done
from stampbook.ledger.submission import Submission
from stampbook.storage.opening import open_store
from stampbook.storage.store import Batch, OutcomeUnknown, Store
from tests.storage.building import DAY, NOW, make_accounts, make_currency

DATED = Accrue(10, expires_at=NOW + DAY)
"""A save that makes something due earlier waits for the account."""

WAITING = "SELECT count(*) AS n FROM pg_locks WHERE NOT granted"


class Line:
    """The way to a PostgreSQL server, which can be cut on our side without its noticing."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._host, self._port = parts.hostname, parts.port
        self._ours: list[asyncio.StreamWriter] = []
        self._theirs: list[asyncio.StreamWriter] = []
        self._parts = parts

    async def open(self) -> str:
        """The address that leads here."""
        self._server = await asyncio.start_server(self._connect, "127.0.0.1", 0)
        port = self._server.sockets[0].getsockname()[1]
        place = self._parts.netloc.replace(f":{self._port}", f":{port}")
        return self._parts._replace(netloc=place).geturl()

    def cut(self) -> None:
        """Our side learns that the line is dead, the server does not."""
        for writer in self._ours:
            writer.transport.abort()
        self._ours.clear()

    async def close(self) -> None:
        self._server.close()
        for writer in (*self._ours, *self._theirs):
            writer.transport.abort()

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        server_reader, server = await asyncio.open_connection(self._host, self._port)
        self._ours.append(writer)
        self._theirs.append(server)
        away = asyncio.ensure_future(pump(reader, server))
        await pump(server_reader, writer)
        writer.close()
        away.cancel()


async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """What comes goes on; that no more comes does not."""
    with suppress(ConnectionError):
        while data := await reader.read(65_536):
            writer.write(data)


@pytest.fixture
async def line(own_postgres_address: str) -> AsyncIterator[Line]:
    line = Line(own_postgres_address)
    yield line
    await line.close()


@pytest.mark.parametrize("key", [None, "K"])
async def test_a_commit_that_lands_late(
    line: Line, own_postgres_store: Store, key: str | None
) -> None:
    """The server waits for a lock when the line dies, and commits when it gets the lock."""
    (account,) = await make_accounts(own_postgres_store, await make_currency(own_postgres_store))
    store = await open_store(await line.open())
    ledger = Ledger(store, clock=lambda: NOW)
    await ledger.start()
    async with own_postgres_store.transaction() as holding:
        await holding.execute("SELECT 1 FROM accounts WHERE account_id = $1 FOR UPDATE", account)
        asked = asyncio.ensure_future(ledger.submit(Submission(1, account, (DATED,), key=key)))
        await until_waiting(own_postgres_store, 1)
        line.cut()
        await until_waiting(own_postgres_store, 2)
    outcome = await asked
    assert isinstance(outcome, Done)
    assert outcome.account.active == 10
    rows = await own_postgres_store.journal(account, after=0, limit=10)
    assert [row.amount for row in rows] == [10]
    await ledger.stop()
    await store.close()


async def until_waiting(store: Store, statements: int) -> None:
    """So many statements wait for a lock."""
    async with asyncio.timeout(10):
        while True:
            row = await store.fetch_one(WAITING)
            assert row is not None
            if row["n"] >= statements:
                return
            await asyncio.sleep(0.01)


async def test_a_commit_that_never_lands(line: Line, own_postgres_store: Store) -> None:
    """The server is told to give up what it was waiting for."""
    (account,) = await make_accounts(own_postgres_store, await make_currency(own_postgres_store))
    store = await open_store(await line.open())
    ledger = Ledger(store, clock=lambda: NOW)
    await ledger.start()
    async with own_postgres_store.transaction() as holding:
        await holding.execute("SELECT 1 FROM accounts WHERE account_id = $1 FOR UPDATE", account)
        asked = asyncio.ensure_future(ledger.submit(Submission(1, account, (DATED,))))
        await until_waiting(own_postgres_store, 1)
        await own_postgres_store.execute(
            "SELECT pg_terminate_backend(l.pid) FROM pg_locks l"
            " JOIN pg_stat_activity a ON a.pid = l.pid"
            " WHERE NOT l.granted AND a.datname = current_database()"
        )
        await until_waiting(own_postgres_store, 1)
    outcome = await asked
    assert isinstance(outcome, Done)
    assert len(await own_postgres_store.journal(account, after=0, limit=10)) == 1
    await ledger.stop()
    await store.close()


class Losing:
    """A store whose next save is lost before it is made, while another server does something."""

    def __init__(self, store: Store, meanwhile: Callable[[], Awaitable[object]]) -> None:
        self._store = store
        self._meanwhile: Callable[[], Awaitable[object]] | None = meanwhile

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    async def save(self, batches: Sequence[Batch]) -> None:
        meanwhile, self._meanwhile = self._meanwhile, None
        if meanwhile is not None:
            await meanwhile()
            raise OutcomeUnknown("the connection is lost")
        await self._store.save(batches)


async def test_another_server_settles_what_a_lost_save_had_settled(
    store: Store, store_address: str
) -> None:
    """The rows of the clock are the same from both. That one of them is there says nothing of the
    row after it, which was lost."""
    (account,) = await make_accounts(store, await make_currency(store))
    other = Ledger(await open_store(store_address), clock=lambda: NOW + 2)
    losing = Losing(store, lambda: other.settle([account]))
    ledger = Ledger(cast("Store", losing), clock=lambda: NOW + 2)
    accrue = Submission(1, account, (Accrue(10, expires_at=NOW + 1),))
    earlier = Ledger(store, clock=lambda: NOW)
    for each in (earlier, other, ledger):
        await each.start()
    assert isinstance(await earlier.submit(accrue), Done)
    outcome = await ledger.submit(Submission(1, account, (Accrue(7),)))
    assert isinstance(outcome, Done)
    assert outcome.account.active == 7
    outcome = await ledger.submit(Submission(1, account, (Accrue(5),)))
    assert isinstance(outcome, Done)
    rows = await store.journal(account, after=0, limit=10)
    assert [(row.seq, row.kind, row.amount) for row in rows] == [
        (1, Kind.ACCRUE, 10),
        (2, Kind.EXPIRE, 10),
        (3, Kind.ACCRUE, 7),
        (4, Kind.ACCRUE, 5),
    ]
    for each in (earlier, other, ledger):
        await each.stop()
    await other.store.close()
