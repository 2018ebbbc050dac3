"""The common expiry of sliding lots, and what postpones it (semantics.md §3)."""

from typing import Final

from stampbook.domain.book import Book
from stampbook.domain.model import FOREVER, Lot
from stampbook.domain.policy import ExpiryType, period_end

SLIDING: Final = ExpiryType.SLIDING
"""Members of enumerations are slow to find."""


def slide_target(book: Book, now: int, *, active: bool) -> int:
    """The instant to which an activity at `now` postpones the sliding lots' expiry; FOREVER: none.

    `active`: the currency's rule counts this activity.
    """
    policy = book.policy
    if not active or policy.expiry.type is not SLIDING:
        return FOREVER
    at = period_end(policy.expiry, now, policy.timezone)
    return at if book.slides_at == FOREVER else max(at, book.slides_at)


def slide_by_activation(book: Book, lots: list[Lot], at: int) -> int:
    """As `slide_target`, for lots that are activated at `at`, by the clock, by hand or by a commit.

    §3: at the very instant of the common expiry an activation postpones nothing: the lots become
    available and expire. An instant earlier it prolongs, an instant later it starts anew.
    """
    active = any(lot.sliding for lot in lots) and at != book.slides_at
    return slide_target(book, at, active=active)
