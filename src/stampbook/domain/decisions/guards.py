"""Refusals that several decisions share."""

from typing import Final

from stampbook.domain.book import Book
from stampbook.domain.model import MAX_AMOUNT, AccountStatus, Movement, Status
from stampbook.domain.refusals import Code, Refusal

OPEN: Final = AccountStatus.OPEN


def account_refusal(book: Book, now: int) -> Refusal | None:
    """Whether the account takes new movements: program, member and account must be open."""
    if not book.policy.is_active(now):
        return Refusal(Code.PROGRAM_INACTIVE, "the program is not active", book.active)
    if book.status == OPEN:
        return None
    if book.status is AccountStatus.MEMBER_INACTIVE:
        return Refusal(Code.MEMBER_INACTIVE, "the member is not active", book.active)
    return Refusal(Code.ACCOUNT_CLOSED, "the account is closed", book.active)


def amount_refusal(amount: int | None) -> Refusal | None:
    """Amounts are positive and at most MAX_AMOUNT; None means "all of it"."""
    if amount is not None and not 0 < amount <= MAX_AMOUNT:
        return Refusal(Code.INVALID_REQUEST, "amount must be positive and at most 9 * 10^15")
    return None


def effective_refusal(effective_at: int | None, now: int) -> Refusal | None:
    """The business instant may lie in the past, not in the future."""
    if effective_at is not None and effective_at > now:
        return Refusal(Code.INVALID_REQUEST, "effective_at must not lie in the future")
    return None


def funds_refusal(book: Book, amount: int, *, overdraft: int | None = None) -> Refusal | None:
    """Whether the active balance suffices for `amount` (overdraft None: the currency's)."""
    if overdraft is None:
        overdraft = book.policy.overdraft
    if book.active - amount >= -overdraft:
        return None
    if book.owed:
        return Refusal(
            Code.DEFICIT_OUTSTANDING,
            "a deficit is outstanding; new points pay it first",
            book.active,
        )
    return Refusal(Code.INSUFFICIENT_POINTS, "the active balance does not suffice", book.active)


def temporary_refusal(book: Book, movement: Movement, *, temporary: bool) -> Refusal | None:
    """Whether a commit or release of the movement is still possible.

    `temporary`: it was made as a temporary one.
    """
    if not temporary:
        return Refusal(
            Code.NOT_TEMPORARY,
            "the transaction is not temporary; use cancel to undo it",
            book.active,
        )
    if movement.status is Status.RELEASED:
        return Refusal(
            Code.ALREADY_RELEASED,
            "the transaction was rolled back",
            book.active,
            movement.released_by,
        )
    if movement.cancelled >= movement.base:
        return Refusal(
            Code.ALREADY_CANCELLED,
            "the transaction was cancelled",
            book.active,
            movement.cancelled_by,
        )
    if movement.status is not Status.TEMPORARY:
        return Refusal(
            Code.ALREADY_COMMITTED,
            "the transaction is committed; use cancel to undo it",
            book.active,
            movement.committed_by,
        )
    return None
