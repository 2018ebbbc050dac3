"""One key has one effect on PostgreSQL too when a movement and another write commit at once.

Their keys are in two tables, which no index spans. One of the two has done everything but commit
when the other one begins: it must wait, and then find the key taken.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import pytest

from stampbook.domain.commands import Accrue
from stampbook.domain.deciding import decide
from stampbook.programs import once
from stampbook.programs.once import KEEP, Kept, Keyed, KeyReused, kept_row, write_once
from stampbook.storage.postgres.loading import STATEMENTS
from stampbook.storage.postgres.saving import save_arguments
from stampbook.storage.store import (
    Batch,
    Beside,
    Key,
    SaveConflict,
    Store,
    Transacting,
    UniqueViolation,
)
from tests.storage.batches import FINGERPRINT, keyed
from tests.storage.building import NOW, batch_of, complete_book, make_account
from tests.storage.test_sweeping import until_waiting

KEYED = Keyed(1, "k", FINGERPRINT)
KEPT = Kept(201, "{}")


async def write(store: Store) -> None:
    """A write outside the ledger."""

    async def nothing(_: Transacting) -> Kept:
        return KEPT

    await write_once(store, KEYED, nothing, now=NOW)


async def keep(store: Store) -> None:
    """The end of a longer operation outside the ledger."""
    async with store.transaction() as writing:
        await once.keep(writing, KEYED, KEPT, now=NOW)


async def join(store: Store) -> None:
    """A joint request of the ledger, with rows beside it."""
    await store.save([joint(await moved(store))])


async def repeat(store: Store) -> None:
    """A repeat that is answered with an older row, whose key is another one."""
    older = await moved(store)
    await store.save([older])
    named = keyed(older, "k", repeated=True)
    await store.save([named._replace(records=(), due=(), accounts=())])


def joint(batch: Batch) -> Batch:
    beside = Beside(KEEP, [kept_row(KEYED, KEPT, now=NOW)])
    return batch._replace(key_texts=[Key(1, "k")], beside=[beside])


OTHERS = {"write": write, "keep": keep, "join": join, "repeat": repeat}


async def moved(store: Store) -> Batch:
    """An accrual on an account of its own."""
    book = await complete_book(store, await make_account(store))
    decide(book, Accrue(5), NOW)
    return batch_of(book)


@asynccontextmanager
async def uncommitted(address: str) -> AsyncIterator[asyncpg.Connection]:
    """A transaction on a connection of its own, which is committed in the end."""
    connection = await asyncpg.connect(address)
    try:
        async with connection.transaction():
            yield connection
    finally:
        await connection.close()


async def uses(store: Store) -> int:
    """How many effects the key has had."""
    row = await store.fetch_one("SELECT count(*) AS n FROM idempotency_keys")
    assert row is not None
    movements = await store.fetch("SELECT FROM transactions WHERE key_digest IS NOT NULL")
    repeats = await store.fetch("SELECT FROM repeated_keys")
    return int(row["n"]) + len(movements) + len(repeats)


@pytest.mark.parametrize("other", OTHERS.values(), ids=OTHERS)
async def test_another_write_waits_for_a_movement(
    own_postgres_store: Store,
    own_postgres_address: str,
    other: Callable[[Store], Coroutine[Any, Any, None]],
) -> None:
    save, movement = STATEMENTS["save"], keyed(await moved(own_postgres_store), "k")
    async with uncommitted(own_postgres_address) as connection:
        await connection.execute(save.sql, *save_arguments(save, movement))
        second = asyncio.create_task(other(own_postgres_store))
        await until_waiting(own_postgres_store, 1)
    with pytest.raises((KeyReused, UniqueViolation, SaveConflict)):
        await second
    assert await uses(own_postgres_store) == 1


@pytest.mark.parametrize("kind", ["movement", "joint"])
async def test_a_movement_waits_for_another_write(
    own_postgres_store: Store, own_postgres_address: str, kind: str
) -> None:
    row = kept_row(KEYED, KEPT, now=NOW)
    batch = await moved(own_postgres_store)
    waits = keyed(batch, "k") if kind == "movement" else joint(batch)
    async with uncommitted(own_postgres_address) as connection:
        await connection.execute(KEEP, *row)
        second = asyncio.create_task(own_postgres_store.save([waits]))
        await until_waiting(own_postgres_store, 1)
    with pytest.raises(SaveConflict):
        await second
    assert await uses(own_postgres_store) == 1


async def test_movements_with_different_keys_wait_for_nobody(
    own_postgres_store: Store, own_postgres_address: str
) -> None:
    """And a movement shares its key with another one until the index refuses it."""
    save, movement = STATEMENTS["save"], keyed(await moved(own_postgres_store), "k")
    other = await moved(own_postgres_store)
    async with uncommitted(own_postgres_address) as connection:
        await connection.execute(save.sql, *save_arguments(save, movement))
        await own_postgres_store.save([keyed(other, "another")])
        held = await connection.fetch(
            "SELECT mode FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 2"
        )
    assert [row["mode"] for row in held] == ["ShareLock"]
