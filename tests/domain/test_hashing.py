"""The bytes that a row's hash covers, written here a second time without any memory."""

from __future__ import annotations

import json
from hashlib import sha256
from itertools import product
from typing import Any

import pytest

from stampbook.domain.commands import Accrue, Note
from stampbook.domain.deciding import decide
from stampbook.domain.hashing import GENESIS
from stampbook.domain.model import Transaction, Who
from stampbook.domain.policy import Policy
from tests.ledgers.in_memory import empty_book

CALLERS = [
    Who(*fields) for fields in product((None, 0, 7), (None, 3), (None, "native"), (None, "r-1"))
]


def text(value: object) -> str:
    return "-" if value is None else f"{len(str(value))}:{value}"


def written(row: Transaction) -> str:
    values: list[Any] = list(row)
    numbers = [int(each) for each in values[: Transaction._fields.index("external_id")]]
    known = [
        f"{name}={text(value)}" for name, value in row.who._asdict().items() if value is not None
    ]
    postings = [list(map(int, posting)) for posting in row.postings]
    terms = [
        [lot, activates_at, expires_at, sliding + 2 * grace + 4 * locked]
        for lot, activates_at, expires_at, sliding, grace, locked in row.terms
    ]
    return "|".join(
        (
            ",".join(map(str, numbers)),
            text(row.external_id),
            text(row.subject),
            ";".join(known) or "-",
            row.seal.digest.hex() if row.seal else "-",
            json.dumps(postings, separators=(",", ":")),
            json.dumps(terms, separators=(",", ":")),
        )
    )


@pytest.mark.parametrize("note", [Note(), Note(external_id="e-1", reason="a", subject="visit:1")])
def test_a_hash_covers_who_asked(note: Note) -> None:
    """Each caller twice, among others: what is remembered of a caller changes nothing."""
    book = empty_book(2, Policy(tenant=1, program=1, currency=1, version=1))
    previous = GENESIS
    for at, who in enumerate([*CALLERS, *reversed(CALLERS)]):
        book.who = who
        row = decide(book, Accrue(at + 1, note=note), 1_000)
        assert isinstance(row, Transaction)
        assert row.who == who
        assert row.hash == sha256(previous + written(row).encode()).digest()
        previous = row.hash
