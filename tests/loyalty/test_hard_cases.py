"""Which hard case is tested where: a test names its cases in its own name or in its docstring."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

FOLDER = Path(__file__).parent

FOLDERS = (FOLDER, FOLDER.parent / "http" / "altegio" / "programs")
"""Packages and referrals are of visits."""

CASES = frozenset(range(1, 42))

NAMED = re.compile(r"^test_(?:hard_)?(?:case_)?(\d+)_")
DESCRIBED = re.compile(r"\b[Hh]ard case (\d+)")


def cases() -> Iterator[int]:
    """The numbers of the cases that tests name."""
    for path in (path for folder in FOLDERS for path in folder.rglob("test_*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                continue
            if node.name.startswith("test_"):
                yield from map(int, NAMED.findall(node.name))
                yield from map(int, DESCRIBED.findall(ast.get_docstring(node) or ""))


def test_every_hard_case_is_tested() -> None:
    assert CASES - set(cases()) == set()
