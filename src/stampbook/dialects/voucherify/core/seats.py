"""What a path names: program, member, card, in this order, or which of them there is not."""

from typing import NamedTuple

from stampbook.dialects.spelling.voucherify import Prefix, parse
from stampbook.dialects.voucherify.core.calls import MAX_SCHEMES, Call, Scheme
from stampbook.dialects.voucherify.core.faults import Fault, not_found
from stampbook.dialects.voucherify.core.rows import (
    NOBODY,
    Card,
    Member,
    Program,
    Seat,
    find_seat,
)
from stampbook.programs.searching.merged import account_after, survivors
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
    """The member and their program; of a member who was merged, the one who has taken over. Raises
    a Fault (404)."""
    seat = await _find(call, program, _number(Prefix.MEMBER, member), db=db)
    if seat.program is None:
        raise not_found("program", program)
    if seat.member is None:
        raise not_found("member", member)
    return seat.program, seat.member


async def find_card(call: Call) -> FoundCard:
    """The card that the path names, its member and program; of a member who was merged, those of
    the one who has taken over. Raises a Fault (404)."""
    path = call.parameters
    program, member, card = path["program"], path["member"], path["card"]
    seat = await _find(call, program, _number(Prefix.MEMBER, member), _number(Prefix.CARD, card))
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


async def _find(
    call: Call,
    program: str,
    member: int,
    account: int = NOBODY,
    db: Transacting | None = None,
) -> Seat:
    """What is there of these; where one of them is missing, of who has taken over from it."""
    home = program_number(call, program)
    seat = await find_seat(
        call.store, tenant=call.tenant, program=home, member=member, account=account, db=db
    )
    wants_card = account != NOBODY and seat.card is None
    if seat.program is None or not (seat.member is None or wants_card):
        return seat
    reached = await survivors(db or call.store, [member], tenant=call.tenant)
    end = reached.get(member, NOBODY)
    held = await account_after(call.store, account, tenant=call.tenant) if wants_card else account
    if (end, held) == (member, account):
        return seat
    return await find_seat(
        call.store, tenant=call.tenant, program=home, member=end, account=held, db=db
    )


async def settle(call: Call, card: Card) -> None:
    """Journal what is due on the card, before its lists are read."""
    if card.due_at <= call.now:
        await call.context.ledger.settle([card.account])


def check_program(program: Program, what: str) -> None:
    """Only an active program takes members. Raises a Fault (423)."""
    if program.status != "active":
        raise Fault(
            423,
            "non_active_program",
            "Invalid program status",
            f"Cannot {what} when program status is not ACTIVE",
        )
