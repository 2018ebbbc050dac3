"""A visit is read in one statement, which looks every row up by the visit's number."""

from __future__ import annotations

import json
import re
import sqlite3
from contextlib import closing
from typing import Any

import asyncpg

from stampbook.storage.opening import open_store
from stampbook.visits.whole import VISIT, find
from tests.storage.building import make_currency

TABLES = (
    "visits", "guards", "locations", "visit_records", "visit_lines", "visit_payments",
    "visit_discounts", "visit_accounts", "accounts", "currencies",
)  # fmt: skip
MANY = 3_000


async def fill(address: str) -> None:
    """Visits with an appointment and a line each."""
    store = await open_store(address)
    for _ in range(300):
        await make_currency(store)
    async with store.transaction() as writing:
        counting = f"SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < {MANY}"
        numbers = f"WITH RECURSIVE c (n) AS ({counting})"
        for statement in (
            """
            INSERT INTO locations (location_id, tenant_id, program_id, title, timezone, created_at,
                                   updated_at)
            {0} SELECT n, 1, 1, 'Old Town', 'Europe/Riga', 0, 0 FROM c
            """,
            """
            INSERT INTO visits (visit_id, tenant_id, program_id, location_id, attendance, starts_at,
                                comment, created_at, updated_at)
            {0} SELECT n, 1, 1, 1, 0, n, '', 0, 0 FROM c
            """,
            "INSERT INTO guards (subject, version) {0} SELECT 'visit:' || n, 1 FROM c",
            """
            INSERT INTO visit_records (record_id, visit_id, staff_id, starts_at, length_s,
                                       attendance, comment, extra, created_at, changed_at)
            {0} SELECT n, n, 5, 6, 7, 1, 'c', '{{"a": 1}}', 8, 9 FROM c
            """,
            """
            INSERT INTO visit_lines (line_id, visit_id, record_id, kind, item_id, title, quantity,
                                     first_cost, discount, cost, staff_id)
            {0} SELECT n, n, n, 'good', 1, 'x', 1000, 100, 0, 100, 1 FROM c
            """,
            """
            INSERT INTO visit_payments (payment_id, visit_id, line_id, amount, desk_id, paid_at,
                                        comment)
            {0} SELECT n, n, NULL, 10, 1, 0, '' FROM c
            """,
            "INSERT INTO visit_accounts (visit_id, account_id) {0} SELECT n, n FROM c",
            """
            INSERT INTO members (member_id, program_id, tenant_id, metadata, status, created_at,
                                 updated_at)
            VALUES (1, 1, 1, '{{}}', 'active', 0, 0)
            """,
            f"""
            INSERT INTO accounts (shard, account_id, tenant_id, program_id, currency_id, member_id,
                                  is_primary, created_at)
            {{0}} SELECT n % {store.shards}, n, 1, 1, 1, 1, FALSE, 0 FROM c
            """,
        ):
            await writing.execute(statement.format(numbers))
    await store.execute("ANALYZE")
    await store.close()


def nodes(plan: dict[str, Any]) -> list[dict[str, Any]]:
    return [plan] + [node for child in plan.get("Plans", ()) for node in nodes(child)]


async def test_on_postgres(own_postgres_address: str) -> None:
    await fill(own_postgres_address)
    connection = await asyncpg.connect(own_postgres_address)
    await connection.execute("SET plan_cache_mode = force_generic_plan")
    await connection.execute(f"PREPARE whole (bigint, bigint, bigint, text) AS {VISIT}")
    text = await connection.fetchval("EXPLAIN (FORMAT json) EXECUTE whole (1, 1, 8, 'visit:1')")
    await connection.close()
    found = nodes(json.loads(text)[0]["Plan"])
    scans = [node for node in found if node.get("Relation Name") in TABLES]
    assert {node["Relation Name"] for node in scans} == set(TABLES)
    # No row of discounts is there, and one currency: one page is read as it is.
    read = {node["Relation Name"] for node in scans if node["Node Type"] == "Seq Scan"}
    assert read <= {"visit_discounts", "currencies"}


async def test_on_sqlite(own_sqlite_address: str) -> None:
    await fill(own_sqlite_address)
    with closing(sqlite3.connect(own_sqlite_address.removeprefix("sqlite:"))) as connection:
        text = re.sub(r"\$(\d)", r"?\1", VISIT)
        plan = connection.execute(f"EXPLAIN QUERY PLAN {text}", (1, 1, 8, "visit:1")).fetchall()
    steps = [step[3] for step in plan if step[3].startswith(("SCAN", "SEARCH"))]
    assert [step.split()[:2] for step in steps] == [["SEARCH", table] for table in TABLES]


async def test_all_of_it_is_found(own_address: str) -> None:
    await fill(own_address)
    store = await open_store(own_address)
    known = await find(store, 77, tenant=1)
    assert known is not None
    found, units = known
    visit = found.visit
    assert (visit.number, visit.version, visit.starts_at, visit.member) == (77, 1, 77, 0)
    [record], [line], [payment] = visit.records, visit.lines, visit.payments
    assert tuple(record) == (77, 77, 5, 6, 7, 1, "c", 8, 9, False, {"a": 1})
    assert (line.number, line.record, line.title, line.cost) == (77, 77, "x", 100)
    assert tuple(payment) == (77, 0, 10, 1, 0, "")
    assert found.accounts == {77}
    assert found.location == (1, 1, 1, "Old Town", "Europe/Riga")
    assert units == {77: 1}
    assert await find(store, 77, tenant=2) is None
    assert await find(store, MANY + 1, tenant=1) is None
    await store.close()
