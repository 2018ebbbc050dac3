"""Accruals: new lots, available at once, by a date, by an event, or by a commit."""

from typing import Final

from stampbook.domain.book import Book
from stampbook.domain.commands import Accrue, Activate, Expire
from stampbook.domain.decisions.entry import Entry
from stampbook.domain.decisions.guards import account_refusal, amount_refusal, effective_refusal
from stampbook.domain.decisions.holding import original_of
from stampbook.domain.decisions.returning import expired_to_spare
from stampbook.domain.decisions.settling import expire_if_past
from stampbook.domain.decisions.sliding import SLIDING, slide_by_activation, slide_target
from stampbook.domain.model import (
    AVAILABLE,
    CREDITS,
    EXPIRED,
    FOREVER,
    MICROSECONDS,
    PENDING,
    Kind,
    Lot,
    Status,
    Transaction,
)
from stampbook.domain.policy import activation, event_deadline, expiration
from stampbook.domain.refusals import Code, Refusal

REINSTATE: Final = Kind.REINSTATE

MAX_ISSUED = 9 * 10**18
"""The most that one account may ever be issued, so that its sums stay within 64 bits."""


def decide_accrue(book: Book, command: Accrue, now: int) -> Transaction | Refusal:
    """A new lot of `amount`.

    Available now, pending until its activation, or, if temporary, until its commit.
    Dates that are not given follow from the currency's policy, counted from
    `effective_at`. Points whose expiry has passed already are born expired.
    """
    policy = book.policy
    if command.kind is REINSTATE and not 0 < command.reinstates <= book.lots_made:
        return Refusal(Code.NOT_FOUND, "no such lot")
    refusal = amount_refusal(command.amount) or effective_refusal(command.note.effective_at, now)
    if refusal:
        return refusal
    # §4: dates that count from the operation count from its business instant.
    effective_at = now if command.note.effective_at is None else command.note.effective_at
    activates_at = command.activates_at
    if activates_at is None:
        activates_at = activation(policy, effective_at)
    refusal = (
        _dates_refusal(activates_at, command.expires_at)
        or account_refusal(book, now)
        or _reinstate_refusal(book, command)
        or room_refusal(book, command.amount)
    )
    if refusal:
        return refusal
    # §3: a common expiry that has not begun, or has passed, begins with the accrual, whether or not
    # the currency lets earning postpone it.
    is_running = now < book.slides_at < FOREVER
    slides_at = slide_target(book, now, active=policy.expiry.on_earning or not is_running)
    expires_at = command.expires_at
    sliding = expires_at is None and policy.expiry.type is SLIDING
    if sliding:
        expires_at = book.slides_at if slides_at == FOREVER else slides_at
    elif expires_at is None:
        expires_at = expiration(policy, effective_at=effective_at, activates_at=activates_at)
    deadline_at = FOREVER
    if command.temporary:
        deadline_at = now + (command.timeout_s or policy.temporary_timeout_s) * MICROSECONDS
    elif activates_at == FOREVER:
        # §3: a deadline that a past business instant puts before this row is due right after it.
        deadline_at = max(now, event_deadline(policy, effective_at))
    # §3: a lot is live from its activation, that instant included.
    waits = command.temporary or activates_at > now

    # After this point nothing is refused and nothing is missing.
    entry = Entry(book, slides_at=slides_at, now=now)
    lot = entry.issue(
        command.amount,
        into=PENDING if waits else AVAILABLE,
        activates_at=activates_at,
        expires_at=expires_at,
        now=now,
        sliding=sliding,
        locked=command.temporary,
    )
    expire_if_past(entry, lot, now)
    # §5.5: expired points that live on in a new lot can neither be reinstated twice nor come
    # back in another way.
    if command.reinstates:
        entry.mark_reinstated(book.lots[command.reinstates], command.amount)
    return entry.close(
        command.kind,
        command.amount,
        now=now,
        note=command.note,
        target=book.lots[command.reinstates].accrued_by if command.reinstates else 0,
        deadline_at=deadline_at,
    )


