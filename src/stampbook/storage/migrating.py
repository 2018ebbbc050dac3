"""Applying migrations: which are applied, which are pending (docs/decisions/0103).

The migrations are plain SQL files beside this module, one folder for each database. Each file is
applied in one transaction together with the row that records it (storage/migration_runs.py). One
cheap query finds out what is pending.
"""

import asyncio
import fcntl
import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import NamedTuple

import asyncpg

from stampbook.pacing import run_apart
from stampbook.storage.address import is_postgres, sqlite_path, without_password
from stampbook.storage.applied import (
    APPLIED,
    CODE,
    CODE_TABLE,
    CONVERSION,
    OLD_JOURNAL,
    POSTGRES_TABLES,
    SQLITE_TABLES,
    TABLE,
    Code,
    SchemaMissing,
    SchemaOlder,
    check,
    is_online,
    known,
)
from stampbook.storage.converting import NotConverted, Report, convert_journal, ignore
from stampbook.storage.migration_runs import (
    apply_to_postgres,
    apply_to_sqlite,
    create_database,
    lock,
)
from stampbook.storage.postgres.connections import single
from stampbook.storage.postgres.faults import LOST
from stampbook.storage.postgres.faults import unusable as unusable_server
from stampbook.storage.postgres.store import PostgresStore
from stampbook.storage.sqlite.faults import unusable as unusable_file
from stampbook.storage.sqlite.privacy import make_file, make_folder
from stampbook.storage.sqlite.store import SqliteStore
from stampbook.storage.store import Store

TIMEOUT_S = 3_600.0
"""A migration of a very large table may take long; after an hour it counts as hung."""


CONVERTING = 8_012_100_001
"""The number of the lock that one process holds while it converts a journal on PostgreSQL."""


class MigrationFailed(Exception):
    """A migration could not be applied; the message carries what the database said."""


def is_empty(url: str) -> bool:
    """Whether the database does not exist yet, or has no tables."""
    return not _state(url).tables


def pending(url: str) -> list[str]:
    """The migrations that `migrate` would apply, by file name, in order.

    Raises SchemaNewer or SchemaForeign.
    """
    tables, applied, code = _state(url)
    try:
        check(url, tables, applied, code=code)
    except (SchemaMissing, SchemaOlder):
        return [name for version, name in known(url).items() if version not in applied]
    return []


def make_empty(url: str) -> None:
    """Make the database, without a schema, unless it exists. Raises Unavailable."""
    if is_postgres(url):
        if not _exists(url):
            run_apart(_create(url))
        return
    path = sqlite_path(url)
    make_folder(path.parent)
    make_file(path)


def online(url: str, names: Sequence[str]) -> list[str]:
    """Those of the pending migrations for which no server has to be stopped."""
    applied = _state(url).applied
    return [name for name in names if is_online(url, name, applied)]


def migrate(url: str, *, report: Report = ignore) -> list[str]:
    """Apply all pending migrations, creating the database if necessary; returns them in order.

    Servers that start together wait for each other. Each migration is a transaction of its
    own; the journal of an older schema is converted page by page (storage/converting.py), and
    `report` receives the progress. Raises SchemaNewer, SchemaForeign or MigrationFailed.
    """
    if is_postgres(url):
        return _migrate_postgres(url, report)
    path = sqlite_path(url)
    make_folder(path.parent)
    with _locked(path.parent):
        make_file(path)
        applied = _run_pending(url)
        applied += _convert(url, report)
        if applied:
            _use_log(path)
    return applied


def _migrate_postgres(url: str, report: Report) -> list[str]:
    make_empty(url)
    applied = _run_pending(url)
    return applied + run_apart(_convert_alone(url, report))


async def _create(url: str) -> None:
    """Make the database, unless somebody else makes it at the same moment."""
    try:
        await create_database(url)
    except (*LOST, asyncpg.PostgresError) as error:
        raise unusable_server(without_password(url), error) or _failed(url, error) from error


def _run_pending(url: str) -> list[str]:
    """Apply what is pending, but not CONVERSION to a database with a journal."""
    tables, applied, _ = _state(url)
    names = pending(url)
    if CONVERSION not in applied and not {"transactions", OLD_JOURNAL}.isdisjoint(tables):
        names = [name for name in names if name != known(url)[CONVERSION]]
    return _apply(url, names)


