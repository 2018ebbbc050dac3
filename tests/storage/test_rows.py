"""What a journal row is stored as is what its hash is of, and is read as it was."""

from __future__ import annotations

import random

from stampbook.domain.deciding import decide
from stampbook.domain.hashing import encode_postings, encode_terms
from stampbook.domain.model import Record, Who
from stampbook.domain.policy import Policy
from stampbook.storage import rows
from stampbook.storage.tables import LOT_ROWS, STANDINGS, TRANSACTIONS
from tests.ledgers.in_memory import empty_book
from tests.storage.building import NOW, random_commands

WHOS = [Who(), Who(api_key_id=7), Who(user_id=3, dialect="altegio", request_id="r-1")]


def random_records() -> list[Record]:
    book = empty_book(2, Policy(tenant=1, program=1, currency=1, version=1))
    for at, command in enumerate(random_commands(book, random.Random(5), 200)):
        book.who = WHOS[at % len(WHOS)]
        decide(book, command, NOW)
    return book.records


def test_a_record_comes_back() -> None:
    records = random_records()
    assert {len(record.row.postings) for record in records} >= {1, 2, 3}
    assert {record.row.who for record in records} == set(WHOS)
    for record in records:
        values = rows.transaction_values(0, record, None)
        named = dict(zip(TRANSACTIONS.columns, values, strict=True))
        row = record.row
        assert named["postings"] == encode_postings(row.postings)
        assert named["terms"] == encode_terms(row.terms)
        assert rows.transaction_of(named) == row
        assert rows.sums_of(named) == record.sums
        assert (named["state"], named["state_seq"]) == (record.state, record.state_seq)


def test_narrow_rows_come_back() -> None:
    lots = standings = 0
    for record in random_records():
        for lot in record.lots:
            values = rows.lot_row_values(1, record.row, lot)
            named = dict(zip(LOT_ROWS.columns, values, strict=True))
            assert (named["lot"], named["closed"]) == lot
            assert (named["account_id"], named["seq"]) == (record.row.account, record.row.seq)
            lots += 1
        for standing in record.standings:
            values = rows.standing_values(1, record.row, standing)
            named = dict(zip(STANDINGS.columns, values, strict=True))
            assert rows.standing_of(named) == standing
            assert (named["account_id"], named["seq"]) == (record.row.account, record.row.seq)
            standings += 1
    assert min(lots, standings) > 20
