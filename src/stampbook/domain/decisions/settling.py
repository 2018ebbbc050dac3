"""What the clock does: deadlines, activations and expiries, each journalled as of when it was due.

Settling runs before every decision, so nothing depends on a background worker
(semantics.md §3). Events are taken in the order of their instants; at the same
instant deadlines come first, then activations, then expiries, then lot numbers.
"""

from itertools import takewhile
from typing import Final

from stampbook.domain.book import Book
from stampbook.domain.commands import Note
from stampbook.domain.decisions.entry import Entry
from stampbook.domain.decisions.returning import give_back_parts
from stampbook.domain.decisions.sliding import slide_by_activation
from stampbook.domain.facts import Unloaded
from stampbook.domain.invariants import BrokenInvariant
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

TIMED_OUT = Note(reason="deadline passed")

DEADLINE, ACTIVATION, EXPIRY = range(3)
"""The order of events that are due at the same instant."""

AT_ONCE: Final = 500
"""How many transactions whose deadlines are due are loaded together when the first is missing."""

Event = tuple[int, int, int]
"""When an event is due, what it is, and the number of its lot or transaction."""


def settle(book: Book, now: int) -> None:
    """Journal all that is due at `now`. Raises Unloaded between two events, never within one.

    Raises BrokenInvariant rather than settle anything twice: each event comes later than the one
    before it, by its instant, its kind or its number, so settling ends (§3, law 11).
    """
    last: Event = (-1, 0, 0)
    while True:
        at = book.next_due_at
        if at > now or at == FOREVER:
            return
        event = _due_at(book, at)
        if event <= last:
            raise BrokenInvariant(f"settling does not end: {event} comes after {last}")
        if at < book.clock:
            raise BrokenInvariant(f"{event} was due before the last row and not settled by it")
        last = event
        if event[1] == DEADLINE:
            _require_due(book, event[2], now)
        _happen(book, event)


def _due_at(book: Book, at: int) -> Event:
    """The first event that is due at the instant."""
    # §3: at the same instant deadlines, then activations, then expiries, each by number.
    windows = enumerate((book.deadlines, book.waiting, book.spendable))
    keys = ((kind, window.first) for kind, window in windows)
    return next((at, kind, key[1]) for kind, key in keys if key is not None and key[0] == at)


def _require_due(book: Book, seq: int, now: int) -> None:
    """Raise Unloaded unless transaction `seq` is known: for it and others whose deadlines are due.

    Thousands of holds may time out together; one load for each would take minutes.
    """
    if seq not in book.rows:
        due = takewhile(lambda key: key[0] <= now, book.deadlines.keys[:AT_ONCE])
        raise Unloaded(rows=frozenset(key[1] for key in due if key[1] not in book.rows))


def _happen(book: Book, event: Event) -> None:
    at, kind, number = event
    if kind == DEADLINE:
        roll_back(book, number, now=at, note=TIMED_OUT, by_clock=True)
    elif kind == ACTIVATION:
        _activate_by_clock(book, book.lot(number), at)
    else:
        _expire_by_clock(book, book.lot(number), at)


def roll_back(book: Book, seq: int, *, now: int, note: Note, by_clock: bool = False) -> Transaction:
    """Take an uncommitted temporary transaction back: a release, by hand or by its deadline."""
    row = book.row(seq)
    assert row is not None
    movement = book.movement(seq)
    if row.kind in DEBITS:
        redemption = book.redemption(seq)
        lots = [book.lot(lot) for lot in redemption.parts if lot]
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


def _activate_by_clock(book: Book, lot: Lot, at: int) -> None:
    slides_at = slide_by_activation(book, [lot], at)
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