def _apply(url: str, names: Sequence[str]) -> list[str]:
    """Apply these migrations in order; those that nobody else has applied meanwhile."""
    if not names:
        return []
    if is_postgres(url):
        return run_apart(_apply_to_postgres(url, names))
    path = sqlite_path(url)
    try:
        return apply_to_sqlite(path, names)
    except sqlite3.Error as error:
        raise unusable_file(path, error) or _failed(url, error) from error


async def _apply_to_postgres(url: str, names: Sequence[str]) -> list[str]:
    connection = await single(url)
    try:
        return await apply_to_postgres(connection, names)
    except (*LOST, asyncpg.PostgresError) as error:
        raise unusable_server(without_password(url), error) or _failed(url, error) from error
    finally:
        await connection.close()


def _failed(url: str, error: Exception) -> MigrationFailed:
    """What the database said against a migration."""
    said = str(error).rstrip(".")
    return MigrationFailed(
        f"{without_password(url)}: {said}. Remove the cause, and run `stampbook migrate` again"
    )


async def _convert_alone(url: str, report: Report) -> list[str]:
    """On PostgreSQL: the lock of migrations is held only while one is applied."""
    if not pending(url):
        return []
    connection = await single(url)
    try:
        await lock(connection, CONVERTING)
        return await asyncio.to_thread(_convert, url, report)
    finally:
        await connection.close()


def _convert(url: str, report: Report) -> list[str]:
    """Convert the journal if necessary, then apply CONVERSION."""
    if not pending(url):
        return []
    try:
        run_apart(_convert_in_store(url, report))
    except NotConverted as error:
        raise MigrationFailed(f"{without_password(url)}: {error}") from error
    return _apply(url, pending(url))


async def _convert_in_store(url: str, report: Report) -> None:
    store = await open_converting(url)
    try:
        await convert_journal(store, report)
    finally:
        await store.close()


async def open_converting(url: str) -> Store:
    """The store of a database whose journal is being converted. Raises SchemaProblem."""
    if is_postgres(url):
        return await PostgresStore.open(url, converting=True)
    return await SqliteStore.open(sqlite_path(url), converting=True)


def _use_log(path: Path) -> None:
    """Turn the write-ahead log on, which the file remembers. No other connection may be open for
    that, and a store opens its connections together: so it is done here, before."""
    try:
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("PRAGMA journal_mode = WAL")
    except sqlite3.Error as error:
        worded = unusable_file(path, error)
        if worded is None:
            raise
        raise worded from error


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Let only one process at a time migrate files of this folder.

    The folder itself is locked; the database file must not be, since closing it here would
    drop the locks that SQLite holds on it in this process.
    """
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


class _State(NamedTuple):
    """The names of the tables, the versions applied, and the oldest code that may use them."""

    tables: set[str]
    applied: list[str]
    code: Code | None


def _state(url: str) -> _State:
    if is_postgres(url):
        return run_apart(_postgres_state(url)) if _exists(url) else _State(set(), [], None)
    path = sqlite_path(url)
    if not path.exists():
        return _State(set(), [], None)
    try:
        with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as connection:
            tables = {name for (name,) in connection.execute(SQLITE_TABLES)}
            applied = connection.execute(APPLIED).fetchall() if TABLE in tables else []
            code = connection.execute(CODE).fetchone() if CODE_TABLE in tables else None
    except sqlite3.Error as error:
        worded = unusable_file(path, error)
        if worded is None:
            raise
        raise worded from error
    return _State(tables, [version for (version,) in applied], Code(*code) if code else None)


async def _postgres_state(url: str) -> _State:
    connection = await single(url)
    try:
        tables = {row["table_name"] for row in await connection.fetch(POSTGRES_TABLES)}
        applied = await connection.fetch(APPLIED) if TABLE in tables else []
        code = await connection.fetchrow(CODE) if CODE_TABLE in tables else None
    except (*LOST, asyncpg.PostgresError) as error:
        worded = unusable_server(without_password(url), error)
        if worded is None:
            raise
        raise worded from error
    finally:
        await connection.close()
    return _State(tables, [row["version"] for row in applied], Code(*code) if code else None)


def _exists(url: str) -> bool:
    async def knock() -> bool:
        try:
            connection = await single(url)
        except SchemaMissing:
            return False
        await connection.close()
        return True

    return run_apart(knock())
