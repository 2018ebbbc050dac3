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

from stampbook.dialects.spelling.voucherify import Prefix, parse
from stampbook.dialects.voucherify.core.bodies import NO_BODY, read_no_body
from stampbook.dialects.voucherify.core.calls import Call
from stampbook.dialects.voucherify.core.faults import Fault, not_found, refused
from stampbook.dialects.voucherify.core.judging import (
    OUTDATED,
    STATES,
    Known,
    glimpse_card,
    judge_book,
    read_card,
    state_fault,
)
from stampbook.dialects.voucherify.core.points.buckets import (
    EVENT_BASED,
    BucketStatus,
    made_in,
    status_of,
    waiting_of,
)
from stampbook.dialects.voucherify.core.points.transactions import Entry, print_created
from stampbook.domain.book import Book
from stampbook.domain.commands import Activate, Cancel, Command, Note
from stampbook.domain.model import FOREVER, Transaction, split_number
from stampbook.domain.policy import PendingType, local_date
from stampbook.domain.refusals import Code, Refusal
from stampbook.ledger.journal.facts import of_rows
from stampbook.ledger.journal.lots import numbered
from stampbook.ledger.outcomes import Done
from stampbook.ledger.submission import Submission


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
    """What a path names: a lot of a card. `lot` and `target` are numbers within the account: of the
    lot, and of the accrual that made it."""

    card: Known
    lot: int
    target: int


async def _move(call: Call, words: Words) -> dict[str, Any]:
    if call.body not in NO_BODY:
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
        "transaction": print_created(
            bucket.card.place, Entry(outcome.transaction, accrual, None, {})
        ),
        "status": "TRANSACTION_CREATED",
        "message": words.message,
    }


cancel_pending_points: Final = partial(_move, words=CANCEL)
"""Cancel a bucket by hand: its points never activate."""

activate_pending_points: Final = partial(_move, words=ACTIVATE)
"""Activate a bucket by hand, before its time."""


async def _submit(call: Call, words: Words, bucket: Bucket) -> Done | Refusal:
    note = Note(reason=words.reason, actor=call.caller.actor)
    command, place = words.command(target=bucket.target, note=note), bucket.card.place
    return await call.context.ledger.submit(
        Submission(
            tenant=call.caller.tenant,
            program=place.program,
            account=place.account,
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
    book = call.context.ledger.glimpse(account) if account == card.place.account else None
    known = None if book is None else book.lots.made.get(seq) or book.lots.get(seq)
    return None if known is None else Bucket(card, seq, known.accrued_by)


async def _read(call: Call) -> Bucket:
    """The bucket as the store has it. Raises a Fault (404)."""
    card, text = await read_card(call), call.parameters["bucket"]
    account = card.place.account
    owner, seq = split_number(parse(Prefix.PENDING_BUCKET, text) or 0)
    lots = await numbered(call.store, account, {seq}) if owner == account and seq else {}
    if seq not in lots:
        raise not_found("card_pending_points_bucket", text)
    return Bucket(card, seq, lots[seq].accrued_by)


async def _accrual(call: Call, bucket: Bucket) -> Transaction:
    """The row that made the bucket: the ledger has just had it in memory."""
    account, seq = bucket.card.place.account, bucket.target
    row = call.context.ledger.recorded(account, seq)
    return row or (await of_rows(call.store, account, {seq})).rows[seq]


# -- whether it may be moved -------------------------------------------------------------


def _judge(bucket: Bucket, command: Command, book: Book, now: int) -> Sequence[Command] | Refusal:
    """Program, member, card definition and bucket must allow it, in this order."""
    refusal = judge_book(bucket.card, book, now)
    if refusal is not None:
        return refusal
    policy, made = book.policy, made_in(book, accrual=bucket.target, lot=bucket.lot)
    if made is None:
        return OUTDATED
    if policy.pending.type is PendingType.IMMEDIATE:
        return NOT_ENABLED
    lot, movement = made.lot, book.movements.get(bucket.target)
    deadline_at = FOREVER if movement is None else movement.deadline_at
    if status_of(lot, deadline_at, now) is not BucketStatus.PENDING:
        return NOT_PENDING
    waits = waiting_of(policy, lot, deadline_at)
    if waits.type != EVENT_BASED and waits.date <= local_date(now, policy.timezone):
        return NOT_ELIGIBLE
    return (command,)


NOT_ENABLED: Final = Refusal(Code.INVALID_REQUEST, "the card definition has no pending points")
NOT_PENDING: Final = Refusal(Code.INVALID_REQUEST, "the bucket's status")
NOT_ELIGIBLE: Final = Refusal(Code.INVALID_REQUEST, "the bucket's date")

JUDGED: Final[Mapping[Refusal, tuple[str, str, str]]] = {
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


async def _fault(call: Call, words: Words, refusal: Refusal) -> Fault:
    if refusal is OUTDATED or refusal in STATES:
        return await state_fault(call, refusal, f"Cannot {words.verb} pending points when")
    if refusal in JUDGED:
        return _judged(refusal, words)
    return _judged(NOT_PENDING, words) if refusal.code in NO_LONGER_PENDING else refused(refusal)


def _judged(refusal: Refusal, words: Words) -> Fault:
    key, message, details = (text.format(**words._asdict()) for text in JUDGED[refusal])
    return Fault(423, key, message, details)
