"""Pending points by hand: cancel or activate a bucket.

Stampbook decides at once, in the call: effect and status are one commit. The call answers the
transaction as PENDING; every later read has it as APPROVED
(docs/decisions/0030-voucherify-decides-at-once.md).

What the path names is looked up before: in the ledger's memory, or else in the store. Whether the
bucket may be moved is judged by the planner, by the book that the save is guarded by.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, Final, NamedTuple

from stampbook.dialects.voucherify.core.bodies import read_no_body
from stampbook.dialects.voucherify.core.calls import Call, Hours
from stampbook.dialects.voucherify.core.faults import Fault, not_found, refused
from stampbook.dialects.voucherify.core.ids import Prefix, parse
from stampbook.dialects.voucherify.core.points.buckets import (
    EVENT_BASED,
    BucketStatus,
    status_of,
    waiting_of,
)
from stampbook.dialects.voucherify.core.points.transactions import Entry, Place, print_created
from stampbook.dialects.voucherify.core.seats import find_card, glimpse_card
from stampbook.dialects.voucherify.core.windows import is_open
from stampbook.domain.book import Book
from stampbook.domain.commands import Activate, Cancel, Command, Note
from stampbook.domain.model import FOREVER, AccountStatus, Transaction, split_number
from stampbook.domain.policy import PendingType, local_date
from stampbook.domain.refusals import Code, Refusal
from stampbook.ledger.journal.facts import of_rows
from stampbook.ledger.journal.lots import numbered
from stampbook.ledger.outcomes import Done
from stampbook.ledger.submission import Submission
from stampbook.programs.faults import Changed


class Words(NamedTuple):
    """How the two operations by hand differ."""

    verb: str
    participle: str
    noun: str
    reason: str
    message: str
    command: Callable[..., Cancel | Activate]


CANCEL: Final = Words(
    verb="cancel",
    participle="canceled",
    noun="cancellation",
    reason="Manual points cancellation",
    message="Points cancellation transaction created",
    command=partial(Cancel, only_pending=True),
)
ACTIVATE: Final = Words(
    verb="activate",
    participle="activated",
    noun="activation",
    reason="Manual points activation",
    message="Points activation transaction created",
    command=Activate,
)


class Bucket(NamedTuple):
    """What a path names: a card, its program's hours, and a lot. `lot` and `target` are numbers
    within the account: of the lot, and of the accrual that made it."""

    place: Place
    hours: Hours
    lot: int
    target: int


async def cancel_pending_points(call: Call) -> dict[str, Any]:
    """Cancel a bucket by hand: its points never activate."""
    return await _move(call, CANCEL)


async def activate_pending_points(call: Call) -> dict[str, Any]:
    """Activate a bucket by hand, before its time."""
    return await _move(call, ACTIVATE)


async def _move(call: Call, words: Words) -> dict[str, Any]:
    read_no_body(call.body)
    bucket = _glimpse(call) or await _read(call)
    outcome = await _submit(call, words, bucket)
    if outcome is OUTDATED:
        bucket = await _read(call)
        outcome = await _submit(call, words, bucket)
    if isinstance(outcome, Refusal):
        raise await _fault(call, words, outcome)
    if outcome.already:
        raise _judged(NOT_PENDING, words)
    accrual = await _accrual(call, bucket)
    return {
        "transaction": print_created(bucket.place, Entry(outcome.transaction, accrual, None, {})),
        "status": "TRANSACTION_CREATED",
        "message": words.message,
    }


async def _submit(call: Call, words: Words, bucket: Bucket) -> Done | Refusal:
    note = Note(reason=words.reason, actor=call.caller.actor)
    command = words.command(target=bucket.target, note=note)
    return await call.context.ledger.submit(
        Submission(
            tenant=call.caller.tenant,
            program=bucket.place.program,
            account=bucket.place.account,
            commands=(command,),
            key=call.key,
            planner=partial(_judge, bucket, command),
        )
    )


# -- what the path names -----------------------------------------------------------------


def _glimpse(call: Call) -> Bucket | None:
    """The bucket, if the ledger's memory has all that the path names."""
    card, lot = glimpse_card(call), parse(Prefix.PENDING_BUCKET, call.parameters["bucket"])
    if card is None or lot is None:
        return None
    account, seq = split_number(lot)
    known = card.book.lots.get(seq) if account == card.book.number else None
    return None if known is None else Bucket(card.place, card.hours, seq, known.accrued_by)


async def _read(call: Call) -> Bucket:
    """The bucket as the store has it. Raises a Fault (404)."""
    table = await find_card(call)
    account, text = table.card.account, call.parameters["bucket"]
    owner, seq = split_number(parse(Prefix.PENDING_BUCKET, text) or 0)
    lots = await numbered(call.store, account, {seq}) if owner == account and seq else {}
    if seq not in lots:
        raise not_found("card_pending_points_bucket", text)
    hours = table.program.validity_hours
    return Bucket(table.card.place, hours, seq, lots[seq].accrued_by)


