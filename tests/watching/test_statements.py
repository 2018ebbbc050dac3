"""Slow statements are named, logged without their values, and counted."""

from __future__ import annotations

from typing import Any

import pytest

from stampbook.storage.postgres.store import PostgresStore
from stampbook.storage.store import Store
from stampbook.watching import statements
from stampbook.watching.counting import MEMORY
from stampbook.watching.metrics import SLOW_STATEMENTS
from stampbook.watching.noticing import Noticed
from stampbook.watching.statements import WATCH
from tests.http.town import Town
from tests.watching.test_logs import Lines, lines  # noqa: F401 - a fixture
from tests.watching.test_metrics import account


@pytest.fixture
def all_slow(monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on every statement is slow, and each has a line."""
    monkeypatch.setattr(WATCH, "slow_ns", 1)
    monkeypatch.setattr(statements, "noticed", Noticed(statements.log, every_s=0))


def slow(lines: Lines) -> list[dict[str, Any]]:  # noqa: F811 - the fixture's value
    return [line for line in lines.objects if line["logger"] == "stampbook.watching.statements"]


async def test_a_slow_statement_has_a_line(
    store: Store,
    all_slow: None,
    counted: None,
    lines: Lines,  # noqa: F811
) -> None:
    await store.fetch("SELECT name FROM programs WHERE name = $1", "anna@example.com")
    (line,) = slow(lines)
    assert (line["level"], line["rows"]) == ("warning", 0)
    # On SQLite a read is a piece of work, named after the statement that took longest.
    may_be = (
        {"select programs"} if isinstance(store, PostgresStore) else {"select programs", "begin"}
    )
    assert line["statement"] in may_be
    assert line["duration_ms"] >= 0
    assert "anna" not in lines.written[0]
    assert MEMORY.slab[SLOW_STATEMENTS.at[line["statement"],]] == 1


async def test_statements_of_files_have_their_names(
    town: Town,
    all_slow: None,
    lines: Lines,  # noqa: F811
) -> None:
    path = f"/v1/accounts/{await account(town)}/transactions"
    await town.ask("POST", path, {"type": "accrue", "amount": "5", "reason": "Geheim"})
    named = {line["statement"] for line in slow(lines)}
    if isinstance(town.store, PostgresStore):
        assert {"save", "open_accounts", "select accounts"} <= named
    else:
        # Of a piece of work it is the statement that took longest.
        assert named & {"new_row", "commit", "begin", "account", "last_row"}
    assert not [line for line in lines.written if "Geheim" in line]


async def test_what_is_not_slow_has_none(store: Store, lines: Lines) -> None:  # noqa: F811
    WATCH.slow_from(60_000)
    try:
        await store.fetch("SELECT name FROM programs")
    finally:
        WATCH.slow_from(0)
    await store.fetch("SELECT name FROM programs")
    assert slow(lines) == []


@pytest.mark.parametrize(
    ("sql", "name"),
    [
        ("SELECT a FROM members m JOIN accounts a ON 1", "select members"),
        ("  INSERT INTO programs (name) VALUES ($1)", "insert programs"),
        ("UPDATE \"visits\" SET x = 'DELETE FROM users'", "update visits"),
        ("delete from flows", "delete flows"),
        ("BEGIN IMMEDIATE", "begin"),
        ("COMMIT;", "commit"),
        ("SELECT 'anna@example.com'", "other"),
        ("SELECT x FROM anna", "other"),
        ("VACUUM", "other"),
    ],
)
def test_names(sql: str, name: str) -> None:
    """They are few: what names no table of ours has none."""
    assert WATCH.name(sql) == name
