"""The page that says which tests hold the operations names tests that there are."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "contributing" / "operations.md").read_text("utf-8")
ROWS = [line for line in PAGE.splitlines() if line.startswith("| ") and line != "| what | tests |"]
CELL = re.compile(r"`(tests/[\w/]+\.py)`: ((?:`test_\w+`(?:, )?)+)")


def named_in(row: str) -> list[tuple[str, str]]:
    """Each test of a row: its file and its name."""
    return [
        (file, name) for file, names in CELL.findall(row) for name in re.findall(r"`(\w+)`", names)
    ]


def test_every_row_has_tests_that_there_are() -> None:
    assert len(ROWS) > 40
    missing = []
    for row in ROWS:
        tests = named_in(row)
        # A cell whose form is another would be passed over.
        if not tests or len(tests) != len(re.findall(r"`test_\w+`", row)):
            missing.append(row)
        for file, name in tests:
            path = ROOT / file
            if not path.is_file() or not re.search(rf"def {name}\(", path.read_text("utf-8")):
                missing.append(f"{file}: {name}")
    assert missing == []
