"""Buckets: a lot as pending points, and lots of one date as points that expire together."""

from datetime import date
from enum import StrEnum
from typing import Final, NamedTuple

from stampbook.dialects.spelling.voucherify import SLIDING_DAY, PointsBucket
from stampbook.dialects.voucherify.core.times import date_of, day_number, last_date
from stampbook.domain.book import Book
from stampbook.domain.model import FOREVER, Lot, Transaction
from stampbook.domain.policy import ExpiryType, PendingType, Policy
from stampbook.ledger.journal.lots import OpenLot


class BucketStatus(StrEnum):
    PENDING = "PENDING"
    ACTIVATED = "ACTIVATED"
    CANCELED = "CANCELED"
    DELETED = "DELETED"


PENDING_WORDS: Final = {
    PendingType.IMMEDIATE: "IMMEDIATE",
    PendingType.PERIOD: "PERIOD_BASED",
    PendingType.FIXED_DATES: "FIXED_DATES",
    PendingType.EVENT: "EVENT_BASED",
}
EXPIRY_WORDS: Final = {
    ExpiryType.NONE: "NO_EXPIRATION",
    ExpiryType.ROLLING: "ROLLING_EXPIRATION",
    ExpiryType.CALENDAR: "CALENDAR_EXPIRATION",
    ExpiryType.SLIDING: "SLIDING_EXPIRATION",
}


class Waiting(NamedTuple):
    """When pending points become available, as the wire tells it.

    `date` is the activation date; of points that wait for an event the date on which they
    are canceled unless it comes.
    """

    date: date
    type: str


def waiting(
    *, activates_at: int, deadline_at: int, locked: bool, rule: PendingType, timezone: str
) -> Waiting:
    """How a lot waits. What was accrued for a while (locked) waits for its commit: an event."""
    if locked or activates_at == FOREVER:
        return Waiting(date_of(deadline_at, timezone), PENDING_WORDS[PendingType.EVENT])
    by_date = rule in (PendingType.PERIOD, PendingType.FIXED_DATES)
    word = PENDING_WORDS[rule if by_date else PendingType.PERIOD]
    return Waiting(date_of(activates_at, timezone), word)


EVENT_BASED: Final = PENDING_WORDS[PendingType.EVENT]


def waiting_of(policy: Policy, lot: Lot, deadline_at: int) -> Waiting:
    """How the lot of a currency waits."""
    return waiting(
        activates_at=lot.activates_at,
        deadline_at=deadline_at,
        locked=lot.locked,
        rule=policy.pending.type,
        timezone=policy.timezone,
    )


def status_of(lot: Lot, deadline_at: int, now: int) -> BucketStatus:
    """The status of the bucket at `now`, whether or not the clock's work is in the journal."""
    if not lot.pending:
        gone = lot.revoked == lot.issued
        return BucketStatus.CANCELED if gone else BucketStatus.ACTIVATED
    if deadline_at <= now:
        return BucketStatus.CANCELED
    if not lot.locked and lot.activates_at <= now:
        return BucketStatus.ACTIVATED
    return BucketStatus.PENDING


class Made(NamedTuple):
    """A lot, and the accrual that made it."""

    row: Transaction
    lot: Lot


def made_in(book: Book, *, accrual: int, lot: int) -> Made | None:
    """The lot that the accrual made, by their numbers within the account.

    None: the book has no such lot, for another server has made it since the book was read, or
    what memory had of it was never saved. A planner asks no further then and refuses, so that the
    ledger reads the book again. Raises Unloaded.
    """
    row = book.row(accrual)
    if row is None or all(terms.lot != lot for terms in row.terms):
        return None
    return Made(row, book.lot(lot))


def has_date(lot: Lot) -> bool:
    """Whether a pending lot waits for a date, not for an event."""
    return not lot.locked and lot.activates_at < FOREVER


def due_at(pending: OpenLot) -> int:
    """When a lot's points become available; of those that wait for an event: are rolled back."""
    return pending.lot.activates_at if has_date(pending.lot) else pending.deadline_at


class Expiring(NamedTuple):
    """When points expire, as the wire tells it; without a date they never do."""

    date: date | None
    type: str

    def bucket(self, account: int) -> PointsBucket:
        """The bucket to which such points of a card belong."""
        if self.date is None or self.type == EXPIRY_WORDS[ExpiryType.SLIDING]:
            return PointsBucket(account, SLIDING_DAY)
        return PointsBucket(account, day_number(self.date))


def expiring(*, expires_at: int, sliding: bool, rule: ExpiryType, timezone: str) -> Expiring:
    """How a lot expires. A date that its currency has no rule for was given by hand."""
    if expires_at == FOREVER:
        return Expiring(None, EXPIRY_WORDS[ExpiryType.NONE])
    day = last_date(expires_at, timezone)
    if sliding:
        return Expiring(day, EXPIRY_WORDS[ExpiryType.SLIDING])
    rolling = rule is ExpiryType.ROLLING
    return Expiring(day, EXPIRY_WORDS[ExpiryType.ROLLING if rolling else ExpiryType.CALENDAR])
