"""On plain PostgreSQL: every statement on a table that has a shard touches one shard, but for those
that are listed with a reason."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

import asyncpg
import pytest

from stampbook.pacing import run_apart
from stampbook.storage.postgres.citus import on_coordinator
from stampbook.storage.postgres.temporary import TemporaryPostgres
from tests.distribution.partitioned import partition, shards_of
from tests.distribution.sent import JOURNAL, NAMED, Sent
from tests.distribution.several import ON_COORDINATOR, SEVERAL, reason
from tests.distribution.walk import walk
from tests.turns import WHOLE

EVERY = 1 if WHOLE else 16
"""Which of the scenarios are played: the API has sent most statements before."""

Touched = list[tuple[Sent, set[int]]]


@pytest.fixture(scope="module")
def touched(postgres_server: TemporaryPostgres, postgres_template: str) -> Iterator[Touched]:
    """The shards that each statement's plan names."""
    address = postgres_server.create_database("by_shard", template=postgres_template)
    yield run_apart(_touched(address))
    postgres_server.drop_database("by_shard")


async def _touched(address: str) -> Touched:
    await partition(address)
    collected = await walk(address, api=True, every=EVERY)
    connection = await asyncpg.connect(
        address, server_settings={"plan_cache_mode": "force_custom_plan"}
    )
    try:
        return [(use, await shards_of(connection, use)) for use in collected.uses]
    finally:
        await connection.close()


def test_statements_touch_one_shard(touched: Touched) -> None:
    several = {use.sql for use, shards in touched if len(shards) > 1 and not reason(use)}
    assert several == set()


def test_what_the_coordinator_has_is_asked_there(touched: Touched) -> None:
    several = {use.sql for use, _ in touched if reason(use) in ON_COORDINATOR}
    assert {sql for sql in several if NAMED.search(on_coordinator(sql))} == set()


def test_the_walk_is_wide(touched: Touched) -> None:
    """It sends what it is about, to every shard, and each exception is there."""
    of_shard: dict[int, set[str]] = defaultdict(set)
    for use, shards in touched:
        if len(shards) == 1:
            of_shard[next(iter(shards))].add(use.sql)
    assert len(set().union(*of_shard.values())) > 20
    assert len(of_shard) > 1
    sent = {use.name for use, _ in touched}
    assert {"save", "open_accounts", "look", "journal", "last_rows", "due_accounts"} <= sent
    reasons = {reason(use) for use, _ in touched} - {None}
    assert reasons == set(SEVERAL.values())
    assert {f"insert {table}" for table in JOURNAL}.isdisjoint(sent)  # only a save writes rows
