"""Pending points by hand: cancel or activate a bucket, and the list of those that wait.

Stampbook decides at once, in the call: effect and status are one commit. The call
answers the transaction as PENDING; every later read tells it APPROVED
(docs/decisions/0030-voucherify-decides-at-once.md).
"""

from collections.abc import Callable
from typing import Any, Final, NamedTuple

from stampbook.dialects.voucherify.core.bodies import read_no_body
from stampbook.dialects.voucherify.core.buckets import BucketStatus, Waiting, waiting
from stampbook.dialects.voucherify.core.calls import Call
from stampbook.dialects.voucherify.core.faults import Fault, not_found, refused
from stampbook.dialects.voucherify.core.ids import Prefix, parse
from stampbook.dialects.voucherify.core.seats import (
    Accrued,
    Table,
    check_active,
    find_card,
    find_lot,
)
from stampbook.dialects.voucherify.core.transactions import Entry, Place, print_created
from stampbook.domain.commands import Activate, Cancel, Note
from stampbook.domain.model import Transaction
from stampbook.domain.policy import PendingType, Policy, local_date
from stampbook.domain.refusals import Code, Refusal
from stampbook.ledger.outcomes import Done
from stampbook.ledger.submission import Submission
from stampbook.storage.store import Key

CARD: Final = "/v2/loyalties/programs/{program:str}/members/{member:str}/cards/{card:str}"
BUCKET: Final = "card_pending_points_bucket"


class Words(NamedTuple):
    """How the two operations by hand differ."""

    verb: str
    participle: str
    noun: str
    reason: str
    message: str
    command: Callable[[int, Note], Cancel | Activate]


CANCEL: Final = Words(
    verb="cancel",
    participle="canceled",
    noun="cancellation",
    reason="Manual points cancellation",
    message="Points cancellation transaction created",
    command=lambda target, note: Cancel(target=target, only_pending=True, note=note),
)
ACTIVATE: Final = Words(
    verb="activate",
    participle="activated",
    noun="activation",
    reason="Manual points activation",
    message="Points activation transaction created",
    command=lambda target, note: Activate(target=target, note=note),
)


async def cancel_pending_points(call: Call) -> dict[str, Any]:
    """Cancel a bucket by hand: its points never activate."""
    program = call.parameters["program"]
    member = call.parameters["member"]
    card = call.parameters["card"]
    bucket = call.parameters["bucket"]
    body = await move_bucket(call, CANCEL, (program, member, card, bucket))
    return body


async def activate_pending_points(call: Call) -> dict[str, Any]:
    """Activate a bucket by hand, before its time."""
    program = call.parameters["program"]
    member = call.parameters["member"]
    card = call.parameters["card"]
    bucket = call.parameters["bucket"]
    body = await move_bucket(call, ACTIVATE, (program, member, card, bucket))
    return body


Path = tuple[str, str, str, str]
"""Program, member, card and bucket, as the path names them."""


async def move_bucket(call: Call, words: Words, path: Path) -> dict[str, Any]:
    """Do it, and the body of the answer. Raises a Fault."""
    program, member, card, bucket = path
    read_no_body(call.body)
    table = await find_card(call, program, member, card)
    account = table.card.account
    accrued = await find_lot(call, account, parse(Prefix.PENDING_BUCKET, bucket))
    if accrued is None:
        raise not_found(BUCKET, bucket)
    if not await is_repeat(call):
        check_place(table, words, call.now)
        check_bucket(table.card.policy, accrued, words, call.now)
    outcome = await call.context.ledger.submit(
        Submission(
            tenant=call.tenant,
            program=table.program.program_id,
            account=account,
            commands=(command_of(call, words, accrued.lot.accrued_by),),
            key=call.key,
        )
    )
    done = accepted(outcome, words)
    return print_moved(table.card.place, words, done, accrued.row)


def command_of(call: Call, words: Words, target: int) -> Cancel | Activate:
    """The ledger's command for a bucket of that accrual."""
    return words.command(target, Note(reason=words.reason, actor=call.caller.actor))


def print_moved(place: Place, words: Words, done: Done, accrual: Transaction) -> dict[str, Any]:
    """The body of the answer. Rows of pending points are printed without their lots."""
    return {
        "transaction": print_created(place, Entry(done.transaction, accrual, None, {})),
        "status": "TRANSACTION_CREATED",
        "message": words.message,
    }


async def is_repeat(call: Call) -> bool:
    """Whether the idempotency key was used: the ledger then judges, not the present state."""
    if call.key is None:
        return False
    return bool(await call.store.find_keys([Key(call.tenant, call.key)]))


def check_place(table: Table, words: Words, now: int) -> None:
    """Program, member and card definition must allow it, in this order. Raises a Fault (423)."""
    check_active(table, f"Cannot {words.verb} pending points when", now)
    if table.card.policy.pending.type is PendingType.IMMEDIATE:
        raise Fault(
            423,
            "pending_points_not_enabled",
            "Pending points are not enabled",
            "Card definition does not have pending points enabled",
        )


def check_bucket(policy: Policy, accrued: Accrued, words: Words, now: int) -> None:
    """The bucket must be pending, and dated later than today. Raises a Fault (423)."""
    if status_of(accrued, now) is not BucketStatus.PENDING:
        raise not_pending(words)
    waits = waiting_of(policy, accrued)
    for_event = waits.type == "EVENT_BASED"
    if not for_event and waits.date <= local_date(now, policy.timezone):
        raise Fault(
            423,
            f"bucket_not_eligible_for_manual_{words.noun}",
            f"Bucket is not eligible for manual {words.noun}",
            "Activation date of the bucket must be in the future",
        )


def not_pending(words: Words) -> Fault:
    return Fault(
        423,
        "invalid_pending_points_bucket_status",
        "Invalid pending points bucket status",
        f"Pending points bucket must be in PENDING status in order to be {words.participle}",
    )


def status_of(accrued: Accrued, now: int) -> BucketStatus:
    """How the bucket stands at `now`, whether or not the clock's work is journalled."""
    lot = accrued.lot
    if not lot.pending:
        gone = lot.revoked == lot.issued
        return BucketStatus.CANCELED if gone else BucketStatus.ACTIVATED
    if accrued.deadline_at <= now:
        return BucketStatus.CANCELED
    if not lot.locked and lot.activates_at <= now:
        return BucketStatus.ACTIVATED
    return BucketStatus.PENDING


def waiting_of(policy: Policy, accrued: Accrued) -> Waiting:
    return waiting(
        activates_at=accrued.lot.activates_at,
        deadline_at=accrued.deadline_at,
        locked=accrued.lot.locked,
        rule=policy.pending.type,
        timezone=policy.timezone,
    )


def accepted(outcome: Done | Refusal, words: Words) -> Done:
    """The ledger's yes; its no, and what was done before, in the vendor's words."""
    if isinstance(outcome, Done) and not outcome.already:
        return outcome
    if isinstance(outcome, Refusal) and outcome.code not in NO_LONGER_PENDING:
        raise refused(outcome)
    raise not_pending(words)


NO_LONGER_PENDING: Final = frozenset(
    {
        Code.NOT_CANCELLABLE,
        Code.ALREADY_CANCELLED,
        Code.ALREADY_RELEASED,
        Code.INSUFFICIENT_POINTS,
    }
)
"""What the ledger says when another request was first, or the clock."""
