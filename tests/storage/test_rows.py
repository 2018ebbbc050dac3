"""What a journal row is stored as is what its hash is of."""

from __future__ import annotations

import random

from stampbook.domain.deciding import decide
from stampbook.domain.hashing import encode_postings, encode_terms
from stampbook.domain.policy import Policy
from stampbook.storage.rows import row_of, row_values
from tests.ledgers.in_memory import empty_book
from tests.storage.building import NOW, random_commands


def test_postings_and_terms_are_stored_as_they_are_hashed() -> None:
    book = empty_book(2, Policy(tenant=1, program=1, currency=1, version=1))
    for command in random_commands(book, random.Random(5), 200):
        decide(book, command, NOW)
    rows = [*book.rows.values()]
    assert {len(row.postings) for row in rows} >= {1, 2, 3}
    for row in rows:
        values = row_values(row)
        assert values[21:23] == (encode_postings(row.postings), encode_terms(row.terms))
        assert row_of(values) == row
