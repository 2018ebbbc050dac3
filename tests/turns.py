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
