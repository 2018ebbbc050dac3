"""The tests that docs/contributing/coverage-of-console.md names are there."""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]

PAGE = ROOT / "docs/contributing/coverage-of-console.md"

NAMED = re.compile(r"`([a-z_/]+\.py)::(\w+)`")


def test_every_test_that_is_named_exists() -> None:
    named = NAMED.findall(PAGE.read_text("utf-8"))
    assert len(named) > 50
    missing = []
    for path, function in named:
        file = ROOT / "tests" / path
        tree = ast.parse(file.read_text("utf-8")) if file.is_file() else ast.Module([], [])
        names = {
            each.name
            for each in tree.body
            if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef)
        }
        if function not in names:
            missing.append(f"{path}::{function}")
    assert missing == []


def test_every_row_of_a_promise_names_a_test() -> None:
    rows = [line for line in PAGE.read_text("utf-8").splitlines() if line.startswith("| ")]
    bare = [line for line in rows if not NAMED.search(line)]
    assert {line.strip("| ").rpartition(" | ")[2] for line in bare} == {"shown by"}
