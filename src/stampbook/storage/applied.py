"""The migrations of this version, and whether a database has exactly these.

A server starts on no other database. storage/migrating.py applies the pending ones.
"""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple

from stampbook.storage.address import is_postgres, without_password

CONVERSION: Final = "20261128003900"
"""Before this migration the journal's rows are converted (storage/converting.py): it drops the
tables in which they are.

Conversion reads and writes the columns of this version, so a database with rows to convert gets all
later migrations first, and this one last. They must not rely on it: the old tables are still there,
and on SQLite it makes `idempotency_keys` anew, with no column that was added later.
"""

OLD_JOURNAL: Final = "old_transactions"
"""The table that has the journal until then."""

FOLDER = Path(__file__).parent / "migrations"
TABLE = "schema_migrations"
CONNECT_TIMEOUT_S = 10.0
"""A server that has not answered by then counts as unreachable."""

CODE_TABLE = "schema_code"
CODE = f"SELECT oldest, newest FROM {CODE_TABLE}"  # noqa: S608 - a constant

FIRST_NOTED: Final = "20261130000200"
"""The migration that makes the table. Code from before works on no schema that it does not know."""

_OLDEST = re.compile(r"^-- oldest: ([0-9]{14})$", re.MULTILINE)
"""A line in a migration: the oldest code that can work after it, if not all can that could before.
The migration's own version: servers must be stopped."""

APPLIED = f"SELECT version FROM {TABLE} ORDER BY version"  # noqa: S608 - a constant
POSTGRES_TABLES = """
    SELECT relname AS table_name FROM pg_class
    WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p')
"""
"""Also tables that the role has no right to, which information_schema does not show."""

SQLITE_TABLES = """
    SELECT name FROM sqlite_master
    WHERE type = 'table' AND name NOT LIKE 'sqlite!_%' ESCAPE '!'
"""


class SchemaProblem(Exception):
    """The database's schema is not that of this version of Stampbook."""


class SchemaMissing(SchemaProblem):
    """The database is empty, or does not exist yet."""


class SchemaOlder(SchemaProblem):
    """Migrations are pending; the message says what to run."""


class SchemaNewer(SchemaProblem):
    """A newer version of Stampbook has migrated the database."""


class SchemaForeign(SchemaProblem):
    """The database belongs to another program."""


def known(url: str) -> dict[str, str]:
    """This version's migrations: file names by their version numbers, in order."""
    folder = FOLDER / ("postgres" if is_postgres(url) else "sqlite")
    return {file.name.partition("_")[0]: file.name for file in sorted(folder.glob("*.sql"))}


class Code(NamedTuple):
    """A row of CODE_TABLE: the oldest code for the schema, and the migration up to which it is
    known."""

    oldest: str
    newest: str


def oldest_code(database: str, name: str) -> str | None:
    """The oldest code that can work after the migration; None: all that could before."""
    found = _OLDEST.search((FOLDER / database / name).read_text("utf-8"))
    return found[1] if found else None


def is_online(url: str, name: str, applied: Sequence[str]) -> bool:
    """Whether servers that know what is applied go on working while, and after, it is applied."""
    oldest = oldest_code("postgres" if is_postgres(url) else "sqlite", name)
    return bool(applied) and (oldest or FIRST_NOTED) <= max(applied)


def check(
    url: str,
    tables: set[str],
    applied: list[str],
    *,
    code: Code | None,
    converting: bool = False,
) -> None:
    """Raise a SchemaProblem unless this code can work with the schema.

    It can if this version's migrations are applied, and newer ones only if the schema says, in
    `code`, that it admits code that does not know them.
    `converting`: CONVERSION may be pending, as it is while rows are converted.
    """
    place = without_password(url)
    if not tables:
        raise SchemaMissing(f"{place} is empty. Run `stampbook migrate`")
    if TABLE not in tables:
        raise SchemaForeign(f"{place} holds something else. Give Stampbook a database of its own")
    ours = known(url)
    newer = sorted(set(applied) - set(ours))
    if newer and (code is None or max(ours) < code.oldest or code.newest < newer[-1]):
        raise SchemaNewer(
            f"{place} was migrated by a newer version of Stampbook ({', '.join(newer)})."
            " Run that version"
        )
    lacking = [name for version, name in ours.items() if version not in applied]
    if converting and lacking == [ours[CONVERSION]]:
        return
    if lacking and OLD_JOURNAL in tables:
        raise SchemaOlder(
            f"{place} is half migrated, its journal is being converted or that was interrupted."
            " Run `stampbook migrate`, which goes on where it stopped"
        )
    if lacking:
        raise SchemaOlder(
            f"{place} has an older schema, {len(lacking)} migrations are pending."
            " Run `stampbook migrate`"
        )
