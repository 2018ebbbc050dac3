"""The schema files are the sum of the migrations."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import asyncpg
import pytest

from stampbook.domain.policy import Policy
from stampbook.programs.accounts import Account
from stampbook.programs.currencies import Currency
from stampbook.programs.policies import Terms
from stampbook.storage.applied import FOLDER as MIGRATIONS
from stampbook.storage.applied import known
from stampbook.storage.schema import dumping
from stampbook.storage.tables import ACCOUNTS, CURRENCIES, TABLES

ADVICE = "a migration was added or changed: run `make schema` and look at what it did"


def test_migrations_are_numbered_and_named() -> None:
    for folder in sorted(MIGRATIONS.iterdir()):
        names = [file.stem for file in folder.glob("*.sql")]
        assert all(name[:8].isdigit() and name[14] == "_" for name in names)
        assert len({name[:14] for name in names}) == len(names)


def test_sqlite_schema_is_the_sum_of_its_migrations(
    own_sqlite_address: str, tmp_path: Path
) -> None:
    file = dumping.FOLDER / "sqlite.sql"
    assert dumping.dump(own_sqlite_address) == file.read_text(), ADVICE
    loaded = tmp_path / "loaded.sqlite"
    with closing(sqlite3.connect(loaded)) as connection:
        connection.executescript(file.read_text())
    assert dumping.dump(f"sqlite:{loaded}") == file.read_text()


async def test_postgres_schema_is_the_sum_of_its_migrations(
    own_postgres_address: str, postgres_database: str
) -> None:
    file = dumping.FOLDER / "postgres.sql"
    assert dumping.dump(own_postgres_address) == file.read_text(), ADVICE
    connection = await asyncpg.connect(postgres_database)
    await connection.execute(file.read_text())
    await connection.close()
    assert dumping.dump(postgres_database) == file.read_text()


async def test_both_databases_have_the_same_tables_and_columns(
    own_sqlite_address: str, own_postgres_address: str
) -> None:
    connection = await asyncpg.connect(own_postgres_address)
    rows = await connection.fetch(
        "SELECT table_name, column_name FROM information_schema.columns"
        " WHERE table_schema = 'public'"
    )
    await connection.close()
    with closing(sqlite3.connect(own_sqlite_address.removeprefix("sqlite:"))) as other:
        columns = other.execute(
            """
            SELECT m.name, c.name FROM pragma_table_list AS m, pragma_table_xinfo(m.name) AS c
            WHERE m.type = 'table' AND m.schema = 'main' AND m.name NOT LIKE 'sqlite!_%' ESCAPE '!'
            """
        ).fetchall()
        indexes = other.execute(
            "SELECT name FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
        ).fetchall()
    assert {tuple(row) for row in rows} == set(columns)
    text = (dumping.FOLDER / "postgres.sql").read_text()
    assert [name for (name,) in indexes if f"INDEX {name} " not in text] == []


@pytest.mark.parametrize("url", ["sqlite:x.sqlite", "postgresql://host/name"])
def test_the_wheel_has_the_migrations(url: str) -> None:
    assert len(known(url)) >= 2
    assert all(name.endswith(".sql") for name in known(url).values())


NOT_DECLARED = {("transactions", "position"), ("accounts", "due_at")}
"""The store gives the one; the other is the worker's."""


def test_the_declared_columns_are_those_of_the_tables(own_sqlite_address: str) -> None:
    with closing(sqlite3.connect(own_sqlite_address.removeprefix("sqlite:"))) as connection:
        for table in TABLES.values():
            rows = connection.execute("SELECT name FROM pragma_table_info(?)", (table.name,))
            columns = {name for (name,) in rows if (table.name, name) not in NOT_DECLARED}
            assert set(table.columns) == columns
            assert len(table.columns) == len(columns)


def test_fields_have_the_names_of_their_columns() -> None:
    """A field whose column is not declared would keep its default and never be stored."""
    for table, kind, others in (
        (ACCOUNTS, Account, set()),
        (CURRENCIES, Currency, {"terms"}),
        (CURRENCIES, Terms, {"pending", "expiry"}),
        (CURRENCIES, Policy, OF_POLICIES),
    ):
        assert set(kind._fields) - set(table.shared_with(kind)) == others


OF_POLICIES = {
    "currency", "program", "tenant", "timezone", "accepts", "starts_at", "ends_at", "pending",
    "expiry",
}  # fmt: skip
"""Whose the currency is, what the program says, and the rules, which are one column."""
