"""`/locations`, a program's referral, users' limits: docs/reference/native-api-visits.md."""

from collections.abc import Sequence

from msgspec.json import Decoder

from stampbook.dialects.native import finding, ids
from stampbook.dialects.native.call import Call, Reply, read
from stampbook.dialects.native.problems import not_found
from stampbook.dialects.native.wire.locations import (
    LimitsBody,
    LimitsShape,
    LocationBody,
    LocationChange,
    LocationShape,
    ReferralBody,
    ReferralShape,
    limits_shape,
    location_shape,
    referral_of,
    referral_shape,
)
from stampbook.dialects.native.wire.pages import Page, page_of
from stampbook.dialects.native.wire.values import given
from stampbook.dialects.native.writing import write_once
from stampbook.programs import programs, users
from stampbook.storage.store import Transacting
from stampbook.visits import cards, locations, promotions
from stampbook.visits.locations import Limit
from stampbook.visits.model import Location
from stampbook.visits.promotion import Effect, Promotion

_location_body = Decoder(LocationBody)
_location_change = Decoder(LocationChange)
_referral_body = Decoder(ReferralBody)
_limits_body = Decoder(LimitsBody)


async def create_location(call: Call) -> Reply:
    body = read(_location_body, call.body)

    async def write(writing: Transacting) -> LocationShape:
        number = finding.body_id(ids.PROGRAM, body.program_id, "/program_id")
        program = await finding.program(call, writing, number)
        timezone = body.timezone or program.timezone
        programs.check_timezone(timezone)
        location = await locations.create(
            writing,
            tenant=call.caller.tenant,
            program=program.program_id,
            title=body.title,
            timezone=timezone,
            now=call.context.clock(),
        )
        return location_shape(location)

    return await write_once(call, write)


async def list_locations(call: Call) -> Page[LocationShape]:
    limit = finding.limit(call)
    program = call.caller.program
    if "program_id" in call.query:
        number = ids.read(ids.PROGRAM, call.query["program_id"])
        program = (await finding.program(call, call.context.store, number)).program_id
    found = await locations.page(
        call.context.store,
        tenant=call.caller.tenant,
        program=program,
        only_of=finding.bound_user(call),
        after=finding.cursor(call, ids.LOCATION) or 0,
        limit=limit + 1,
    )
    return page_of([location_shape(each) for each in found], limit)


async def get_location(call: Call) -> LocationShape:
    found = await find_location(call, call.context.store, call.id(ids.LOCATION))
    return location_shape(found)


async def change_location(call: Call) -> Reply:
    change = given(read(_location_change, call.body))

    async def write(writing: Transacting) -> LocationShape:
        location = await find_location(call, writing, call.id(ids.LOCATION))
        if "timezone" in change:
            programs.check_timezone(change["timezone"])
        changed = await locations.change(
            writing,
            location.number,
            tenant=call.caller.tenant,
            now=call.context.clock(),
            **change,
        )
        return location_shape(changed or location)

    return await write_once(call, write)


async def find_location(call: Call, db: Transacting, number: int) -> Location:
    """The location of that number, within the caller's bounds. Raises Failure (404)."""
    found = await locations.get(db, number, tenant=call.caller.tenant)
    if found is None or not call.caller.enters(found.program, found.number):
        raise not_found("there is no such location")
    return found


# -- referrals and limits ------------------------------------------------------------


async def put_referral(call: Call) -> Reply:
    """Create the program's referral, or replace it."""
    body = read(_referral_body, call.body)

    async def write(writing: Transacting) -> ReferralShape:
        program = await finding.program(call, writing, call.id(ids.PROGRAM))
        wanted = referral_of(
            body,
            tenant=call.caller.tenant,
            program=program.program_id,
            currencies=await _currencies(writing, program.program_id, body.currency_ids),
            locations=await _locations(call, writing, program.program_id, body.location_ids),
        )
        now = call.context.clock()
        await programs.hold(writing, program.program_id, tenant=program.tenant_id)
        for old in await _referrals(writing, program.program_id):
            await promotions.delete(writing, old.number, program=program.program_id, now=now)
        return referral_shape(await promotions.create(writing, wanted, now=now))

    return await write_once(call, write)


async def get_referral(call: Call) -> ReferralShape:
    store = call.context.store
    program = await finding.program(call, store, call.id(ids.PROGRAM))
    found = await _referrals(store, program.program_id)
    if not found:
        raise not_found("the program has no referral")
    return referral_shape(found[0])


async def delete_referral(call: Call) -> Reply:
    async def write(writing: Transacting) -> ReferralShape:
        program = await finding.program(call, writing, call.id(ids.PROGRAM))
        found = await _referrals(writing, program.program_id)
        if not found:
            raise not_found("the program has no referral")
        for each in found:
            await promotions.delete(
                writing, each.number, program=program.program_id, now=call.context.clock()
            )
        return referral_shape(found[0])

    return await write_once(call, write)


async def _referrals(db: Transacting, program: int) -> list[Promotion]:
    found = await promotions.of_program(db, program)
    return [each for each in found if each.effect is Effect.REFERRAL]


async def _currencies(db: Transacting, program: int, texts: Sequence[str]) -> frozenset[int]:
    """The program's currencies of scale 0 to 2 that the body names. Raises Failure (404)."""
    types = await cards.card_types(db, program)
    found = [finding.body_id(ids.CURRENCY, text, "/currency_ids") for text in texts]
    if set(found) - types.keys():
        raise not_found("/currency_ids: the program has no such currency of scale 0 to 2")
    return frozenset(found)


async def _locations(
    call: Call, db: Transacting, program: int, texts: Sequence[str]
) -> frozenset[int]:
    """The program's locations that the body names. Raises Failure (404)."""
    found = [finding.body_id(ids.LOCATION, text, "/location_ids") for text in texts]
    for number in found:
        if (await find_location(call, db, number)).program != program:
            raise not_found("/location_ids: the program has no such location")
    return frozenset(found)


async def put_limits(call: Call) -> Reply:
    """Limit a user to programs or single locations, or, with an empty list, to nothing."""
    finding.unbound(call)
    body = read(_limits_body, call.body)

    async def write(writing: Transacting) -> LimitsShape:
        user = await _user(call, writing)
        limits = set()
        for at, each in enumerate(body.limits):
            number = finding.body_id(ids.PROGRAM, each.program_id, f"/limits/{at}/program_id")
            program = (await finding.program(call, writing, number)).program_id
            place = 0
            if each.location_id is not None:
                [place] = await _locations(call, writing, program, [each.location_id])
            limits.add(Limit(program, place))
        now = call.context.clock()
        before = await users.hold_admins(writing, user.tenant_id)
        await locations.limit_user(writing, user.user_id, frozenset(limits), now=now)
        await users.keep_an_admin(writing, user.tenant_id, before=before)
        return limits_shape(user.login, frozenset(limits))

    limited = await write_once(call, write)
    call.context.people.forget_all()
    return limited


async def get_limits(call: Call) -> LimitsShape:
    finding.unbound(call)
    store = call.context.store
    user = await _user(call, store)
    return limits_shape(user.login, await locations.limits_of(store, user.user_id))


async def _user(call: Call, db: Transacting) -> users.User:
    found = await users.by_login(db, call.path["login"])
    if found is None or found.tenant_id != call.caller.tenant:
        raise not_found("there is no such user")
    return found
