"""Rows of the journal as they are between the two phases of a commit: written, and seen by nobody.

A lost node leaves them so (docs/decisions/0258-commits-in-doubt.md). What is asked meanwhile must
not be answered as if they were not there.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from typing import NamedTuple

import asyncpg

from stampbook.domain.commands import Accrue, Note
from stampbook.ledger.engine import Ledger
from stampbook.ledger.outcomes import Outcome
from stampbook.ledger.submission import Submission, Transfer
from stampbook.programs.once import Kept, Keyed, write_once
from stampbook.storage.store import Transacting
from tests.distribution.cluster import Nodes
from tests.distribution.sent import JOURNAL
from tests.worker.test_sweeping import HOUR, START, TENANT, Clock, accounts_with_points, opened

KEY, NAME = "doubtful", "receipt-in-doubt"
MOST = 1_000

PLACE = """
    SELECT p.shardid, n.nodeport FROM pg_dist_placement AS p JOIN pg_dist_node AS n USING (groupid)
    WHERE p.shardid = get_shard_id_for_distribution_column('{table}', {shard}::smallint)
"""

BY_HAND = """
    SET session_replication_role = replica; SET citus.enable_manual_changes_to_shards = on;
    SET citus.enable_ddl_propagation = off
"""


class Asked(NamedTuple):
    """What came of a question while rows were hidden, and afterwards."""

    meanwhile: str
    afterwards: str


async def in_doubt(running: Nodes) -> dict[str, Asked]:
    """What is asked of two servers while the other rows of what they ask are in doubt."""
    clock = Clock()
    async with AsyncExitStack() as stack:
        first = await stack.enter_async_context(opened(running.address, clock))
        second = await stack.enter_async_context(opened(running.address, clock))
        keyed, due, source, receiver = await accounts_with_points(first, 4)
        accrued = partial(_accrued, account=keyed, key=KEY)
        named = partial(_accrued, account=keyed, key=None)
        moved = partial(_moved, source=source, receiver=receiver)
        await accrued(first)
        await _accrued(first, source, None)
        await moved(first)
        questions: dict[str, Callable[[], Awaitable[object]]] = {
            "a key that the server knows": partial(accrued, first),
            "a key": partial(accrued, second),
            "an external id": partial(named, second),
            "a transfer": partial(moved, second),
            "a key that another kind of request takes": partial(_other, second),
            "what is due": partial(_is_due, second, due),
        }
        async with AsyncExitStack() as hiding:
            for account, seq in ((keyed, 2), (due, 1), (receiver, 2)):
                await hiding.enter_async_context(hidden(running, account, seq, second.store.shards))
            meanwhile = {name: await _asked(ask) for name, ask in questions.items()}
        return {name: Asked(meanwhile[name], await _asked(ask)) for name, ask in questions.items()}


@asynccontextmanager
async def hidden(running: Nodes, account: int, seq: int, shards: int) -> AsyncIterator[None]:
    """The row with all that belongs to it is in doubt on its node meanwhile."""
    shard, name = account % shards, f"hidden_{account}"
    where = f"shard = {shard} AND account_id = {account} AND seq = {seq}"
    coordinator = await asyncpg.connect(running.address)
    try:
        places = [
            place
            for table in JOURNAL
            for place in await coordinator.fetch(PLACE.format(table=table, shard=shard))
        ]
    finally:
        await coordinator.close()
    port = running.coordinator.port
    address = running.address.replace(f":{port}/", f":{places[0]['nodeport']}/")
    parts = [f"{table}_{place['shardid']}" for table, place in zip(JOURNAL, places, strict=True)]
    kept = [f"{name}_{table}" for table in JOURNAL]
    node = await asyncpg.connect(address)
    try:
        await node.execute(BY_HAND)
        position = await node.fetchval(f"SELECT position FROM {parts[0]} WHERE {where}")
        await node.execute(
            _each(parts, kept, f"CREATE TABLE {{1}} AS SELECT * FROM {{0}} WHERE {where}")
        )
        await node.execute(_each(parts, kept, f"DELETE FROM {{0}} WHERE {where}"))
        await node.execute(
            f"BEGIN; SELECT pg_advisory_xact_lock_shared({-position});"
            f"{_each(parts, kept, 'INSERT INTO {0} SELECT * FROM {1}')};"
            f"PREPARE TRANSACTION '{name}'"
        )
        yield
        await node.execute(f"COMMIT PREPARED '{name}'")
        await node.execute(_each(parts, kept, "DROP TABLE {1}"))
    finally:
        await node.close()


def _each(parts: Sequence[str], kept: Sequence[str], statement: str) -> str:
    return ";".join(statement.format(*both) for both in zip(parts, kept, strict=True))


async def _asked(ask: Callable[[], Awaitable[object]]) -> str:
    """In a word: what kind of answer, or error, came."""
    try:
        answer = await ask()
    except Exception as error:
        return type(error).__name__
    return str(answer) if isinstance(answer, bool) else type(answer).__name__


async def _accrued(ledger: Ledger, account: int, key: str | None) -> Outcome:
    name = f"{NAME}-{account}"
    command = Accrue(10, note=Note(external_id=name))
    return await ledger.submit(
        Submission(tenant=TENANT, account=account, commands=(command,), key=key)
    )


async def _moved(ledger: Ledger, source: int, receiver: int) -> Outcome:
    return await ledger.transfer(
        Transfer(tenant=TENANT, source=source, receiver=receiver, amount=3, key=f"{KEY}-moved")
    )


async def _other(ledger: Ledger) -> bool:
    """Whether a write outside the ledger has taken the key of a movement."""

    async def write(writing: Transacting) -> Kept:
        return Kept(200, "")

    keyed = Keyed(TENANT, KEY, b"another request!")
    return not (await write_once(ledger.store, keyed, write, now=START)).replayed


async def _is_due(ledger: Ledger, account: int) -> bool:
    store = ledger.store
    return account in await store.due_accounts(account % store.shards, START + HOUR, MOST)
