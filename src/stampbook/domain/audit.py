"""Replay: the journal alone rebuilds an account, and every law can be checked on it.

`replay` applies the rows one by one, compares what a store keeps beside each with what the row
makes of the account, and reports the first fault.
"""

from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from stampbook.domain.applying import append_row, apply_posting, apply_terms, slide
from stampbook.domain.book import Book
from stampbook.domain.facts import AccountFacts, Unloaded
from stampbook.domain.hashing import row_hash, texts_digest
from stampbook.domain.model import CREDITS, DEBITS, Kind, Lot, Record, State, Status, Transaction
from stampbook.domain.policy import Policy
from stampbook.domain.recording import record
from stampbook.domain.touched import Touched

MOST_SHOWN: Final = 200
"""How many characters of a value a fault shows."""


UNFIT: Final = (KeyError, AssertionError, ValueError, Unloaded)
"""What `apply_row` and `record` raise for a row that cannot follow the one before it. Unloaded,
once `lacking` has answered None: the row refers to something that the journal does not have."""


class JournalFault(NamedTuple):
    """A difference between the journal and what is stored. `seq` is the row, 0: none."""

    account: int
    seq: int
    what: str


def blank(book: Book) -> Book:
    """The same account before its first row: a complete book that holds nothing yet."""
    return Book(book.identity(), book.policy, complete=True)


def rebuild(facts: AccountFacts, policy: Policy, rows: Iterable[Transaction]) -> Book:
    """The book as the rows leave it, without checks. The account's status is kept."""
    book = blank(Book(facts, policy))
    for row in rows:
        apply_row(book, row)
    return book


def apply_row(book: Book, row: Transaction) -> None:
    """Do to the book what the row records. Afterwards `book.touched` is what it changed."""
    book.touched = Touched()
    slide(book, row.slides_at, row.recorded_at)
    if row.kind in DEBITS:
        book.new_redemption(row.seq, held=row.kind is Kind.HOLD)
    for terms in row.terms:
        if terms.lot <= book.lots_made:
            apply_terms(book, terms)
        else:
            lot = Lot(
                seq=terms.lot,
                accrued_by=row.seq,
                activates_at=terms.activates_at,
                expires_at=terms.expires_at,
                created_at=row.recorded_at,
                sliding=terms.sliding,
                grace=terms.grace,
                locked=terms.locked,
            )
            book.new_lot(lot)
    for posting in row.postings:
        apply_posting(book, posting)
    append_row(book, row)


def lacking(book: Book, row: Transaction) -> Unloaded | None:
    """What an incomplete book still needs before the row can be replayed on it."""
    rows = {seq for seq in (row.root, row.target, *_accruals(book, row)) if 0 < seq < row.seq}
    lots = {posting.lot for posting in row.postings if posting.lot}
    lots.update(terms.lot for terms in row.terms)
    redemptions = {
        posting.redemption for posting in row.postings if 0 < posting.redemption < row.seq
    }
    # Not `difference_update`, which would walk through all that the book holds.
    rows = {seq for seq in rows if seq not in book.rows}
    redemptions = {seq for seq in redemptions if seq not in book.redemptions}
    lots = {lot for lot in lots if lot <= book.lots_made and lot not in book.lots}
    if not (rows or lots or redemptions):
        return None
    return Unloaded(rows=frozenset(rows), lots=frozenset(lots), redemptions=frozenset(redemptions))


def _accruals(book: Book, row: Transaction) -> set[int]:
    """The rows that made the lots of which this row revokes points, or on which it lays a claim."""
    return {
        book.lots[lot].accrued_by
        for lot, _, source, target, _ in row.postings
        if lot in book.lots and (target in _TAKEN or source in _TAKEN)
    }


_TAKEN: Final = (State.REVOKED, State.CLAIMED)


def replay(book: Book, records: Iterable[Record]) -> Iterator[JournalFault]:
    """Apply the rows, checking each and all that is stored with it (law 8).

    Stops after the first fault: later rows build on it.
    """
    for kept in records:
        row = kept.row
        made = replay_row(book, row)
        if isinstance(made, Record):
            fault = difference(made, kept)
            if fault is None:
                continue
            made = fault
        yield JournalFault(row.account, row.seq, made)
        return


