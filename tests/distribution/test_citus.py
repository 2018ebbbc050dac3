"""On Citus, where it is found: the ledger and every operation of the native API work, and EXPLAIN
shows that their statements go to one shard.

`STAMPBOOK_CITUS_BIN` names the folder of a PostgreSQL server's programs with Citus.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from typing import Any, NamedTuple

import asyncpg
import pytest

from stampbook.pacing import run_apart
from stampbook.storage.opening import open_store
from stampbook.verifying.directories import verify_copies
from tests.distribution.cluster import VARIABLE, WORKERS, Nodes, nodes
from tests.distribution.doubt import Asked, in_doubt
from tests.distribution.sent import Collected, Sent, collecting
from tests.distribution.several import ON_COORDINATOR, SEVERAL, reason
from tests.distribution.walk import walk
from tests.turns import WHOLE

EVERY = 1 if WHOLE else 8

pytestmark = pytest.mark.timeout(1_800)


class Seen(NamedTuple):
    """What became of a walk. `tasks`: to how many shards each statement was sent at most. `idle`:
    what was asked of the journal when nothing was due."""

    tasks: list[tuple[Sent, int]]
    rows_of_nodes: list[int]
    prepared: int
    gates: list[int]
    idle: list[Sent]
    doubts: dict[str, Asked]
    faults: list[str]


@pytest.fixture(scope="module")
def seen() -> Iterator[Seen]:
    if VARIABLE not in os.environ:
        pytest.skip(f"NOT RUN: {VARIABLE} names no server with Citus, nothing was distributed")
    with nodes() as running:
        yield run_apart(_seen(running))


async def _seen(running: Nodes) -> Seen:
    address = running.address
    collected = await walk(address, api=True, every=EVERY)
    connection = await asyncpg.connect(
        address, server_settings={"plan_cache_mode": "force_custom_plan"}
    )
    try:
        return Seen(
            await _tasks(connection, collected),
            [
                row["rows"]
                for row in await connection.fetch(
                    "SELECT sum(result::bigint)::bigint AS rows"
                    " FROM run_command_on_placements('transactions', 'SELECT count(*) FROM %s')"
                    " GROUP BY nodeport"
                )
            ],
            await connection.fetchval("SELECT count(*) FROM pg_dist_transaction"),
            await _gates(running),
            await _idle(address),
            await in_doubt(running),
            await _faults(running),
        )
    finally:
        await connection.close()


async def _gates(running: Nodes) -> list[int]:
    """How far the feed may go before, while and after a worker has rows that were prepared, but not
    committed, the first of them at the last position."""
    store = await open_store(running.address)
    first, other = running.coordinator.port, running.workers[0].port
    worker = await asyncpg.connect(running.address.replace(f":{first}/", f":{other}/"))
    try:
        gates = [await store.complete_upto()]
        await worker.execute(
            f"BEGIN; SELECT pg_advisory_xact_lock_shared({-gates[0]}); PREPARE TRANSACTION 'lost'"
        )
        gates.append(await store.complete_upto())
        await worker.execute("ROLLBACK PREPARED 'lost'")
        return [*gates, await store.complete_upto()]
    finally:
        await worker.close()
        await store.close()


async def _idle(address: str) -> list[Sent]:
    """What is asked of the journal to learn that nothing is due in a shard."""
    with collecting() as collected:
        store = await open_store(address)
        try:
            assert await store.due_accounts(0, now=0, limit=1) == []
        finally:
            await store.close()
    return collected.uses


async def _faults(running: Nodes) -> list[str]:
    """What a verification says of copies that are not those of the journal."""
    store = await open_store(running.address)
    try:
        await store.execute("UPDATE newest_standings SET base = base + 1 WHERE shard = 1")
        await store.execute("DELETE FROM transaction_keys")
        return [fault.what async for fault in verify_copies(store)]
    finally:
        await store.close()


async def _tasks(
    connection: asyncpg.Connection[Any], collected: Collected
) -> list[tuple[Sent, int]]:
    found: list[tuple[Sent, int]] = []
    for use in collected.uses:
        rows = await connection.fetch(f"EXPLAIN (FORMAT JSON) {use.sql}", *use.values)
        found.append((use, max(_counts(json.loads(rows[0][0])), default=0)))
    return found


def _counts(plan: Any) -> Iterator[int]:
    """Each `Task Count` of a plan, and of the parts that are run before it."""
    if isinstance(plan, dict):
        for name, value in plan.items():
            if name == "Task Count":
                yield value
            yield from _counts(value)
    elif isinstance(plan, list):
        for each in plan:
            yield from _counts(each)


def test_statements_touch_one_shard(seen: Seen) -> None:
    several = {use.sql: tasks for use, tasks in seen.tasks if tasks != 1}
    allowed = set(SEVERAL.values()) - ON_COORDINATOR
    assert {
        sql: each for sql, each in several.items() if reason(Sent(sql, ())) not in allowed
    } == {}
    assert len({use.sql for use, tasks in seen.tasks if tasks == 1}) > 25


def test_every_node_has_rows(seen: Seen) -> None:
    assert len(seen.rows_of_nodes) == WORKERS + 1 or len(seen.rows_of_nodes) == WORKERS
    assert all(seen.rows_of_nodes)


def test_the_feed_waits_for_a_commit_in_doubt(seen: Seen) -> None:
    before, meanwhile, afterwards = seen.gates
    assert meanwhile == before - 1
    assert afterwards == before


def test_what_rests_on_a_commit_in_doubt_waits_for_its_end(seen: Seen) -> None:
    assert seen.doubts == {
        "a key that the server knows": Asked("Unavailable", "Done"),
        "a key": Asked("Unavailable", "Done"),
        "an external id": Asked("Unavailable", "Done"),
        "a transfer": Asked("Unavailable", "Done"),
        "a key that another kind of request takes": Asked("KeyReused", "KeyReused"),
        "what is due": Asked("Unavailable", "True"),
    }


def test_no_node_is_asked_while_nothing_is_due(seen: Seen) -> None:
    assert seen.idle == []


def test_copies_are_verified(seen: Seen) -> None:
    """Each kind, in each shard where it differs."""
    assert len(set(seen.faults)) == 2


def test_saves_are_committed_in_two_phases(seen: Seen) -> None:
    """Citus notes each such commit on the coordinator, in the same transaction."""
    assert seen.prepared > 0
