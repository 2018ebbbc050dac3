"""The exact reversal of a cancel: its own postings, backwards.

It is possible when everything that the cancel moved still is where it put it, and
the dates allow the way back. Then cancel ∘ cancel restores every lot and allocation
exactly (law 7); otherwise the general rules of semantics.md §5.4 apply.
"""

from collections import Counter

from stampbook.domain.book import Book
from stampbook.domain.entry import Entry
from stampbook.domain.model import (
    AVAILABLE,
    CREDITS,
    EXPIRED,
    HELD,
    OUTSIDE,
    OWED,
    PENDING,
    SPENT,
    Lot,
    Posting,
    State,
    Transaction,
)

Changes = Counter[tuple[int, State]]
"""By how much each state of each lot would change."""


def is_exact_possible(book: Book, row: Transaction, now: int) -> bool:
    """Whether the row's postings can be taken back one by one. Raises Unloaded."""
    states: Changes = Counter()
    parts: Counter[tuple[int, int]] = Counter()
    for posting in row.postings:
        lot, amount, source, target, payee_seq = posting
        if lot:
            states[lot, source] += amount
            states[lot, target] -= amount
        if payee_seq and not _payee_agrees(book, posting):
            return False
        if payee_seq:
            key = payee_seq, lot
            paid_after = target in (SPENT, HELD) or target is OWED
            parts[key] += -amount if paid_after else amount
    return all(
        _part_allows(book, payee, lot, change) for (payee, lot), change in parts.items()
    ) and all(_state_allows(book, lot, states, state, now) for lot, state in list(states))


def expired_to_spare(book: Book, lot: Lot, *, taken: int = 0) -> int:
    """How much of a lot's expired part is free to come back. Raises Unloaded.

    What lives on by a reinstatement is not, nor what cancels of its accrual have absorbed.
    `taken`: so much of the accrual's expired points is spoken for besides.
    """
    row = book.row(lot.accrued_by)
    assert row is not None
    spare = lot.expired - lot.reinstated
    if row.kind in CREDITS:
        lots = book.lots_of(row)
        all_expired = sum(each.expired for each in lots)
        spare = min(spare, all_expired - absorbed(book, row, lots) - taken)
    return max(0, spare)


def absorbed(book: Book, accrual: Transaction, lots: list[Lot]) -> int:
    """How much of what was cancelled of an accrual had expired. Raises Unloaded."""
    taken = sum(lot.revoked + lot.doomed for lot in lots)
    return max(0, book.movement(accrual.seq).cancelled - taken)


def reach_of_reversal(row: Transaction) -> int:
    """How many spendable points the row's exact reversal may touch.

    Only if a deficit comes back with it: what is available then pays at once, beside what
    the reversal itself takes.
    """
    owed = sum(posting.amount for posting in row.postings if posting.source is OWED)
    taken = sum(posting.amount for posting in row.postings if posting.target is AVAILABLE)
    return owed + taken if owed else 0


def reverse_exactly(entry: Entry, row: Transaction) -> None:
    """Take the row's postings back, the last first."""
    book = entry.book
    for posting in reversed(row.postings):
        if posting.source is OUTSIDE and posting.lot and posting.target < OWED:
            lot = book.lot(posting.lot)
            entry.move(lot, posting.amount, posting.target, State.REVOKED)
            continue
        entry.post(
            Posting(posting.lot, posting.amount, posting.target, posting.source, posting.payee)
        )


def _payee_agrees(book: Book, posting: Posting) -> bool:
    """Whether the payee is still of the kind (held or spent) that the posting knew."""
    payee = book.payee(posting.payee)
    if posting.lot == 0:
        return True
    side = posting.source if posting.source in (SPENT, HELD) else posting.target
    return payee.held == (side is HELD)


def _part_allows(book: Book, payee: int, lot: int, change: int) -> bool:
    return book.payee(payee).parts.get(lot, 0) + change >= 0


def _expired_allows(book: Book, lot: Lot, changes: Changes) -> bool:
    """Whether expired points may come back: see `expired_to_spare`."""
    row = book.row(lot.accrued_by)
    assert row is not None
    if row.kind in CREDITS:
        lots = book.lots_of(row)
        left = sum(each.expired + changes[each.seq, EXPIRED] for each in lots)
        if left < absorbed(book, row, lots):
            return False
    return lot.expired + changes[lot.seq, EXPIRED] >= lot.reinstated


def _state_allows(book: Book, lot_seq: int, changes: Changes, state: State, now: int) -> bool:
    """Whether the lot has what goes, and may have what comes, in that state."""
    lot = book.lot(lot_seq)
    change = changes[lot_seq, state]
    if state is OUTSIDE or change == 0:
        return True
    if state is State.DOOMED:
        used = lot.held + lot.spent + changes[lot_seq, HELD] + changes[lot_seq, SPENT]
        return 0 <= lot.doomed + change <= used
    if state is State.REINSTATED:
        return change < 0 or change <= expired_to_spare(book, lot)
    if change < 0 and state is State.EXPIRED:
        return _expired_allows(book, lot, changes)
    if change < 0:
        return lot.split[state] + change >= 0
    if state is AVAILABLE:
        return now < book.expires_at(lot)
    if state is PENDING:
        return lot.locked or now < lot.activates_at
    return True
