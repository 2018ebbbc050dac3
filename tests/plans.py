"""What PostgreSQL plans for statements, and keeps, whatever their parameters."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import asyncpg

from stampbook.storage.opening import open_store
from stampbook.storage.store import Store

Plan = list[dict[str, Any]]
"""All nodes of a plan, as EXPLAIN says them in JSON."""

KEPT: Mapping[str, str] = {"plan_cache_mode": "force_generic_plan"}
"""The settings of a connection whose plans are those that are kept in the end."""

STATISTICS = ("new", "empty", "one program", "many programs")
"""What PostgreSQL may believe of the members: see `peopled`."""

MEMBERS = 3_000


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for child in plan.get("Plans", ()):
        yield from nodes(child)


async def generic_plan(
    url: str, sql: str, parameters: int, settings: Mapping[str, str] = KEPT
) -> Plan:
    """The nodes of the plan that is kept for a statement with that number of parameters."""
    connection = await asyncpg.connect(url, server_settings=dict(settings))
    try:
        await connection.execute(f"PREPARE asked AS {sql}")
        nulls = f"({', '.join(['NULL'] * parameters)})" if parameters else ""
        text = await connection.fetchval(f"EXPLAIN (FORMAT json) EXECUTE asked {nulls}")
    finally:
        await connection.close()
    return list(nodes(json.loads(text)[0]["Plan"]))


async def peopled(url: str, statistics: str) -> None:
    """Put members into the database, all into one program or a few into each; PostgreSQL has looked
    at its tables never, when they were empty, or when they were full."""
    store = await open_store(url)
    try:
        if statistics == "empty":
            await store.execute("VACUUM ANALYZE")
        await _people(store, programs=300 if statistics == "many programs" else 1)
        if statistics.endswith(("program", "programs")):
            await store.execute("VACUUM ANALYZE")
    finally:
        await store.close()


async def _people(store: Store, programs: int) -> None:
    await store.execute(
        """
        INSERT INTO programs (program_id, tenant_id, name, timezone, status, created_at, updated_at)
        SELECT n, 1, 'Club ' || n, 'UTC', 'active', 0, 0 FROM generate_series(1, $1::int) AS n
        """,
        programs,
    )
    await store.execute(
        """
        INSERT INTO members (member_id, program_id, tenant_id, status, created_at, updated_at)
        SELECT n, 1 + n % $1::int, 1, 'active', n, n FROM generate_series(1, $2::int) AS n
        """,
        programs,
        MEMBERS,
    )


def assert_found_by_number(plan: Plan) -> None:
    """Members are read, and each by its number: by the index of the primary key, and by nothing
    else that the index knows."""
    indexes = [node for node in plan if node.get("Index Name", "").startswith("members_")]
    assert indexes
    for node in indexes:
        assert node["Index Name"] == "members_pkey", node
        assert node.get("Index Cond", "").startswith("(member_id = "), node
    scans = [node for node in plan if node["Node Type"] == "Seq Scan"]
    assert "members" not in {node["Relation Name"] for node in scans}
