"""The bytes that a row's hash covers, written here a second time without any memory."""

from __future__ import annotations

import json
import os
from hashlib import sha256
from itertools import product
from typing import Any

import pytest

from stampbook.domain.commands import Accrue, Note
from stampbook.domain.deciding import decide
from stampbook.domain.hashing import GENESIS, SALT_BYTES, SALTS_AT_ONCE, seal_of
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


def salt() -> bytes:
    seal = seal_of("a reason", None, None)
    assert seal is not None
    assert seal.salt is not None
    return seal.salt


def test_every_row_has_a_salt_of_its_own() -> None:
    found = {salt() for _ in range(3 * SALTS_AT_ONCE)}
    assert len(found) == 3 * SALTS_AT_ONCE
    assert {len(each) for each in found} == {SALT_BYTES}


def test_a_forked_process_has_other_salts() -> None:
    """It begins without those that its parent has asked for and not used yet."""
    salt()
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        os.write(writing, b"".join(salt() for _ in range(SALTS_AT_ONCE)))
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        theirs = pipe.read()
    os.waitpid(child, 0)
    assert len(theirs) == SALTS_AT_ONCE * SALT_BYTES
    ours = {salt() for _ in range(SALTS_AT_ONCE)}
    assert ours.isdisjoint(theirs[at : at + SALT_BYTES] for at in range(0, len(theirs), SALT_BYTES))
