"""The hot statements look rows up by their keys, whatever the tables hold.

Each hot statement is planned on PostgreSQL the way it is planned in use (a generic plan, kept),
and on SQLite as it stands. A plan that reads a table from end to end, or sorts what an index
has in order, fails.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import asyncpg
import pytest

from stampbook.pacing import run_apart
from stampbook.storage.opening import open_store
from stampbook.storage.postgres.connections import LOOKING_UP
from stampbook.storage.postgres.loading import STATEMENTS
from stampbook.storage.postgres.temporary import TemporaryPostgres
from stampbook.storage.sqlite.loading import STATEMENTS as SQLITE_STATEMENTS
from stampbook.storage.store import Store
from tests.plans import Plan, generic_plan, nodes
from tests.storage.building import lively_book, make_accounts, make_currency

READING = {
    "open_accounts": {"accounts": {"accounts_pkey"}, "transactions": {"transactions_pkey"}},
    "look": {
        "transactions": {"transactions_pkey", "transactions_subject"},
        "standings": {"standings_pkey"},
        "lot_rows": {"lot_rows_pkey"},
    },
    "journal": {"transactions": {"transactions_pkey"}},
    "last_rows": {"transactions": {"transactions_pkey"}},
    "due_accounts": {"accounts": {"accounts_due"}, "transactions": {"transactions_pkey"}},
    "find_keys": {
        "transactions": {"transactions_key_digest"},
        "repeated_keys": {"repeated_keys_pkey"},
        "idempotency_keys": {"idempotency_keys_pkey"},
    },
    "find_external_ids": {"external_ids": {"external_ids_pkey"}},
}
"""Which index each statement reads which table by. Small tables beside the ledger are left out."""


TURNS = "keys_are_taken"
"""The function that a save waits in for its keys."""


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
                              is_primary, created_at, due_at)
        SELECT n % 2, n, 1, 1, 1, 1, false, 0, n FROM generate_series(1000, 6000) AS n
        """
    )
    await multiply(store, accounts)
    for first in range(0, 20_000, 2_000):  # each key is locked until its transaction ends
        await store.execute(
            """
            INSERT INTO idempotency_keys (tenant_id, key, fingerprint, status, body)
            SELECT 1, n, $1, 200, '' FROM generate_series($2::bigint, $2 + 1999) AS n
            """,
            bytes(16),
            first,
        )
    await store.execute(
        """
        INSERT INTO repeated_keys (key_digest, fingerprint, shard, account_id, seq, count, already)
        SELECT decode(md5(n::text), 'hex'), $1, 0, n, 1, 1, false
        FROM generate_series(1, 20000) AS n
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
    """Give two thousand more accounts the histories of those that have one, with keys."""
    given = {
        "account_id": "account_id + 12 * n",
        "position": "nextval('journal_position')",
        "key_digest": "decode(md5((account_id + 12 * n) || ' ' || seq), 'hex')",
        "fingerprint": "decode(md5(''), 'hex')",
        "key_rows": "1",
    }
    for table in ("transactions", "lot_rows", "standings"):
        row = await store.fetch_one(f"SELECT * FROM {table} LIMIT 1")
        assert row is not None
        columns = list(row.keys())
        await store.execute(
            f"""
            INSERT INTO {table} ({", ".join(columns)})
            SELECT {", ".join(given.get(column, column) for column in columns)}
            FROM {table}, generate_series(100, 270) AS n WHERE account_id <= $1
            """,
            accounts[-1],
        )


async def generic_plans(url: str) -> dict[str, Plan]:
    """All nodes of the plan that is kept for each statement, whatever its parameters."""
    found = {
        name: await generic_plan(url, statement.sql, len(statement.names), LOOKING_UP)
        for name, statement in STATEMENTS.items()
    }
    found[TURNS] = await plan_of_turns(url)
    return found


async def plan_of_turns(url: str) -> Plan:
    """That of the function's look for keys, with its parameters by number."""
    connection = await asyncpg.connect(url)
    source = await connection.fetchval("SELECT prosrc FROM pg_proc WHERE proname = $1", TURNS)
    await connection.close()
    _, _, query = source.partition("RETURN EXISTS (")
    names = re.compile(r"\b(tenants|keys|digests|others)\b(?=[,)])")
    at = {
        "tenants": "$1::bigint[]",
        "keys": "$2::text[]",
        "digests": "$3::bytea[]",
        "others": "$4::bytea[]",
    }
    query = names.sub(lambda found: at[found.group()], query.rpartition(");")[0])
    return await generic_plan(url, query, len(at), LOOKING_UP)


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


@pytest.mark.parametrize("name", ["open_accounts", "look", "last_rows", "due_accounts"])
def test_the_newest_is_read_and_no_more(plans: dict[str, Plan], name: str) -> None:
    """Below each LIMIT an index gives the order: nothing is read that is not wanted."""
    limits = [node for node in plans[name] if node["Node Type"] == "Limit"]
    assert limits
    for limit in limits:
        below = {node["Node Type"] for node in nodes(limit)}
        if name != "due_accounts" or limit is not limits[0]:
            assert below <= {"Limit", "Index Scan", "Index Only Scan", "Result"}


# What exists is found by its key and written by its place; u is the array of what is to be written.
SAVING = {
    "accounts": {"Index Scan (ROW(shard, account_id) >= ROW($1, u.account_id))", "Tid Scan"},
    "guards": {"Index Scan (subject >= u.subject)", "Tid Scan"},
    "currencies": {"Index Scan (currency_id = u.currency_id)"},
    "idempotency_keys": {"Index Only Scan ((tenant_id = u.tenant_id) AND (key = u.key))"},
    "repeated_keys": {"Index Only Scan (key_digest = u.digest)"},
    "transactions": {"Index Only Scan (key_digest = u.digest)"},
    "journal_position": {"Seq Scan"},  # a sequence is one row
}


def test_saving_by_keys_on_postgres(plans: dict[str, Plan]) -> None:
    looked_up: dict[str, set[str]] = {}
    for node in (*plans["save"], *plans[TURNS]):
        kind, table = node["Node Type"], node.get("Relation Name", "")
        if kind.endswith("Scan") and table:
            condition = re.sub(r"\bu_\d+\.", "u.", node.get("Index Cond", ""))
            looked_up.setdefault(table, set()).add(f"{kind} {condition}".strip())
    assert looked_up == SAVING


@pytest.mark.parametrize("name", [*READING, "save"])
def test_every_ledger_statement_names_its_shard(name: str) -> None:
    statement = STATEMENTS[name]
    if name.startswith("find"):
        assert "shard = " not in statement.sql
        return
    assert statement.names[0] == "shard"
    tables = re.findall(
        r"\b(?:FROM|JOIN) (accounts|transactions|lot_rows|standings)\b", statement.sql
    )
    by_key = statement.sql.count("FROM transactions WHERE key_digest")
    compared = len(re.findall(r"shard = \$1|>= \(\$1::smallint", statement.sql))
    assert compared >= len(tables) - by_key


# -- SQLite ---------------------------------------------------------------------------------

SQLITE_PLANS = {
    # A stands for shard=? AND account_id=?, PLACE for the index of the journal's places
    "account": ["accounts USING PRIMARY KEY (A)"],
    "last_row": ["transactions USING PLACE (A AND seq<?)"],
    "states": ["transactions USING PLACE (A AND seq>? AND seq<?)"],
    "row": ["transactions USING PLACE (A AND seq=?)"],
    "standing": ["standings USING PRIMARY KEY (A AND target=? AND seq<?)"],
    "lot": ["lot_rows USING PRIMARY KEY (A AND lot=? AND seq<?)"],
    "payers": ["lot_rows USING PRIMARY KEY (A AND lot=? AND seq<?)"],
    "history": ["standings USING PRIMARY KEY (A AND target=? AND seq<?)"],
    "rows_of_subject": [
        "transactions USING INDEX transactions_subject (A AND subject=? AND seq<?)"
    ],
    "journal": ["transactions USING PLACE (A AND seq>?)"],
    "last_number": ["transactions USING COVERING PLACE (A)"],
    "due_accounts": [
        "a USING INDEX accounts_due (shard=? AND due_at<?)",
        "t USING PLACE (A)",
    ],
    "put_off": ["accounts USING PRIMARY KEY (A)", "t USING PLACE (A)"],
    "find_key": [
        "transactions USING INDEX transactions_key_digest (key_digest=?)",
        "repeated_keys USING PRIMARY KEY (key_digest=?)",
        "idempotency_keys USING PRIMARY KEY (tenant_id=? AND key=?)",
    ],
    "find_external_id": ["external_ids USING PRIMARY KEY (program_id=? AND external_id=?)"],
    "find_guard": ["guards USING PRIMARY KEY (subject=?)"],
    "standing_account": ["accounts USING PRIMARY KEY (A)"],
    "due": ["accounts USING PRIMARY KEY (A)"],
    "last_position": ["transactions"],  # the end of the table
    "other_key": [
        "idempotency_keys USING PRIMARY KEY (tenant_id=? AND key=?)",
        "repeated_keys USING PRIMARY KEY (key_digest=?)",
        "transactions USING COVERING INDEX transactions_key_digest (key_digest=?)",
    ],
}

PLACE = "INDEX sqlite_autoindex_transactions_1"
NOT_READING = ("CORRELATED SCALAR SUBQUERY", "COMPOUND QUERY", "LEFT-MOST SUBQUERY", "UNION ALL")


@pytest.mark.parametrize("name", SQLITE_PLANS)
def test_reading_by_keys_on_sqlite(own_sqlite_address: str, name: str) -> None:
    text = SQLITE_STATEMENTS[name]
    values: Any = dict.fromkeys(re.findall(r":(\w+)", text), 0)
    if not values:
        values = [0] * text.count("?")
    with closing(sqlite3.connect(own_sqlite_address.removeprefix("sqlite:"))) as connection:
        plan = connection.execute(f"EXPLAIN QUERY PLAN {text}", values).fetchall()
    steps = [
        step[3].replace("shard=? AND account_id=?", "A").replace(PLACE, "PLACE")
        for step in plan
        if not step[3].startswith(NOT_READING)
    ]
    assert steps == [f"SEARCH {expected}" for expected in SQLITE_PLANS[name]]


def test_every_statement_of_sqlite_that_reads_the_ledger_is_looked_at() -> None:
    inserting = {name for name, text in SQLITE_STATEMENTS.items() if text.startswith("INSERT")}
    elsewhere = {"save_guard", "standing_policy", "find_members"}
    assert SQLITE_STATEMENTS.keys() - inserting - elsewhere == SQLITE_PLANS.keys()
    elsewhere = {
        "last_position",
        "drawing_since",
        "find_guards",
        "save",
        "lock_accounts",
        "put_off",
        "find_members",
    }
    assert STATEMENTS.keys() - elsewhere == READING.keys()
