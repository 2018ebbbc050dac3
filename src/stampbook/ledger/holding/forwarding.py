"""Late cancels on merged accounts: judged there, and passed on to the account that took over.

See domain.decisions.merging. All accounts on the way are held together, so it is one unit.
"""

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple, Protocol

from stampbook.domain.book import Book
from stampbook.domain.commands import Cancel, Command
from stampbook.domain.decisions.cancelling import Aim, AlreadyCancelled, deadline_again, take_aim
from stampbook.domain.decisions.merging import bring_back, hand_over
from stampbook.domain.decisions.passing import (
    Lacking,
    Passage,
    facts_of,
    is_passing,
    lots_moved,
    passed,
    subject_of,
)
from stampbook.domain.facts import Unloaded
from stampbook.domain.model import CREDITS, FOREVER, Transaction, split_number
from stampbook.domain.refusals import Code, Refusal
from stampbook.ledger.knowing import Knowing

OF_A_MERGE: Final = "it belongs to a merge of two members: undo the merge"
NO_HOLD: Final = "a reservation cannot come back after its member was merged"


class Holding(Protocol):
    """What a forwarded cancel needs of an attempt (ledger.holding.held.Held)."""

    copies: dict[int, Book]

    @property
    def knowing(self) -> Knowing:
        """What is known of the accounts."""

    def plainly(
        self, book: Book, command: Command
    ) -> Sequence[Transaction] | AlreadyCancelled | Refusal:
        """Decide one command, whether or not its accounts are merged ones."""

    def reached(self, account: int) -> Book:
        """The copy of an account that turned out to be concerned. Raises MoreShards, Refused."""

    def settled(self, *books: Book) -> int:
        """Settle the books; returns the instant at which to decide about all of them."""

    def lacks(self, book: Book, lack: Unloaded) -> Unloaded:
        """Note that the book lacks something; returns the exception to raise."""


def merged_among(held: Holding, book: Book, command: Cancel) -> list[Book]:
    """The merged accounts that the cancel concerns: its own, and the other end of a transfer.

    Raises Unloaded, MoreShards.
    """
    found = [book] if book.merged_into else []
    row = book.row(command.target)
    if row is not None and row.peer and not is_passing(row):
        account, _ = split_number(row.peer)
        other = held.reached(account)
        if other.merged_into:
            found.append(other)
    return found


def forwarded(
    held: Holding, book: Book, command: Cancel, merged: Sequence[Book]
) -> Sequence[Transaction] | AlreadyCancelled | Refusal:
    """Carry the cancel out on merged accounts: the rows of the cancel come first, then those that
    passed points on. A refusal leaves the books as they were. Raises Unloaded, MoreShards."""
    passages = passages_from(held, merged)
    aim = take_aim(book, command, held.settled(book))
    if not isinstance(aim, Aim):
        return aim
    if deadline_again(book, aim) != FOREVER:
        return Refusal(Code.NOT_CANCELLABLE, NO_HOLD, book.active)
    numbers = {each.number for passage in passages for each in passage[:2]}
    before = {number: held.copies[number].copy() for number in (book.number, *numbers)}
    try:
        rows = _bring_back(passages, book, aim)
        decision = held.plainly(book, command)
        if isinstance(decision, Refusal | AlreadyCancelled):
            held.copies.update(before)
            return decision
        for passage in passages:
            rows += hand_over(passage)
    except Lacking as lacking:
        raise held.lacks(lacking.book, lacking.lack) from None
    return [*decision, *sorted(rows, key=lambda row: (row.account != book.number, row.seq))]


