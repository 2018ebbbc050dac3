"""The guards of the domain: a bug raises, at once and before it has been written down."""

from __future__ import annotations

import pytest

from stampbook.domain.audit import blank, replay
from stampbook.domain.book import Book
from stampbook.domain.commands import Accrue, Redeem
from stampbook.domain.deciding import decide
from stampbook.domain.decisions.entry import Entry
from stampbook.domain.decisions.settling import settle
from stampbook.domain.hashing import row_hash
from stampbook.domain.invariants import BrokenInvariant
from stampbook.domain.model import AVAILABLE, EXPIRED, OUTSIDE, OWED, SPENT, Posting, State
from stampbook.domain.policy import Policy
from tests.laws.histories import DAY, PLAIN, START
from tests.ledgers.in_memory import empty_book

POLICY: Policy = PLAIN._replace(currency=1, program=1, tenant=1)


def book_with(*, expires_at: int | None = None) -> Book:
    """An account that earned 10 points and spent 4 of them."""
    book = empty_book(1, POLICY)
    decide(book, Accrue(10, expires_at=expires_at), START)
    decide(book, Redeem(4), START)
    return book


@pytest.mark.parametrize(
    "posting",
    [
        Posting(1, 0, AVAILABLE, SPENT, 2),
        Posting(1, -2, AVAILABLE, SPENT, 2),
        Posting(0, 0, OUTSIDE, OWED, 2),
        Posting(1, 3, AVAILABLE, AVAILABLE),
    ],
)
def test_a_posting_is_positive_and_goes_somewhere(posting: Posting) -> None:
    book = book_with()
    entry = Entry(book)
    before = book.facts()
    with pytest.raises(BrokenInvariant):
        entry.post(posting)
    assert book.facts() == before
    assert entry.postings == []


@pytest.mark.parametrize("target", [AVAILABLE, EXPIRED])
def test_points_never_pass_a_claim_on_their_way_back(target: State) -> None:
    book = book_with()
    lot = book.lots[1]
    entry = Entry(book)
    entry.claim(lot, 3)
    with pytest.raises(BrokenInvariant):
        entry.move(lot, 4, SPENT, target, redemption=2)
    assert lot.spent == 4


def test_settling_that_makes_no_progress_ends() -> None:
    """A key that its lot does not answer for would be settled without end."""
    book = book_with(expires_at=START + DAY)
    book.spendable.add((START + DAY, 1))
    book.spendable.add((START + DAY, 1))
    with pytest.raises(BrokenInvariant):
        settle(book, START + 2 * DAY)
    assert book.seq <= 4


def test_what_was_due_before_the_last_row_is_not_settled_after_it() -> None:
    book = book_with(expires_at=START + DAY)
    book.clock = START + 2 * DAY
    with pytest.raises(BrokenInvariant):
        settle(book, START + 3 * DAY)


def test_verify_names_a_posting_that_is_not_positive() -> None:
    """A row of an earlier release whose hash is right, and whose amounts are not."""
    book = book_with()
    first, second = book.records
    postings = (*second.row.postings, Posting(1, -1, AVAILABLE, SPENT, 2))
    content = second.row._replace(postings=postings)
    wrong = content._replace(hash=row_hash(first.row.hash, content))
    (fault,) = replay(blank(book), [first, second._replace(row=wrong)])
    assert (fault.seq, fault.what) == (2, "a posting is not positive, or goes nowhere")
