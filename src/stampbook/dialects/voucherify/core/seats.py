"""What a path names: program, member, card, in this order, or which of them there is not."""

from typing import NamedTuple

from stampbook.dialects.voucherify.core.calls import MAX_SCHEMES, Call, Scheme
from stampbook.dialects.voucherify.core.faults import Fault, not_found
from stampbook.dialects.voucherify.core.ids import Prefix, parse
from stampbook.dialects.voucherify.core.rows import NOBODY, Card, Member, Program, find_seat
from stampbook.domain.model import FOREVER, Lot, Transaction, split_number
from stampbook.ledger.journal.facts import of_rows
from stampbook.ledger.journal.lots import numbered
from stampbook.storage.store import Transacting


class FoundCard(NamedTuple):
    """A card, and whose it is."""

    program: Program
    member: Member
    card: Card


def _number(prefix: Prefix, text: str) -> int:
    number = parse(prefix, text)
    return NOBODY if number is None else number


def program_number(call: Call, text: str) -> int:
    """A key of one program sees no other."""
    number = _number(Prefix.PROGRAM, text)
    return number if call.caller.program in (None, number) else NOBODY


async def find_program(call: Call, program: str, db: Transacting | None = None) -> Program:
    """The caller's program of that id. Raises a Fault (404)."""
    seat = await find_seat(
        call.store, tenant=call.tenant, program=program_number(call, program), db=db
    )
    if seat.program is None:
        raise not_found("program", program)
    return seat.program


async def find_member(
    call: Call, program: str, member: str, db: Transacting | None = None
) -> tuple[Program, Member]:
    """The member and their program. Raises a Fault (404)."""
    seat = await find_seat(
        call.store,
        tenant=call.tenant,
        program=program_number(call, program),
        member=_number(Prefix.MEMBER, member),
        db=db,
    )
    if seat.program is None:
        raise not_found("program", program)
    if seat.member is None:
        raise not_found("member", member)
    return seat.program, seat.member


async def find_card(call: Call) -> FoundCard:
    """The card that the path names, its member and program. Raises a Fault (404)."""
    path = call.parameters
    program, member, card = path["program"], path["member"], path["card"]
    seat = await find_seat(
        call.store,
        tenant=call.tenant,
        program=program_number(call, program),
        member=_number(Prefix.MEMBER, member),
        account=_number(Prefix.CARD, card),
    )
    if seat.program is None:
        raise not_found("program", program)
    if seat.member is None:
        raise not_found("member", member)
    if seat.card is None:
        raise not_found("card", card)
    policy, schemes = seat.card.policy, call.remembered.schemes
    if len(schemes) >= MAX_SCHEMES:
        schemes.clear()
    scheme = Scheme(seat.card.place.definition, seat.program.validity_hours)
    schemes[policy.currency, policy.version] = scheme
    return FoundCard(seat.program, seat.member, seat.card)


async def settle(call: Call, card: Card) -> None:
    """Journal what is due on the card, before its lists are read."""
    if card.due_at <= call.now:
        await call.context.ledger.settle([card.account])


class Accrued(NamedTuple):
    """A lot, and the row of the journal that made it."""

    lot: Lot
    row: Transaction
    deadline_at: int
    """By when an event (or a commit) must come; FOREVER where nothing is waited for."""


async def find_lot(call: Call, account: int, lot: int | None) -> Accrued | None:
    """The account's lot of that number (account and sequence), with its accrual."""
    if lot is None:
        return None
    owner, seq = split_number(lot)
    if owner != account or not seq:
        return None
    found = (await numbered(call.store, account, {seq})).get(seq)
    if found is None:
        return None
    made_by = found.accrued_by
    facts = await of_rows(call.store, account, {made_by})
    movement = facts.movements.get(made_by)
    return Accrued(
        found, facts.rows[made_by], FOREVER if movement is None else movement.deadline_at
    )


def check_program(program: Program, what: str) -> None:
    """Only an active program takes members. Raises a Fault (423)."""
    if program.status != "active":
        raise Fault(
            423,
            "non_active_program",
            "Invalid program status",
            f"Cannot {what} when program status is not ACTIVE",
        )
