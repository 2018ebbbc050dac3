"""Only the ledger, the store and the verifier use the ledger's tables; all others use
`ledger/journal`, so that the tables can be changed in one place."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import stampbook

ROOT = Path(stampbook.__file__).parent
KNOWING = ("ledger", "storage", "verifying")

TABLES = (
    "transactions|lot_rows|standings|repeated_keys|external_ids|followers"
    "|flow_sums|holdings|cohort_sums|account_quarters|lot_births"
)
NAMED = re.compile(
    rf"\b(?:FROM|JOIN|INTO|UPDATE|EXISTS|TABLE)\s+(?:ONLY\s+)?\"?(?:\w+\.)?({TABLES})\b",
    re.IGNORECASE,
)
"""Where a statement names a table of the ledger."""

LISTED = re.compile(rf"\bSELECT\b.*\bFROM\b[^;]*,\s*({TABLES})\b", re.IGNORECASE | re.DOTALL)
"""As one of several tables."""


def statements(source: str) -> Iterator[tuple[int, str]]:
    """The strings of a module that are values, with their lines, without the expressions in
    f-strings."""
    tree = ast.parse(source)
    skipped: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr):  # prose
            skipped.add(id(node.value))
        elif isinstance(node, ast.JoinedStr):
            skipped.update(id(part) for part in node.values)
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            parts = (
                str(part.value) if isinstance(part, ast.Constant) else "…" for part in node.values
            )
            yield node.lineno, "".join(parts)
        elif isinstance(node, ast.Constant) and id(node) not in skipped:
            yield node.lineno, str(node.value)


def named_in(source: str) -> list[str]:
    """Where the module's SQL names a table of the ledger."""
    found: list[str] = []
    for line, text in statements(source):
        found += [f"{line}: {table}" for table in NAMED.findall(text) + LISTED.findall(text)]
    return found


def others() -> list[str]:
    paths = (path.relative_to(ROOT) for path in sorted(ROOT.rglob("*.py")))
    return [str(path) for path in paths if path.parts[0] not in KNOWING]


def test_no_other_module_names_them() -> None:
    found = {module: named_in((ROOT / module).read_text("utf-8")) for module in others()}
    assert len(found) > 500
    assert {module: places for module, places in found.items() if places} == {}


def test_no_statement_is_in_a_file_outside_the_store() -> None:
    assert [
        str(path) for path in ROOT.rglob("*.sql") if path.relative_to(ROOT).parts[0] != "storage"
    ] == []


def test_the_ledger_names_them() -> None:
    """The search finds names of tables in every kind of string."""
    found = {
        place.partition(": ")[2]
        for path in (ROOT / "ledger" / "journal").glob("*.py")
        for place in named_in(path.read_text("utf-8"))
    }
    assert {"transactions", "standings", "external_ids"} <= found


@pytest.mark.parametrize(
    ("source", "named"),
    [
        ('x = "SELECT seq FROM transactions WHERE 1"', ["1: transactions"]),
        ('x = "select 1 from\\n  lot_rows, standings m"', ["1: lot_rows", "1: standings"]),
        ('x = f"SELECT {y} FROM a LEFT JOIN standings m ON {z}"', ["1: standings"]),
        ('x = f"SELECT {y}" + f" FROM transactions"', ["1: transactions"]),
        ('x = "INSERT INTO external_ids VALUES (1)"', ["1: external_ids"]),
        ('x = "UPDATE lot_rows SET lot = 0"', ["1: lot_rows"]),
        ('x = "SELECT a.number, a.status FROM accounts a"', []),
        ('"""What comes from lots."""', []),
        ('x = "the transactions of an account"', []),
    ],
)
def test_what_names_one(source: str, named: list[str]) -> None:
    assert named_in(source) == named
