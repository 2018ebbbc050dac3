"""Replay names the first row that is not what the ledger would have written, and says why
(domain/audit.py). Each row here has a right hash, as one with the database's tools can have."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from stampbook.domain.audit import MOST_SHOWN, blank, lacking, replay, replay_row
from stampbook.domain.book import Book
from stampbook.domain.commands import Accrue, Cancel, Command, Hold, Note, Redeem, Release
from stampbook.domain.deciding import decide
from stampbook.domain.hashing import row_hash
from stampbook.domain.model import (
    AVAILABLE,
    EXPIRED,
    HELD,
    OUTSIDE,
    PENDING,
    REVOKED,
    SPENT,
    Kind,
    Posting,
    Record,
    Transaction,
)
from stampbook.domain.policy import Policy, SpentAccrual
from tests.domain.test_loading import give
from tests.exploration.longwalks import Walk
from tests.laws.histories import DAY, PLAIN, START
from tests.ledgers.in_memory import empty_book, reopened

POLICY = PLAIN._replace(currency=1, program=1, tenant=1)
OWING = POLICY._replace(overdraft=100)
CLAMP = POLICY._replace(spent_accrual=SpentAccrual.CLAMP)

MISSING = "row 2 of the journal is missing"
UNSEALED = "its texts are not those that its hash covers"
LATER = "the row refers to a later one"
UNFIT = "the row cannot be applied: AssertionError()"
NOWHERE = "a posting is not positive, or goes nowhere"
NOBODY = "points are spent or held by nobody"
KEPT = "its lots hold another amount than what is in force of it"


def told(policy: Policy, commands: Sequence[Command], step: int = 0) -> Book:
    """An account that took these commands, one every `step` microseconds."""
    book = empty_book(1, policy)
    for at, command in enumerate(commands):
        assert isinstance(decide(book, command, START + at * step), Transaction), command
    return book


def fault_of(book: Book, records: Sequence[Record]) -> str | None:
    """What replay says of these records, of which none but the last has a fault."""
    faults = list(replay(blank(book), records))
    assert all(fault[:2] == (book.number, records[-1].row.seq) for fault in faults), faults
    assert len(faults) < 2
    return faults[0].what if faults else None


def forged(record: Record, head: bytes, **fields: Any) -> Record:
    """The record with another row, whose hash is right."""
    row = record.row._replace(**fields)
    return record._replace(row=row._replace(hash=row_hash(head, row)))


@dataclass(frozen=True)
class Forgery:
    """The last row after some commands, with other fields; `said`: what replay says of it."""

    said: str
    commands: tuple[Command, ...]
    change: Callable[[Transaction], dict[str, Any]]
    policy: Policy = POLICY

    def check(self) -> None:
        book = told(self.policy, self.commands, step=1)
        *before, last = book.records
        assert fault_of(book, book.records) is None
        head = before[-1].row.hash
        assert fault_of(book, [*before, forged(last, head, **self.change(last.row))]) == self.said


def posted(*more: Posting) -> Callable[[Transaction], dict[str, Any]]:
    """Further postings, and the balance that they make."""

    def change(row: Transaction) -> dict[str, Any]:
        effect = sum(
            each.amount * ((each.target is AVAILABLE) - (each.source is AVAILABLE))
            for each in more
            if each.lot
        )
        return {
            "postings": (*row.postings, *more),
            "balance_after": row.balance_after + effect,
        }

    return change


def instead(*postings: Posting, **fields: Any) -> Callable[[Transaction], dict[str, Any]]:
    """Other postings."""
    return lambda row: {"postings": postings, **fields}


def fields(**values: Any) -> Callable[[Transaction], dict[str, Any]]:
    return lambda row: values


SPENDS = (Accrue(10), Redeem(4))
TWICE = (Accrue(10), Redeem(4), Redeem(3), Cancel(2))
NOTED = (Accrue(1), Redeem(1, note=Note(reason="a gift", actor="Ann", metadata='{"a":1}')))
SOON = (Accrue(2, activates_at=START + DAY, expires_at=START + 2 * DAY), Accrue(10), Redeem(4))

FORGERIES = (
    Forgery(MISSING, SPENDS, fields(seq=3)),
    Forgery("balance_before is 9, the row before left 10", SPENDS, fields(balance_before=9)),
    Forgery("balance_before is 11, the row before left 10", SPENDS, fields(balance_before=11)),
    Forgery("balance_after is 7, the postings make it 6", SPENDS, fields(balance_after=7)),
    Forgery("balance_after is 5, the postings make it 6", SPENDS, fields(balance_after=5)),
    Forgery("the row is older than its predecessor", SPENDS, fields(recorded_at=START - 1)),
    Forgery(LATER, SPENDS, fields(target=-1)),
    Forgery(LATER, SPENDS, fields(target=2)),
    Forgery(LATER, SPENDS, fields(target=3)),
    Forgery(LATER, SPENDS, fields(root=0)),
    Forgery(LATER, SPENDS, fields(root=-1)),
    Forgery(LATER, SPENDS, fields(root=3)),
    Forgery(NOWHERE, SPENDS, posted(Posting(1, 0, AVAILABLE, SPENT, 2))),
    Forgery(NOWHERE, SPENDS, posted(Posting(1, 1, SPENT, SPENT, 2))),
    # -- texts ---------------------------------------------------------------------------
    Forgery(UNSEALED, NOTED, fields(reason="a theft")),
    Forgery(UNSEALED, NOTED, fields(actor=None)),
    Forgery(UNSEALED, NOTED, fields(metadata="{}")),
    Forgery(UNSEALED, SPENDS, fields(reason="written afterwards")),
    Forgery(UNSEALED, NOTED, lambda row: {"seal": row.seal and row.seal._replace(salt=None)}),
    # -- laws 1 and 2 --------------------------------------------------------------------
    Forgery("the states of lot 1 do not add up", SPENDS, posted(Posting(1, 7, AVAILABLE, EXPIRED))),
    Forgery("the states of lot 1 do not add up", SPENDS, posted(Posting(1, 1, PENDING, AVAILABLE))),
    Forgery("the states of lot 1 do not add up", SPENDS, posted(Posting(1, 1, REVOKED, EXPIRED))),
    Forgery(
        "the allocation of transaction 2 is negative",
        TWICE,
        posted(Posting(1, 1, SPENT, AVAILABLE, 2)),
    ),
    Forgery(
        "there is a deficit although points are available",
        (Redeem(7), Accrue(10)),
        instead(Posting(1, 10, OUTSIDE, AVAILABLE), balance_after=3),
        OWING,
    ),
    Forgery(NOBODY, SPENDS, posted(Posting(1, 1, AVAILABLE, SPENT))),
    Forgery(NOBODY, SPENDS, posted(Posting(1, 1, AVAILABLE, HELD))),
    Forgery(NOBODY, SPENDS, posted(Posting(1, 1, SPENT, REVOKED))),
    Forgery(NOBODY, (Accrue(10), Hold(4), Redeem(3)), posted(Posting(1, 1, HELD, EXPIRED))),
    Forgery(
        "the allocation of transaction 2 is not what is in force of it",
        SPENDS,
        posted(Posting(1, 1, AVAILABLE, SPENT, 2)),
    ),
    Forgery(
        "the allocation of transaction 2 is not what is in force of it",
        SPENDS,
        instead(Posting(1, 3, AVAILABLE, SPENT, 2), balance_after=7),
    ),
    Forgery(
        "the allocation of transaction 2 is not what is in force of it",
        (Accrue(10), Redeem(4), Redeem(3)),
        posted(Posting(1, 1, AVAILABLE, SPENT, 2)),
    ),
    Forgery(
        "the allocation of transaction 2 is not what is in force of it", TWICE, fields(amount=3)
    ),
    Forgery(KEPT, SPENDS, posted(Posting(1, 1, AVAILABLE, REVOKED))),
    Forgery(KEPT, SOON, posted(Posting(1, 1, PENDING, REVOKED))),
    Forgery(KEPT, (Accrue(10), Cancel(1, 4)), fields(amount=3)),
    Forgery(KEPT, (Accrue(10), Cancel(1, 4)), fields(amount=5)),
    Forgery(KEPT, (Accrue(10), Redeem(9), Cancel(1, 4)), fields(amount=5), CLAMP),
    Forgery(
        "a released accrual has points",
        (Accrue(10, temporary=True), Release(1)),
        instead(Posting(1, 9, PENDING, REVOKED)),
    ),
    # -- what is not there ---------------------------------------------------------------
    Forgery(UNFIT, SPENDS, posted(Posting(1, 1, AVAILABLE, SPENT, 7))),
    Forgery(UNFIT, (Accrue(10), Redeem(4), Cancel(2)), fields(kind=Kind.COMMIT, root=3, target=0)),
)


@pytest.mark.parametrize("forgery", FORGERIES, ids=range(len(FORGERIES)))
def test_a_forged_row_is_named_with_its_fault(forgery: Forgery) -> None:
    forgery.check()


def test_a_row_of_another_account_or_with_another_hash_does_not_follow() -> None:
    book = told(POLICY, SPENDS)
    first, second = book.records
    twin = told(POLICY, SPENDS)
    twin.number = 2
    assert replay_row(blank(twin), first.row) == "row 1 of the journal is missing"
    wrong = second._replace(row=second.row._replace(hash=first.row.hash))
    said = "the hash does not cover the row and its predecessor"
    assert fault_of(book, [first, wrong]) == said


def test_erased_texts_are_no_fault() -> None:
    book = told(POLICY, NOTED)
    first, second = book.records
    seal = second.row.seal
    assert seal is not None
    erased = second.row._replace(
        reason=None, actor=None, metadata=None, seal=seal._replace(salt=None)
    )
    assert fault_of(book, [first, second._replace(row=erased)]) is None


def test_what_is_stored_beside_a_row_is_compared_with_it() -> None:
    """Of each value that differs both are said, shortened."""
    long: list[Command] = [*(Accrue(n) for n in range(1, 9)), Redeem(36)]
    book = told(POLICY, long)
    *before, last = book.records
    long_text = repr(last.state)
    assert len(last.lots) > 1
    assert len(long_text) < MOST_SHOWN
    sums, lots = last.sums._replace(spent=35), last.lots[:1]
    for name, wrong, what in (
        ("sums", last._replace(sums=sums), (tuple(sums), tuple(last.sums))),
        ("state_seq", last._replace(state_seq=8), (8, last.state_seq)),
        ("state", last._replace(state="[]"), ("[]", last.state)),
    ):
        said = f"its {name} is {what[0]!r}, the journal says {what[1]!r}"
        assert fault_of(book, [*before, wrong]) == said
    found = fault_of(book, [*before, last._replace(lots=lots)])
    assert found is not None
    assert found.startswith("its lots is (LotRow(lot=1, ")
    for length, shown in ((MOST_SHOWN - 2, "'"), (MOST_SHOWN - 1, "x…")):
        text = "x" * length
        found = fault_of(book, [*before, last._replace(state=text)])
        is_said = found.partition(",")[0].removeprefix("its state is ") if found else ""
        assert is_said == repr(text)[: MOST_SHOWN - 1] + shown
    assert MOST_SHOWN == 200


LIVES = 12
STEPS = 30


def test_what_a_row_needs_is_asked_for_before_it_is_replayed() -> None:
    """On a book that knows only what is open; with that, it makes the same record."""
    asked = 0
    for seed in range(LIVES):
        walk = Walk(seed)
        for _ in range(STEPS):
            walk.advance()
        known = blank(walk.played.book)
        for kept in walk.played.book.records:
            opened = reopened(known)
            while (lack := lacking(opened, kept.row)) is not None:
                asked += 1
                assert lack.rows <= set(known.rows).difference(opened.rows)
                assert lack.lots <= set(known.lots).difference(opened.lots)
                assert lack.redemptions <= known.redemptions.keys() - opened.redemptions.keys()
                give(opened, known, lack)
            assert replay_row(opened, kept.row) == kept
            assert replay_row(known, kept.row) == kept
            known.records.append(kept)
    assert asked > 50


def test_what_the_journal_does_not_have_is_not_asked_for() -> None:
    """Rows that are not before the one that refers to them: replay says that they are missing."""
    book = told(POLICY, SPENDS)
    row = book.rows[2]
    for forged in (
        row._replace(target=-1),
        row._replace(target=9),
        row._replace(root=9),
        row._replace(postings=(Posting(1, 1, AVAILABLE, SPENT, -3),)),
        row._replace(postings=(Posting(1, 1, AVAILABLE, SPENT, 9),)),
    ):
        opened = told(POLICY, SPENDS[:1])
        assert lacking(opened, forged) is None, forged


def needed(book: Book, row: Transaction) -> tuple[set[int], set[int], set[int]]:
    """Rows, lots and redemptions."""
    lack = lacking(book, row)
    assert lack is not None
    return set(lack.rows), set(lack.lots), set(lack.redemptions)


def test_a_row_needs_what_its_cancel_gives_back() -> None:
    """Closed lots, and the allocation that they paid for, even that of the first row."""
    book = told(POLICY, (Accrue(5), Accrue(6), Redeem(11)))
    opened = reopened(book)
    cancel = decide(book, Cancel(3), START)
    assert isinstance(cancel, Transaction)
    assert needed(opened, cancel) == ({3}, {1, 2}, {3})
    opened.rows[3] = book.rows[3]
    opened.redemptions[3] = book.redemptions[3]
    assert needed(opened, cancel) == (set(), {1, 2}, set())
    debt = told(OWING, (Redeem(5), Accrue(5)))
    opened = reopened(debt)
    cancel = decide(debt, Cancel(1), START)
    assert isinstance(cancel, Transaction)
    assert needed(opened, cancel) == ({1}, {1}, {1})
