"""Applies migrations: plain SQL files, each in one transaction with the row that records it.

The files and the table have the form of dbmate's, which earlier releases used: a file begins with
`-- migrate:up`, the part after `-- migrate:down` is for the way back, which Stampbook never takes,
and `schema_migrations` has the versions.
"""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit, urlunsplit

import asyncpg

from stampbook.storage.applied import CONNECT_TIMEOUT_S, FOLDER, TABLE

APPLYING: Final = 8_012_100_002
"""The number of the lock that one process holds while it applies migrations on PostgreSQL."""

SERVICE_DATABASES: Final = ("postgres", "template1")
"""Databases that a server has from the beginning: from them another one can be made."""


def up(database: str, name: str) -> str:
    """The statements of a migration, for the way up."""
    text = (FOLDER / database / name).read_text("utf-8")
    return text.partition("-- migrate:down")[0]


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
        for name in names:
            version = version_of(name)
            record = f"INSERT INTO {TABLE} (version) VALUES ('{version}');"  # noqa: S608 - digits
            try:
                connection.executescript(
                    f"BEGIN IMMEDIATE;\n{up('sqlite', name)}\n{record}\nCOMMIT;"
                )
            except sqlite3.Error:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise
            done.append(name)
    return done


async def apply_to_postgres(
    connection: "asyncpg.Connection[Any]", names: Sequence[str]
) -> list[str]:
    """Apply the migrations that the database lacks; their names. Raises asyncpg.PostgresError.

    Others that migrate at the same time wait, and find nothing left to do.
    """
    done: list[str] = []
    await connection.execute("SELECT pg_advisory_lock($1)", APPLYING)
    await connection.execute(
        f"CREATE TABLE IF NOT EXISTS {TABLE} (version varchar(128) NOT NULL PRIMARY KEY)"
    )
    rows = await connection.fetch(f"SELECT version FROM {TABLE}")  # noqa: S608 - a constant
    applied = {row["version"] for row in rows}
    for name in names:
        version = version_of(name)
        if version in applied:
            continue
        async with connection.transaction():
            await connection.execute(up("postgres", name))
            await connection.execute(
                f"INSERT INTO {TABLE} (version) VALUES ($1)",  # noqa: S608 - a constant
                version,
            )
        done.append(name)
    return done


async def create_database(url: str) -> None:
    """Make the database of the address. Raises what asyncpg raises.

    Nothing happens if it is there by then.
    """
    parts = urlsplit(url)
    name = parts.path.lstrip("/")
    for at, service in enumerate(SERVICE_DATABASES):
        address = urlunsplit(parts._replace(path=f"/{service}"))
        try:
            connection = await asyncpg.connect(address, timeout=CONNECT_TIMEOUT_S)
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
