"""Groups of tiers, the tiers of members, and how many came and went:
docs/reference/native-api-tiers.md."""

from typing import Final

from msgspec import UNSET
from msgspec.json import Decoder
from msgspec.structs import replace

from stampbook.dialects.native import finding, ids
from stampbook.dialects.native.call import Call, Reply, read
from stampbook.dialects.native.loyalty.reports import periods_of
from stampbook.dialects.native.loyalty.rewards import currency_in
from stampbook.dialects.native.loyalty.wire.tiers import (
    StandingShape,
    TierGroupBody,
    TierGroupChange,
    TierGroupShape,
    TiersReport,
    new_tier,
    report_shape,
    standing_shape,
    terms_of,
    tier_group_shape,
)
from stampbook.dialects.native.problems import not_found
from stampbook.dialects.native.wire.pages import Page, page_of
from stampbook.dialects.native.wire.values import given, small_metadata
from stampbook.dialects.native.writing import write_once
from stampbook.ledger.journal import figures
from stampbook.loyalty.tiers import groups, reporting, standing
from stampbook.loyalty.tiers.groups import Status, TierGroup
from stampbook.loyalty.tiers.terms import Terms
from stampbook.programs import accounts
from stampbook.programs.members import Member
from stampbook.programs.programs import Program
from stampbook.storage.store import Transacting

_body = Decoder(TierGroupBody)
_change = Decoder(TierGroupChange)


async def create_tier_group(call: Call) -> Reply:
    body = read(_body, call.body)

    async def write(writing: Transacting) -> TierGroupShape:
        program = await finding.program(call, writing, call.id(ids.PROGRAM))
        currency = await currency_in(
            call, writing, body.currency_id, "/currency_id", program.program_id
        )
        group = await groups.create(
            writing,
            program,
            currency=currency.currency_id,
            name=body.name,
            tiers=[
                new_tier(each, currency.scale, f"/tiers/{at}") for at, each in enumerate(body.tiers)
            ],
            now=call.context.clock(),
            terms=terms_of(body),
            status=Status(body.status),
            metadata=small_metadata(body.metadata),
        )
        return tier_group_shape(group, currency.scale)

    return await write_once(call, write)


async def list_tier_groups(call: Call) -> Page[TierGroupShape]:
    store = call.context.store
    limit = finding.limit(call)
    program = await finding.program(call, store, call.id(ids.PROGRAM))
    after = finding.cursor(call, ids.TIER_GROUP) or 0
    found = await groups.page(store, program.program_id, after=after, limit=limit + 1)
    return page_of([await _shape(call, store, each) for each in found], limit)


async def get_tier_group(call: Call) -> TierGroupShape:
    store = call.context.store
    return await _shape(call, store, await _group(call, store))


async def change_tier_group(call: Call) -> Reply:
    body = read(_change, call.body)

    async def write(writing: Transacting) -> TierGroupShape:
        group = await _group(call, writing)
        now = call.context.clock()
        terms = {name: value for name, value in given(body).items() if name in _TERMS}
        if terms or body.tiers is not UNSET:
            tiers = None
            if body.tiers is not UNSET:
                scale = (await finding.currency(call, writing, group.currency_id)).scale
                tiers = [
                    new_tier(each, scale, f"/tiers/{at}") for at, each in enumerate(body.tiers)
                ]
            group = await groups.redefine(
                writing, group, now=now, terms=replace(group.terms, **terms), tiers=tiers
            )
        if body.name is not UNSET or body.metadata is not UNSET:
            name = group.name if body.name is UNSET else body.name
            metadata = group.metadata
            if body.metadata is not UNSET:
                metadata = small_metadata(body.metadata)
            group = await groups.rename(writing, group, name=name, metadata=metadata, now=now)
        return await _shape(call, writing, group)

    return await write_once(call, write)


_TERMS: Final = frozenset(Terms.__struct_fields__)


async def activate_tier_group(call: Call) -> Reply:
    return await _step(call, Status.ACTIVE)


async def deactivate_tier_group(call: Call) -> Reply:
    return await _step(call, Status.INACTIVE)


async def draft_tier_group(call: Call) -> Reply:
    return await _step(call, Status.DRAFT)


async def delete_tier_group(call: Call) -> Reply:
    return await _step(call, Status.DELETED)


async def _step(call: Call, status: Status) -> Reply:
    async def write(writing: Transacting) -> TierGroupShape:
        group = await _group(call, writing)
        group = await groups.set_status(writing, group, status, now=call.context.clock())
        return await _shape(call, writing, group)

    return await write_once(call, write)


async def _group(call: Call, db: Transacting) -> TierGroup:
    """The group of the path. Raises Failure (404)."""
    found = await groups.get(db, call.id(ids.TIER_GROUP), tenant=call.caller.tenant)
    if found is None or not finding.in_bounds(call, found.program_id):
        raise not_found("there is no such group of tiers")
    return found


async def _shape(call: Call, db: Transacting, group: TierGroup) -> TierGroupShape:
    currency = await finding.currency(call, db, group.currency_id)
    return tier_group_shape(group, currency.scale)


# -- members -----------------------------------------------------------------------------


async def list_member_tiers(call: Call) -> Page[StandingShape]:
    """The member's standing in each active group of the program."""
    store = call.context.store
    limit = finding.limit(call)
    after = finding.cursor(call, ids.TIER_GROUP) or 0
    member = await finding.member(call, store, call.id(ids.MEMBER), deleted=True)
    program = await finding.program(call, store, member.program_id)
    found = await groups.page(store, member.program_id, after=after, limit=limit + 1, active=True)
    return page_of([await _standing(call, program, group, member) for group in found], limit)


async def _standing(
    call: Call, program: Program, group: TierGroup, member: Member
) -> StandingShape:
    store = call.context.store
    currency = await finding.currency(call, store, group.currency_id)
    account = await accounts.primary(store, member=member.member_id, currency=group.currency_id)
    if account is not None:
        await call.context.ledger.settle([account.account_id])
    history = await standing.of_member(store, program, group, member, call.context.clock())
    number = None if account is None else account.account_id
    return standing_shape(group, history, account=number, scale=currency.scale)


# -- reports -----------------------------------------------------------------------------


async def report_tiers(call: Call) -> TiersReport:
    """How many members came to each tier of the active groups and left it, by periods."""
    store = call.context.store
    program = await finding.program(call, store, call.id(ids.PROGRAM))
    periods = periods_of(call, program)
    now = call.context.clock()
    await call.context.ledger.settle(await figures.due_in(store, program.program_id, now))
    return report_shape(await reporting.report(store, program, periods, now))
