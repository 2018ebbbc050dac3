"""SQL uses the domain's names for kinds and statuses: `{Kind.HOLD:d}` or a parameter, no numbers.

Migrations never change and keep their numbers.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import stampbook
from tests.house.test_ledger_tables import statements

ROOT = Path(stampbook.__file__).parent
WORDS = r"(?:\w+\.)?\"?\b(?:kind|status)\b\"?"
COMPARED = re.compile(
    rf"""{WORDS}\s*(?:=|<>|!=|<=?|>=?|(?:NOT\s+)?IN\b|(?:NOT\s+)?BETWEEN\b)\s*
         (?:(?:ANY|ALL)\s*)?[\s('{{]*\d+"""
    rf"| CASE\s+{WORDS}\s+WHEN\s+\d+"
    rf"| (?<![$\w.?])\d+\s*(?:=|<>|!=|<=?|>=?)\s*{WORDS}",
    re.IGNORECASE | re.VERBOSE,
)
"""A kind or a status compared with a number."""

ADVICE = "write the word of domain/model.py: `{Kind.HOLD:d}` in an f-string, or a parameter"


def numbers_in(text: str) -> list[str]:
    return [" ".join(found.group().split()) for found in COMPARED.finditer(text)]


def texts_of(path: Path) -> list[str]:
    text = path.read_text("utf-8")
    return [text] if path.suffix == ".sql" else [each for _, each in statements(text)]


def test_sql_has_no_numbers_of_kinds() -> None:
    paths = [*ROOT.rglob("*.py"), *(ROOT / "storage" / "sql").rglob("*.sql")]
    assert len(paths) > 100
    assert [
        f"{path.relative_to(ROOT)}: {found}"
        for path in sorted(paths)
        for text in texts_of(path)
        for found in numbers_in(text)
    ] == [], ADVICE


@pytest.mark.parametrize(
    ("sql", "found"),
    [
        ("WHERE t.kind = 3 AND", ["t.kind = 3"]),
        ("WHERE kind IN (2, 3)", ["kind IN (2"]),
        ("WHERE NOT kind BETWEEN 1 AND 2", ["kind BETWEEN 1"]),
        ("kind = ANY ('{3,4}')", ["kind = ANY ('{3"]),
        ("CASE r.kind WHEN 3 THEN 1 END", ["CASE r.kind WHEN 3"]),
        ("WHERE 3 = kind", ["3 = kind"]),
        ("SET status = 2", ["status = 2"]),
        ("WHERE status <> 0", ["status <> 0"]),
        ("WHERE kind = $3 AND $4 = kind AND status = :status AND kind IN (?, ?)", []),
        ("WHERE kind IN (…) AND status = 'active'", []),
        ("WHERE mankind = 3", []),
    ],
)
def test_what_is_a_number_of_a_kind(sql: str, found: list[str]) -> None:
    assert numbers_in(sql) == found
