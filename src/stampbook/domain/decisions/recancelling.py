"""Cancels of cancels (semantics.md §5.4), and the decision where every cancel begins.

The chain of a movement alternates: an original (link 0), its cancel (link 1, takes it back), the
cancel of that (link 2, puts it back in force), and so on. A link is taken back exactly where that
is possible (domain.decisions.reversing), and by the general rules otherwise.
"""

from collections import Counter
from typing import NamedTuple

from stampbook.domain.book import Book
from stampbook.domain.commands import Cancel
from stampbook.domain.decisions.cancelling import (
    Aim,
    AlreadyCancelled,
    cancel_credit,
    cancel_debit,
    close_cancel,
    deadline_again,
    state_of_paid,
    take_aim,
)
from stampbook.domain.decisions.entry import Entry
from stampbook.domain.decisions.guards import funds_refusal
from stampbook.domain.decisions.returning import expired_to_spare
from stampbook.domain.decisions.reversing import claimed_again, is_exact_possible, reverse_exactly
from stampbook.domain.model import (
    AVAILABLE,
    CREDITS,
    DEBITS,
    EXPIRED,
    OUTSIDE,
    PENDING,
    REVOKED,
    Lot,
    State,
    Transaction,
)
from stampbook.domain.refusals import Code, Refusal


class Elsewhere(NamedTuple):
    """The transaction is one leg of a transfer: both accounts must be at hand."""

    peer: int


def decide_cancel(
    book: Book, command: Cancel, now: int
) -> Transaction | AlreadyCancelled | Elsewhere | Refusal:
    """Undo the transaction `target`, whole or in part, by the rules of semantics.md §5."""
    aim = take_aim(book, command, now)
    if not isinstance(aim, Aim):
        return aim
    if aim.original.peer:
        return Elsewhere(aim.row.peer)
    return carry_out(book, command, aim, now)


def carry_out(book: Book, command: Cancel, aim: Aim, now: int) -> Transaction | Refusal:
    """Carry the cancel out, on one account. It may still be refused, by the rules of its case."""
    # §5.3: after a partial cancel the row no longer says what is in force, so only a whole cancel
    # can be reversed exactly.
    whole = aim.amount == aim.row.amount and not book.movement(aim.row.seq).cancelled
    if aim.row.link and whole and is_exact_possible(book, aim.row, now):
        return _reverse(book, command, aim, now)
    debit = aim.original.kind in DEBITS
    if aim.restores:
        restore = _restore_debit if debit else _restore_credit
        return restore(book, command, aim, now)
    return (cancel_debit if debit else cancel_credit)(book, command, aim, now)


def _reverse(book: Book, command: Cancel, aim: Aim, now: int) -> Transaction | Refusal:
    """Law 7: the cancel's own postings, backwards."""
    taken, shortfall = aim.row.effect, 0
    # §5.4: a redemption comes back in force only if the active balance suffices for it. Law 7
    # comes first: where nothing happened since, even a deficit comes back as it was.
    unchanged = aim.row.seq == book.seq
    if aim.original.kind in DEBITS and aim.restores and taken > 0 and not unchanged:
        refusal = funds_refusal(book, taken)
        if refusal:
            return refusal
    # §5.2: an accrual that is taken back again states again what stays with its redemptions.
    if aim.original.kind in CREDITS and not aim.restores:
        shortfall = claimed_again(aim.row)

    # After this point nothing is refused and nothing is missing.
    entry = Entry(book)
    reverse_exactly(entry, aim.row)
    return close_cancel(
        entry,
        command,
        aim,
        now,
        shortfall=shortfall,
        deadline_at=deadline_again(book, aim),
    )


# -- a redemption or hold in force again ------------------------------------------------


