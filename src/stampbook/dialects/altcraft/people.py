"""Who takes part in a program: register and remove members."""

from collections.abc import Sequence
from functools import partial

from msgspec.json import encode

from stampbook.dialects.altcraft import addressing
from stampbook.dialects.altcraft.answers import refused
from stampbook.dialects.altcraft.call import Call, Success
from stampbook.dialects.altcraft.faults import incorrect, not_found
from stampbook.dialects.altcraft.once import Register, Remove, write_once
from stampbook.dialects.altcraft.wire import (
    EMAIL,
    PHONE,
    PROFILE_ID,
    CurrencyName,
    Person,
    read_past,
    read_person,
)
from stampbook.dialects.spelling.altcraft import read_profile, write_profile
from stampbook.domain.commands import Accrue, Note
from stampbook.domain.refusals import Code, Refusal
from stampbook.ledger.submission import Submission
from stampbook.programs import accounts, auditing, currency_options, enrolling, members
from stampbook.programs.faults import Gone, Taken
from stampbook.programs.members import Member
from stampbook.programs.programs import Program
from stampbook.programs.searching.keys import digits_in
from stampbook.storage.store import Transacting

WELCOME = "initial balance"
"""The reason that the journal gives for a currency's initial balance."""


async def register(call: Call) -> Success:
    """Make the person a member; one who is a member already keeps their profile id."""
    number = call.fields.required_integer("loyalty_program_id")
    person = read_person(call.fields)
    registered_at = read_past(call.fields, "registration_date", now=call.now)
    program = await addressing.find_program(call, number)
    asked = Register(number, person, registered_at)
    found: list[Member] = []

    async def write(writing: Transacting) -> Success:
        registered = registered_at or call.now
        found.append(await _find_or_create(writing, program, person, registered, call.now))
        return _profile(found[-1].member_id)

    async with addressing.turn_for(call, person):
        answer = await write_once(call, asked, write)
    member = found[-1] if found else await _member_of(call, answer)
    if member is not None:
        await _welcome(call, program, member)
    return answer


async def _member_of(call: Call, answer: Success) -> Member | None:
    """The member whom an earlier answer names, unless removed meanwhile."""
    number = read_profile(str(answer.beside["profile_id"]))
    assert number is not None
    member = await members.get(call.context.store, number, tenant=call.caller.tenant)
    return None if member is None or member.deleted_at is not None else member


async def remove(call: Call) -> Success:
    """Take the member out of the program: accounts close, all that is recorded stays."""
    number = call.fields.required_integer("loyalty_program_id")
    person = read_person(call.fields)
    program = await addressing.find_program(call, number)
    asked = Remove(number, person)
    closed: list[int] = []

    async def write(writing: Transacting) -> Success:
        found = await addressing.matching_members(writing, program, person)
        member = addressing.only_one(found, person)
        try:
            closed.extend(
                await members.delete(
                    writing, member.member_id, tenant=call.caller.tenant, now=call.now
                )
            )
        except Gone:
            raise not_found("member") from None
        return _profile(member.member_id)

    async with addressing.turn_for(call, person):
        answer = await write_once(call, asked, write)
    call.context.ledger.forget(closed)
    return answer


def _profile(member: int) -> Success:
    return Success(beside={"profile_id": write_profile(member)}, has_data=False)


async def _find_or_create(
    writing: Transacting, program: Program, person: Person, registered_at: int, now: int
) -> Member:
    async def find(db: Transacting) -> Sequence[Member]:
        return await addressing.matching_members(db, program, person)

    async def create(db: Transacting) -> Member:
        made = await _create(db, program, person, registered_at, now)
        # Others who bring people need no administrator; this method does, so the audit log has it.
        number, tenant = made.member_id, program.tenant_id
        load = partial(members.get, member=number, tenant=tenant)
        auditing.made(db, auditing.MEMBER, number, load, tenant=tenant, now=now)
        return made

    found = await enrolling.find_or_create(writing, program, find, create)
    return addressing.only_one(found, person)


async def _create(
    writing: Transacting, program: Program, person: Person, registered_at: int, now: int
) -> Member:
    """A member with the identifier by which none was found."""
    external_id = email = phone = None
    metadata = "{}"
    if person.matching == EMAIL:
        email = _checked(person, has="@" in person.value.strip("@"))
    elif person.matching == PHONE:
        phone = _checked(person, has=bool(digits_in(person.value)))
    elif person.matching == PROFILE_ID:
        if read_profile(person.value) is not None:
            raise not_found("member")
        external_id = person.value
    elif person.field_name == addressing.EXTERNAL_ID:
        external_id = person.value
    else:
        metadata = encode({person.field_name: person.value}).decode()
    try:
        return await members.create(
            writing,
            program,
            now=registered_at,
            recorded_at=now,
            external_id=external_id,
            email=email,
            phone=phone,
            metadata=metadata,
        )
    except Taken:
        raise incorrect(person.matching, "is taken by another member") from None


def _checked(person: Person, *, has: bool) -> str:
    if not has:
        raise incorrect(person.matching, f"must be {_WANTED[person.matching]}")
    return person.value


_WANTED = {EMAIL: "an e-mail address", PHONE: "a phone number"}


async def _welcome(call: Call, program: Program, member: Member) -> None:
    """Accrue each currency's initial balance: once, however often the person registers."""
    for number, amount in (
        await currency_options.initial_balances(call.context.store, program.program_id)
    ).items():
        currency = await addressing.find_currency(call, program, CurrencyName(number, None))
        account = await accounts.primary_or_open(call.context.store, member, currency, now=call.now)
        outcome = await call.context.ledger.submit(
            Submission(
                tenant=call.caller.tenant,
                account=account.account_id,
                commands=(Accrue(amount, note=Note(reason=WELCOME)),),
                key=f"stampbook:initial-balance:{account.account_id}",
            )
        )
        if isinstance(outcome, Refusal) and outcome.code is Code.OVERLOADED:
            raise refused(outcome)