def replay_row(book: Book, row: Transaction) -> Record | str:
    """Apply the row: the record to be stored with it, or its fault.

    Laws 1, 2 and 12 are checked for all that the row changes. `lacking` must have answered None.
    """
    fault = _row_fault(book, row)
    if fault is not None:
        return fault
    try:
        apply_row(book, row)
        return _effect_fault(book, row) or _law_fault(book, row) or record(book, row)
    except UNFIT as error:
        return f"the row cannot be applied: {error!r}"


def difference(made: Record, kept: Record) -> str | None:
    """The stored values that differ from what the row makes."""
    for name, expected, found in zip(Record._fields, made, kept, strict=True):
        if expected != found:
            return f"its {name} is {_plain(found)}, the journal says {_plain(expected)}"
    return None


def _plain(value: object) -> str:
    """A value for a message, shortened."""
    text = repr(tuple(value)) if isinstance(value, tuple) else repr(value)
    return text if len(text) <= MOST_SHOWN else f"{text[:MOST_SHOWN]}…"


def _row_fault(book: Book, row: Transaction) -> str | None:
    """The fault of a row that can be seen before it is applied."""
    if row.account != book.number or row.seq != book.seq + 1:
        return f"row {book.seq + 1} of the journal is missing"
    if row.hash != row_hash(book.head, row):
        return "the hash does not cover the row and its predecessor"
    if not _is_sealed(row):
        return "its texts are not those that its hash covers"
    if row.balance_before != book.active:
        return f"balance_before is {row.balance_before}, the row before left {book.active}"
    if row.recorded_at < book.clock:
        return "the row is older than its predecessor"
    if not (0 <= row.target < row.seq and 0 < row.root <= row.seq):
        return "the row refers to a later one"
    if any(amount < 1 or source is target for _, amount, source, target, _ in row.postings):
        return "a posting is not positive, or goes nowhere"
    return None


def _is_sealed(row: Transaction) -> bool:
    """Whether the row's free texts match its seal, or were erased together with the salt."""
    texts, seal = (row.reason, row.actor, row.metadata), row.seal
    if seal is None or seal.salt is None:
        return texts == (None, None, None)
    return seal.digest == texts_digest(seal.salt, *texts)


def _effect_fault(book: Book, row: Transaction) -> str | None:
    """The fault of the book after a row: laws 1 and 2, and the row's own balance."""
    if row.balance_after != book.active:
        return f"balance_after is {row.balance_after}, the postings make it {book.active}"
    if book.owed and book.split[State.AVAILABLE]:
        return "there is a deficit although points are available"
    for posting in row.postings:
        lot = book.lots.get(posting.lot)
        if lot is not None and (sum(lot.split) != 0 or min(lot.split[1:]) < 0):
            return f"the states of lot {lot.seq} do not add up"
        if (
            posting.redemption
            and min(book.redemptions[posting.redemption].parts.values(), default=0) < 0
        ):
            return f"the allocation of transaction {posting.redemption} is negative"
    return None


def _law_fault(book: Book, row: Transaction) -> str | None:
    """The fault of the transactions that the row has changed (laws 1 and 2)."""
    for lot, _, source, target, redemption in row.postings:
        if lot and not redemption and (source in _PAID or target in _PAID):
            return "points are spent or held by nobody"
    touched = book.touched
    for seq in {row.seq, *touched.movements, *(redemption for redemption, _ in touched.parts)}:
        paid = book.redemptions.get(seq)
        if paid is not None and sum(paid.parts.values()) != book.movement(seq).remaining:
            return f"the allocation of transaction {seq} is not what is in force of it"
    for seq in sorted({row.root, *_accruals(book, row)}):
        accrual = book.rows[seq]
        fault = _accrual_fault(book, accrual) if accrual.kind in CREDITS else None
        if fault is not None:
            return fault
    return None


_PAID: Final = (State.HELD, State.SPENT)


def _accrual_fault(book: Book, row: Transaction) -> str | None:
    """An accrual is in force by what was neither cancelled nor released; what its cancels
    could not take (expired, or short under `clamp`) is still in its lots."""
    lots = book.lots_of(row)
    kept = sum(lot.issued - lot.revoked for lot in lots)
    movement = book.movement(row.seq)
    least = movement.remaining
    most = least + sum(lot.claimed + lot.expired for lot in lots)
    if movement.status is Status.RELEASED:
        return "a released accrual has points" if kept else None
    if not least <= kept <= most:
        return "its lots hold another amount than what is in force of it"
    return None
