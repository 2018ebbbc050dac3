"""Points added to a card or subtracted from it by an operator."""

from typing import Any, Final

from stampbook.dialects.voucherify.core.bodies import Closed, Points, Reason, read_body
from stampbook.dialects.voucherify.core.calls import Call
from stampbook.dialects.voucherify.core.faults import TOO_FEW, Fault, refused
from stampbook.dialects.voucherify.core.once import earlier, is_repeat, write_once
from stampbook.dialects.voucherify.core.points.rejections import Rejection, print_rejection, record
from stampbook.dialects.voucherify.core.points.transactions import Entry, print_created
from stampbook.dialects.voucherify.core.seats import Table, check_active, find_card
from stampbook.domain.commands import Accrue, Note, Redeem
from stampbook.domain.model import Kind
from stampbook.domain.refusals import Code
from stampbook.ledger.outcomes import Done
from stampbook.ledger.submission import Asked, Submission
from stampbook.storage.fingerprints import given
from stampbook.storage.store import Transacting

AIM: Final = "Cannot adjust member's card points when"


class Adjustment(Closed, frozen=True):
    points: Points
    reason: Reason | None = None


async def adjust_points(call: Call) -> dict[str, Any]:
    """Add points (at once, whatever the definition says of pending ones) or subtract some."""
    wanted = read_body(call.body, Adjustment)
    table = await find_card(call)
    rejected = await earlier(call)
    if rejected is not None:
        return rejected
    if not await is_repeat(call):
        _check(table, call.now)
    if wanted.points == 0:
        return {
            "transaction": None,
            "status": "NO_CHANGE",
            "message": "Provided amount is zero, transaction was not created",
        }
    return await _adjust(call, table, wanted)


def _check(table: Table, now: int) -> None:
    """The vendor answers message and details swapped here, but for the validity window's."""
    try:
        check_active(table, AIM, now)
    except Fault as fault:
        if fault.key != "program_outside_validity_window":
            fault.message, fault.details = fault.details, fault.message
        raise


async def _adjust(call: Call, table: Table, wanted: Adjustment) -> dict[str, Any]:
    """The body of the answer. What the balance does not cover is stored as rejected."""
    note = Note(reason=wanted.reason, actor=call.caller.actor)
    command: Accrue | Redeem
    if wanted.points > 0:
        command = Accrue(
            amount=wanted.points, kind=Kind.ADJUST_CREDIT, activates_at=call.now, note=note
        )
    else:
        command = Redeem(amount=-wanted.points, kind=Kind.ADJUST_DEBIT, note=note)
    outcome = await call.context.ledger.submit(
        Submission(
            tenant=call.tenant,
            program=table.program.program_id,
            account=table.card.account,
            commands=(command,),
            key=call.key,
            identity=Asked(
                "adjust",
                given(points=wanted.points, reason=wanted.reason),
                lambda: repr((wanted.points, wanted.reason)),
            ),
        )
    )
    place = table.card.place
    if isinstance(outcome, Done):
        row = outcome.transaction
        return _created(wanted, print_created(place, Entry(row, row, None, {})))
    if outcome.code is Code.IDEMPOTENCY_KEY_REUSED:
        rejected: dict[str, Any] | None = await earlier(call)  # by the same request meanwhile
        if rejected is not None:
            return rejected
    if wanted.points > 0 or outcome.code not in TOO_FEW:
        raise refused(outcome)

    async def write(writing: Transacting) -> Any:
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

    body: dict[str, Any] = await write_once(call, write)
    return body


def _created(wanted: Adjustment, transaction: dict[str, Any]) -> dict[str, Any]:
    word = "addition" if wanted.points > 0 else "subtraction"
    return {
        "transaction": transaction,
        "status": "TRANSACTION_CREATED",
        "message": f"Points {word} transaction created",
    }
