"""Databases that go back to what they were after their migrations.

A test that has one to itself costs a copy of a database and new connections to it, whose servers
know no table and no statement yet. Emptying one costs a few milliseconds.
"""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path
from typing import Any, Self

import asyncpg

from stampbook.storage.sqlite.connections import connect

UNCHANGED = """
    CREATE SCHEMA guarding;
    CREATE FUNCTION guarding.refuse() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN
        RAISE EXCEPTION 'All tests of the session share this schema: ask for own_store.';
    END $$;
    CREATE EVENT TRIGGER unchanged ON ddl_command_start
    WHEN TAG IN (
        'ALTER TABLE', 'CREATE FUNCTION', 'CREATE INDEX', 'CREATE TABLE', 'CREATE TRIGGER',
        'DROP FUNCTION', 'DROP INDEX', 'DROP TABLE', 'DROP TRIGGER'
    )
    EXECUTE FUNCTION guarding.refuse();
"""
"""Not among them is what the store itself does: a temporary table, to see whether there is room."""

NAMES = """
    SELECT oid::regclass::text AS name FROM pg_class
    WHERE relnamespace = 'public'::regnamespace AND relkind = $1 ORDER BY 1
"""
PATIENCE = "10s"
"""Of a lock that a test has left behind."""


class EmptiedPostgres:
    """A PostgreSQL database, and the connection that empties it."""

    def __init__(self, address: str, connection: asyncpg.Connection[Any]) -> None:
        self.address = address
        self._connection = connection

    @classmethod
    async def open(cls, address: str) -> Self:
        """Of a database as it is now: so it will be after each `empty`."""
        connection = await asyncpg.connect(address)
        await connection.execute(
            f"SET session_replication_role = replica; SET lock_timeout = '{PATIENCE}'"
        )
        tables = [row["name"] for row in await connection.fetch(NAMES, b"r")]
        sequences = [row["name"] for row in await connection.fetch(NAMES, b"S")]
        steps = [f"DELETE FROM {table}" for table in tables]
        for table in tables:
            if await connection.fetchval(f"SELECT EXISTS (SELECT 1 FROM {table})"):
                await connection.execute(f"CREATE TEMP TABLE kept_{table} AS TABLE {table}")
                steps.append(
                    f"INSERT INTO {table} OVERRIDING SYSTEM VALUE TABLE pg_temp.kept_{table}"
                )
        for sequence in sequences:
            last = await connection.fetchrow(f"SELECT last_value, is_called FROM {sequence}")
            assert last is not None
            value = f"'{sequence}', {last['last_value']}, {last['is_called']}"
            steps.append(f"PERFORM setval({value})")
        await connection.execute(
            "CREATE FUNCTION pg_temp.empty() RETURNS void LANGUAGE plpgsql AS"
            f" $$ BEGIN {'; '.join(steps)}; END $$"
        )
        await connection.execute(UNCHANGED)
        return cls(address, connection)

    async def empty(self) -> None:
        """Back to the beginning. Raises if a test has left a transaction open that keeps a lock."""
        await self._connection.execute("SELECT pg_temp.empty()")

    async def close(self) -> None:
        await self._connection.close()


class EmptiedSqlite:
    """A SQLite database, and the connections that empty it."""

    def __init__(self, template: Path, path: Path) -> None:
        shutil.copyfile(template, path)
        self.address = f"sqlite:{path}"
        self._source = sqlite3.connect(f"{template.as_uri()}?mode=ro", uri=True)
        self._target = connect(path, writing=True)

    def empty(self) -> None:
        """Back to the beginning, its schema too."""
        self._source.backup(self._target)
        self._target.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    def close(self) -> None:
        self._source.close()
        self._target.close()
