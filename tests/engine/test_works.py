"""What the engine judges of a request without its account's store: whether deciding it takes long,
what one decision may ask for, and when the lots that it touched expire (ledger/work.py)."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from stampbook.domain.book import Book
from stampbook.domain.commands import Accrue, Cancel, Command, Hold, Redeem
from stampbook.domain.deciding import decide
from stampbook.domain.facts import Unloaded
from stampbook.domain.invariants import BrokenInvariant
from stampbook.domain.model import FOREVER, Kind, Transaction, transaction_number
from stampbook.domain.policy import ExpiryRule, ExpiryType, Period, Policy, Unit
from stampbook.domain.recording import is_whole
from stampbook.ledger.outcomes import SLIDES
from stampbook.ledger.submission import Submission
from stampbook.ledger.work import MANY, MAX_ASKED, Lacks, expiries_of, takes_long
from stampbook.pacing import LARGE
from tests.laws.histories import DAY, PLAIN, START
from tests.ledgers.in_memory import empty_book

OWING = PLAIN._replace(overdraft=10 * LARGE)
SLIDING = PLAIN._replace(expiry=ExpiryRule(ExpiryType.SLIDING, Period(30, Unit.DAY)))
ONE = Submission(1, 1, (Accrue(1),))
"""A command that by itself takes no longer when much is open."""


def after(policy: Policy, *commands: Command) -> Book:
    book = empty_book(1, policy)
    for command in commands:
        assert isinstance(decide(book, command, START), Transaction)
    while is_whole(book, book.seq + 2):
        decide(book, Accrue(1), START)
    return book


def plan(book: Book, now: int) -> Sequence[Command]:
    return ()


THROUGH_ALL = (
    ONE._replace(dry_run=True),
    ONE._replace(commands=(), planner=plan),
    ONE._replace(commands=(Accrue(1),), planner=plan),
    ONE._replace(commands=()),
    ONE._replace(commands=(Accrue(1), Accrue(1))),
)
"""Requests that go through all that is open."""


def test_what_goes_through_all_that_is_open_takes_long_where_that_is_much() -> None:
    much = after(PLAIN, *[Accrue(1)] * (LARGE + 1))
    little = after(PLAIN, *[Accrue(1)] * 10)
    assert not takes_long(much, ONE, START)
    assert all(takes_long(much, each, START) for each in THROUGH_ALL)
    assert not any(takes_long(little, each, START) for each in THROUGH_ALL)


def test_an_account_is_large_from_a_thousand_lots_on() -> None:
    book = after(PLAIN, *[Accrue(1)] * (LARGE - 2))
    assert len(book.lots) < LARGE
    found = {}
    while len(book.lots) <= LARGE + 1:
        found[len(book.lots)] = takes_long(book, ONE._replace(dry_run=True), START)
        decide(book, Accrue(1), START)
    assert found == {n: n > LARGE for n in found}
    assert {LARGE, LARGE + 1} <= found.keys()


def test_what_is_closed_or_owed_counts_when_it_is_much() -> None:
    spent = after(PLAIN, *[Accrue(1)] * LARGE, Redeem(LARGE), Accrue(1), Accrue(1))
    assert len(spent.lots) - len(spent.open_lots) == LARGE
    assert not takes_long(spent, ONE, START)
    decide(spent, Redeem(1), START)
    assert takes_long(spent, ONE, START)
    owing = after(OWING, *[Redeem(1)] * LARGE)
    assert not takes_long(owing, ONE._replace(dry_run=True), START)
    decide(owing, Redeem(1), START)
    assert takes_long(owing, ONE, START)


def test_what_is_due_or_slides_or_is_written_whole_takes_long() -> None:
    lots: list[Command] = [Accrue(1)] * (LARGE + 1)
    due = after(PLAIN, Accrue(1, expires_at=START + DAY), *lots)
    assert [takes_long(due, ONE, START + DAY + n) for n in (-1, 0, 1)] == [False, True, True]
    assert takes_long(after(SLIDING, *lots), ONE, START)
    book = after(PLAIN, *lots)
    judged = []
    for _ in range(LARGE // 2):
        judged.append((takes_long(book, ONE, START), is_whole(book, book.seq + 2)))
        decide(book, Accrue(1), START)
    assert all(is_long == whole for is_long, whole in judged)
    assert {True, False} == {whole for _, whole in judged}


@pytest.mark.parametrize("command", [Redeem, Hold])
def test_spending_takes_long_when_it_moves_many_lots(command: type[Redeem] | type[Hold]) -> None:
    book = after(PLAIN, *[Accrue(2)] * (LARGE + 1))
    for amount, is_long in ((2 * MANY, False), (2 * MANY + 1, True)):
        assert takes_long(book, ONE._replace(commands=(command(amount),)), START) is is_long
    # More than there is, on few lots that can be spent: the others wait for their day.
    waits = Accrue(1, activates_at=START + DAY)
    for count in (MANY, MANY + 1):
        book = after(PLAIN, *[waits] * (LARGE + 1))
        while len(book.spendable.keys) < count:
            decide(book, Accrue(1), START)
        book.state_seq = book.seq
        refused = ONE._replace(commands=(command(10 * LARGE),))
        assert takes_long(book, refused, START) is (count > MANY)


def test_what_was_asked_for_again_and_again_is_not_there() -> None:
    lacks, lack = Lacks(), Unloaded(rows=frozenset((3,)))
    for round_of in range(2):
        for _ in range(MAX_ASKED):
            lacks.note(1, lack)
            lacks.note(2, lack)
            lacks.note(1, Unloaded(lots=frozenset((3 + round_of,))))
        with pytest.raises(BrokenInvariant, match="account 1 lacks"):
            lacks.note(1, lack)
        lacks.forget()
    assert MAX_ASKED == 3


def test_expiries_are_named_by_the_numbers_of_lots() -> None:
    book = empty_book(5, SLIDING)
    soon, later = START + 9, START + DAY
    for command in (Accrue(3), Accrue(4, activates_at=later), Accrue(2, expires_at=soon)):
        assert isinstance(decide(book, command, START), Transaction)
    plain = empty_book(6, PLAIN)
    decide(plain, Accrue(1), START)
    decide(plain, Redeem(1), START)
    found = expiries_of(book, book.new_rows) | expiries_of(plain, plain.new_rows)
    lots = [(5, 1, SLIDES), (5, 2, SLIDES), (5, 3, soon), (6, 1, FOREVER)]
    assert found == {transaction_number(account=n, seq=lot): at for n, lot, at in lots}
    assert expiries_of(book, book.new_rows[:1]) == {transaction_number(account=5, seq=1): SLIDES}


def test_a_cancel_takes_long_by_what_its_chain_moves() -> None:
    """What it gives back by the row that it cancels, or by what the original still has."""
    many = MANY + 2
    book = after(PLAIN, *[Accrue(1)] * (LARGE + 1), Redeem(many), Redeem(1))
    spent = [row.seq for row in book.rows.values() if row.kind is Kind.REDEEM]

    def is_long(command: Command) -> bool:
        book.state_seq = book.seq
        return takes_long(book, ONE._replace(commands=(command,)), START)

    def cancelled(seq: int, amount: int | None = None) -> int:
        cancel = decide(book, Cancel(seq, amount), START)
        assert isinstance(cancel, Transaction)
        return cancel.seq

    assert [is_long(Cancel(seq)) for seq in spent] == [True, False]
    few = cancelled(spent[0], 1)
    assert is_long(Cancel(few))
    cancelled(few)
    part = cancelled(spent[0], 2)
    assert len(book.redemptions[spent[0]].parts) == MANY
    assert not is_long(Cancel(part))
    rest = cancelled(spent[0])
    assert book.redemptions[spent[0]].parts == {}
    assert not is_long(Cancel(rest))
    cancelled(part)
    cancelled(rest)
    whole = cancelled(spent[0])
    assert is_long(Cancel(whole))
    assert not is_long(Cancel(few))
