"""Every rule that SQL can hold is a constraint: what breaks one is refused, whoever tries."""

from __future__ import annotations

import sqlite3

import asyncpg
import pytest

from stampbook.domain.commands import Accrue, Cancel, Hold, Note, Redeem
from stampbook.storage.store import Store, UniqueViolation
from tests.storage.building import (
    carry_out,
    complete_book,
    make_account,
    make_accounts,
    make_currency,
)
from tests.storage.test_saving import FINGERPRINT

REFUSED = (asyncpg.IntegrityConstraintViolationError, sqlite3.IntegrityError, UniqueViolation)


async def filled(store: Store) -> int:
    """An account that has something in every table; it is the only one of shard 1."""
    account = await make_account(store)
    book = await complete_book(store, account)
    note = Note(subject="visit 1")
    await carry_out(
        store, book, Accrue(1000, note=note), Redeem(300), Hold(100), Cancel(2, amount=50)
    )
    await store.execute(
        """
        INSERT INTO idempotency_keys (tenant_id, key, fingerprint, shard, account_id, seq, count)
        VALUES (1, 'k', $1, 1, $2, 1, 1)
        """,
        FINGERPRINT,
        account,
    )
    await store.execute(
        """
        INSERT INTO external_ids (program_id, external_id, fingerprint, shard, account_id, seq)
        VALUES (1, 'x', $1, 1, $2, 1)
        """,
        FINGERPRINT,
        account,
    )
    return account


LAST = 2**23
UPDATES = [
    # lots
    ("lots", "issued = issued + 1"),
    ("lots", "available = available - 1"),
    ("lots", "spent = spent - 1, pending = pending + 2"),
    *(
        ("lots", f"{state} = -1, issued = issued - 1 - {state}")
        for state in ("pending", "available", "held", "spent", "expired", "revoked")
    ),
    ("lots", "issued = 0, pending = 0, available = 0, held = 0, spent = 0"),
    ("lots", "issued = 9000000000000001, expired = 9000000000000001 - issued"),
    ("lots", "doomed = -1"),
    ("lots", "doomed = held + spent + 1"),
    ("lots", "reinstated = -1"),
    ("lots", "reinstated = expired + 1"),
    ("lots", "lot = 0"),
    ("lots", f"lot = {LAST}"),
    ("lots", "accrued_by = 0"),
    ("lots", "expires_at = NULL"),
    # accounts
    ("accounts", "issued = issued + 1"),
    ("accounts", "available = available - 1"),
    *(
        ("accounts", f"{state} = -1, issued = issued - 1 - {state}")
        for state in ("pending", "available", "held", "spent", "expired", "revoked")
    ),
    ("accounts", "restored = -1"),
    ("accounts", "owed = -1"),
    ("accounts", "owed = 1"),
    ("accounts", "owed_held = 1"),
    ("accounts", "head = NULL"),
    ("accounts", "status = 3"),
    ("accounts", "status = -1"),
    ("accounts", "version = 0"),
    ("accounts", "version = NULL"),
    ("accounts", "seq = -1"),
    ("accounts", f"seq = {LAST}"),
    ("accounts", f"lots = {LAST}"),
    ("accounts", "shard = -1"),
    ("accounts", "account_id = 0"),
    ("accounts", "account_id = 1073741824"),
    ("accounts", "member_id = 999"),
    ("accounts", "currency_id = 999"),
    # allocations
    ("allocations", "amount = 0"),
    ("allocations", "amount = -1"),
    ("allocations", "lot = -1"),
    ("allocations", "txn_seq = 0"),
    ("allocations", "held = NULL"),
    # movements
    ("movements", "cancelled = -1"),
    ("movements", "cancelled = base + 1"),
    ("movements", "base = 0, cancelled = 0"),
    ("movements", "status = 3"),
    ("movements", "status = 2"),
    ("movements", "status = 0, released_by = seq + 1"),
    ("movements", "cancelled_by = seq"),
    ("movements", "committed_by = seq"),
    ("movements", "status = 2, released_by = seq"),
    ("movements", "cancelled_by = -1"),
    # the journal
    ("transactions", "amount = amount + 1"),
    ("transactions", "reason = 'better'"),
    # keys and external ids
    ("idempotency_keys", "count = 0"),
    ("idempotency_keys", "seq = NULL"),
    ("idempotency_keys", "status = 200"),
    ("idempotency_keys", "account_id = NULL"),
    ("external_ids", "seq = 0"),
    # programs, currencies, members
    ("programs", "status = 'paused'"),
    ("programs", "starts_at = 5, ends_at = 5"),
    ("programs", "tenant_id = 999"),
    ("currencies", "scale = -1"),
    ("currencies", "scale = 7"),
    ("currencies", "version = 0"),
    ("currencies", "spent_accrual = 'ignore'"),
    ("currencies", "expired_restore = 'never'"),
    ("currencies", "overdraft = -1"),
    ("currencies", "grace_s = -1"),
    ("currencies", "cancel_window_s = -1"),
    ("currencies", "temporary_timeout_s = 0"),
    ("members", "status = 'gone'"),
    ("members", "status = 'deleted'"),
    ("members", "deleted_at = 5"),
    ("members", "program_id = 999"),
    ("ledger", "shards = 0"),
    ("ledger", "id = 2"),
]


@pytest.mark.parametrize(("table", "change"), UPDATES, ids=[" ".join(each) for each in UPDATES])
async def test_a_change_that_breaks_a_rule(store: Store, table: str, change: str) -> None:
    await filled(store)
    with pytest.raises(REFUSED):
        await store.execute(f"UPDATE {table} SET {change}")


