"""The hot statements look rows up by their keys, whatever the tables hold.

Each hot statement is planned on PostgreSQL the way it is planned in use (a generic plan, kept),
and on SQLite as it stands. A plan that reads a table from end to end, or sorts what an index
has in order, fails.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import asyncpg
import pytest

from stampbook.storage.opening import open_store
from stampbook.storage.postgres import LOOKING_UP
from stampbook.storage.postgres_loading import STATEMENTS
from stampbook.storage.sqlite_loading import STATEMENTS as SQLITE_STATEMENTS
from stampbook.storage.store import PAGE, Store
from stampbook.storage.temporary_postgres import TemporaryPostgres
from stampbook.storage.waiting import run_apart
from tests.storage.building import lively_book, make_accounts, make_currency

READING = {
    "open_accounts": {
        "accounts": {"accounts_pkey"},
        "lots": {"lots_open", "lots_waiting"},
        "movements": {"movements_deadline"},
        "allocations": {"allocations_lot_payees", "allocations_pkey"},
    },
    "account_versions": {"accounts": {"accounts_pkey"}},
    "load_facts": {
        "accounts": {"accounts_pkey"},
        "transactions": {"transactions_pkey", "transactions_subject"},
        "lots": {"lots_pkey"},
        "movements": {"movements_pkey"},
        "allocations": {"allocations_lot_payees", "allocations_pkey"},
    },
    "page_spendable": {"accounts": {"accounts_pkey"}, "lots": {"lots_open"}},
    "rest_of_spendable": {"accounts": {"accounts_pkey"}, "lots": {"lots_open"}},
    "page_waiting": {"accounts": {"accounts_pkey"}, "lots": {"lots_waiting"}},
    "page_deadlines": {"accounts": {"accounts_pkey"}, "movements": {"movements_deadline"}},
    "journal": {"transactions": {"transactions_pkey"}},
    "due_accounts": {"accounts": {"accounts_due"}},
    "find_keys": {"idempotency_keys": {"idempotency_keys_pkey"}},
    "find_external_ids": {"external_ids": {"external_ids_pkey"}},
}
"""Which index each statement reads which table by. Small tables beside the ledger are left out."""

LEDGER = {"accounts", "transactions", "lots", "movements", "allocations"}


Plan = list[dict[str, Any]]


@pytest.fixture(scope="module", params=["new", "analyzed", "large"])
def plans(
    postgres_server: TemporaryPostgres, postgres_template: str, request: pytest.FixtureRequest
) -> Iterator[dict[str, Plan]]:
    """The plans that are kept for the statements, whenever they are made."""
    url = postgres_server.create_database("plans", template=postgres_template)
    if request.param == "analyzed":
        run_apart(analyze(url))
    elif request.param == "large":
        run_apart(populate(url))
    yield run_apart(generic_plans(url))
    postgres_server.drop_database("plans")


async def analyze(url: str) -> None:
    """Let the planner believe that the tables are empty, and stay so."""
    store = await open_store(url)
    await store.execute("VACUUM ANALYZE")
    await store.close()


async def populate(url: str) -> None:
    """Put enough into the tables that reading one from end to end would cost."""
    store = await open_store(url)
    accounts = await make_accounts(store, await make_currency(store), 12)
    for account in accounts:
        await lively_book(store, account, seed=account, steps=60)
    await store.execute(
        """
        INSERT INTO accounts (shard, account_id, tenant_id, program_id, currency_id, member_id,
                              is_primary, created_at, next_due_at, sweep_at)
        SELECT n % 2, n, 1, 1, 1, 1, false, 0, n, n FROM generate_series(1000, 6000) AS n
        """
    )
    await multiply(store, accounts)
    await store.execute(
        """
        INSERT INTO idempotency_keys (tenant_id, key, fingerprint, shard, account_id, seq, count)
        SELECT 1, n, $1, 0, n, 1, 1 FROM generate_series(1, 20000) AS n
        """,
        bytes(16),
    )
    await store.execute(
        """
        INSERT INTO external_ids (program_id, external_id, fingerprint, shard, account_id, seq)
        SELECT 1, n, $1, 0, n, 1 FROM generate_series(1, 20000) AS n
        """,
        bytes(16),
    )
    await store.execute("ANALYZE")
    await store.close()


async def multiply(store: Store, accounts: list[int]) -> None:
    """Give two thousand more accounts the histories of those that have one."""
    for table in ("transactions", "lots", "movements", "allocations"):
        row = await store.fetch_one(f"SELECT * FROM {table} LIMIT 1")
        assert row is not None
        listed = ", ".join(set(row.keys()) - {"open", "waiting", "account_id"})
        await store.execute(
            f"""
            INSERT INTO {table} (account_id, {listed})
            SELECT account_id + 12 * n, {listed} FROM {table}, generate_series(100, 270) AS n
            WHERE account_id <= $1
            """,
            accounts[-1],
        )


async def generic_plans(url: str) -> dict[str, Plan]:
    """All nodes of the plan that is kept for each statement, whatever its parameters."""
    connection = await asyncpg.connect(url, server_settings=LOOKING_UP)
    found: dict[str, Plan] = {}
    for name, statement in STATEMENTS.items():
        await connection.execute(f"PREPARE {name}_statement AS {statement.sql}")
        nulls = ", ".join(["NULL"] * len(statement.names))
        text = await connection.fetchval(
            f"EXPLAIN (FORMAT json) EXECUTE {name}_statement ({nulls})"
        )
        found[name] = list(nodes(json.loads(text)[0]["Plan"]))
    await connection.close()
    return found


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for child in plan.get("Plans", ()):
        yield from nodes(child)


@pytest.mark.parametrize("plans", ["large"], indirect=True)
@pytest.mark.parametrize("name", READING)
def test_reading_by_keys_on_postgres(plans: dict[str, Plan], name: str) -> None:
    used: dict[str, set[str]] = {}
    for node in plans[name]:
        kind = node["Node Type"]
        assert kind not in ("Seq Scan", "Bitmap Heap Scan", "Merge Join")
        if "Index Name" in node:
            used.setdefault(node["Relation Name"], set()).add(node["Index Name"])
            assert "shard" in node["Index Cond"] or name.startswith("find")
    assert used == READING[name]


PAGES = ["open_accounts", "page_spendable", "page_waiting", "page_deadlines"]


@pytest.mark.parametrize("name", PAGES)
def test_a_page_stops_when_it_is_full(plans: dict[str, Plan], name: str) -> None:
    """Below each LIMIT an index gives the order: nothing is read that is not wanted."""
    limits = [node for node in plans[name] if node["Node Type"] == "Limit"]
    assert limits
    for limit in limits:
        below = {node["Node Type"] for node in nodes(limit)}
        assert below <= {"Limit", "Index Scan", "Index Only Scan", "Result"}


# What exists is found by its key and written by its place; u is the array of what is to be written.
SAVING = {
    "accounts": {"Index Scan (ROW(shard, account_id) >= ROW($1, u.account_id))", "Tid Scan"},
    "lots": {
        "Index Scan (ROW(shard, account_id, lot) >= ROW($1, u.account_id, u.lot))",
        "Tid Scan",
    },
    "allocations": {
        "Index Scan (ROW(shard, account_id, txn_seq, lot)"
        " >= ROW($1, u.account_id, u.txn_seq, u.lot))",
        "Tid Scan",
    },
    "guards": {"Index Scan (subject >= u.subject)", "Tid Scan"},
    "currencies": {"Index Scan (currency_id = u.currency_id)"},
}


def test_saving_by_keys_on_postgres(plans: dict[str, Plan]) -> None:
    looked_up: dict[str, set[str]] = {}
    for node in plans["save"]:
        kind, table = node["Node Type"], node.get("Relation Name", "")
        if kind.endswith("Scan") and table:
            condition = re.sub(r"\bu_\d+\.", "u.", node.get("Index Cond", ""))
            looked_up.setdefault(table, set()).add(f"{kind} {condition}".strip())
    assert looked_up == SAVING
    arbiters = {
        index for node in plans["save"] for index in node.get("Conflict Arbiter Indexes", ())
    }
    assert arbiters == {"allocations_pkey", "movements_pkey"}


@pytest.mark.parametrize("name", [*READING, "save"])
def test_every_ledger_statement_names_its_shard(name: str) -> None:
    statement = STATEMENTS[name]
    if name.startswith("find"):
        assert "shard = " not in statement.sql
        return
    assert statement.names[0] == "shard"
    tables = re.findall(
        r"\b(?:FROM|JOIN) (accounts|transactions|lots|movements|allocations)\b", statement.sql
    )
    compared = len(re.findall(r"shard = \$1|>= \(\$1::smallint", statement.sql))
    assert compared >= len(tables)


def test_pages_are_as_long_as_the_protocol_says() -> None:
    for texts in (
        [statement.sql for statement in STATEMENTS.values()],
        SQLITE_STATEMENTS.values(),
    ):
        limits = {limit for text in texts for limit in re.findall(r"LIMIT (\d+)", text)}
        assert limits - {"1"} == {str(PAGE + 1)}  # 1: the row of a key


# -- SQLite ---------------------------------------------------------------------------------

SQLITE_PLANS = {
    # A stands for shard=? AND account_id=?
    "account": ["accounts USING PRIMARY KEY (A)"],
    "page_spendable": ["lots USING INDEX lots_open (A AND (expires_at,lot)>(?,?))"],
    "rest_of_spendable": ["lots USING INDEX lots_open (A AND (expires_at,lot)>(?,?))"],
    "page_waiting": ["lots USING INDEX lots_waiting (A AND (activates_at,lot)>(?,?))"],
    "page_deadlines": [
        "movements USING INDEX movements_deadline (A AND (deadline_at,seq)>(?,?) AND deadline_at<?)"
    ],
    "row": ["transactions USING PRIMARY KEY (A AND seq=?)"],
    "originals_of_subject": ["transactions USING INDEX transactions_subject (A AND subject=?)"],
    "movement": ["movements USING PRIMARY KEY (A AND seq=?)"],
    "lot": ["lots USING PRIMARY KEY (A AND lot=?)"],
    "payees_of_lot": ["allocations USING COVERING INDEX allocations_lot_payees (A AND lot=?)"],
    "parts": ["allocations USING PRIMARY KEY (A AND txn_seq=?)"],
    "owing": [
        "d USING COVERING INDEX allocations_lot_payees (A AND lot=?)",
        "p USING PRIMARY KEY (A AND txn_seq=?)",
    ],
    "lots_of_parts": [
        "a USING PRIMARY KEY (A AND txn_seq=?)",
        "l USING PRIMARY KEY (A AND lot=?)",
    ],
    "is_uncommitted_hold": [
        "t USING PRIMARY KEY (A AND seq=?)",
        "m USING PRIMARY KEY (A AND seq=?)",
    ],
    "journal": ["transactions USING PRIMARY KEY (A AND seq>?)"],
    "due_accounts": ["accounts USING INDEX accounts_due (shard=? AND next_due_at<?)"],
    "find_key": ["idempotency_keys USING PRIMARY KEY (tenant_id=? AND key=?)"],
    "find_external_id": ["external_ids USING PRIMARY KEY (program_id=? AND external_id=?)"],
    "account_version": ["accounts USING PRIMARY KEY (A)"],
    "find_guard": ["guards USING PRIMARY KEY (subject=?)"],
    "save_account": ["accounts USING PRIMARY KEY (A)"],
    "changed_lot": ["lots USING PRIMARY KEY (A AND lot=?)"],
    "gone_part": ["allocations USING PRIMARY KEY (A AND txn_seq=? AND lot=?)"],
}


@pytest.mark.parametrize("name", SQLITE_PLANS)
def test_reading_by_keys_on_sqlite(sqlite_address: str, name: str) -> None:
    text = SQLITE_STATEMENTS[name]
    values: Any = dict.fromkeys(re.findall(r":(\w+)", text), 0)
    if not values:
        values = [0] * text.count("?")
    with closing(sqlite3.connect(sqlite_address.removeprefix("sqlite:"))) as connection:
        plan = connection.execute(f"EXPLAIN QUERY PLAN {text}", values).fetchall()
    steps = [step[3].replace("shard=? AND account_id=?", "A") for step in plan]
    assert [step.removesuffix(" LEFT-JOIN") for step in steps] == [
        f"SEARCH {expected}" for expected in SQLITE_PLANS[name]
    ]


def test_every_statement_of_sqlite_that_reads_the_ledger_is_looked_at() -> None:
    inserting = {name for name, text in SQLITE_STATEMENTS.items() if text.startswith("INSERT")}
    elsewhere = {"save_guard", "standing_policy"}
    assert SQLITE_STATEMENTS.keys() - inserting - elsewhere == SQLITE_PLANS.keys()
    assert STATEMENTS.keys() - {"find_guards", "save"} == READING.keys()
