"""A plain PostgreSQL database whose tables that have a shard are partitioned by it.

So the planner itself says which shards a statement touches: its plan names their partitions.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import asyncpg

from tests.distribution.sent import JOURNAL, SHARDED, Sent

SHARDS = 4

INDEXES = """
    SELECT pg_get_indexdef(i.indexrelid) AS made
    FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indrelid
    WHERE c.relname = $1 AND NOT i.indisunique
"""

ONE_SHARD = """
    CREATE FUNCTION refuse_several_shards() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        IF (SELECT count(DISTINCT shard) FROM added) > 1 THEN
            RAISE EXCEPTION 'rows of several shards in one statement';
        END IF;
        RETURN NULL;
    END $$
"""
"""A plan does not say where rows go that are inserted."""


async def partition(address: str) -> None:
    """Partition the tables of an empty, migrated database."""
    connection = await asyncpg.connect(address)
    try:
        await connection.execute(f"UPDATE ledger SET shards = {SHARDS}")
        await connection.execute(ONE_SHARD)
        for table in SHARDED:
            await _partition(connection, table)
    finally:
        await connection.close()


async def _partition(connection: asyncpg.Connection[Any], table: str) -> None:
    """Unique indexes without the shard are left out: a distributed table cannot have them."""
    indexes = [row["made"] for row in await connection.fetch(INDEXES, table)]
    key = await connection.fetchval(
        "SELECT pg_get_constraintdef(oid) FROM pg_constraint"
        " WHERE conrelid = $1::regclass AND contype = 'p'",
        table,
    )
    await connection.execute(f"ALTER TABLE {table} RENAME TO former")
    await connection.execute(
        f"CREATE TABLE {table} (LIKE former INCLUDING DEFAULTS INCLUDING CONSTRAINTS)"
        " PARTITION BY LIST (shard)"
    )
    await connection.execute("DROP TABLE former")
    await connection.execute(f"ALTER TABLE {table} ADD {key}")
    for index in indexes:
        await connection.execute(index)
    for shard in range(SHARDS):
        await connection.execute(
            f"CREATE TABLE {table}_{shard} PARTITION OF {table} FOR VALUES IN ({shard})"
        )
    if table not in JOURNAL:
        return
    await connection.execute(
        f"CREATE TRIGGER one_shard AFTER INSERT ON {table} REFERENCING NEW TABLE AS added"
        " FOR EACH STATEMENT EXECUTE FUNCTION refuse_several_shards()"
    )


async def shards_of(connection: asyncpg.Connection[Any], sent: Sent) -> set[int]:
    """The shards whose partitions the statement's plan names."""
    (row,) = await connection.fetch(f"EXPLAIN (FORMAT JSON) {sent.sql}", *sent.values)
    (plan,) = json.loads(row[0])
    return {
        int(relation.rpartition("_")[2])
        for relation in _relations(plan["Plan"])
        if relation.rpartition("_")[0] in SHARDED
    }


def _relations(plan: dict[str, Any]) -> Iterator[str]:
    if "Relation Name" in plan:
        yield plan["Relation Name"]
    for each in plan.get("Plans", ()):
        yield from _relations(each)
