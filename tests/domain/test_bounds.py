"""What decisions do exactly at their bounds: one less, or one more, and the answer is another.

Faults in a bound are those that other tests notice least; `make mutants` finds them.
"""

from __future__ import annotations

import pytest

from stampbook.domain.book import Book
from stampbook.domain.commands import (
    NO_NOTE,
    Accrue,
    Activate,
    Cancel,
    Command,
    Commit,
    Expire,
    Hold,
    Redeem,
    Release,
)
from stampbook.domain.deciding import decide
from stampbook.domain.decisions.accruing import MAX_ISSUED
from stampbook.domain.decisions.settling import settle
from stampbook.domain.decisions.transferring import Legs, decide_transfer
from stampbook.domain.facts import Unloaded
from stampbook.domain.model import MAX_AMOUNT, Kind, Transaction
from stampbook.domain.policy import Policy
from stampbook.domain.refusals import Code, Refusal
from tests.laws.histories import DAY, PLAIN, START
from tests.ledgers.in_memory import audit, empty_book, reopened

POLICY: Policy = PLAIN._replace(currency=1, program=1, tenant=1)


def book_after(*commands: Command, policy: Policy = POLICY) -> Book:
    """An account that took these commands, all at one instant."""
    book = empty_book(1, policy)
    for command in commands:
        made = decide(book, command, START)
        assert isinstance(made, Transaction), (command, made)
    return book


def code_of(book: Book, command: Command, now: int = START) -> Code:
    """Why the command is refused. Nothing has changed."""
    before = book.facts(), book.seq, [list(lot.split) for lot in book.lots.values()]
    refusal = decide(book, command, now)
    assert isinstance(refusal, Refusal), (command, refusal)
    assert before == (book.facts(), book.seq, [list(lot.split) for lot in book.lots.values()])
    return refusal.code


@pytest.mark.parametrize("lot", [-1, 0, 3])
def test_what_names_a_lot_names_one_that_exists(lot: int) -> None:
    book = book_after(Accrue(10), Accrue(20))
    assert code_of(book, Accrue(1, kind=Kind.REINSTATE, reinstates=lot)) is Code.NOT_FOUND
    assert code_of(book, Expire(1, lots=(lot,))) is Code.NOT_FOUND
    assert code_of(book, Expire(1, lots=(1, lot))) is Code.NOT_FOUND


@pytest.mark.parametrize("row", [-1, 0, 3])
def test_what_names_a_row_names_one_that_exists(row: int) -> None:
    book = book_after(Accrue(10), Hold(5))
    for command in (Cancel(row), Commit(row), Release(row), Activate(row), Expire(row)):
        assert code_of(book, command) is Code.NOT_FOUND


@pytest.mark.parametrize("lots", [(1,), (2,), (3,), (1, 3), (3, 2)])
def test_lots_that_are_named_expire_and_no_others(lots: tuple[int, ...]) -> None:
    book = book_after(Accrue(10), Accrue(20), Accrue(40), Redeem(3))
    left = {1: 7, 2: 20, 3: 40}
    made = decide(book, Expire(4, lots=lots), START)
    assert isinstance(made, Transaction)
    assert made.amount == sum(left[lot] for lot in lots)
    assert made.effect == -made.amount
    assert {seq: lot.available for seq, lot in book.lots.items()} == {
        seq: 0 if seq in lots else points for seq, points in left.items()
    }
    audit(book)


def test_what_is_no_accrual_expires_only_by_its_lots() -> None:
    book = book_after(Accrue(10), Redeem(3), Cancel(2))
    for target in (2, 3):
        assert code_of(book, Expire(target)) is Code.NOT_FOUND
    made = decide(book, Expire(3, lots=(1,)), START)
    assert isinstance(made, Transaction)
    assert (made.target, made.amount) == (3, 10)


def test_an_accrual_expires_by_the_number_of_its_commit() -> None:
    book = book_after(Accrue(10, temporary=True), Commit(1))
    made = decide(book, Expire(2), START)
    assert isinstance(made, Transaction)
    assert (made.target, made.amount) == (1, 10)


