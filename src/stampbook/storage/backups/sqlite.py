"""Backups of SQLite databases: SQLite's own online backup."""

import sqlite3
from contextlib import closing
from pathlib import Path

from stampbook.storage.applied import APPLIED, CODE, CODE_TABLE, SQLITE_TABLES, TABLE, Code, check
from stampbook.storage.backups.manifest import COUNT, Counted
from stampbook.storage.sqlite.checks import check_file
from stampbook.storage.sqlite.connections import connect
from stampbook.storage.sqlite.faults import unusable


def copy(path: Path, file: Path) -> tuple[str, Counted]:
    """Copy the database to an empty file while servers write; its schema and what it holds.

    The copy is that of one instant: the read transaction that counts is the one that is copied.
    Writers go on meanwhile; their log grows until the copy is finished. Raises SchemaProblem or
    Unavailable.
    """
    check_file(path)
    try:
        with closing(connect(path, writing=False)) as source, closing(_opened(file)) as target:
            source.execute("BEGIN")
            tables = {row["name"] for row in source.execute(SQLITE_TABLES)}
            applied = source.execute(APPLIED).fetchall() if TABLE in tables else []
            code = source.execute(CODE).fetchone() if CODE_TABLE in tables else None
            versions = [row["version"] for row in applied]
            check(
                str(path),
                tables,
                versions,
                code=Code(code["oldest"], code["newest"]) if code else None,
            )
            row = source.execute(COUNT).fetchone()
            source.backup(target)
            source.execute("COMMIT")
            # One file, without a log beside it. The first connection to the restored one makes the
            # log again.
            target.execute("PRAGMA journal_mode = DELETE")
    except sqlite3.Error as error:
        worded = unusable(path, error)
        if worded is None:
            raise
        raise worded from error
    return row["schema"], Counted(row["accounts"], row["transactions"], row["feed_position"])


def restore(file: Path, path: Path) -> None:
    """Copy a backup into an empty database file. Interrupted, it leaves the file empty."""
    try:
        with (
            closing(sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True)) as source,
            closing(_opened(path)) as target,
        ):
            source.backup(target)
    except sqlite3.Error as error:
        worded = unusable(path, error)
        if worded is None:
            raise
        raise worded from error


def _opened(file: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{file.as_uri()}?mode=rw", uri=True, isolation_level=None)
