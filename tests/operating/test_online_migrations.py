"""Migrations of later releases can be applied while servers of the release before work."""

from __future__ import annotations

import re

import pytest

from stampbook.storage.applied import FOLDER
from stampbook.storage.migration_runs import APART, up

FIRST = "20261130005000"
"""From this one on, migrations can be applied beside servers."""

REMOVES = re.compile(
    r"\bDROP (?:TABLE|COLUMN|CONSTRAINT|INDEX(?! CONCURRENTLY))\b|\bRENAME\b|\bSET NOT NULL\b"
    r"|\bALTER COLUMN\b|\bADD CONSTRAINT\b(?!.*NOT VALID)",
    re.IGNORECASE,
)
MAKES = re.compile(r"\bCREATE TABLE (?:IF NOT EXISTS )?(\w+)", re.IGNORECASE)
INDEXES = re.compile(r"\bCREATE (?:UNIQUE )?INDEX (?!CONCURRENTLY)\w+\s+ON (\w+)", re.IGNORECASE)
REWRITES = re.compile(r"^\s*(?:UPDATE|DELETE FROM) (\w+)", re.IGNORECASE | re.MULTILINE)


def complaints(text: str, database: str = "postgres") -> list[str]:
    """What servers of the release before would notice of the migration.

    On SQLite they wait for any migration; only one that takes something away can disturb them. A
    migration says `former code works: …` where what it takes away is not missed, and why.
    """
    found = []
    made = set(MAKES.findall(text))
    if "-- oldest: " not in text and "-- former code works: " not in text:
        found += [f"former code may need it: {each}" for each in REMOVES.findall(text)]
    if database == "sqlite":
        return found
    if set(INDEXES.findall(text)) - made:
        found.append("an index keeps writers waiting: CREATE INDEX CONCURRENTLY")
    if not text.startswith(APART) and set(REWRITES.findall(text)) - made:
        found.append("all rows at once: write slices, in a file without a transaction")
    return found


@pytest.mark.parametrize("database", ["sqlite", "postgres"])
def test_later_migrations_are_online(database: str) -> None:
    names = [file.name for file in sorted((FOLDER / database).glob("*.sql")) if file.name >= FIRST]
    found = {name: complaints(up(database, name), database) for name in names}
    assert {name: what for name, what in found.items() if what} == {}


@pytest.mark.parametrize(
    "text",
    [
        "-- migrate:up\nALTER TABLE accounts DROP COLUMN version;\n",
        "-- migrate:up\nALTER TABLE accounts RENAME COLUMN version TO edition;\n",
        "-- migrate:up\nALTER TABLE accounts ALTER COLUMN version TYPE text;\n",
        "-- migrate:up\nCREATE INDEX a ON accounts (version);\n",
        "-- migrate:up\nUPDATE accounts SET version = 1;\n",
    ],
)
def test_what_servers_would_notice_is_found(text: str) -> None:
    assert len(complaints(text)) == 1


def test_what_they_would_not_notice() -> None:
    for text in (
        "-- migrate:up\nCREATE TABLE a (b bigint);\nCREATE INDEX c ON a (b);\n",
        "-- migrate:up\nCREATE TABLE a (b bigint);\nUPDATE a SET b = 1;\n",
        "-- migrate:up\nALTER TABLE accounts ADD COLUMN novelty bigint;\n",
        f"{APART}\nDROP INDEX CONCURRENTLY IF EXISTS a;\n"
        "CREATE INDEX CONCURRENTLY a ON accounts (version);\n",
        "-- migrate:up\n-- oldest: 20270101000000\nALTER TABLE accounts DROP COLUMN version;\n",
    ):
        assert complaints(text) == []
