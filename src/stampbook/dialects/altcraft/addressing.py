"""Programs, currencies, members and accounts as requests name them, within the token's bounds."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager, nullcontext

from stampbook.dialects import amounts
from stampbook.dialects.altcraft.call import Call
from stampbook.dialects.altcraft.faults import incorrect, not_found
from stampbook.dialects.altcraft.wire import EMAIL, PHONE, PROFILE_ID, CurrencyName, Person
from stampbook.dialects.spelling.altcraft import read_profile
from stampbook.programs import accounts, currencies, members, programs
from stampbook.programs.accounts import Account
from stampbook.programs.currencies import Currency
from stampbook.programs.members import Member
from stampbook.programs.programs import Program
from stampbook.storage.store import Transacting

EXTERNAL_ID = "external_id"
"""The `field_name` that means the member's external id; any other is a key of its metadata."""


async def find_program(call: Call, number: int) -> Program:
    """The token's program of that number. Raises Fault (404)."""
    if call.caller.program in (None, number):
        program = await programs.get(call.context.store, number, tenant=call.caller.tenant)
        if program is not None:
            return program
    raise not_found("loyalty program")


async def find_currency(
    call: Call, program: Program, name: CurrencyName, *, required: bool = False
) -> Currency:
    """The currency named by number, code, or both in agreement; else the program's only one.

    `required`: one of the two must be given. Raises Fault (400, 404).
    """
    if name.iid is None and name.eid is None:
        if required:
            raise incorrect("points_currency_iid", "or points_currency_eid is required")
        return await _only_currency(call, program)
    found: Currency | None = None
    if name.iid is not None:
        found = await currencies.get(call.context.store, name.iid, tenant=call.caller.tenant)
        if found is None or found.program_id != program.program_id:
            raise not_found("currency")
    if name.eid is not None:
        by_code = await currencies.by_code(call.context.store, program.program_id, name.eid)
        if by_code is None:
            raise not_found("currency")
        if found is not None and found.currency_id != by_code.currency_id:
            raise incorrect("points_currency_eid", "names another currency than the iid")
        found = by_code
    assert found is not None
    return found


async def _only_currency(call: Call, program: Program) -> Currency:
    found = await currencies.page(call.context.store, program.program_id, limit=2)
    if not found:
        raise not_found("currency")
    if len(found) > 1:
        raise incorrect("points_currency_iid", "is required: the program has several currencies")
    return found[0]


async def find_member(call: Call, program: Program, person: Person) -> Member:
    """The one member whom the request means. Raises Fault (400 for two of them, 404)."""
    async with turn_for(call, person):
        return only_one(await matching_members(call.context.store, program, person), person)


def only_one(found: Sequence[Member], person: Person) -> Member:
    """The member found. Raises Fault (400 for two of them, 404)."""
    if not found:
        raise not_found("member")
    if len(found) > 1:
        raise incorrect(person.field_name or person.matching, "two members match")
    return found[0]


def turn_for(call: Call, person: Person) -> AbstractAsyncContextManager[None]:
    """A turn for the look-up, if it is a search: metadata has no index.

    Take it before a transaction, never inside one: transactions that wait for a turn would keep
    the connections that the searches before them need.
    """
    if person.matching in (EMAIL, PHONE, PROFILE_ID) or person.field_name == EXTERNAL_ID:
        return nullcontext()
    return call.context.scans.turn()


async def matching_members(db: Transacting, program: Program, person: Person) -> list[Member]:
    """The program's members of whom it is true; not the removed ones."""
    number, value = program.program_id, person.value
    if person.matching == EMAIL:
        return await members.find(db, number, email=value)
    if person.matching == PHONE:
        return await members.find(db, number, phone=value)
    if person.matching == PROFILE_ID:
        return await _by_profile(db, program, value)
    if person.field_name == EXTERNAL_ID:
        return await members.find(db, number, external_id=value)
    return await members.find_by_metadata(db, number, person.field_name, value)


async def _by_profile(db: Transacting, program: Program, value: str) -> list[Member]:
    """By the member's own number; the external id is taken too."""
    found = await members.find(db, program.program_id, external_id=value)
    number = read_profile(value)
    if number is not None:
        member = await members.get(db, number, tenant=program.tenant_id)
        if member is not None:
            member = await members.survivor(db, member)
        if member is not None and member.program_id == program.program_id and member not in found:
            found.append(member)
    return found


async def find_account(call: Call, member: Member, currency: Currency) -> Account | None:
    """The member's account of the currency; None while nothing has moved in it."""
    return await accounts.primary(
        call.context.store, member=member.member_id, currency=currency.currency_id
    )


def read_amount(text: str, currency: Currency) -> int:
    """Smallest units of a positive amount. Raises Fault (400)."""
    try:
        amount = amounts.read(text, currency.scale)
    except amounts.BadAmount as bad:
        raise incorrect("amount", str(bad)) from None
    if amount <= 0 or text.startswith("-"):
        raise incorrect("amount", "must be positive")
    return amount