@pytest.mark.parametrize(
    ("table", "column", "length"),
    [
        ("accounts", "head", 31),
        ("accounts", "head", 33),
        ("idempotency_keys", "fingerprint", 15),
        ("external_ids", "fingerprint", 17),
    ],
)
async def test_bytes_of_another_length(store: Store, table: str, column: str, length: int) -> None:
    await filled(store)
    with pytest.raises(REFUSED):
        await store.execute(f"UPDATE {table} SET {column} = $1", bytes(length))


async def test_nothing_is_deleted_from_the_journal(store: Store) -> None:
    await filled(store)
    with pytest.raises(REFUSED):
        await store.execute("DELETE FROM transactions WHERE seq = 1")


# fmt: off
JOURNAL_COLUMNS = [
    "shard", "account_id", "kind", "amount", "balance_before", "balance_after", "recorded_at",
    "effective_at", "by_clock", "shortfall", "postings", "terms", "target", "root", "link", "peer",
    "hash", "seq",
]
# fmt: on


@pytest.mark.parametrize(
    "values",
    [
        {"seq": "1"},
        {"seq": "0"},
        {"seq": str(LAST)},
        {"kind": "0"},
        {"kind": "14"},
        {"amount": "0"},
        {"amount": "9000000000000001"},
        {"target": "-1"},
        {"target": "90"},
        {"root": "0"},
        {"root": "91"},
        {"link": "-1"},
        {"shortfall": "-1"},
        {"effective_at": "recorded_at + 1"},
        {"peer": "0"},
        {"postings": "NULL"},
        {"postings": "'[[1,-2,0,2,0]]'"},
        {"postings": "'[[1,7,0,2,0],[1,0,2,4,5]]'"},
        {"hash": "NULL"},
    ],
    ids=lambda values: " ".join(f"{name}={value}" for name, value in values.items()),
)
async def test_a_journal_row_that_breaks_a_rule(store: Store, values: dict[str, str]) -> None:
    await filled(store)

    def insert(changes: dict[str, str]) -> str:
        chosen = [changes.get(column, column) for column in JOURNAL_COLUMNS]
        return (
            f"INSERT INTO transactions ({', '.join(JOURNAL_COLUMNS)})"
            f" SELECT {', '.join(chosen)} FROM transactions WHERE seq = 1"
        )

    await store.execute(insert({"seq": "89"}))
    with pytest.raises(REFUSED):
        await store.execute(insert({"seq": "90", **values}))


async def test_a_journal_hash_has_32_bytes(store: Store) -> None:
    await filled(store)
    for length in (31, 33):
        with pytest.raises(REFUSED):
            await store.execute(
                f"INSERT INTO transactions ({', '.join(JOURNAL_COLUMNS)}) SELECT"
                f" {', '.join(JOURNAL_COLUMNS[:-2])}, $1, 90 FROM transactions WHERE seq = 1",
                bytes(length),
            )


@pytest.mark.parametrize("table", ["accounts", "lots", "allocations", "movements"])
async def test_a_row_cannot_be_there_twice(store: Store, table: str) -> None:
    await filled(store)
    columns = [
        key
        for key in dict(await store.fetch_one(f"SELECT * FROM {table}") or {})
        if key not in ("open", "waiting")
    ]
    listed = ", ".join(columns)
    with pytest.raises(UniqueViolation) as caught:
        await store.execute(f"INSERT INTO {table} ({listed}) SELECT {listed} FROM {table}")
    assert caught.value.constraint in (f"{table}_pkey", "accounts_primary")


async def test_a_member_has_one_primary_account_of_a_currency(store: Store) -> None:
    one, other = await make_accounts(store, await make_currency(store), 2)
    with pytest.raises(UniqueViolation) as caught:
        await store.execute("UPDATE accounts SET member_id = 1")
    assert caught.value.constraint == "accounts_primary"
    await store.execute("UPDATE accounts SET member_id = 1, is_primary = (account_id = $1)", one)
    with pytest.raises(UniqueViolation):
        await store.execute(
            "UPDATE accounts SET is_primary = $2 WHERE account_id = $1", other, True
        )


async def test_names_are_unique_within_their_program_only(store: Store) -> None:
    first, second = await make_currency(store), await make_currency(store)
    await make_accounts(store, first)
    await make_accounts(store, second)
    await store.execute("UPDATE members SET external_id = 'same', email_key = 'same'")
    await store.execute("UPDATE accounts SET number = 'same'")
    await make_accounts(store, first)
    for statement in (
        "UPDATE members SET external_id = 'same'",
        "UPDATE accounts SET number = 'same'",
    ):
        with pytest.raises(UniqueViolation):
            await store.execute(statement)


async def test_a_lot_is_open_and_waiting_by_its_amounts_alone(store: Store) -> None:
    account = await make_account(store)
    book = await complete_book(store, account)
    await carry_out(
        store, book, Accrue(5), Accrue(5, temporary=True), Accrue(5, activates_at=2**62)
    )
    rows = await store.fetch("SELECT open, waiting FROM lots ORDER BY lot")
    flags = [(bool(row["open"]), bool(row["waiting"])) for row in rows]
    assert flags == [(True, False), (False, False), (False, True)]
    with pytest.raises((asyncpg.PostgresError, sqlite3.Error)):
        await store.execute("UPDATE lots SET open = $1", False)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE lots SET available = 'many'",
        "UPDATE lots SET available = 1.5, issued = issued + 0.5",
        "UPDATE accounts SET head = 'text'",
        "UPDATE members SET created_at = 'today'",
    ],
)
async def test_values_have_the_types_of_their_columns(store: Store, statement: str) -> None:
    await filled(store)
    with pytest.raises((asyncpg.PostgresError, sqlite3.Error)):
        await store.execute(statement)
