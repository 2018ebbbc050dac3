"""The tests that the page on data out and in names exist, and every row names one."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "contributing" / "coverage-of-data.md"
NAMED = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")


def test_every_promise_names_tests_that_exist() -> None:
    lost, bare = [], []
    promises = PAGE.read_text("utf-8").partition("## What did not hold")[0]
    rows = [
        line for line in promises.splitlines() if line.startswith("| ") and "| tried |" not in line
    ]
    for row in rows:
        named = NAMED.findall(row)
        if not named:
            bare.append(row)
        for file, name in named:
            path = ROOT / file
            source = path.read_text("utf-8") if path.exists() else ""
            if not re.search(rf"^(async )?def {name}\(", source, re.MULTILINE):
                lost.append(f"{file}::{name}")
    assert len(rows) > 40
    assert (lost, bare) == ([], [])
