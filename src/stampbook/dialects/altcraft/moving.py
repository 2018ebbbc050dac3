"""Accrue and redeem, permanent or temporary, by a promotion or without."""

from collections.abc import Sequence

from stampbook.dialects.altcraft import addressing
from stampbook.dialects.altcraft.answers import balance_text, refused
from stampbook.dialects.altcraft.call import Call, Success
from stampbook.dialects.altcraft.faults import Fault, incorrect, not_found
from stampbook.dialects.altcraft.rows import promotion_subject
from stampbook.dialects.altcraft.wire import Movement, read_movement
from stampbook.dialects.spelling.altcraft import write_transaction
from stampbook.domain.book import Book
from stampbook.domain.commands import Accrue, Command, Hold, Note, Redeem
from stampbook.domain.model import FOREVER
from stampbook.domain.policy import activation
from stampbook.domain.refusals import Code, Refusal
from stampbook.ledger.journal import rows
from stampbook.ledger.submission import Planner, Submission
from stampbook.programs import accounts, currency_options, point_promotions
from stampbook.programs.accounts import Account
from stampbook.programs.currencies import Currency
from stampbook.programs.point_promotions import PointPromotion
from stampbook.programs.programs import Program

PROMOTION_GONE = Refusal(Code.NOT_FOUND, "promotion")
OUTSIDE_PROMOTION = Refusal(Code.INVALID_REQUEST, "amount: is outside of the promotion's bounds")
EXPIRES_TOO_SOON = Refusal(Code.INVALID_REQUEST, "expiration_date: must lie after the activation")
BACKDATED = Refusal(
    Code.INVALID_REQUEST, "created_at: lies before what has happened to the account since"
)
"""What the planner refuses. It judges only what is new: a repeat of a request is answered as it
was the first time, whatever has become of the promotion or the dates meanwhile."""

LONGEST_PROMOTION_NUMBER = 15


async def accrue(call: Call) -> Success:
    """New points: at once, later, for a time, or until they are committed."""
    return await _move(call, accrual=True)


async def redeem(call: Call) -> Success:
    """Spend points, or reserve them until they are committed."""
    return await _move(call, accrual=False)


async def _move(call: Call, *, accrual: bool) -> Success:
    asked = read_movement(call.fields, now=call.now, accrual=accrual)
    program = await addressing.find_program(call, asked.scope.program)
    currency = await addressing.find_currency(call, program, asked.scope.currency)
    member = await addressing.find_member(call, program, asked.scope.person)
    amount = addressing.read_amount(asked.amount, currency)
    promotion = await _find_promotion(call, program, asked)
    account = await accounts.primary_or_open(call.context.store, member, currency, now=call.now)
    command = command_of(
        asked, amount=amount, promotion=promotion, actor=call.caller.actor, accrual=accrual
    )
    outcome = await call.context.ledger.submit(
        Submission(
            tenant=call.caller.tenant,
            program=call.caller.program,
            account=account.account_id,
            commands=(command,),
            key=call.key,
            planner=_planner(
                command,
                asked,
                refusal=_promotion_refusal(asked, promotion, currency, amount, call.now, accrual),
                earliest=await _earliest(call, account, asked),
            ),
        )
    )
    if isinstance(outcome, Refusal):
        raise _fault(outcome)
    row = outcome.transaction
    return Success(
        {
            "transaction_id": write_transaction(row.number),
            "balance": balance_text(row.balance_after, outcome.account.scale),
        }
    )


def command_of(
    asked: Movement,
    *,
    amount: int,
    promotion: PointPromotion | None,
    actor: str | None,
    accrual: bool,
) -> Command:
    """The ledger's command for what is asked."""
    note = Note(
        external_id=asked.eid,
        actor=actor,
        metadata=asked.external_data,
        effective_at=asked.created_at,
        subject=None if promotion is None else promotion_subject(promotion.promotion_id),
    )
    if accrual:
        return Accrue(
            amount,
            activates_at=asked.activates_at,
            expires_at=asked.expires_at,
            temporary=asked.is_temp,
            timeout_s=asked.timeout_s,
            note=note,
        )
    if asked.is_temp:
        return Hold(amount, timeout_s=asked.timeout_s, note=note)
    return Redeem(amount, note=note)


async def _find_promotion(call: Call, program: Program, asked: Movement) -> PointPromotion | None:
    """The promotion of that external id, else of that number; None if neither exists."""
    name = asked.promotion
    if name is None:
        return None
    store = call.context.store
    found = await point_promotions.by_external_id(store, program.program_id, name)
    if (
        found is None
        and name.isascii()
        and name.isdigit()
        and len(name) <= (LONGEST_PROMOTION_NUMBER)
    ):
        found = await point_promotions.get(store, int(name), tenant=program.tenant_id)
    return found if found is not None and found.program_id == program.program_id else None


def _promotion_refusal(
    asked: Movement,
    promotion: PointPromotion | None,
    currency: Currency,
    amount: int,
    now: int,
    accrual: bool,
) -> Refusal | None:
    """Why the promotion does not admit the amount; None if it does."""
    if asked.promotion is None:
        return None
    if promotion is None or not promotion.is_active(now):
        return PROMOTION_GONE
    kind = point_promotions.Movement.ACCRUAL if accrual else point_promotions.Movement.REDEMPTION
    if not promotion.admits(kind, currency=currency.currency_id, amount=amount):
        return OUTSIDE_PROMOTION
    return None


async def _earliest(call: Call, account: Account, asked: Movement) -> int | None:
    """Before which instant nothing may be dated: the last thing that the clock has done.

    None where nothing is dated back, or the currency allows all.
    """
    if asked.created_at is None:
        return None
    store = call.context.store
    if (await currency_options.get(store, account.currency_id)).backdating:
        return None
    await call.context.ledger.settle([account.account_id])
    return await rows.last_by_clock_at(store, account.account_id)


def _planner(
    command: Command, asked: Movement, *, refusal: Refusal | None, earliest: int | None
) -> Planner | None:
    """Judges in the engine, after a repeat has been recognised as one; None where there is
    nothing to judge, which spares the engine a copy of the account."""
    if refusal is None and earliest is None and asked.expires_at is None:
        return None

    def plan(book: Book, now: int) -> Sequence[Command] | Refusal:
        if refusal is not None:
            return refusal
        dated = now if asked.created_at is None else asked.created_at
        if earliest is not None and dated < earliest:
            return BACKDATED
        if asked.expires_at is not None:
            starts = asked.activates_at
            starts = activation(book.policy, dated) if starts is None else starts
            if asked.expires_at <= starts < FOREVER:
                return EXPIRES_TOO_SOON
        return (command,)

    return plan


def _fault(refusal: Refusal) -> Fault:
    if refusal is PROMOTION_GONE:
        return not_found("promotion")
    if refusal.code is Code.INVALID_REQUEST and ": " in refusal.detail:
        field, _, why = refusal.detail.partition(": ")
        return incorrect(field, why)
    return refused(refusal)
