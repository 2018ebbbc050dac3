"""What a member has: the figures of an account at one instant."""

from typing import NamedTuple

from stampbook.domain.book import Book
from stampbook.domain.model import FOREVER, State
from stampbook.domain.windows import Window


class Upcoming(NamedTuple):
    """How much the clock changes next, and when."""

    at: int
    amount: int


class Balance(NamedTuple):
    """All figures in smallest units; semantics.md §2 defines them.

    `restored` is all that cancels ever gave back from spent.
    """

    active: int
    pending: int
    held: int
    total: int
    deficit: int
    issued: int
    spent: int
    expired: int
    revoked: int
    restored: int
    next_expiration: Upcoming | None
    next_activation: Upcoming | None


def balance_of(book: Book) -> Balance:
    """The figures of a settled book."""
    split = book.split
    return Balance(
        active=book.active,
        pending=split[State.PENDING],
        held=book.held,
        total=book.total,
        deficit=book.owed,
        issued=-split[State.OUTSIDE],
        spent=split[State.SPENT],
        expired=split[State.EXPIRED],
        revoked=split[State.REVOKED],
        restored=book.restored,
        next_expiration=_upcoming(book, book.spendable, State.AVAILABLE),
        next_activation=_upcoming(book, book.waiting, State.PENDING),
    )


def _upcoming(book: Book, window: Window, state: State) -> Upcoming | None:
    """The amount that shares the window's first instant."""
    first = window.first
    if first is None or first[0] == FOREVER:
        return None
    amount = 0
    for at, lot in window.keys:
        if at != first[0]:
            break
        amount += book.lots[lot].split[state]
    return Upcoming(first[0], amount)
