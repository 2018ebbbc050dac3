"""What has passed from a merged account to the one that took over (domain.decisions.merging).

It is found by the subject of its rows, which names the two accounts.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Final, NamedTuple

from stampbook.domain.book import Book
from stampbook.domain.commands import Note
from stampbook.domain.facts import Unloaded
from stampbook.domain.model import (
    AVAILABLE,
    CLAIMED,
    DEBITS,
    PASSAGE,
    PENDING,
    SPENT,
    Kind,
    Lot,
    Redemption,
    Transaction,
    split_number,
)

MOVING: Final = (AVAILABLE, PENDING)

STATES: Final = (PENDING, AVAILABLE, SPENT)

MERGED: Final = Note(reason="merged")


def is_passing(row: Transaction) -> bool:
    """Whether the row belongs to a passage, and is nobody's act of its own."""
    return row.subject is not None and row.subject.startswith(PASSAGE)


def leaves(row: Transaction, account: int) -> bool:
    """Whether the row belongs to the passage that begins at that account."""
    return row.subject is not None and row.subject.startswith(f"{PASSAGE}{account}>")


def is_of_one_unit(row: Transaction, other: Transaction) -> bool:
    """Whether both passing rows of one account, between which there are no others, were written by
    one request."""
    same_instant = row.recorded_at == other.recorded_at
    return is_passing(row) and same_instant and row.who == other.who


def acts_first(rows: Iterable[Transaction]) -> list[Transaction]:
    """The rows of acts, then those that passed points on because of them."""
    return sorted(rows, key=is_passing)


class Passage(NamedTuple):
    """The way from a merged account to the one that took over, at the instant `now`.

    Both books are settled, and have all movements of `subject`. The rows say why they were made:
    `because`.
    """

    source: Book
    receiver: Book
    now: int
    because: Note = MERGED

    @property
    def subject(self) -> str:
        return subject_of(self.source.number, self.receiver.number)

    @property
    def note(self) -> Note:
        why = self.because
        return Note(reason=why.reason, actor=why.actor, subject=self.subject)


def subject_of(source: int, receiver: int) -> str:
    """The subject of the rows between two accounts."""
    return f"{PASSAGE}{source}>{receiver}"


class Part(NamedTuple):
    """Points of one lot that passed over, and the lot that they became."""

    lot: Lot
    arrived: Lot


class Gone(NamedTuple):
    """Points that passed over in one transfer, the part that is in force."""

    row: Transaction
    arrived: Transaction
    redemption: Redemption
    parts: list[Part]


class Owed(NamedTuple):
    """A debt that passed over: points lent to the old account, which the other one owes or paid."""

    row: Transaction
    lot: Lot
    paid: Transaction
    lots: list[Lot]


class Claim(NamedTuple):
    """A claim that passed over: the cancels of both ends of a transfer that did it."""

    row: Transaction
    lot: Lot
    redemption: Redemption
    arrived: Transaction
    there: Lot


class Passed(NamedTuple):
    """All that has passed over and is in force."""

    gone: list[Gone]
    owed: list[Owed]
    claims: list[Claim]


class Lacking(Exception):
    """The book lacks facts about a passage: `lack` says which. Nothing has changed."""

    def __init__(self, book: Book, lack: Unloaded) -> None:
        super().__init__(book.number)
        self.book = book
        self.lack = lack


class Apart(Exception):
    """The books were read at different instants: one has a passing row whose other end is not in
    the other. Nothing has changed."""


# -- what has passed over ------------------------------------------------------------------


def passed(passage: Passage) -> Passed:
    """What has passed over and is in force. Raises Lacking, Apart."""
    source, receiver = passage.source, passage.receiver
    with facts_of(source):
        rows = _in_force(passage)
        debits = {row.seq: source.redemption(row.seq) for row in rows if row.kind in DEBITS}
        lots = {
            number: source.lot(number)
            for row in rows
            for number in (*lots_moved(row), *(terms.lot for terms in row.terms))
        }
        originals = {row.root: source.row(row.root) for row in rows if row.kind is Kind.CANCEL}
        debits |= {seq: source.redemption(seq) for seq in originals}
    with facts_of(receiver):
        peers: dict[int, Transaction] = {}
        for row in rows:
            peer = receiver.row(split_number(row.peer)[1])
            if peer is None:
                raise Apart
            peers[row.seq] = peer
        for each in peers.values():
            receiver.movement(each.seq)
            receiver.movement(each.root)
        there = {seq: _other_end(receiver, row) for seq, row in peers.items()}
    found = Passed([], [], [])
    for row in rows:
        peer, others = peers[row.seq], there[row.seq]
        if row.kind is Kind.TRANSFER_OUT:
            parts = [
                Part(lots[number], arrived)
                for number, arrived in zip(lots_moved(row), others, strict=True)
            ]
            found.gone.append(Gone(row, peer, debits[row.seq], parts))
        elif row.kind is Kind.TRANSFER_IN:
            found.owed.append(Owed(row, lots[row.terms[0].lot], peer, others))
        else:
            (number,), (lot,) = dict.fromkeys(lots_moved(row)), others
            found.claims.append(Claim(row, lots[number], debits[row.root], peer, lot))
    return found


def _in_force(passage: Passage) -> list[Transaction]:
    """The passage's rows in the old account that are in force. Raises Unloaded."""
    book, subject = passage.source, passage.subject
    rows = [row for _, row in sorted(book.rows.items()) if row.subject == subject]
    return [
        row
        for row in rows
        if (row.kind is not Kind.CANCEL or (row.shortfall and row.link == 1))
        and book.movement(row.seq).remaining
    ]


def lots_moved(row: Transaction) -> list[int]:
    """The lots of which the row moved points, in its order."""
    return [posting.lot for posting in row.postings if posting.lot and posting.source in STATES]


def _other_end(book: Book, row: Transaction) -> list[Lot]:
    """The lots at the other end of the row. Raises Unloaded."""
    if row.kind is Kind.TRANSFER_IN:
        return book.lots_of(row)
    if row.kind is Kind.TRANSFER_OUT:
        return [book.lot(number) for number in book.redemption(row.seq).parts if number]
    (posting,) = (posting for posting in row.postings if posting.target is CLAIMED)
    book.movement(row.root)
    return [book.lot(posting.lot)]


@contextmanager
def facts_of(book: Book) -> Iterator[None]:
    """What is lacking within is lacking in the book."""
    try:
        yield
    except Unloaded as lack:
        raise Lacking(book, lack) from None
