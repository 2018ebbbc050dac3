"""The rows of a matrix take turns between the two kinds of database.

What a row is about (a field, a refusal, a spelling) is the same on both; what a database is asked
is the same in each row. So a test with rows runs on both, and each row on one of them. A test
without rows, and a row that was asked for by its name, run on all that they have.
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import pytest

KINDS = ("postgres", "sqlite")

WHOLE = bool(os.environ.get("STAMPBOOK_WHOLE"))
"""Every row on every database: `make campaign`."""


INSTEAD = bool(os.environ.get("STAMPBOOK_TESTS_ON_CITUS"))
"""The session's PostgreSQL database is a distributed one, and tests of another are left out."""

SHARED = ("store_address", "shared_postgres_address")


def not_of_the_session(items: Sequence[pytest.Item]) -> list[pytest.Item]:
    """The tests that do not use the session's PostgreSQL database."""
    return [each for each in items if not _uses_the_session(each)]


def _uses_the_session(item: pytest.Item) -> bool:
    spec: Any = getattr(item, "callspec", None)
    asked: Sequence[str] = getattr(item, "fixturenames", ())
    kinds = spec.params.values() if spec else ()
    return any(each in asked for each in SHARED) and KINDS[1] not in kinds


def left_out(items: Sequence[pytest.Item]) -> list[pytest.Item]:
    """The rows whose turn it is not."""
    tests: dict[object, dict[tuple[str, ...], dict[str, pytest.Item]]] = defaultdict(dict)
    for item in items:
        spec: Any = getattr(item, "callspec", None)
        kinds = [each for each in spec.params.values() if each in KINDS] if spec else []
        if len(kinds) != 1:
            continue
        row = spec.id.split("-")
        row.remove(kinds[0])
        test = tests[item.location[0], item.location[2].partition("[")[0]]
        test.setdefault(tuple(row), {})[kinds[0]] = item
    return [
        twins[KINDS[(at + at // 2) % 2]]
        for rows in tests.values()
        if len(rows) > 1
        for at, twins in enumerate(rows.values())
        if len(twins) == len(KINDS)
    ]
