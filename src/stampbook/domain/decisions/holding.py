"""Temporary transactions: their commit and their release."""

from stampbook.domain.book import Book
from stampbook.domain.commands import Commit, Release
from stampbook.domain.decisions.entry import Entry
from stampbook.domain.decisions.guards import (
    account_refusal,
    amount_refusal,
    effective_refusal,
    temporary_refusal,
)
from stampbook.domain.decisions.returning import give_back_parts
from stampbook.domain.decisions.settling import expire_if_past, roll_back
from stampbook.domain.decisions.sliding import slide_by_activation
from stampbook.domain.model import (
    AVAILABLE,
    DEBITS,
    FOREVER,
    HELD,
    ORIGINALS,
    PENDING,
    SPENT,
    Kind,
    Movement,
    Transaction,
)
from stampbook.domain.policy import event_deadline
from stampbook.domain.refusals import Code, Refusal


def decide_commit(book: Book, command: Commit, now: int) -> Transaction | Refusal:
    """Make a temporary transaction final.

    Of a hold: held → spent; with a smaller amount the rest is released, in the
    reverse of the order of taking. Of an accrual: pending → available, or it stays
    pending until its activation. Original and commit are one movement from then on.
    """
    refusal = (
        _absent(book, command.target)
        or amount_refusal(command.amount)
        or effective_refusal(command.note.effective_at, now)
    )
    if refusal:
        return refusal
    original = original_of(book, command.target)
    if original is None:
        return _never_temporary(book)
    movement = book.movement(original.seq)
    debit = original.kind in DEBITS
    refusal = (
        (None if debit else account_refusal(book, now))
        or temporary_refusal(book, movement, temporary=is_temporary(original))
        or _commit_amount_refusal(movement, command.amount, debit=debit)
    )
    if refusal:
        return refusal
    if debit:
        return _commit_hold(book, command, movement, now)
    return _commit_accrual(book, command, original, movement, now)


def decide_release(book: Book, command: Release, now: int) -> Transaction | Refusal:
    """Roll an uncommitted temporary transaction back, by hand."""
    refusal = _absent(book, command.target) or effective_refusal(command.note.effective_at, now)
    if refusal:
        return refusal
    original = original_of(book, command.target)
    if original is None:
        return _never_temporary(book)
    movement = book.movement(original.seq)
    refusal = temporary_refusal(book, movement, temporary=is_temporary(original))
    if refusal:
        return refusal
    return roll_back(book, original.seq, now=now, note=command.note)


def original_of(book: Book, seq: int) -> Transaction | None:
    """The original of a movement, for its own number or its commit's; None for anything else."""
    row = book.row(seq)
    if row is not None and row.kind is Kind.COMMIT:
        row = book.row(row.root)
    return row if row is not None and row.kind in ORIGINALS else None


def is_temporary(original: Transaction) -> bool:
    """Whether the transaction was made to be committed or rolled back."""
    return original.kind is Kind.HOLD or any(terms.locked for terms in original.terms)


def _absent(book: Book, seq: int) -> Refusal | None:
    """Whether the journal has no such row."""
    return Refusal(Code.NOT_FOUND, "no such transaction") if book.row(seq) is None else None


def _never_temporary(book: Book) -> Refusal:
    """Why a transaction that is no original, such as a cancel, cannot be committed or released."""
    return Refusal(Code.NOT_TEMPORARY, "the transaction is not temporary", book.active)


def _commit_amount_refusal(
    movement: Movement, amount: int | None, *, debit: bool
) -> Refusal | None:
    if amount is None or amount == movement.remaining:
        return None
    if not debit:
        return Refusal(Code.INVALID_REQUEST, "a temporary accrual is committed whole")
    if amount > movement.remaining:
        return Refusal(Code.EXCEEDS_ORIGINAL, "more than what is held")
    return None


def _commit_hold(book: Book, command: Commit, movement: Movement, now: int) -> Transaction:
    redemption = book.redemption(movement.seq)
    lots = [book.lot(seq) for seq in redemption.parts if seq]
    amount = movement.remaining if command.amount is None else command.amount

    # After this point nothing is refused and nothing is missing.
    entry = Entry(book)
    # §4, commit: the uncommitted rest is released, through the one door of law 13 (give_back).
    give_back_parts(entry, movement.seq, movement.remaining - amount, now=now, lots=lots)
    # The parts that are left are those taken first, since give_back_parts began with the last.
    for lot in sorted(lots, key=lambda lot: (book.expires_at(lot), lot.seq)):
        part = redemption.parts.get(lot.seq, 0)
        if part:
            entry.move(lot, part, HELD, SPENT, movement.seq)
    return _close_commit(entry, command, movement, amount, now)


def _commit_accrual(
    book: Book, command: Commit, original: Transaction, movement: Movement, now: int
) -> Transaction:
    lots = [lot for lot in book.lots_of(original) if lot.pending]
    slides_at = slide_by_activation(book, lots, now)

    entry = Entry(book, slides_at=slides_at, now=now)
    for lot in lots:
        entry.date(lot, activates_at=lot.activates_at, expires_at=lot.expires_at)
        # §4, commit: pending → available, or it stays pending until its own activation.
        if lot.activates_at <= now:
            entry.move(lot, lot.pending, PENDING, AVAILABLE)
            expire_if_past(entry, lot, now)
    deadline_at = FOREVER
    if any(lot.pending and lot.activates_at == FOREVER for lot in lots):
        deadline_at = max(now, event_deadline(book.policy, original.effective_at))
    return _close_commit(entry, command, movement, movement.remaining, now, deadline_at=deadline_at)


def _close_commit(
    entry: Entry,
    command: Commit,
    movement: Movement,
    amount: int,
    now: int,
    *,
    deadline_at: int = FOREVER,
) -> Transaction:
    """Write the commit's row. `deadline_at`: by when an event must activate the points."""
    return entry.close(
        Kind.COMMIT,
        amount,
        now=now,
        note=command.note,
        target=movement.seq,
        root=movement.seq,
        deadline_at=deadline_at,
    )
