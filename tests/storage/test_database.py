"""The face for explicit SQL: the same statements, parameters and errors on both databases."""

from __future__ import annotations

import asyncio

import pytest

from stampbook.storage.store import Store, UniqueViolation
from tests.storage.building import make_account, make_accounts, make_currency

INSERT_KEY = """
    INSERT INTO api_keys (tenant_id, name, scopes, secret_hash, created_at)
    VALUES ($1, $2, $3, $4, $5) RETURNING api_key_id, name, secret_hash, revoked_at
"""


async def test_parameters_and_types(store: Store) -> None:
    row = await store.fetch_one(INSERT_KEY, 1, "касса ☕", "read", bytes(range(32)), -(2**63))
    assert row is not None
    assert row["name"] == "касса ☕"
    assert row["secret_hash"] == bytes(range(32))
    assert type(row["secret_hash"]) is bytes
    assert row["revoked_at"] is None
    found = await store.fetch_one(
        "SELECT created_at FROM api_keys WHERE api_key_id = $2 AND name = $1", "касса ☕", 1
    )
    assert found is not None
    assert found["created_at"] == -(2**63)


async def test_a_parameter_may_come_twice_and_there_may_be_many(store: Store) -> None:
    values = list(range(100, 112))
    terms = " + ".join(f"CAST(${at} AS bigint)" for at in range(1, 13))
    row = await store.fetch_one(f"SELECT {terms} AS total, CAST($1 AS bigint) AS one", *values)
    assert row is not None
    assert (row["total"], row["one"]) == (sum(values), 100)


async def test_booleans(store: Store) -> None:
    account = await make_account(store)
    rows = await store.fetch(
        "SELECT is_primary FROM accounts WHERE is_primary = $1 AND account_id = $2", True, account
    )
    assert [row["is_primary"] for row in rows] == [True]
    assert await store.fetch("SELECT 1 FROM accounts WHERE is_primary = $1", False) == []


async def test_touched_rows_are_counted(store: Store) -> None:
    await make_accounts(store, await make_currency(store), 3)
    assert await store.execute("UPDATE members SET name = $1", "Anna") == 3
    assert await store.execute("UPDATE members SET name = $1 WHERE member_id = 0", "Anna") == 0
    assert await store.execute("DELETE FROM user_tokens") == 0


async def test_no_row_and_the_first_of_many(store: Store) -> None:
    assert await store.fetch_one("SELECT 1 FROM members") is None
    await make_accounts(store, await make_currency(store), 3)
    row = await store.fetch_one("SELECT member_id FROM members ORDER BY member_id DESC")
    assert row is not None
    assert row["member_id"] == 3


async def test_a_transaction_is_committed(store: Store) -> None:
    async with store.transaction() as writing:
        await writing.execute("INSERT INTO tenants (name, created_at) VALUES ($1, 0)", "two")
        inside = await writing.fetch_one("SELECT count(*) AS n FROM tenants")
        outside = await store.fetch_one("SELECT count(*) AS n FROM tenants")
        assert inside is not None
        assert outside is not None
        assert (inside["n"], outside["n"]) == (2, 1)
    after = await store.fetch_one("SELECT count(*) AS n FROM tenants")
    assert after is not None
    assert after["n"] == 2


async def test_a_transaction_is_rolled_back(store: Store) -> None:
    async def fail() -> None:
        async with store.transaction() as writing:
            await writing.execute("INSERT INTO tenants (name, created_at) VALUES ($1, 0)", "two")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    assert len(await store.fetch("SELECT tenant_id FROM tenants")) == 1
    await store.execute("INSERT INTO tenants (name, created_at) VALUES ($1, 0)", "three")


async def test_a_cancelled_transaction_is_rolled_back(store: Store) -> None:
    started = asyncio.Event()

    async def write() -> None:
        async with store.transaction() as writing:
            await writing.execute("INSERT INTO tenants (name, created_at) VALUES ('two', 0)")
            started.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(write())
    await started.wait()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert len(await store.fetch("SELECT tenant_id FROM tenants")) == 1
    await store.execute("INSERT INTO tenants (name, created_at) VALUES ('three', 0)")