def cancelled_where_earned(
    held: Holding, book: Book, command: Cancel
) -> Sequence[Transaction] | AlreadyCancelled | Refusal:
    """Cancel pending points that came with a merge, `target` being the row that brought them: the
    accrual that made them is cancelled where it was recorded. The rows of the account asked come
    first. A refusal leaves the books as they were. Raises Unloaded, MoreShards."""
    aim = take_aim(book, command, held.settled(book))
    if not isinstance(aim, Aim):
        return aim
    try:
        steps, accrual = _way_back(held, book, aim.original)
        earned = steps[-1].passage.source
        numbers = {each.number for step in steps for each in step.passage[:2]}
        before = {number: held.copies[number].copy() for number in numbers}
        rows: list[Transaction] = []
        for passage, lot in steps:
            leading = (
                passage._replace(because=command.note) if passage.receiver is book else passage
            )
            rows += bring_back(leading, only={lot: aim.amount})
        cancel = Cancel(target=accrual, amount=aim.amount, note=command.note)
        decision = held.plainly(earned, cancel)
        if isinstance(decision, Refusal | AlreadyCancelled):
            held.copies.update(before)
            return decision
        for step in reversed(steps):
            rows += hand_over(step.passage)
    except Lacking as lacking:
        raise held.lacks(lacking.book, lacking.lack) from None
    rows = [*decision, *rows]
    return sorted(rows, key=lambda row: row.account != book.number)


class Step(NamedTuple):
    """A passage by which pending points came, and the lot that they were in before."""

    passage: Passage
    lot: int


def _way_back(held: Holding, book: Book, row: Transaction) -> tuple[list[Step], int]:
    """The passages by which the points of the row came, the last one first, and the number of the
    accrual that made them. Raises Lacking, Unloaded, MoreShards."""
    steps: list[Step] = []
    while is_passing(row):
        account, seq = split_number(row.peer)
        source = held.reached(account)
        passage = passage_between(held, source, book)
        with facts_of(source):
            left = source.row(seq)
            assert left is not None
            (number,) = lots_moved(left)  # each pending lot passes over in a row of its own
            accrual = source.row(source.lot(number).accrued_by)
        assert accrual is not None
        steps.append(Step(passage, number))
        book, row = source, accrual
    return steps, row.seq


def _bring_back(passages: Sequence[Passage], book: Book, aim: Aim) -> list[Transaction]:
    """What the cancel needs comes back: of a redemption nothing, else all that is unspent."""
    is_credit = aim.original.kind in CREDITS
    if not is_credit and not aim.restores:
        return []
    # §5.2: what has expired of the accrual absorbs its share of the cancel, wherever it has.
    wanted: dict[int, set[int]] = {}
    if is_credit and not aim.restores:
        wanted[book.number] = {lot.seq for lot in book.lots_of(aim.original)}
    for passage in passages:
        here = wanted.get(passage.source.number, set())
        wanted.setdefault(passage.receiver.number, set()).update(
            part.arrived.seq
            for gone in passed(passage).gone
            for part in gone.parts
            if part.lot.seq in here
        )
    rows: list[Transaction] = []
    for passage in reversed(passages):
        rows += bring_back(
            passage,
            expired=wanted.get(passage.source.number, ()),
            claims=is_credit and aim.restores,
        )
    return rows


def passages_from(held: Holding, merged: Iterable[Book]) -> list[Passage]:
    """The passages from these accounts to where their points are now, each before those that go
    on from its end. All their books are settled, and know what has passed. Raises Unloaded,
    MoreShards."""
    pairs: dict[tuple[int, int], tuple[Book, Book]] = {}
    for book in merged:
        source = book
        while source.merged_into:
            receiver = held.reached(source.merged_into)
            pair = source.number, receiver.number
            pairs.pop(pair, None)  # a way that two accounts share comes after both
            pairs[pair] = source, receiver
            source = receiver
    books = {each.number: each for pair in pairs.values() for each in pair}
    held.settled(*books.values())
    return [passage_between(held, *ends) for ends in pairs.values()]


def passage_between(held: Holding, source: Book, receiver: Book) -> Passage:
    """The passage between two accounts, whose books are settled and know what has passed. Raises
    Unloaded."""
    now = held.settled(source, receiver)
    subject = subject_of(source.number, receiver.number)
    for book in (source, receiver):
        if not held.knowing.knows_subject(book.number, subject):
            raise held.lacks(book, Unloaded(subjects=frozenset((subject,))))
    return Passage(source, receiver, now)
