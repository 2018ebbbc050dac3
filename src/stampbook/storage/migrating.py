"""Applying migrations: which are applied, which are pending (docs/decisions/0103).

The migrations are plain SQL files beside this module, one folder for each database, run by
dbmate. One cheap query finds out what is applied; dbmate is started only to change something.
"""

import asyncio
import fcntl
import os
import shutil
import sqlite3
import subprocess
import sysconfig
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import asyncpg

from stampbook.storage.address import is_postgres, sqlite_path, without_password
from stampbook.storage.applied import (
    APPLIED,
    CONNECT_TIMEOUT_S,
    CONVERSION,
    FOLDER,
    OLD_JOURNAL,
    POSTGRES_TABLES,
    SQLITE_TABLES,
    TABLE,
    SchemaMissing,
    SchemaOlder,
    check,
    known,
)
from stampbook.storage.converting import NotConverted, Report, convert_journal, ignore
from stampbook.storage.postgres.faults import LOST
from stampbook.storage.postgres.faults import unusable as unusable_server
from stampbook.storage.postgres.store import PostgresStore
from stampbook.storage.sqlite.faults import unusable as unusable_file
from stampbook.storage.sqlite.privacy import make_file, make_folder
from stampbook.storage.sqlite.store import SqliteStore
from stampbook.storage.store import Store, Unavailable
from stampbook.storage.waiting import run_apart

TIMEOUT_S = 3_600.0
"""A migration of a very large table may take long; after an hour it counts as hung."""


CONVERTING = 8_012_100_001
"""The number of the lock that one process holds while it converts a journal on PostgreSQL."""


class MigrationFailed(Exception):
    """dbmate could not apply a migration; the message carries what it said."""


def is_empty(url: str) -> bool:
    """Whether the database does not exist yet, or has no tables."""
    tables, _ = _state(url)
    return not tables


def pending(url: str) -> list[str]:
    """The migrations that `migrate` would apply, by file name, in order.

    Raises SchemaNewer or SchemaForeign.
    """
    tables, applied = _state(url)
    try:
        check(url, tables, applied)
    except (SchemaMissing, SchemaOlder):
        return [name for version, name in known(url).items() if version not in applied]
    return []


def migrate(url: str, *, report: Report = ignore) -> list[str]:
    """Apply all pending migrations, creating the database if necessary; returns them in order.

    Servers that start together wait for each other. Each migration is a transaction of its
    own; the journal of an older schema is converted page by page (storage/converting.py), and
    `report` receives the progress. Raises SchemaNewer, SchemaForeign or MigrationFailed.
    """
    if is_postgres(url):
        return _migrate_postgres(url, report)
    path = sqlite_path(url)
    _make_folder(path.parent)
    with _locked(path.parent):
        make_file(path)
        applied = _run_pending(url, "up")
        applied += _convert(url, report)
        if applied:
            _use_log(path)
    return applied


def _migrate_postgres(url: str, report: Report) -> list[str]:
    applied: list[str] = []
    if not _exists(url):
        try:
            applied = _run_pending(url, "up")
        except MigrationFailed:
            if not _exists(url):
                raise
            # Somebody else has created the database at the same moment.
    applied += _run_pending(url, "migrate")
    return applied + run_apart(_convert_alone(url, report))


def _run_pending(url: str, command: str) -> list[str]:
    """Apply what is pending, but not CONVERSION to a database with a journal."""
    tables, applied = _state(url)
    names = pending(url)
    converts = CONVERSION not in applied and not {"transactions", OLD_JOURNAL}.isdisjoint(tables)
    if converts:
        names = [name for name in names if name != known(url)[CONVERSION]]
    return _dbmate(url, command, names if converts else None) if names else []


async def _convert_alone(url: str, report: Report) -> list[str]:
    """On PostgreSQL: dbmate's own lock is held only while it runs."""
    if not pending(url):
        return []
    connection = await _connected(url)
    try:
        await connection.execute("SELECT pg_advisory_lock($1)", CONVERTING)
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
    return _dbmate(url, "migrate")


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


def _dbmate(url: str, command: str, names: Sequence[str] | None = None) -> list[str]:
    """Run dbmate with all migrations, or with those named; returns what it applied."""
    folder = FOLDER / ("postgres" if is_postgres(url) else "sqlite")
    if names is None:
        return _run_dbmate(url, command, folder)
    with tempfile.TemporaryDirectory() as some:
        for name in names:
            shutil.copy(folder / name, some)
        return _run_dbmate(url, command, Path(some))