async def test_a_statement_that_fails_outside_a_transaction_leaves_nothing(store: Store) -> None:
    await make_accounts(store, await make_currency(store), 2)
    with pytest.raises(Exception, match="members_status"):
        await store.execute("UPDATE members SET status = 'gone'")
    rows = await store.fetch("SELECT status FROM members")
    assert [row["status"] for row in rows] == ["active", "active"]


@pytest.mark.parametrize(
    ("constraint", "statement"),
    [
        ("users_login", "INSERT INTO users {} VALUES (1, 'anna', '', '', 0, 0)"),
        ("ledger_pkey", "INSERT INTO ledger (id, shards) VALUES (1, 2)"),
        ("currencies_code", "INSERT INTO currencies {} SELECT * FROM same"),
        (
            "members_external_id",
            "UPDATE members SET external_id = 'same'",
        ),
        ("accounts_number", "UPDATE accounts SET number = 'same'"),
        ("idempotency_keys_pkey", "UPDATE idempotency_keys SET key = 'same'"),
    ],
)
async def test_unique_violations_have_names(store: Store, constraint: str, statement: str) -> None:
    currency = await make_currency(store)
    await make_accounts(store, currency, 2)
    columns = "(tenant_id, login, password_hash, scopes, created_at, updated_at)"
    await store.execute(f"INSERT INTO users {columns} VALUES (1, 'anna', '', '', 0, 0)")
    for key in ("a", "b"):
        await store.execute(
            """
            INSERT INTO idempotency_keys (tenant_id, key, fingerprint, status, body)
            VALUES (1, $1, $2, 200, '')
            """,
            key,
            bytes(16),
        )
    if constraint == "currencies_code":
        columns = (
            "program_id, tenant_id, name, code, scale, version, policy, spent_accrual,"
            " expired_restore, temporary_timeout_s, created_at, updated_at"
        )
        statement = (
            f"INSERT INTO currencies ({columns}) SELECT {columns} FROM currencies"
            f" WHERE currency_id = {currency}"
        )
    with pytest.raises(UniqueViolation) as caught:
        await store.execute(statement.replace("{}", columns))
    assert caught.value.constraint == constraint
    async with store.transaction() as writing:
        with pytest.raises(UniqueViolation):
            await writing.fetch(statement.replace("{}", columns))


async def test_on_conflict_and_returning(store: Store) -> None:
    sql = """
        INSERT INTO tenants (tenant_id, name, created_at) VALUES ($1, $2, 0)
        ON CONFLICT (tenant_id) DO UPDATE SET name = excluded.name RETURNING tenant_id, name
    """
    rows = await store.fetch(sql, 1, "renamed")
    assert [(row["tenant_id"], row["name"]) for row in rows] == [(1, "renamed")]
    assert (
        await store.fetch_one(
            "INSERT INTO tenants (tenant_id, name, created_at) VALUES (1, '', 0)"
            " ON CONFLICT DO NOTHING RETURNING tenant_id"
        )
        is None
    )


async def test_reading_does_not_wait_for_a_writer(store: Store) -> None:
    account = await make_account(store)
    async with store.transaction() as writing:
        await writing.execute("UPDATE accounts SET version = 99")
        async with asyncio.timeout(5):
            rows = await store.fetch("SELECT version FROM accounts WHERE account_id = $1", account)
    assert [row["version"] for row in rows] == [1]


async def test_many_statements_at_once(store: Store) -> None:
    async def write(name: int) -> None:
        async with store.transaction() as writing:
            await writing.execute(
                "INSERT INTO tenants (name, created_at) VALUES ($1, 0)", str(name)
            )

    reads = [store.fetch("SELECT * FROM tenants") for _ in range(40)]
    await asyncio.gather(*(write(name) for name in range(20)), *reads)
    row = await store.fetch_one("SELECT count(*) AS n FROM tenants")
    assert row is not None
    assert row["n"] == 21


async def test_numbers_of_rows_are_never_given_twice(store: Store) -> None:
    numbers = []
    for _ in range(3):
        row = await store.fetch_one(
            "INSERT INTO account_numbers DEFAULT VALUES RETURNING account_id"
        )
        assert row is not None
        numbers.append(row["account_id"])
        await store.execute("DELETE FROM account_numbers")
    assert numbers == [1, 2, 3]
