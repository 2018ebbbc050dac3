"""Points added to a card or subtracted from it by an operator."""

from collections.abc import Sequence
from functools import partial
from typing import Any, Final

from stampbook.dialects.voucherify.core.bodies import Closed, Points, Reason, read_body
from stampbook.dialects.voucherify.core.calls import Call
from stampbook.dialects.voucherify.core.faults import TOO_FEW, Fault, refused
from stampbook.dialects.voucherify.core.judging import (
    OUTDATED,
    STATES,
    Known,
    check_active,
    glimpse_card,
    judge_book,
    read_card,
    state_fault,
)
from stampbook.dialects.voucherify.core.once import earlier, write_once
from stampbook.dialects.voucherify.core.points.rejections import Rejection, print_rejection, record
from stampbook.dialects.voucherify.core.points.transactions import Entry, Place, print_created
from stampbook.dialects.voucherify.core.seats import find_card
from stampbook.domain.book import Book
from stampbook.domain.commands import Accrue, Command, Note, Redeem
from stampbook.domain.model import Kind
from stampbook.domain.refusals import Code, Refusal
from stampbook.ledger.outcomes import Done
from stampbook.ledger.submission import Asked, Submission
from stampbook.storage.fingerprints import given
from stampbook.storage.store import Transacting

Body = dict[str, Any]

AIM: Final = "Cannot adjust member's card points when"


class Adjustment(Closed, frozen=True):
    points: Points
    reason: Reason | None = None


async def adjust_points(call: Call) -> Body:
    """Add points (at once, whatever the definition says of pending ones) or subtract some."""
    wanted = read_body(call.body, Adjustment)
    if wanted.points == 0:
        return await _change_nothing(call)
    card = glimpse_card(call) or await read_card(call)
    outcome = await _submit(call, wanted, card)
    if outcome is OUTDATED:
        card = await read_card(call)
        outcome = await _submit(call, wanted, card)
    if isinstance(outcome, Done):
        row = outcome.transaction
        return _created(wanted, print_created(card.place, Entry(row, row, None, {})))
    if outcome.code is Code.IDEMPOTENCY_KEY_REUSED:
        rejected = await earlier(call)  # what was rejected is kept beside the ledger
        if rejected is not None:
            return rejected
    if outcome is OUTDATED or outcome in STATES:
        raise _swapped(await state_fault(call, outcome, AIM))
    if wanted.points > 0 or outcome.code not in TOO_FEW:
        raise refused(outcome)
    return await _reject(call, wanted, card.place)


async def _change_nothing(call: Call) -> Body:
    try:
        check_active(await find_card(call), AIM, call.now)
    except Fault as fault:
        raise _swapped(fault) from None
    return {
        "transaction": None,
        "status": "NO_CHANGE",
        "message": "Provided amount is zero, transaction was not created",
    }


def _swapped(fault: Fault) -> Fault:
    """The vendor answers message and details of states swapped here, but for the window's."""
    if fault.key in ("non_active_program", "non_active_member"):
        fault.message, fault.details = fault.details, fault.message
    return fault


async def _submit(call: Call, wanted: Adjustment, card: Known) -> Done | Refusal:
    note = Note(reason=wanted.reason, actor=call.caller.actor)
    command: Accrue | Redeem
    if wanted.points > 0:
        kind = Kind.ADJUST_CREDIT
        command = Accrue(amount=wanted.points, kind=kind, activates_at=call.now, note=note)
    else:
        command = Redeem(amount=-wanted.points, kind=Kind.ADJUST_DEBIT, note=note)
    return await call.context.ledger.submit(
        Submission(
            tenant=call.tenant,
            program=card.place.program,
            account=card.place.account,
            planner=partial(_judge, card, command),
            key=call.key,
            identity=Asked(
                "adjust",
                given(points=wanted.points, reason=wanted.reason),
                lambda: repr((wanted.points, wanted.reason)),
            ),
        )
    )


def _judge(card: Known, command: Command, book: Book, now: int) -> Sequence[Command] | Refusal:
    return judge_book(card, book, now) or (command,)


async def _reject(call: Call, wanted: Adjustment, place: Place) -> Body:
    """What the balance does not cover is stored as rejected."""

    async def write(writing: Transacting) -> Body:
        rejection = await record(
            writing,
            Rejection(
                rejection_id=0,
                account=place.account,
                points=wanted.points,
                reason=wanted.reason,
                created_at=call.now,
            ),
            tenant=call.tenant,
        )
        return _created(wanted, print_rejection(place, rejection, created=True))

    return await write_once(call, write)


def _created(wanted: Adjustment, transaction: Body) -> Body:
    word = "addition" if wanted.points > 0 else "subtraction"
    return {
        "transaction": transaction,
        "status": "TRANSACTION_CREATED",
        "message": f"Points {word} transaction created",
    }