async def _accrual(call: Call, bucket: Bucket) -> Transaction:
    """The row that made the bucket: the ledger has just had it in memory."""
    account = bucket.place.account
    row = call.context.ledger.recorded(account, bucket.target)
    return row or (await of_rows(call.store, account, {bucket.target})).rows[bucket.target]


# -- whether it may be moved -------------------------------------------------------------


def _judge(bucket: Bucket, command: Command, book: Book, now: int) -> Sequence[Command] | Refusal:
    """Program, member, card definition and bucket must allow it, in this order."""
    policy = book.policy
    if policy.version != bucket.place.policy.version:
        return OUTDATED
    row = book.row(bucket.target)
    if row is None or all(terms.lot != bucket.lot for terms in row.terms):
        return OUTDATED  # what memory had of it was never saved
    if not policy.accepts:
        return NO_ACTIVE_PROGRAM
    if not policy.is_active(now) or not is_open(bucket.hours, policy.timezone, now):
        return OUTSIDE_WINDOW
    if book.status is not AccountStatus.OPEN:
        return NO_ACTIVE_MEMBER
    if policy.pending.type is PendingType.IMMEDIATE:
        return NOT_ENABLED
    lot, movement = book.lot(bucket.lot), book.movements.get(bucket.target)
    deadline_at = FOREVER if movement is None else movement.deadline_at
    if status_of(lot, deadline_at, now) is not BucketStatus.PENDING:
        return NOT_PENDING
    waits = waiting_of(policy, lot, deadline_at)
    if waits.type != EVENT_BASED and waits.date <= local_date(now, policy.timezone):
        return NOT_ELIGIBLE
    return (command,)


OUTDATED: Final = Refusal(Code.INVALID_REQUEST, "what was looked up is no longer so")
NO_ACTIVE_PROGRAM: Final = Refusal(Code.PROGRAM_INACTIVE, "the program's status")
OUTSIDE_WINDOW: Final = Refusal(Code.PROGRAM_INACTIVE, "the program's dates or hours")
NO_ACTIVE_MEMBER: Final = Refusal(Code.MEMBER_INACTIVE, "the member's status")
NOT_ENABLED: Final = Refusal(Code.INVALID_REQUEST, "the card definition has no pending points")
NOT_PENDING: Final = Refusal(Code.INVALID_REQUEST, "the bucket's status")
NOT_ELIGIBLE: Final = Refusal(Code.INVALID_REQUEST, "the bucket's date")

JUDGED: Final[Mapping[Refusal, tuple[str, str, str]]] = {
    NO_ACTIVE_PROGRAM: (
        "non_active_program",
        "Invalid program status",
        "Cannot {verb} pending points when program status is not ACTIVE",
    ),
    OUTSIDE_WINDOW: (
        "program_outside_validity_window",
        "Program is not available at this time",
        "Cannot {verb} pending points when program is not active at this time",
    ),
    NO_ACTIVE_MEMBER: (
        "non_active_member",
        "Invalid member status",
        "Cannot {verb} pending points when member status is not ACTIVE",
    ),
    NOT_ENABLED: (
        "pending_points_not_enabled",
        "Pending points are not enabled",
        "Card definition does not have pending points enabled",
    ),
    NOT_PENDING: (
        "invalid_pending_points_bucket_status",
        "Invalid pending points bucket status",
        "Pending points bucket must be in PENDING status in order to be {participle}",
    ),
    NOT_ELIGIBLE: (
        "bucket_not_eligible_for_manual_{noun}",
        "Bucket is not eligible for manual {noun}",
        "Activation date of the bucket must be in the future",
    ),
}
"""Key, message and details of what the planner refuses."""

NO_LONGER_PENDING: Final = frozenset(
    {
        Code.NOT_CANCELLABLE,
        Code.ALREADY_CANCELLED,
        Code.ALREADY_RELEASED,
        Code.INSUFFICIENT_POINTS,
    }
)
"""What the ledger says when another request was first, or the clock."""


async def _fault(call: Call, words: Words, refusal: Refusal) -> Exception:
    """A refusal in the vendor's words. What was deleted meanwhile is not found."""
    if refusal is OUTDATED:
        return Changed()
    if refusal in (NO_ACTIVE_PROGRAM, NO_ACTIVE_MEMBER):
        await _read(call)
    if refusal in JUDGED:
        return _judged(refusal, words)
    return _judged(NOT_PENDING, words) if refusal.code in NO_LONGER_PENDING else refused(refusal)


def _judged(refusal: Refusal, words: Words) -> Fault:
    key, message, details = (text.format(**words._asdict()) for text in JUDGED[refusal])
    return Fault(423, key, message, details)
