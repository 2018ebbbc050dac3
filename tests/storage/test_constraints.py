"""Every rule that SQL can hold is a constraint: what breaks one is refused, whoever tries."""

from __future__ import annotations

import sqlite3

import asyncpg
import pytest

from stampbook.domain.commands import Accrue, Cancel, Hold, Note, Redeem, Release
from stampbook.domain.deciding import decide
from stampbook.domain.model import Transaction
from stampbook.storage.sqlite.store import SqliteStore
from stampbook.storage.store import Batch, Store, UniqueViolation
from stampbook.storage.tables import TABLES
from tests.storage.batches import external_row, keyed
from tests.storage.building import (
    NOW,
    batch_of,
    complete_book,
    make_account,
    make_accounts,
    make_currency,
)

REFUSED = (asyncpg.IntegrityConstraintViolationError, sqlite3.IntegrityError, UniqueViolation)


async def filled(store: Store) -> int:
    """An account that has something in every table; it is the only one of shard 1."""
    account = await make_account(store)
    book = await complete_book(store, account)
    for command in (
        Accrue(1000, note=Note(subject="visit 1", reason="the first")),
        Redeem(300),
        Hold(100),
        Cancel(2, amount=50),
        Accrue(7),
        Cancel(5),
        Release(3),
    ):
        assert isinstance(decide(book, command, NOW), Transaction)
    batch = keyed(batch_of(book), "k")
    repeat = keyed(batch, "again", repeated=True)
    await store.save([batch._replace(external_ids=[external_row(batch)])])
    await store.save([Batch(batch.shard, repeated=repeat.repeated, key_texts=repeat.key_texts)])
    return account


LAST = 2**23
UPDATES = [
    # accounts
    ("accounts", "status = 3"),
    ("accounts", "status = -1"),
    ("accounts", "version = 0"),
    ("accounts", "version = NULL"),
    ("accounts", "due_at = NULL"),
    ("accounts", "shard = -1"),
    ("accounts", "account_id = 0"),
    ("accounts", "account_id = 1073741824"),
    ("accounts", "member_id = 999"),
    ("accounts", "currency_id = 999"),
    # what only grows
    ("transactions", "amount = amount + 1"),
    ("transactions", "reason = 'better'"),
    ("transactions", "state = '[]'"),
    ("lot_rows", "closed = NULL"),
    ("standings", "cancelled = 0"),
    # keys and external ids
    ("repeated_keys", "count = -1"),
    ("repeated_keys", "seq = 0"),
    ("repeated_keys", "fingerprint = NULL"),
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
        ("repeated_keys", "fingerprint", 15),
        ("repeated_keys", "key_digest", 17),
        ("external_ids", "fingerprint", 17),
    ],
)
async def test_bytes_of_another_length(store: Store, table: str, column: str, length: int) -> None:
    await filled(store)
    with pytest.raises(REFUSED):
        await store.execute(f"UPDATE {table} SET {column} = $1", bytes(length))


@pytest.mark.parametrize("table", ["transactions", "lot_rows", "standings"])
async def test_nothing_is_deleted_from_the_journal(store: Store, table: str) -> None:
    await filled(store)
    with pytest.raises(REFUSED):
        await store.execute(f"DELETE FROM {table} WHERE seq > 1")


async def insert(store: Store, table: str, values: dict[str, str], like: str = "true") -> None:
    """One more row, like one that is there but for these values."""
    columns = TABLES[table].columns
    chosen = ", ".join(values.get(column, column) for column in columns)
    await store.execute(
        f"INSERT INTO {table} ({', '.join(columns)}{POSITION[table]})"
        f" SELECT {chosen}{POSITION[table].replace('position', '1000')} FROM {table}"
        f" WHERE {like} LIMIT 1"
    )


POSITION = dict.fromkeys(TABLES, "") | {"transactions": ", position"}

PLAIN = {
    "seq": "90",
    "state_seq": "90",
    "key_digest": "NULL",
    "fingerprint": "NULL",
    "key_rows": "NULL",
}
"""What makes of the first row of the journal one more."""


def hexed(length: int) -> str:
    """Bytes of that length as a literal, for SQLite; see `literal`."""
    return f"x'{'ab' * length}'"


def literal(store: Store, value: str) -> str:
    """The value as a literal of the store's SQL."""
    if not value.startswith("x'") or isinstance(store, SqliteStore):
        return value
    return value.replace("x'", "'\\x") + "::bytea"


KEY = {"key_digest": hexed(16), "fingerprint": hexed(16), "key_rows": "1"}


