"""Synchronous replication: nothing is answered that the standby may lack."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pytest

from stampbook.domain.commands import Accrue
from stampbook.ledger.engine import Ledger
from stampbook.ledger.outcomes import Done
from stampbook.ledger.submission import Submission
from stampbook.storage.migrating import migrate
from stampbook.storage.opening import open_store
from stampbook.storage.postgres.temporary import TemporaryPostgres
from tests.storage.building import NOW, make_accounts, make_currency

WAITING = "SELECT pid FROM pg_stat_activity WHERE datname = $1 AND wait_event = 'SyncRep'"
IS_WAITING = "SELECT wait_event = 'SyncRep' FROM pg_stat_activity WHERE pid = $1"
PROBE = "SELECT pg_logical_emit_message(true, 'probe', '')"
"""Writes to the log alone: a server process that ends has nothing of it to clear up."""
PATIENCE_S = 20.0


class Standby:
    """A primary whose standby is away, or is not waited for."""

    def __init__(self, name: str, connection: asyncpg.Connection, url: str) -> None:
        self._name = name
        self._connection = connection
        self._url = url

    async def goes(self) -> None:
        """Commits wait for it from now on: the server takes up a setting when it gets to it."""
        await self._set("nobody")
        async with asyncio.timeout(PATIENCE_S):
            while not await self._is_waited_for():
                pass

    async def _is_waited_for(self) -> bool:
        """Whether a commit in another database waits."""
        probe = await asyncpg.connect(self._url)
        pid = probe.get_server_pid()
        commit = asyncio.create_task(probe.execute(PROBE))
        try:
            while not commit.done():
                if await self._connection.fetchval(IS_WAITING, pid):
                    await self.interrupt(pid)
                    return True
                await asyncio.sleep(0.01)
            return False
        finally:
            await asyncio.gather(commit, return_exceptions=True)
            probe.terminate()

    async def comes_back(self) -> None:
        await self._set("")

    async def _set(self, names: str) -> None:
        await self._connection.execute(f"ALTER SYSTEM SET synchronous_standby_names = '{names}'")
        await self._connection.execute("SELECT pg_reload_conf()")

    async def waiting(self, *, besides: int = 0) -> int:
        """The server process that waits for the standby, as soon as there is one."""
        async with asyncio.timeout(PATIENCE_S):
            while True:
                for row in await self._connection.fetch(WAITING, self._name):
                    if row["pid"] != besides:
                        return int(row["pid"])
                await asyncio.sleep(0.01)

    async def interrupt(self, pid: int) -> None:
        """End the process, as a fast shutdown does: what it waited with stays committed."""
        await self._connection.fetch("SELECT pg_terminate_backend($1)", pid)


@pytest.fixture
async def standby(durable_postgres_server: TemporaryPostgres) -> AsyncIterator[Standby]:
    server = durable_postgres_server
    await asyncio.to_thread(migrate, server.create_database("replicated"))
    connection = await asyncpg.connect(server.url)
    made = Standby("replicated", connection, server.url)
    yield made
    await made.comes_back()
    await connection.close()
    server.drop_database("replicated")


@pytest.mark.postgres
async def test_a_wait_that_was_interrupted_is_waited_for_again(
    standby: Standby, durable_postgres_server: TemporaryPostgres
) -> None:
    """The row can be read at the primary at once. Who asked hears of it when the standby has it:
    before, a failover would take it away."""
    store = await open_store(durable_postgres_server.database_url("replicated"))
    ledger = Ledger(store, clock=lambda: NOW)
    await ledger.start()
    (account,) = await make_accounts(store, await make_currency(store), 1)
    await standby.goes()
    asked = asyncio.create_task(ledger.submit(Submission(1, account, (Accrue(100),))))
    first = await standby.waiting()
    await standby.interrupt(first)
    await standby.waiting(besides=first)
    assert len(await store.journal(account, after=0, limit=9)) == 1
    assert not asked.done()
    await standby.comes_back()
    outcome = await asked
    assert isinstance(outcome, Done)
    assert outcome.account.active == 100
    assert len(await store.journal(account, after=0, limit=9)) == 1
    await ledger.stop()
    await store.close()
