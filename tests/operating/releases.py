"""The next release: a copy of this one's sources with further migrations."""

from __future__ import annotations

import shutil
from pathlib import Path

import stampbook

SOURCE = Path(stampbook.__file__).parent

EXPAND = "29991231235957_expand"
CONTRACT = "29991231235959_contract"

WIDENED = (
    *("transactions", "lot_rows", "standings", "repeated_keys", "external_ids", "accounts"),
    *("currencies", "currency_options", "members", "programs", "api_keys", "users", "guards"),
)
"""The tables that every request of the load reads or writes."""

LONG = """-- migrate:up transaction:false

DROP INDEX CONCURRENTLY IF EXISTS transactions_novelty;
CREATE INDEX CONCURRENTLY transactions_novelty ON transactions (recorded_at);

-- migrate:down
"""


def next_release(folder: Path, *, contracts: bool = False) -> Path:
    """The folder to put on the path. `contracts`: its schema is one that older code cannot use."""
    copy = folder / ("contracting" if contracts else "next")
    shutil.copytree(SOURCE, copy / "stampbook", ignore=shutil.ignore_patterns("__pycache__"))
    migrations = copy / "stampbook" / "storage" / "migrations"
    for database, integer in (("sqlite", "INTEGER"), ("postgres", "bigint")):
        lines = [f"ALTER TABLE {each} ADD COLUMN novelty {integer};" for each in WIDENED]
        lines += [f"CREATE TABLE novelties (novelty_id {integer} NOT NULL PRIMARY KEY);"]
        _write(migrations / database / f"{EXPAND}.sql", lines)
        if contracts:
            oldest = f"-- oldest: {CONTRACT.partition('_')[0]}"
            _write(
                migrations / database / f"{CONTRACT}.sql",
                [oldest, "DROP TABLE novelties;"],
            )
    # Only PostgreSQL has to make an index beside the writers.
    (migrations / "postgres" / "29991231235958_long.sql").write_text(LONG, "utf-8")
    return copy


def _write(file: Path, lines: list[str]) -> None:
    file.write_text("\n".join(["-- migrate:up", *lines, "", "-- migrate:down", ""]), "utf-8")
