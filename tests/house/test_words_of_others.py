"""The ledger, the store and the domain must not know what their movements belong to."""

from __future__ import annotations

from pathlib import Path

import pytest

import stampbook

ROOT = Path(stampbook.__file__).parent
OTHERS_TABLES = {ROOT / "storage" / "migrations", ROOT / "storage" / "schema"}
"""These folders have all tables of the database, including those of visits."""


@pytest.mark.parametrize("folder", ["ledger", "storage", "domain"])
def test_visits_are_not_mentioned(folder: str) -> None:
    sources = [
        source
        for pattern in ("*.py", "*.sql")
        for source in (ROOT / folder).rglob(pattern)
        if OTHERS_TABLES.isdisjoint(source.parents)
    ]
    assert len(sources) > 10
    assert not [
        f"{source.relative_to(ROOT)}:{number}"
        for source in sources
        for number, line in enumerate(source.read_text().splitlines(), 1)
        if "visit" in line.lower()
    ]
