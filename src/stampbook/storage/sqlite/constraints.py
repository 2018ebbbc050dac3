"""Finds the name of a violated constraint, which PostgreSQL reports and SQLite does not.

SQLite reports the columns (`UNIQUE constraint failed: members.program_id, members.external_id`);
the schema shows which index has them.
"""

import sqlite3


def constraint_names(connection: sqlite3.Connection) -> dict[str, str]:
    """Names of unique indexes and primary keys by SQLite's list of their columns."""
    names: dict[str, str] = {}
    tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    for (table,) in tables:
        columns = connection.execute(
            "SELECT name FROM pragma_table_info(?) WHERE pk > 0 ORDER BY pk", (table,)
        ).fetchall()
        names[_listed(table, columns)] = f"{table}_pkey"
        indexes = connection.execute(
            "SELECT name FROM pragma_index_list(?) WHERE \"unique\" AND origin = 'c'", (table,)
        ).fetchall()
        for (index,) in indexes:
            columns = connection.execute(
                "SELECT name FROM pragma_index_info(?) ORDER BY seqno", (index,)
            ).fetchall()
            names[_listed(table, columns)] = index
    return names


def constraint_of(error: sqlite3.IntegrityError, names: dict[str, str]) -> str | None:
    """The constraint of an error, if it is known."""
    failed = str(error).partition(": ")[2]
    if failed.startswith("index "):
        return failed.removeprefix("index ").strip("'")
    return names.get(failed)


def _listed(table: str, columns: list[tuple[str]]) -> str:
    return ", ".join(f"{table}.{column}" for (column,) in columns)
