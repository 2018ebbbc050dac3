"""Databases that go back to what they were after their migrations, or to what a test needs.

A test that has one to itself costs a copy of a database and new connections to it, whose servers
know no table and no statement yet. Emptying one costs a few milliseconds.
"""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any, Self, TypeVar

import asyncpg

from stampbook.storage.sqlite.connections import connect

_Made = TypeVar("_Made")

MIGRATED = "migrated"

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
EVERY = 8
"""Copies of a SQLite database after which its log is emptied, which takes as long as a copy."""

PATIENCE = "10s"
"""Of a lock that a test has left behind."""


class EmptiedPostgres:
    """A PostgreSQL database, and the connection that empties it."""

    def __init__(
        self,
        address: str,
        connection: asyncpg.Connection[Any],
        tables: Sequence[str],
        sequences: Sequence[str],
    ) -> None:
        self.address = address
        self._connection = connection
        self._tables = tables
        self._sequences = sequences

    @classmethod
    async def open(cls, address: str) -> Self:
        """Of a database as it is now: so it will be after each `empty`."""
        connection = await asyncpg.connect(address)
        await connection.execute(
            f"SET session_replication_role = replica; SET lock_timeout = '{PATIENCE}'"
        )
        tables = [row["name"] for row in await connection.fetch(NAMES, b"r")]
        sequences = [row["name"] for row in await connection.fetch(NAMES, b"S")]
        opened = cls(address, connection, tables, sequences)
        await opened.keep(MIGRATED)
        await connection.execute(UNCHANGED)
        return opened

    async def keep(self, state: str) -> None:
        """What is in it now is what `restore` brings back by this name."""
        steps = [f"DELETE FROM {table}" for table in self._tables]
        for table in self._tables:
            if await self._connection.fetchval(f"SELECT EXISTS (SELECT 1 FROM {table})"):
                kept = f"pg_temp.{state}_{table}"
                await self._connection.execute(
                    f"CREATE TEMP TABLE {state}_{table} AS TABLE {table}"
                )
                steps.append(f"INSERT INTO {table} OVERRIDING SYSTEM VALUE TABLE {kept}")
        for sequence in self._sequences:
            last = await self._connection.fetchrow(f"SELECT last_value, is_called FROM {sequence}")
            assert last is not None
            value = f"'{sequence}', {last['last_value']}, {last['is_called']}"
            steps.append(f"PERFORM setval({value})")
        await self._connection.execute(
            f"CREATE FUNCTION pg_temp.restore_{state}() RETURNS void LANGUAGE plpgsql AS"
            f" $$ BEGIN {'; '.join(steps)}; END $$"
        )

    async def restore(self, state: str) -> None:
        """Back to what was kept. Raises if a test has left a transaction open that has a lock."""
        await self._connection.execute(f"SELECT pg_temp.restore_{state}()")

    async def empty(self) -> None:
        """Back to the beginning."""
        await self.restore(MIGRATED)

    async def close(self) -> None:
        await self._connection.close()


class EmptiedSqlite:
    """A SQLite database, and the connections that empty it."""

    def __init__(self, template: Path, path: Path) -> None:
        shutil.copyfile(template, path)
        self.address = f"sqlite:{path}"
        self._target = connect(path, writing=True)
        source = sqlite3.connect(f"{template.as_uri()}?mode=ro", uri=True)
        self._states = {MIGRATED: source}
        self._schema = self._schema_version()
        self._restored = MIGRATED, self._changes()
        self._count = 0

    async def keep(self, state: str) -> None:
        """What is in it now is what `restore` brings back by this name."""
        self._states[state] = sqlite3.connect(":memory:")
        self._target.backup(self._states[state])

    async def restore(self, state: str) -> None:
        """Back to what was kept, its schema too.

        A copy has a new version of the schema. Where nothing has changed it, it gets the old one
        back, or every connection would read the schema and prepare its statements anew: this takes
        longer than most tests. Nothing is copied where nothing was written.
        """
        if self._restored == (state, self._changes()):
            return
        unchanged = self._schema_version() == self._schema
        self._states[state].backup(self._target)
        if unchanged:
            self._target.execute(f"PRAGMA schema_version = {self._schema}")
        else:
            self._schema = self._schema_version()
        self._count += 1
        if self._count % EVERY == 0:
            self._target.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        self._restored = state, self._changes()

    def _changes(self) -> int:
        """Another number after each write of others."""
        (version,) = self._target.execute("PRAGMA data_version").fetchone()
        return int(version)

    def _schema_version(self) -> int:
        (version,) = self._target.execute("PRAGMA schema_version").fetchone()
        return int(version)

    async def empty(self) -> None:
        """Back to the beginning."""
        await self.restore(MIGRATED)

    async def close(self) -> None:
        for connection in (self._target, *self._states.values()):
            connection.close()


Emptied = EmptiedPostgres | EmptiedSqlite


class States:
    """What tests find in a session's database when they begin: each state is made once."""

    def __init__(self, emptied: Emptied) -> None:
        self._emptied = emptied
        self._made: dict[str, Any] = {}

    async def known(self, name: str, make: Callable[[], Awaitable[_Made]]) -> _Made:
        """Put the database into the state that `make` makes of an empty one, which has this name.

        Returns what `make` returned the first time. Nobody may change it.
        """
        if name in self._made:
            await self._emptied.restore(name)
        else:
            await self._emptied.empty()
            made = await make()
            await self._emptied.keep(name)
            self._made[name] = made
        found: _Made = self._made[name]
        return found