def decide_activate(book: Book, command: Activate, now: int) -> Transaction | Refusal:
    """Pending points of an accrual become available before their time.

    Dates that wait for an event are set now; others stay as they are.
    """
    row = original_of(book, command.target)
    if row is None or row.kind not in CREDITS:
        return Refusal(Code.NOT_FOUND, "no such accrual")
    lots = book.lots_of(row)
    refusal = effective_refusal(command.note.effective_at, now) or account_refusal(book, now)
    if refusal:
        return refusal
    movement = book.movement(row.seq)
    if movement.status is Status.TEMPORARY and movement.remaining:
        return Refusal(
            Code.INSUFFICIENT_POINTS, "the accrual is temporary; commit it first", book.active
        )
    amount = sum(lot.pending for lot in lots)
    if not amount:
        return Refusal(Code.INSUFFICIENT_POINTS, "nothing of it is pending", book.active)
    slides_at = slide_by_activation(book, lots, now)

    # After this point nothing is refused and nothing is missing.
    entry = Entry(book, slides_at=slides_at, now=now)
    for lot in lots:
        if lot.pending:
            make_available(entry, lot, now)
    return entry.close(
        Kind.ACTIVATE, amount, now=now, note=command.note, target=row.seq, root=row.root
    )


def decide_expire(book: Book, command: Expire, now: int) -> Transaction | Refusal:
    """Available points of an accrual, or of the lots named, expire before their time."""
    row = original_of(book, command.target) or book.row(command.target)
    if row is None or (row.kind not in CREDITS and not command.lots):
        return Refusal(Code.NOT_FOUND, "no such accrual")
    if not all(0 < seq <= book.lots_made for seq in command.lots):
        return Refusal(Code.NOT_FOUND, "no such lot")
    lots = [book.lot(seq) for seq in command.lots] or book.lots_of(row)
    refusal = effective_refusal(command.note.effective_at, now) or account_refusal(book, now)
    if refusal:
        return refusal
    amount = sum(lot.available for lot in lots)
    if not amount:
        return Refusal(Code.INSUFFICIENT_POINTS, "nothing of it is available", book.active)

    # After this point nothing is refused and nothing is missing.
    entry = Entry(book)
    for lot in lots:
        if lot.available:
            entry.move(lot, lot.available, AVAILABLE, EXPIRED)
    return entry.close(
        Kind.EXPIRE, amount, now=now, note=command.note, target=row.seq, root=row.root
    )


def make_available(entry: Entry, lot: Lot, now: int) -> None:
    """Pending → available at `now`, out of turn; what is past its expiry expires at once."""
    book = entry.book
    expires_at = lot.expires_at
    if lot.activates_at == FOREVER and expires_at == FOREVER:
        expires_at = expiration(book.policy, effective_at=now, activates_at=now)
    entry.date(lot, activates_at=min(lot.activates_at, now), expires_at=expires_at)
    entry.move(lot, lot.pending, PENDING, AVAILABLE)
    expire_if_past(entry, lot, now)


def room_refusal(book: Book, amount: int) -> Refusal | None:
    """Whether the account's sums stay within 64 bits."""
    if amount - book.split[0] > MAX_ISSUED:
        return Refusal(Code.ACCOUNT_FULL, "the account was issued all it can hold", book.active)
    return None


def _dates_refusal(activates_at: int, expires_at: int | None) -> Refusal | None:
    """An expiry that is asked for must leave the points a time to be used."""
    if expires_at is not None and expires_at <= activates_at < FOREVER:
        return Refusal(Code.INVALID_REQUEST, "expires_at must lie after activates_at")
    return None


def _reinstate_refusal(book: Book, command: Accrue) -> Refusal | None:
    """An operator's accrual may name an expired lot and give back the points that expired in it."""
    if command.kind is not REINSTATE:
        return None
    lot = book.lot(command.reinstates)
    if command.amount > expired_to_spare(book, lot):
        return Refusal(
            Code.EXCEEDS_ORIGINAL,
            "more than what expired of the lot and was neither reinstated nor cancelled",
            book.active,
        )
    return None
