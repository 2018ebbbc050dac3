"""The migrations of this version, and whether a database has exactly these.

A server starts on no other database. storage/migrating.py applies the pending ones.
"""

from pathlib import Path
from typing import Final

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

APPLIED = f"SELECT version FROM {TABLE} ORDER BY version"  # noqa: S608 - a constant
POSTGRES_TABLES = """
    SELECT table_name FROM information_schema.tables
    WHERE table_schema = current_schema() AND table_type = 'BASE TABLE'
"""
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


def check(url: str, tables: set[str], applied: list[str], *, converting: bool = False) -> None:
    """Raise a SchemaProblem unless exactly this version's migrations are applied.

    `converting`: CONVERSION may be pending, as it is while rows are converted.
    """
    place = without_password(url)
    if not tables:
        raise SchemaMissing(f"{place} is empty: run `stampbook migrate`")
    if TABLE not in tables:
        raise SchemaForeign(f"{place} holds something else: Stampbook wants a database of its own")
    ours = known(url)
    newer = sorted(set(applied) - set(ours))
    if newer:
        raise SchemaNewer(
            f"{place} was migrated by a newer version of Stampbook ({', '.join(newer)}):"
            " run that version"
        )
    lacking = [name for version, name in ours.items() if version not in applied]
    if converting and lacking == [ours[CONVERSION]]:
        return
    if lacking and OLD_JOURNAL in tables:
        raise SchemaOlder(
            f"{place} is half migrated, its journal is being converted or that was interrupted:"
            " run `stampbook migrate`, which goes on where it stopped"
        )
    if lacking:
        raise SchemaOlder(
            f"{place} has an older schema, {len(lacking)} migrations are pending:"
            " run `stampbook migrate`"
        )
