"""`/programs/{id}/benefits`: docs/reference/native-api-rewards.md."""

from msgspec import UNSET
from msgspec.json import Decoder

from stampbook.dialects.native import finding, ids
from stampbook.dialects.native.call import Call, Reply, read
from stampbook.dialects.native.loyalty.rewards import currency_in
from stampbook.dialects.native.loyalty.wire.benefits import (
    BenefitBody,
    BenefitChange,
    BenefitShape,
    benefit_shape,
)
from stampbook.dialects.native.loyalty.wire.reading_rules import Reader
from stampbook.dialects.native.loyalty.wire.rewards import PointsBody
from stampbook.dialects.native.loyalty.wire.rules import ProportionalBody
from stampbook.dialects.native.problems import invalid_field, not_found
from stampbook.dialects.native.wire.pages import Page, page_of
from stampbook.dialects.native.wire.values import given, read_amount, small_metadata
from stampbook.dialects.native.writing import write_once
from stampbook.loyalty.conditions.grammar import OF_EVENTS, OF_ORDERS
from stampbook.loyalty.model import Fixed, Per
from stampbook.loyalty.rewards import benefits
from stampbook.loyalty.rewards.model import Benefit, BenefitTerms, BenefitType
from stampbook.loyalty.rules.checking import check_per
from stampbook.programs import currencies
from stampbook.storage.store import Transacting

_benefit_body = Decoder(BenefitBody)
_benefit_change = Decoder(BenefitChange)


async def create_benefit(call: Call) -> Reply:
    body = read(_benefit_body, call.body)

    async def write(writing: Transacting) -> BenefitShape:
        program = await finding.program(call, writing, call.id(ids.PROGRAM))
        effect = await _effect(
            call, writing, body.points, body.points_proportional, program.program_id
        )
        benefit = await benefits.create(
            writing,
            tenant=call.caller.tenant,
            program=program.program_id,
            name=body.name,
            type_=BenefitType(body.type),
            terms=BenefitTerms(body.sku, effect),
            now=call.context.clock(),
            status=body.status,
            stock=body.stock,
            metadata=small_metadata(body.metadata),
        )
        return await _shape(call, writing, benefit)

    return await write_once(call, write)


async def _effect(
    call: Call,
    db: Transacting,
    fixed: PointsBody | None,
    per: ProportionalBody | None,
    program: int,
) -> Fixed | Per | None:
    if per is not None:
        if fixed is not None:
            raise invalid_field("/points_proportional", "is not for a benefit of fixed points")
        pointer = "/points_proportional"
        currency = await currency_in(call, db, per.currency_id, f"{pointer}/currency_id", program)
        effect = Reader({per.currency_id: currency.scale}).per(per, pointer)
        check_per(effect, OF_ORDERS | OF_EVENTS, pointer[1:])
        return effect
    if fixed is None:
        return None
    currency = await currency_in(call, db, fixed.currency_id, "/points/currency_id", program)
    return Fixed(currency.currency_id, read_amount(fixed.amount, currency.scale, "/points/amount"))


async def _shape(call: Call, db: Transacting, benefit: Benefit) -> BenefitShape:
    effect = benefit.terms.effect
    named = [] if effect is None else [effect.currency]
    scales = await currencies.scales(db, named, tenant=call.caller.tenant)
    return benefit_shape(benefit, scales)


async def list_benefits(call: Call) -> Page[BenefitShape]:
    store = call.context.store
    limit = finding.limit(call)
    program = await finding.program(call, store, call.id(ids.PROGRAM))
    found = await benefits.page(
        store,
        tenant=call.caller.tenant,
        program=program.program_id,
        limit=limit + 1,
        after=finding.cursor(call, ids.BENEFIT) or 0,
    )
    return page_of([await _shape(call, store, each) for each in found], limit)


async def get_benefit(call: Call) -> BenefitShape:
    store = call.context.store
    return await _shape(call, store, await _benefit(call, store))


async def _benefit(call: Call, db: Transacting) -> Benefit:
    """The benefit of the path, one of a program. Raises Failure (404)."""
    found = await benefits.get(db, call.id(ids.BENEFIT), tenant=call.caller.tenant)
    if found is None or found.program_id is None or not finding.in_bounds(call, found.program_id):
        raise not_found("there is no such benefit")
    return found


async def change_benefit(call: Call) -> Reply:
    body = read(_benefit_change, call.body)

    async def write(writing: Transacting) -> BenefitShape:
        benefit = await _benefit(call, writing)
        assert benefit.program_id is not None
        terms = benefit.terms
        if body.points is not UNSET or body.points_proportional is not UNSET:
            effect = await _effect(
                call,
                writing,
                None if body.points is UNSET else body.points,
                None if body.points_proportional is UNSET else body.points_proportional,
                benefit.program_id,
            )
            terms = terms._replace(effect=effect)
        if body.sku is not UNSET:
            terms = terms._replace(sku=body.sku)
        fields = given(body)
        changes: dict[str, object] = {}
        for name in ("name", "stock"):
            if name in fields:
                changes[name] = fields[name]
        if body.metadata is not UNSET:
            changes["metadata"] = small_metadata(body.metadata)
        if terms != benefit.terms:
            changes["terms"] = terms
        if changes:
            tenant, now = call.caller.tenant, call.context.clock()
            benefit = await benefits.update(
                writing, benefit.benefit_id, changes, tenant=tenant, now=now
            )
        return await _shape(call, writing, benefit)

    return await write_once(call, write)


async def delete_benefit(call: Call) -> Reply:
    async def write(writing: Transacting) -> BenefitShape:
        benefit = await _benefit(call, writing)
        tenant, now = call.caller.tenant, call.context.clock()
        deleted = await benefits.delete(writing, benefit.benefit_id, tenant=tenant, now=now)
        return await _shape(call, writing, deleted)

    return await write_once(call, write)


async def activate_benefit(call: Call) -> Reply:
    return await _step(call, "active")


async def draft_benefit(call: Call) -> Reply:
    return await _step(call, "draft")


async def _step(call: Call, status: str) -> Reply:
    async def write(writing: Transacting) -> BenefitShape:
        benefit = await _benefit(call, writing)
        tenant, now = call.caller.tenant, call.context.clock()
        stepped = await benefits.step(writing, benefit.benefit_id, status, tenant=tenant, now=now)
        return await _shape(call, writing, stepped)

    return await write_once(call, write)
