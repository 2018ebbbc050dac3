"""The reference pages about the database describe what the ledger writes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from stampbook.domain.commands import Accrue, Hold, Redeem
from stampbook.domain.deciding import decide
from stampbook.domain.model import Kind, Transaction
from stampbook.domain.policy import Policy
from stampbook.storage.tables import TABLES
from tests.ledgers.in_memory import empty_book
from tests.storage.building import DAY, NOW

REFERENCE = Path(__file__).parents[2] / "docs" / "reference"
SECOND = 1_000_000


def test_the_example_of_a_state_is_what_the_ledger_writes() -> None:
    book = empty_book(1, Policy(tenant=1, program=1, currency=1, version=1, overdraft=50_00))
    steps = (
        (0, Accrue(100_00, expires_at=NOW + 30 * DAY)),
        (0, Accrue(50_00, activates_at=NOW + DAY, expires_at=NOW + 40 * DAY)),
        (1, Hold(20_00, timeout_s=3_600)),
        (2, Redeem(60_00)),
        (3, Redeem(40_00)),
    )
    for after_s, command in steps:
        assert isinstance(decide(book, command, NOW + after_s * SECOND), Transaction)
    page = (REFERENCE / "state.md").read_text("utf-8")
    written = book.records[-1].state
    assert re.sub(r"\s", "", written) in re.sub(r"\s", "", page)


@pytest.mark.parametrize("table", ["transactions", "lot_rows", "standings"])
def test_every_column_is_described(table: str) -> None:
    page = (REFERENCE / "tables.md").read_text("utf-8")
    named = set(re.findall(r"\w+", " ".join(re.findall(r"`([^`\n]+)`", page))))
    assert set(TABLES[table].columns) - named == set()


def test_the_kinds_have_the_numbers_that_the_page_gives_them() -> None:
    page = (REFERENCE / "tables.md").read_text("utf-8")
    row = next(line for line in page.splitlines() if line.startswith("| `kind` |"))
    words = {int(number): word.strip() for number, word in re.findall(r"(\d+) ([a-z ]+)", row)}
    named = {Kind.ADJUST_CREDIT: "adjust up", Kind.ADJUST_DEBIT: "adjust down"}
    assert words == {int(kind): named.get(kind, kind.wire.replace("_", " ")) for kind in Kind}
