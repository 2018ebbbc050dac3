"""Rows of a matrix take turns between the databases, and nothing else is left out."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from tests.turns import KINDS, left_out


def items(test: str, *rows: str, kinds: tuple[str, ...] = KINDS) -> list[Any]:
    """The tests that pytest makes of one function: of each row on each kind of database."""
    return [
        SimpleNamespace(
            location=("test_a.py", 1, f"{test}[{kind}-{row}]"),
            callspec=SimpleNamespace(
                id=f"{kind}-{row}" if row else kind, params={"store_address": kind, "row": row}
            ),
        )
        for kind in kinds
        for row in rows
    ]


def test_each_row_runs_once_and_the_test_on_both() -> None:
    found = items("test_rows", "a", "b-c", "d", "e")
    left: list[Any] = left_out(found)
    kept = [each.callspec.id for each in found if each not in left]
    assert sorted(each.partition("-")[2] for each in kept) == ["a", "b-c", "d", "e"]
    assert {each.partition("-")[0] for each in kept} == set(KINDS)


def test_what_has_no_rows_or_no_twin_runs() -> None:
    plain: Any = SimpleNamespace(location=("test_a.py", 1, "test_plain"))
    once = items("test_once", "")
    named = items("test_named", "a", "b", kinds=("sqlite",))
    assert left_out([plain, *once]) == []
    assert left_out(named) == []
