"""Redemptions and holds: available lots pay, soonest expiry first."""

from stampbook.domain.book import Book
from stampbook.domain.commands import Hold, Redeem
from stampbook.domain.decisions.entry import Entry
from stampbook.domain.decisions.guards import (
    account_refusal,
    amount_refusal,
    effective_refusal,
    funds_refusal,
)
from stampbook.domain.decisions.sliding import slide_target
from stampbook.domain.model import FOREVER, MICROSECONDS, Kind, Transaction
from stampbook.domain.refusals import Refusal


def decide_redeem(book: Book, command: Redeem, now: int) -> Transaction | Refusal:
    """available → spent. What no lot pays is a deficit, within the overdraft."""
    return _take(book, command, command.kind, now, deadline_at=FOREVER)


def decide_hold(book: Book, command: Hold, now: int) -> Transaction | Refusal:
    """available → held, until committed, released or timed out."""
    timeout_s = command.timeout_s or book.policy.temporary_timeout_s
    return _take(book, command, Kind.HOLD, now, deadline_at=now + timeout_s * MICROSECONDS)


def _take(
    book: Book, command: Redeem | Hold, kind: Kind, now: int, *, deadline_at: int
) -> Transaction | Refusal:
    amount = command.amount
    refusal = (
        amount_refusal(amount)
        or effective_refusal(command.note.effective_at, now)
        or account_refusal(book, now)
        or funds_refusal(
            book, amount, overdraft=command.overdraft if isinstance(command, Redeem) else None
        )
    )
    if refusal:
        return refusal
    slides_at = slide_target(book, now, active=book.policy.expiry.on_spending)

    # After this point nothing is refused and nothing is missing.
    entry = Entry(book, slides_at=slides_at, now=now)
    entry.take(book.new_redemption(entry.seq, held=kind is Kind.HOLD), amount)
    return entry.close(kind, amount, now=now, note=command.note, deadline_at=deadline_at)