def test_every_lot_that_expired_can_be_reinstated() -> None:
    for lot in (1, 2):
        book = book_after(Accrue(10, expires_at=START + 1), Accrue(20, expires_at=START + 1))
        command = Accrue(5, kind=Kind.REINSTATE, reinstates=lot)
        made = decide(book, command, START + DAY)
        assert isinstance(made, Transaction)
        assert made.target == lot
        audit(book)


def test_an_account_issues_exactly_what_fits() -> None:
    fits = MAX_ISSUED // MAX_AMOUNT
    book = book_after(*[Accrue(MAX_AMOUNT)] * (fits - 1), Accrue(MAX_AMOUNT - 1))
    assert code_of(book, Accrue(2)) is Code.ACCOUNT_FULL
    assert isinstance(decide(book, Accrue(1), START), Transaction)
    assert code_of(book, Accrue(1)) is Code.ACCOUNT_FULL


def test_an_expiry_lies_after_the_activation() -> None:
    at = START + DAY
    for ends in (at - 1, at):
        command = Accrue(1, activates_at=at, expires_at=ends)
        assert code_of(book_after(), command) is Code.INVALID_REQUEST
    book_after(Accrue(1, activates_at=at, expires_at=at + 1))


def test_deadlines_that_are_due_are_loaded_together() -> None:
    book = book_after(Accrue(10), *(Hold(1, timeout_s=n) for n in (60, 61, 61, 62)))
    opened = reopened(book)
    with pytest.raises(Unloaded) as raised:
        settle(opened, START + 61_000_000)
    assert raised.value.rows == {2, 3, 4}
    opened.rows[3] = book.rows[3]
    with pytest.raises(Unloaded) as raised:
        settle(opened, START + 61_000_000)
    assert raised.value.rows == {2, 4}


def test_rows_say_whether_the_clock_has_made_them() -> None:
    book = book_after(
        Accrue(10),
        Hold(1, timeout_s=1),
        Hold(1),
        Accrue(5, activates_at=START + DAY, expires_at=START + 2 * DAY),
        Release(3),
        Expire(1),
    )
    settle(book, START + 3 * DAY)
    assert [row.kind.wire for row in book.rows.values() if row.by_clock] == [
        "release",
        "activate",
        "expire",
    ]
    assert [row.kind.wire for row in book.rows.values() if not row.by_clock][-2:] == [
        "release",
        "expire",
    ]
    audit(book)


@pytest.mark.parametrize(("tenant", "program"), [(1, 2), (2, 1), (2, 2)])
def test_points_stay_within_their_program(tenant: int, program: int) -> None:
    policy = POLICY._replace(tenant=tenant, program=program)
    here, there = book_after(Accrue(10)), empty_book(2, policy)
    refusal = decide_transfer(here, there, 1, NO_NOTE, START)
    assert isinstance(refusal, Refusal)
    assert refusal.code is Code.NOT_FOUND
    assert isinstance(decide_transfer(here, empty_book(3, POLICY), 1, NO_NOTE, START), Legs)


def test_a_chain_of_cancels_counts_its_links() -> None:
    book = book_after(Accrue(10), Cancel(1), Cancel(2), Cancel(3))
    rows = book.rows.values()
    assert [(row.link, row.target, row.root) for row in rows] == [
        (0, 0, 1),
        (1, 1, 1),
        (2, 2, 1),
        (3, 3, 1),
    ]


@pytest.mark.parametrize("amount", [-MAX_AMOUNT, -1, 0, MAX_AMOUNT + 1])
def test_amounts_are_positive_and_not_too_large(amount: int) -> None:
    book = book_after(Accrue(10), Hold(5))
    for command in (
        Accrue(amount),
        Redeem(amount),
        Hold(amount),
        Commit(2, amount),
        Cancel(1, amount),
    ):
        assert code_of(book, command) is Code.INVALID_REQUEST
    refusal = decide_transfer(book, empty_book(2, POLICY), amount, NO_NOTE, START)
    assert isinstance(refusal, Refusal)
    assert refusal.code is Code.INVALID_REQUEST


def test_what_happens_now_has_not_yet_to_happen() -> None:
    for at, refused in ((START - 1, False), (START, False), (START + 1, True)):
        made = decide(book_after(), Accrue(1, note=NO_NOTE._replace(effective_at=at)), START)
        assert isinstance(made, Refusal) == refused
