"""Applies migrations: plain SQL files, each in one transaction with the row that records it.

The files and the table have the form of dbmate's, which earlier releases used: a file begins with
`-- migrate:up`, the part after `-- migrate:down` is for the way back, which Stampbook never takes,
and `schema_migrations` has the versions.
"""

import asyncio
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, Final
from unicodedata import normalize
from urllib.parse import urlunsplit

import asyncpg

from stampbook.storage.address import split_address
from stampbook.storage.applied import (
    CODE_TABLE,
    FIRST_NOTED,
    FOLDER,
    TABLE,
    oldest_code,
)
from stampbook.storage.postgres.reaching import Reaching

APPLYING: Final = 8_012_100_002
"""The number of the lock that one process holds while it applies migrations on PostgreSQL."""

APART: Final = "-- migrate:up transaction:false"
"""The first line of a migration whose statements are run one by one, without a transaction: CREATE
INDEX CONCURRENTLY, or a procedure that commits its slices. Each must be repeatable, because the
migration may be interrupted after it. They end with a semicolon at the end of a line."""

LOCK_TIMEOUT_MS: Final = 300
TAKEN_PAUSE_S: Final = 0.1
"""Before it is asked again whether another process still migrates."""

LOCK_PAUSE_S: Final = 1.0
LOCK_TRIES: Final = 600
"""How often a migration asks for a lock that others hold, for more than ten minutes in all."""

SERVICE_DATABASES: Final = ("postgres", "template1")
"""Databases that a server has from the beginning: from them another one can be made."""


def up(database: str, name: str) -> str:
    """The statements of a migration, for the way up."""
    text = (FOLDER / database / name).read_text("utf-8")
    return text.partition("-- migrate:down")[0]


def record(database: str, name: str) -> str:
    """The statements that note a migration, and which code can work after it."""
    version = version_of(name)
    statements = f"INSERT INTO {TABLE} (version) VALUES ('{version}');"  # noqa: S608 - digits
    if version >= FIRST_NOTED:
        oldest = oldest_code(database, name)
        limit = f", oldest = '{oldest}'" if oldest else ""
        statements += (
            f"\nUPDATE {CODE_TABLE} SET newest = "
            f"CASE WHEN newest < '{version}' THEN '{version}' ELSE newest END{limit};"
        )
    return statements


def version_of(name: str) -> str:
    """The version that a file's name begins with."""
    return name.partition("_")[0]


def apply_to_sqlite(path: Path, names: Sequence[str]) -> list[str]:
    """Apply the migrations that the file lacks; their names. Raises sqlite3.Error.

    The caller has locked the file's folder against others that migrate.
    """
    done: list[str] = []
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute(f"CREATE TABLE IF NOT EXISTS {TABLE} (version varchar(128) PRIMARY KEY)")
        connection.create_function("nfc", 1, _composed, deterministic=True)
        for name in names:
            try:
                connection.executescript(
                    f"BEGIN IMMEDIATE;\n{up('sqlite', name)}\n{record('sqlite', name)}\nCOMMIT;"
                )
            except sqlite3.Error:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise
            done.append(name)
    return done


def _composed(text: str | None) -> str | None:
    """What PostgreSQL has as normalize(text, NFC)."""
    return None if text is None else normalize("NFC", text)


async def lock(connection: "asyncpg.Connection[Any]", number: int) -> None:
    """Take a lock that the connection holds until it ends.

    It is asked for again and again. What waits within a statement has a view of the database,
    and an index that the holder makes concurrently would wait for that view to end: a deadlock.
    """
    asked = "SELECT pg_try_advisory_lock($1)"
    while not await connection.fetchval(asked, number):  # noqa: ASYNC110 - another process has it
        await asyncio.sleep(TAKEN_PAUSE_S)


async def apply_to_postgres(
    connection: "asyncpg.Connection[Any]", names: Sequence[str]
) -> list[str]:
    """Apply the migrations that the database lacks; their names. Raises asyncpg.PostgresError.

    Others that migrate at the same time wait, and find nothing left to do.
    """
    done: list[str] = []
    await lock(connection, APPLYING)
    await connection.execute(
        f"CREATE TABLE IF NOT EXISTS {TABLE} (version varchar(128) NOT NULL PRIMARY KEY)"
    )
    rows = await connection.fetch(f"SELECT version FROM {TABLE}")  # noqa: S608 - a constant
    applied = {row["version"] for row in rows}
    for name in names:
        version = version_of(name)
        if version in applied:
            continue
        await _apply_one(connection, name)
        done.append(name)
    return done


async def _apply_one(connection: "asyncpg.Connection[Any]", name: str) -> None:
    """Apply a migration without keeping servers from writing for more than a moment.

    A statement that waits for its lock keeps all others waiting behind it. So it waits for
    LOCK_TIMEOUT_MS at most; then the migration gives back what it has, and is tried again.
    """
    statements = up("postgres", name)
    noted = record("postgres", name)
    if statements.startswith(APART):
        lines = [line for line in statements.splitlines() if not line.startswith("--")]
        for statement in "\n".join(lines).split(";\n"):
            if statement.strip():
                await connection.execute(statement)
        await connection.execute(noted)
        return
    for tries_left in reversed(range(LOCK_TRIES)):
        try:
            async with connection.transaction():
                await connection.execute(f"SET LOCAL lock_timeout = {LOCK_TIMEOUT_MS}")
                await connection.execute(statements)
                await connection.execute(noted)
        except (asyncpg.LockNotAvailableError, asyncpg.DeadlockDetectedError):
            if not tries_left:
                raise
            await asyncio.sleep(LOCK_PAUSE_S)
        else:
            return


async def create_database(url: str) -> None:
    """Make the database of the address. Raises what asyncpg raises.

    Nothing happens if it is there by then.
    """
    parts = split_address(url)
    name = parts.path.lstrip("/")
    for at, service in enumerate(SERVICE_DATABASES):
        address = urlunsplit(parts._replace(path=f"/{service}"))
        try:
            connection = await Reaching(address).connect()
            break
        except asyncpg.InvalidCatalogNameError:
            if at + 1 == len(SERVICE_DATABASES):
                raise
    try:
        quoted = name.replace('"', '""')
        await connection.execute(f'CREATE DATABASE "{quoted}"')
    except (asyncpg.DuplicateDatabaseError, asyncpg.UniqueViolationError):
        pass  # somebody else made it at the same moment
    finally:
        await connection.close()