def _run_dbmate(url: str, command: str, folder: Path) -> list[str]:
    postgres = is_postgres(url)
    done = subprocess.run(
        [
            _dbmate_program(),
            *("--env", "DATABASE_URL", "--env-file", os.devnull, "--no-dump-schema"),
            *("--migrations-dir", folder),
            *("--migrations-table", TABLE),
            *(["--migration-lock"] if postgres else []),
            command,
        ],
        env=_environment(url),
        # dbmate escapes no path in a SQLite address: it is started where the file is.
        cwd=None if postgres else sqlite_path(url).parent,
        capture_output=True,
        text=True,
        check=False,
        timeout=TIMEOUT_S,
    )
    if done.returncode:
        raise MigrationFailed(f"{without_password(url)}: {_told_by(done)}")
    return [line.split()[1] for line in done.stdout.splitlines() if line.startswith("Applied: ")]


def _told_by(done: subprocess.CompletedProcess[str]) -> str:
    """The error that dbmate reports, in one line, without its progress messages."""
    lines = [line.strip() for line in (done.stderr or done.stdout).splitlines() if line.strip()]
    complaint = " ".join([line for line in lines if line.startswith("Error: ")] or lines)
    complaint = complaint.removeprefix("Error: ")
    if "unable to open database file" in complaint:
        complaint += ": name another place with --database"
    if "permission denied" in complaint:
        complaint += ": give the user that right, or migrate as one who has it"
    return complaint


def _environment(url: str) -> Mapping[str, str]:
    """The environment for dbmate: it has the address, which no process list shows, and none of the
    user's own settings of dbmate."""
    inherited = {name: value for name, value in os.environ.items() if "DBMATE" not in name}
    address = url if is_postgres(url) else f"sqlite:{sqlite_path(url).name}"
    return {"PGSSLMODE": "prefer", **inherited, "DATABASE_URL": address}


def _dbmate_program() -> str:
    beside = Path(sysconfig.get_path("scripts")) / "dbmate"
    found = str(beside) if beside.is_file() else shutil.which("dbmate")
    if found is None:
        raise MigrationFailed("dbmate is not installed: reinstall Stampbook with its dependencies")
    return found


def _use_log(path: Path) -> None:
    """Turn the write-ahead log on, which the file remembers. No other connection may be open for
    that, and a store opens its connections together: so it is done here, before."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")


def _make_folder(folder: Path) -> None:
    """Create the folder. Raises Unavailable unless files can be created in it."""
    try:
        make_folder(folder)
    except OSError as error:
        raise Unavailable(
            f"the folder {folder} cannot be made ({error.strerror}): name another place with"
            " --database"
        ) from error
    if not os.access(folder, os.W_OK | os.X_OK):
        raise Unavailable(
            f"the folder {folder} cannot be written: give this user the right to make files in"
            " it, or name another place with --database"
        )


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Let only one process at a time migrate files of this folder: dbmate has no lock for them.

    The folder itself is locked; the database file must not be, since closing it here would
    drop the locks that SQLite holds on it in this process.
    """
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _state(url: str) -> tuple[set[str], list[str]]:
    """The names of the tables, and the versions applied."""
    if is_postgres(url):
        return run_apart(_postgres_state(url)) if _exists(url) else (set(), [])
    path = sqlite_path(url)
    if not path.exists():
        return set(), []
    try:
        with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as connection:
            tables = {name for (name,) in connection.execute(SQLITE_TABLES)}
            applied = connection.execute(APPLIED).fetchall() if TABLE in tables else []
    except sqlite3.Error as error:
        worded = unusable_file(path, error)
        if worded is None:
            raise
        raise worded from error
    return tables, [version for (version,) in applied]


async def _postgres_state(url: str) -> tuple[set[str], list[str]]:
    connection = await _connected(url)
    try:
        tables = {row["table_name"] for row in await connection.fetch(POSTGRES_TABLES)}
        applied = await connection.fetch(APPLIED) if TABLE in tables else []
    finally:
        await connection.close()
    return tables, [row["version"] for row in applied]


def _exists(url: str) -> bool:
    async def knock() -> bool:
        try:
            connection = await _connected(url)
        except SchemaMissing:
            return False
        await connection.close()
        return True

    return run_apart(knock())


async def _connected(url: str) -> "asyncpg.Connection[Any]":
    """A connection. Raises SchemaMissing if there is no such database, or Unavailable."""
    try:
        return await asyncpg.connect(url, timeout=CONNECT_TIMEOUT_S)
    except asyncpg.InvalidCatalogNameError as error:
        place = without_password(url)
        raise SchemaMissing(f"{place} does not exist: run `stampbook migrate`") from error
    except (*LOST, asyncpg.PostgresError) as error:
        worded = unusable_server(without_password(url), error)
        if worded is None:
            raise
        raise worded from error
