"""Every column of text is known to erasing: what is left of it, or why it stays."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import stampbook
from stampbook.events.values import TYPES_OF_VALUES
from stampbook.privacy import outgoing
from stampbook.privacy.columns import ERASED, KEPT, SOUGHT, WITH_A_SALT

SCHEMAS = Path(stampbook.__file__).parent / "storage" / "schema"

TABLE = re.compile(r"CREATE TABLE \"?(\w+)\"? \((.*?)\)(?: STRICT|;)[^\n]*\n", re.DOTALL)
COLUMN = re.compile(r"(?:^|,)\s*(\w+) (?:text|jsonb?)\b(?:\[\])?", re.IGNORECASE | re.MULTILINE)


def of_text(schema: str) -> set[tuple[str, str]]:
    """The columns of text of a schema file."""
    found = set()
    for table, columns in TABLE.findall((SCHEMAS / schema).read_text("utf-8")):
        found |= {(table, column) for column in COLUMN.findall(columns)}
    return found


OF_EVENTS = [("outbox", "value"), ("deliveries", "body"), ("delivery_tries", "response")]
"""What is left of these depends on the event: on its type, and on whether it is a member's."""

KEY = re.compile(r"(\w+) (?:INTEGER|bigint)[^,\n]* PRIMARY KEY|PRIMARY KEY \(([\w, ]+)\)")


def classified() -> list[tuple[str, str]]:
    all_rows = (*ERASED, *SOUGHT)
    found = [(each.table, column) for each in all_rows for column in each.left]
    found = [each for each in found if each not in OF_EVENTS] + OF_EVENTS
    for columns in (WITH_A_SALT, KEPT):
        found += [(table, column) for table, names in columns.items() for column in names]
    return found


@pytest.mark.parametrize("schema", ["sqlite.sql", "postgres.sql"])
def test_every_column_of_text_is_known(schema: str) -> None:
    columns = of_text(schema)
    assert len(columns) > 150
    assert columns - set(classified()) == set()


def test_each_is_known_once_and_exists() -> None:
    named = classified()
    assert len(named) == len(set(named))
    assert set(named) - of_text("sqlite.sql") == set()


@pytest.mark.parametrize("schema", ["sqlite.sql", "postgres.sql"])
def test_rows_are_changed_one_by_one(schema: str) -> None:
    """A key that several rows have would write what is left of one into the others."""
    tables = dict(TABLE.findall((SCHEMAS / schema).read_text("utf-8")))
    for rows in (*ERASED, *SOUGHT):
        named = KEY.search(tables[rows.table])
        assert named is not None, rows.table
        key = tuple((named[1] or named[2]).split(", "))
        assert sorted(key) == sorted(rows.key), rows.table


@pytest.mark.parametrize("table", ["members", "transactions", "new_table"])
def test_a_new_column_would_be_noticed(table: str) -> None:
    assert (table, "nickname") not in classified()
    added = f"CREATE TABLE {table} (\n    id INTEGER,\n    nickname TEXT\n) STRICT;\n"
    ((name, columns),) = TABLE.findall(added)
    assert (name, COLUMN.findall(columns)) == (table, ["nickname"])


def test_every_type_of_event_is_known() -> None:
    assert TYPES_OF_VALUES.keys() == outgoing.TYPES | outgoing.IMPERSONAL
    assert not outgoing.TYPES & outgoing.IMPERSONAL
