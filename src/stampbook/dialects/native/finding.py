"""What a request names, within the caller's bounds: another tenant's is not there."""

from stampbook.dialects import instants
from stampbook.dialects.native import ids
from stampbook.dialects.native.call import Call
from stampbook.dialects.native.problems import Failure, invalid_parameter, not_found
from stampbook.programs import accounts, currencies, members, programs
from stampbook.programs.accounts import Account
from stampbook.programs.currencies import Currency
from stampbook.programs.members import Member
from stampbook.programs.programs import Program
from stampbook.storage.store import Transacting
from stampbook.visits.locations import Limit

DEFAULT_LIMIT = 50
MAX_LIMIT = 200


def in_bounds(call: Call, program: int | None) -> bool:
    """Whether what belongs to the program is there for the caller. Raises Failure (403): it is,
    but who is bound to locations does not manage it (docs/decisions/0185-managers-of-locations.md).
    """
    caller = call.caller
    if not caller.sees(program):
        return False
    is_whole = program is None or not caller.limits or Limit(program) in caller.limits
    if not is_whole and call.operation.manages:
        raise Failure(403, "forbidden", "you are bound to locations of this program")
    return True


def unbound(call: Call) -> None:
    """What is the whole tenant's is not for callers of some programs. Raises Failure (403)."""
    if call.caller.is_bound:
        raise Failure(403, "forbidden", "your API key or user is bound to some programs")


def bound_user(call: Call) -> int | None:
    """The person whose limits bound a list of what belongs to programs; None for everybody else."""
    return call.caller.user if call.caller.is_bound else None


async def program(call: Call, db: Transacting, number: int | None) -> Program:
    """The program of that number. Raises Failure (404)."""
    if number is not None and in_bounds(call, number):
        found = await programs.get(db, number, tenant=call.caller.tenant)
        if found is not None:
            return found
    raise not_found("there is no such program")


async def currency(call: Call, db: Transacting, number: int | None) -> Currency:
    """The currency of that number. Raises Failure (404)."""
    if number is not None:
        found = await currencies.get(db, number, tenant=call.caller.tenant)
        if found is not None and in_bounds(call, found.program_id):
            return found
    raise not_found("there is no such currency")


async def member(
    call: Call, db: Transacting, number: int | None, *, deleted: bool = False
) -> Member:
    """The member of that number; with `deleted` also one that was. Raises Failure (404)."""
    if number is not None:
        found = await members.get(db, number, tenant=call.caller.tenant)
        if (
            found is not None
            and in_bounds(call, found.program_id)
            and (deleted or found.deleted_at is None)
        ):
            return found
    raise not_found("there is no such member")


async def account(call: Call, number: int | None) -> Account:
    """The account of that number. Raises Failure (404)."""
    if number is not None:
        found = await accounts.get(call.context.store, number, tenant=call.caller.tenant)
        if found is not None and in_bounds(call, found.program_id):
            return found
    raise not_found("there is no such account")


def limit(call: Call) -> int:
    """How many entries a page has. Raises Failure (422)."""
    text = call.query.get("limit", str(DEFAULT_LIMIT))
    if not (text.isascii() and text.isdigit() and len(text) <= 3 and 1 <= int(text) <= MAX_LIMIT):
        raise invalid_parameter("limit", f"must be a number from 1 to {MAX_LIMIT}")
    return int(text)


def cursor(call: Call, prefix: str) -> int | None:
    """The number after which the page begins; cursors are ids. Raises Failure (422)."""
    text = call.query.get("cursor")
    if text is None:
        return None
    number = ids.read(prefix, text)
    if number is None:
        raise invalid_parameter("cursor", "is not a next_cursor of this list")
    return number


def asked_id(call: Call, name: str, prefix: str) -> int | None:
    """The number of an id in the query; None if it is not given. Raises Failure (422)."""
    text = call.query.get(name)
    if text is None:
        return None
    number = ids.read(prefix, text)
    if number is None:
        raise invalid_parameter(name, f"is not an id ({prefix}_…)")
    return number


def asked_instant(call: Call, name: str) -> int | None:
    """An instant in the query; None if it is not given. Raises Failure (422)."""
    text = call.query.get(name)
    try:
        return None if text is None else instants.read(text)
    except instants.BadInstant as error:
        raise invalid_parameter(name, str(error)) from None


def body_id(prefix: str, text: str, pointer: str) -> int:
    """The number of an id in a body. Raises Failure (404): such a thing does not exist."""
    number = ids.read(prefix, text)
    if number is None:
        raise Failure(404, "not_found", f"{pointer}: there is no {text[:40]!r}")
    return number
