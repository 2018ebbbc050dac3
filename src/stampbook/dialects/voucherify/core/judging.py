"""Whether points of a card may be moved now: judged in the planner, by the ledger's book."""

from collections.abc import Mapping
from typing import Final, NamedTuple

from stampbook.dialects.spelling.voucherify import Prefix, parse
from stampbook.dialects.voucherify.core.calls import Call, Hours
from stampbook.dialects.voucherify.core.faults import Fault
from stampbook.dialects.voucherify.core.points.transactions import Place
from stampbook.dialects.voucherify.core.rows import Member, Program
from stampbook.dialects.voucherify.core.seats import FoundCard, find_card
from stampbook.dialects.voucherify.core.windows import is_open
from stampbook.domain.book import Book
from stampbook.domain.model import AccountStatus
from stampbook.domain.policy import Policy
from stampbook.domain.refusals import Code, Refusal
from stampbook.programs.faults import Changed


class Known(NamedTuple):
    """A card and its program's hours, as they were at the version of `place.policy`."""

    place: Place
    hours: Hours


def glimpse_card(call: Call) -> Known | None:
    """The card that the path names, if the ledger's memory has all of it.

    Whose it is never changes; what may have changed is judged in the planner (Ledger.glimpse).
    """
    path = call.parameters
    account = parse(Prefix.CARD, path["card"])
    book = None if account is None else call.context.ledger.glimpse(account)
    if (
        book is None
        or book.merged_into
        or book.tenant != call.caller.tenant
        or call.caller.program not in (None, book.program)
        or parse(Prefix.PROGRAM, path["program"]) != book.program
        or parse(Prefix.MEMBER, path["member"]) != book.member
    ):
        return None
    policy = book.policy
    scheme = call.remembered.schemes.get((book.currency, policy.version))
    if scheme is None:
        return None
    # No transaction names its customer.
    place = Place(book.program, book.member, book.number, scheme.definition, "", policy)
    return Known(place, scheme.hours)


async def read_card(call: Call) -> Known:
    """The card that the path names, as the store has it. Raises a Fault (404)."""
    table = await find_card(call)
    return Known(table.card.place, table.program.validity_hours)


OUTDATED: Final = Refusal(Code.INVALID_REQUEST, "what was looked up is no longer so")
"""Look it up in the store, and ask again."""

NO_ACTIVE_PROGRAM: Final = Refusal(Code.PROGRAM_INACTIVE, "the program's status")
OUTSIDE_WINDOW: Final = Refusal(Code.PROGRAM_INACTIVE, "the program's dates or hours")
NO_ACTIVE_MEMBER: Final = Refusal(Code.MEMBER_INACTIVE, "the member's status")

STATES: Final[Mapping[Refusal, tuple[str, str, str]]] = {
    NO_ACTIVE_PROGRAM: (
        "non_active_program",
        "Invalid program status",
        "program status is not ACTIVE",
    ),
    OUTSIDE_WINDOW: (
        "program_outside_validity_window",
        "Program is not available at this time",
        "program is not active at this time",
    ),
    NO_ACTIVE_MEMBER: (
        "non_active_member",
        "Invalid member status",
        "member status is not ACTIVE",
    ),
}
"""Key, message, and what follows the aim in the details."""


def judge_book(known: Known, book: Book, now: int) -> Refusal | None:
    """What is in the way of a movement on the card; None if nothing is."""
    if book.merged_into or book.policy.version != known.place.policy.version:
        return OUTDATED
    return _judge(book.policy, known.hours, book.status is AccountStatus.OPEN, now)


def _judge(policy: Policy, hours: Hours, member_is_active: bool, now: int) -> Refusal | None:
    """Program status, validity and member status, in this order."""
    if not policy.accepts:
        return NO_ACTIVE_PROGRAM
    if not policy.is_active(now) or not is_open(hours, policy.timezone, now):
        return OUTSIDE_WINDOW
    return None if member_is_active else NO_ACTIVE_MEMBER


async def state_fault(call: Call, refusal: Refusal, aim: str) -> Fault:
    """OUTDATED or one of STATES in the vendor's words. Raises Changed, or a Fault (404) for what
    was deleted meanwhile. `aim` begins the details: "Cannot … when"."""
    if refusal is OUTDATED:
        raise Changed
    await find_card(call)
    return _worded(refusal, aim)


def _worded(refusal: Refusal, aim: str) -> Fault:
    key, message, details = STATES[refusal]
    return Fault(423, key, message, f"{aim} {details}")


def check_open(program: Program, member: Member, aim: str, now: int) -> None:
    """Program status, validity and member status, in this order. Raises a Fault (423)."""
    starts_at, ends_at = program.starts_at, program.ends_at
    begun = starts_at is None or starts_at <= now
    in_dates = begun and (ends_at is None or now < ends_at)
    if program.status != "active":
        raise _worded(NO_ACTIVE_PROGRAM, aim)
    if not in_dates or not is_open(program.validity_hours, program.timezone, now):
        raise _worded(OUTSIDE_WINDOW, aim)
    if member.status != "active":
        raise _worded(NO_ACTIVE_MEMBER, aim)


def check_active(table: FoundCard, aim: str, now: int) -> None:
    """The same of a card that was read. Raises a Fault (423)."""
    is_active = table.member.status == "active"
    refusal = _judge(table.card.policy, table.program.validity_hours, is_active, now)
    if refusal is not None:
        raise _worded(refusal, aim)
