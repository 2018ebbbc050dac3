"""A server that is half dead, or a client, holds nothing without an end."""

from __future__ import annotations

import os
import signal
import socket
from typing import Any

import asyncpg
import pytest

from stampbook.storage.postgres import connections
from stampbook.storage.postgres.attending import ASKING, IDLE_TRANSACTION_MS, OPTIONS
from stampbook.storage.postgres.connections import (
    LEDGER_PATIENCE_S,
    OTHER_PATIENCE_S,
    acquired,
    connect,
    single,
    translated,
)
from stampbook.storage.postgres.store import PostgresStore
from stampbook.storage.store import Store, Unavailable

SETTINGS = "SELECT name, setting FROM pg_settings WHERE name = ANY ($1)"
GUARDS = ("idle_in_transaction_session_timeout", "statement_timeout")


async def settings_of(connection: Any) -> dict[str, str]:
    rows = await connection.fetch(SETTINGS, [*ASKING, *GUARDS])
    return {row["name"]: row["setting"] for row in rows}


async def test_both_ends_ask_for_each_other(postgres_store: Store, postgres_address: str) -> None:
    """As the server says it, in seconds and milliseconds, of each pool and of a single one."""
    assert isinstance(postgres_store, PostgresStore)
    found = []
    for pool in (postgres_store._ledger, postgres_store._other):
        async with acquired(pool, postgres_address) as connection:
            found.append(await settings_of(connection))
    alone: Any = await single(postgres_address)
    found.append(await settings_of(alone))
    is_within = alone._transport.get_extra_info("socket").family == socket.AF_UNIX
    await alone.close()
    asking = dict.fromkeys(ASKING, "0") if is_within else ASKING
    assert [{name: each[name] for name in ASKING} for each in found] == [asking] * 3
    assert [[each[name] for name in GUARDS] for each in found] == [
        [str(IDLE_TRANSACTION_MS), f"{LEDGER_PATIENCE_S + 5:.0f}000"],
        [str(IDLE_TRANSACTION_MS), f"{OTHER_PATIENCE_S + 5:.0f}000"],
        ["0", "0"],  # a migration, or the snapshot of a backup, takes as long as it takes
    ]


async def test_our_end_asks(postgres_address: str) -> None:
    alone: Any = await single(postgres_address)
    ours = alone._transport.get_extra_info("socket")
    if ours.family != socket.AF_UNIX:
        assert ours.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1
        for name, value in OPTIONS:
            option = getattr(socket, name, None)
            if option is not None:
                assert ours.getsockopt(socket.IPPROTO_TCP, option) == value
    await alone.close()


@pytest.mark.parametrize("in_transaction", [False, True])
async def test_a_server_that_does_not_answer_is_left(
    postgres_address: str, in_transaction: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its process is stopped: TCP still answers for it."""
    monkeypatch.setattr(connections, "RELEASE_TIMEOUT_S", 0.1)
    pool = await connect(postgres_address, 1, patience_s=0.2)
    async with acquired(pool, postgres_address) as connection:
        stopped = connection.get_server_pid()
    try:
        with pytest.raises(Unavailable):
            await _ask_stopped(pool, postgres_address, in_transaction)
        async with acquired(pool, postgres_address) as connection:  # the pool has one
            assert connection.get_server_pid() != stopped
            assert await connection.fetchval("SELECT 2") == 2
    finally:
        os.kill(stopped, signal.SIGCONT)
        await pool.close()


async def _ask_stopped(pool: asyncpg.Pool[Any], address: str, in_transaction: bool) -> None:
    async with acquired(pool, address) as connection:
        if in_transaction:
            await connection.execute("BEGIN")
        os.kill(connection.get_server_pid(), signal.SIGSTOP)
        await translated(connection.execute("SELECT 1"))