def _restore_debit(book: Book, command: Cancel, aim: Aim, now: int) -> Transaction | Refusal:
    """The same lots pay again where they can, other lots otherwise (§5.4)."""
    redemption = book.redemption(aim.original.seq)
    again = _refilled(book, aim)
    left = aim.amount - sum(part for _, part, _ in again)
    # §5.4: points that the cancel gave to an expired lot are taken from there: that takes nothing
    # from the active balance.
    needed = left + sum(part for _, part, state in again if state is AVAILABLE)
    refusal = funds_refusal(book, needed) if needed else None
    if refusal:
        return refusal

    # After this point nothing is refused and nothing is missing.
    entry = Entry(book)
    for lot, part, state in again:
        entry.move(lot, part, state, state_of_paid(redemption), redemption.seq)
    entry.take(redemption, left)
    return close_cancel(entry, command, aim, now, deadline_at=deadline_again(book, aim))


def _refilled(book: Book, aim: Aim) -> list[tuple[Lot, int, State]]:
    """The points that the cancel gave back and that can pay again, soonest expiry first."""
    plan: list[tuple[Lot, int, State]] = []
    before = _returned(book, aim.row, aim.original.seq)
    lots = [book.lot(seq) for seq in before]
    left, revived = aim.amount, Counter[int]()
    for lot in sorted(lots, key=lambda lot: (book.expires_at(lot), lot.seq)):
        available, expired = before[lot.seq]
        if expired:
            spare = expired_to_spare(book, lot, taken=revived[lot.accrued_by])
            expired = min(left, expired, spare)
            revived[lot.accrued_by] += expired
        available = min(left - expired, available, lot.available)
        left -= expired + available
        plan += [
            (lot, part, state)
            for part, state in ((expired, EXPIRED), (available, AVAILABLE))
            if part
        ]
    return plan


def _returned(book: Book, row: Transaction, redemption: int) -> dict[int, tuple[int, int]]:
    """The points that a cancel gave back, by lot: to available, and to expired. Raises Unloaded."""
    available, expired, passed = Counter[int](), Counter[int](), Counter[int]()
    grace = False
    for lot, amount, source, target, paid in row.postings:
        if paid == redemption and target is AVAILABLE:
            available[lot] += amount
        elif paid == redemption and target is EXPIRED:
            passed[lot] += amount
        elif source is AVAILABLE and target is EXPIRED:
            available[lot] -= amount
            expired[lot] += amount
        elif target is AVAILABLE and source in (OUTSIDE, REVOKED) and book.lot(lot).grace:
            available[lot] += amount
            grace = True
    # §5.1, `grace`: points that went to an expired lot live on in the new lot, and count once.
    if not grace:
        expired.update(passed)
    return {lot: (available[lot], expired[lot]) for lot in available | expired}


# -- an accrual in force again ------------------------------------------------------------


def _restore_credit(book: Book, command: Cancel, aim: Aim, now: int) -> Transaction | Refusal:
    """revoked → available, or pending, or expired, as its dates say now (§5.4)."""
    lots = book.lots_of(aim.original)
    soonest_first = sorted(lots, key=lambda lot: (book.expires_at(lot), lot.seq))
    named = [
        book.lot(posting.lot)
        for posting in aim.original.postings
        if posting.target is State.REINSTATED
    ]
    if any(aim.amount > expired_to_spare(book, lot) for lot in named):
        return Refusal(Code.EXCEEDS_ORIGINAL, "the lot was reinstated otherwise", book.active)

    # After this point nothing is refused and nothing is missing.
    entry = Entry(book)
    left = aim.amount
    # §5.2, `clamp`: claimed points are still with their redemptions; only the claim is dropped.
    for lot in soonest_first:
        part = min(left, lot.claimed)
        if part:
            entry.drop_claim(lot, part)
            left -= part
    for lot in soonest_first:
        part = min(left, lot.revoked)
        if part:
            entry.move(lot, part, REVOKED, _dated_state(book, lot, now))
            left -= part
    # §5.2: the rest had expired and stays expired; it is in force again without moving.
    for lot in named:
        entry.mark_reinstated(lot, aim.amount)
    return close_cancel(entry, command, aim, now, deadline_at=deadline_again(book, aim))


def _dated_state(book: Book, lot: Lot, now: int) -> State:
    """Where a lot's unused points belong at `now`."""
    if lot.locked or now < lot.activates_at:
        return PENDING
    return AVAILABLE if now < book.expires_at(lot) else EXPIRED
