"""What the clock does: deadlines, activations, expiries, each journalled when it was due.

Settling runs before every decision, so nothing depends on a background worker
(semantics.md §3). Events are taken in the order of their instants; at the same
instant deadlines come first, then activations, then expiries, then lot numbers.
"""

from stampbook.domain.book import Book, Unloaded
from stampbook.domain.commands import Note
from stampbook.domain.entry import Entry
from stampbook.domain.model import (
    AVAILABLE,
    DEBITS,
    EXPIRED,
    FOREVER,
    PENDING,
    REVOKED,
    Kind,
    Lot,
    Transaction,
)
from stampbook.domain.policy import ExpiryType, period_end

TIMED_OUT = Note(reason="deadline passed")


def settle(book: Book, now: int) -> None:
    """Journal all that is due at `now`. Raises Unloaded between two events, never within one."""
    while True:
        at = book.next_due_at
        if at > now or at == FOREVER:
            return
        deadline, activation = book.first("deadlines"), book.first("waiting")
        expiry = book.first("spendable")
        assert at >= book.clock, "what was due before the last row was settled before it"
        if deadline is not None and deadline[0] == at:
            roll_back(book, deadline[1], now=at, note=TIMED_OUT, by_clock=True)
        elif activation is not None and activation[0] == at:
            _activate_by_clock(book, book.lots[activation[1]], at)
        else:
            assert expiry is not None
            _expire_by_clock(book, book.lots[expiry[1]], at)


def roll_back(book: Book, seq: int, *, now: int, note: Note, by_clock: bool = False) -> Transaction:
    """Take an uncommitted temporary transaction back: a release, by hand or by its deadline."""
    row = book.row(seq)
    assert row is not None
    movement = book.movement(seq)
    if row.kind in DEBITS:
        payee = book.payee(seq)
        lots = [book.lot(lot) for lot in payee.parts if lot]
        entry = Entry(book)
        give_back_parts(entry, seq, movement.remaining, now=now, lots=lots)
    else:
        lots = book.lots_of(row)
        entry = Entry(book)
        for lot in lots:
            if lot.pending:
                entry.move(lot, lot.pending, PENDING, REVOKED)
    return entry.close(
        Kind.RELEASE,
        movement.remaining,
        now=now,
        note=note,
        target=seq,
        root=seq,
        by_clock=by_clock,
    )


def give_back_parts(entry: Entry, seq: int, amount: int, *, now: int, lots: list[Lot]) -> None:
    """Reverse `amount` of a payee's allocation, in the reverse of the order of taking.

    The deficit vanishes first, then lots from the latest expiry to the soonest.
    `lots` are those of the allocation (the caller has made sure they are loaded).
    """
    book = entry.book
    payee = book.payee(seq)
    owed = min(amount, payee.parts.get(0, 0))
    if owed:
        entry.forgive(seq, owed)
        amount -= owed
    for lot in sorted(lots, key=lambda lot: (book.expires_at(lot), lot.seq), reverse=True):
        if not amount:
            break
        part = min(amount, payee.parts.get(lot.seq, 0))
        if part:
            entry.give_back(lot, part, payee=payee, now=now)
            amount -= part
    assert amount == 0


def _activate_by_clock(book: Book, lot: Lot, at: int) -> None:
    slides_at = slide_target(book, at, active=lot.sliding)
    entry = Entry(book, slides_at=slides_at, now=at)
    amount = lot.pending
    entry.move(lot, amount, PENDING, AVAILABLE)
    expire_if_past(entry, lot, at)
    entry.close(
        Kind.ACTIVATE,
        amount,
        now=at,
        target=lot.accrued_by,
        root=lot.accrued_by,
        by_clock=True,
    )


def _expire_by_clock(book: Book, lot: Lot, at: int) -> None:
    entry = Entry(book)
    amount = lot.available
    entry.move(lot, amount, AVAILABLE, EXPIRED)
    entry.close(
        Kind.EXPIRE, amount, now=at, target=lot.accrued_by, root=lot.accrued_by, by_clock=True
    )


def expire_if_past(entry: Entry, lot: Lot, now: int) -> None:
    """Points that became available after their expiry expire in the same instant."""
    if lot.available and entry.book.expires_at(lot) <= now:
        entry.move(lot, lot.available, AVAILABLE, EXPIRED)


def slide_target(book: Book, now: int, *, active: bool) -> int:
    """To where an activity at `now` puts off the sliding lots' expiry; FOREVER: nowhere.

    `active`: the currency's rule lets it put anything off.

    Raises Unloaded unless all spendable lots are loaded, since all are re-dated.
    """
    policy = book.policy
    if policy.expiry.type is not ExpiryType.SLIDING or not active:
        return FOREVER
    if book.spendable.horizon is not None:
        raise Unloaded(windows=frozenset(("spendable",)))
    at = period_end(policy.expiry, now, policy.timezone)
    return at if book.slides_at == FOREVER else max(at, book.slides_at)