async def test_a_journal_row_that_breaks_no_rule(store: Store) -> None:
    await filled(store)
    values = PLAIN | {name: literal(store, value) for name, value in KEY.items()}
    await insert(store, "transactions", values, "seq = 1")


@pytest.mark.parametrize(
    "values",
    [
        {"seq": "1", "state_seq": "1"},
        {"seq": "0", "state_seq": "0"},
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
        {"hash": hexed(31)},
        {"hash": hexed(33)},
        *(
            {name: "-1"}
            for name in ("pending", "held", "spent", "expired", "revoked", "owed", "restored")
        ),
        {"available": "-1", "balance_after": "-1"},
        {"available": "available + 1"},
        {"balance_after": "balance_after + 1"},
        {"owed": "1", "balance_after": "available - 1"},
        {"owed_held": "1"},
        {"state": "NULL"},
        {"state_seq": "0"},
        {"state_seq": "91"},
        {"texts_digest": "NULL"},
        {"texts_digest": hexed(31)},
        {"salt": hexed(15)},
        KEY | {"key_digest": hexed(15)},
        KEY | {"fingerprint": hexed(17)},
        KEY | {"key_rows": "0"},
        KEY | {"key_digest": "NULL"},
        KEY | {"fingerprint": "NULL"},
        KEY | {"key_rows": "NULL"},
    ],
    ids=lambda values: " ".join(f"{name}={value}" for name, value in values.items()),
)
async def test_a_journal_row_that_breaks_a_rule(store: Store, values: dict[str, str]) -> None:
    await filled(store)
    values = {name: literal(store, value) for name, value in values.items()}
    with pytest.raises(REFUSED):
        await insert(store, "transactions", PLAIN | values, "seq = 1")


STANDING = {"seq": "90"}


@pytest.mark.parametrize(
    ("table", "values"),
    [
        ("lot_rows", {"lot": "0", "seq": "90"}),
        ("lot_rows", {"seq": "0"}),
        ("standings", STANDING | {"cancelled": "-1"}),
        ("standings", STANDING | {"cancelled": "base + 1"}),
        ("standings", STANDING | {"base": "0", "cancelled": "0"}),
        ("standings", STANDING | {"status": "3"}),
        ("standings", STANDING | {"status": "-1"}),
        ("standings", STANDING | {"status": "2"}),
        ("standings", STANDING | {"released_by": "90"}),
        ("standings", STANDING | {"status": "2", "released_by": "target"}),
        ("standings", STANDING | {"cancelled_by": "target"}),
        ("standings", STANDING | {"cancelled_by": "-1"}),
        ("standings", STANDING | {"committed_by": "target"}),
        ("standings", {"seq": "target - 1"}),
        ("standings", STANDING | {"target": "0"}),
    ],
    ids=str,
)
async def test_a_narrow_row_that_breaks_a_rule(
    store: Store, table: str, values: dict[str, str]
) -> None:
    await filled(store)
    like = "status = 0" if table == "standings" else "true"
    with pytest.raises(REFUSED):
        await insert(store, table, values, like)
    await insert(store, table, {"seq": "90"}, like)


@pytest.mark.parametrize("table", ["accounts", "lot_rows", "standings", "repeated_keys"])
async def test_a_row_cannot_be_there_twice(store: Store, table: str) -> None:
    await filled(store)
    columns = list(dict(await store.fetch_one(f"SELECT * FROM {table}") or {}))
    listed = ", ".join(columns)
    with pytest.raises(UniqueViolation) as caught:
        await store.execute(f"INSERT INTO {table} ({listed}) SELECT {listed} FROM {table}")
    assert caught.value.constraint in (f"{table}_pkey", "accounts_primary")


async def test_a_key_cannot_be_in_the_journal_twice(store: Store) -> None:
    await filled(store)
    key = {name: name for name in KEY}
    with pytest.raises(UniqueViolation) as caught:
        await insert(store, "transactions", PLAIN | key, "seq = 1")
    assert caught.value.constraint == "transactions_key_digest"


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


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE repeated_keys SET count = 'many'",
        "UPDATE repeated_keys SET count = '1.5'",
        "UPDATE repeated_keys SET fingerprint = 'text'",
        "UPDATE members SET created_at = 'today'",
    ],
)
async def test_values_have_the_types_of_their_columns(store: Store, statement: str) -> None:
    await filled(store)
    with pytest.raises((asyncpg.PostgresError, sqlite3.Error)):
        await store.execute(statement)
