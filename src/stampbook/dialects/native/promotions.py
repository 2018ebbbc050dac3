"""`/programs/{id}/promotions`, `/programs/{id}/tier_groups`, a member's tiers, and a currency's
options: docs/reference/native-api-promotions.md."""

from typing import Any

from msgspec import UNSET
from msgspec.json import Decoder

from stampbook.dialects.native import finding, ids
from stampbook.dialects.native.bodies import read
from stampbook.dialects.native.call import Call, answer
from stampbook.dialects.native.endpoints import Endpoint
from stampbook.dialects.native.pages import Page, page_of
from stampbook.dialects.native.problems import Failure, Fault, invalid_parameter, not_found
from stampbook.dialects.native.wire_programs import given, read_amount, read_end, read_instant
from stampbook.dialects.native.wire_promotions import (
    PROMOTION,
    TIER_GROUP,
    OptionsChange,
    OptionsShape,
    PromotionBody,
    PromotionChange,
    PromotionShape,
    StandingShape,
    TierGroupBody,
    TierGroupShape,
    new_tier,
    options_shape,
    promotion_shape,
    rule_of,
    standing_shape,
    tier_group_shape,
)
from stampbook.dialects.native.writing import write_once
from stampbook.edge.answers import Answer
from stampbook.programs import accounts, currency_options, point_promotions, tiers
from stampbook.programs.currencies import Currency
from stampbook.programs.faults import Taken
from stampbook.programs.members import Member
from stampbook.programs.point_promotions import PointPromotion
from stampbook.programs.tiers import TierGroup
from stampbook.storage.store import Transacting

GET, POST, PATCH = "GET", "POST", "PATCH"

_promotion_body = Decoder(PromotionBody)
_promotion_change = Decoder(PromotionChange)
_tier_group_body = Decoder(TierGroupBody)
_options_change = Decoder(OptionsChange)


async def create_promotion(call: Call) -> Answer:
    body = read(_promotion_body, call.body)

    async def write(writing: Transacting) -> Answer:
        program = await finding.program(call, writing, call.id(ids.PROGRAM))
        rules = []
        for at, rule in enumerate(body.rules):
            pointer = f"/rules/{at}"
            currency = await _currency_in(
                call, writing, rule.currency_id, f"{pointer}/currency_id", program.program_id
            )
            rules.append(rule_of(rule, currency, pointer))
        promotion = await point_promotions.create(
            writing,
            program,
            name=body.name,
            now=call.context.clock(),
            external_id=body.external_id,
            description=body.description,
            status=body.status,
            starts_at=read_instant(body.starts_at, "/starts_at"),
            ends_at=read_end(body.ends_at, "/ends_at"),
            rules=rules,
        )
        return answer(201, await _shape(call, writing, promotion))

    try:
        return await write_once(call, write)
    except Taken:
        fault = Fault("is taken", pointer="/external_id")
        raise Failure(
            409, "external_id_taken", "the external_id is taken", faults=[fault]
        ) from None


async def _currency_in(
    call: Call, db: Transacting, text: str, pointer: str, program: int
) -> Currency:
    """The program's currency that the body names. Raises Failure (404)."""
    currency = await finding.currency(call, db, finding.body_id(ids.CURRENCY, text, pointer))
    if currency.program_id != program:
        raise not_found(f"{pointer}: the program has no such currency")
    return currency


async def _shape(call: Call, db: Transacting, promotion: PointPromotion) -> PromotionShape:
    scales = {}
    for number in {rule.currency_id for rule in promotion.rules}:
        scales[number] = (await finding.currency(call, db, number)).scale
    return promotion_shape(promotion, scales, now=call.context.clock())


async def list_promotions(call: Call) -> Answer:
    """All, or those that are active (`active=true`), or not."""
    store = call.context.store
    limit = finding.limit(call)
    text = call.query.get("active")
    if text not in (None, "true", "false"):
        raise invalid_parameter("active", "must be true or false")
    program = await finding.program(call, store, call.id(ids.PROGRAM))
    found = await point_promotions.page(
        store,
        program.program_id,
        now=call.context.clock(),
        limit=limit + 1,
        is_active=None if text is None else text == "true",
        after=finding.cursor(call, PROMOTION) or 0,
    )
    return page_of([await _shape(call, store, each) for each in found], limit)


async def get_promotion(call: Call) -> Answer:
    store = call.context.store
    return answer(200, await _shape(call, store, await _promotion(call, store)))


async def _promotion(call: Call, db: Transacting) -> PointPromotion:
    """The promotion of the path. Raises Failure (404)."""
    found = await point_promotions.get(db, call.id(PROMOTION), tenant=call.caller.tenant)
    if found is None or not finding.in_bounds(call, found.program_id):
        raise not_found("there is no such promotion")
    return found


async def change_promotion(call: Call) -> Answer:
    change: dict[str, Any] = given(read(_promotion_change, call.body))
    for name, read_one in (("starts_at", read_instant), ("ends_at", read_end)):
        if name in change:
            change[name] = read_one(change[name], f"/{name}")

    async def write(writing: Transacting) -> Answer:
        promotion = await _promotion(call, writing)
        if change:
            promotion = await point_promotions.update(
                writing,
                promotion.promotion_id,
                change,
                tenant=call.caller.tenant,
                now=call.context.clock(),
            )
        return answer(200, await _shape(call, writing, promotion))

    return await write_once(call, write)


async def create_tier_group(call: Call) -> Answer:
    body = read(_tier_group_body, call.body)

    async def write(writing: Transacting) -> Answer:
        program = await finding.program(call, writing, call.id(ids.PROGRAM))
        currency = await _currency_in(
            call, writing, body.currency_id, "/currency_id", program.program_id
        )
        group = await tiers.create(
            writing,
            program,
            currency=currency.currency_id,
            name=body.name,
            tiers=[new_tier(each, currency, f"/tiers/{at}") for at, each in enumerate(body.tiers)],
            now=call.context.clock(),
        )
        return answer(201, tier_group_shape(group, currency.scale))

    return await write_once(call, write)


async def list_tier_groups(call: Call) -> Answer:
    store = call.context.store
    limit = finding.limit(call)
    program = await finding.program(call, store, call.id(ids.PROGRAM))
    after = finding.cursor(call, TIER_GROUP) or 0
    found = await tiers.page(store, program.program_id, after=after, limit=limit + 1)
    return page_of([await _group_shape(call, each) for each in found], limit)


async def get_tier_group(call: Call) -> Answer:
    found = await tiers.get(call.context.store, call.id(TIER_GROUP), tenant=call.caller.tenant)
    if found is None or not finding.in_bounds(call, found.program_id):
        raise not_found("there is no such group of tiers")
    return answer(200, await _group_shape(call, found))


async def _group_shape(call: Call, group: TierGroup) -> TierGroupShape:
    currency = await finding.currency(call, call.context.store, group.currency_id)
    return tier_group_shape(group, currency.scale)


async def list_member_tiers(call: Call) -> Answer:
    """The member's standing in each group of the program, brought up to date."""
    store = call.context.store
    limit = finding.limit(call)
    after = finding.cursor(call, TIER_GROUP) or 0
    member = await finding.member(call, store, call.id(ids.MEMBER), deleted=True)
    groups = await tiers.page(store, member.program_id, after=after, limit=limit + 1)
    return page_of([await _standing(call, group, member) for group in groups], limit)


async def _standing(call: Call, group: TierGroup, member: Member) -> StandingShape:
    store = call.context.store
    account = await accounts.primary(store, member=member.member_id, currency=group.currency_id)
    if account is None:
        return standing_shape(group, ())
    await call.context.ledger.settle([account.account_id])
    return standing_shape(group, await tiers.history(store, group, account.account_id))


async def get_currency_options(call: Call) -> Answer:
    store = call.context.store
    currency = await finding.currency(call, store, call.id(ids.CURRENCY))
    options = await currency_options.get(store, currency.currency_id)
    return answer(200, options_shape(currency, options))


async def change_currency_options(call: Call) -> Answer:
    change = read(_options_change, call.body)
    # The answer names no program: whether the caller may see the currency is asked of a retry too.
    await finding.currency(call, call.context.store, call.id(ids.CURRENCY))

    async def write(writing: Transacting) -> Answer:
        currency = await finding.currency(call, writing, call.id(ids.CURRENCY))
        options = await currency_options.get(writing, currency.currency_id)
        if change.initial_balance is not UNSET:
            amount = read_amount(change.initial_balance, currency.scale, "/initial_balance")
            options = options._replace(initial_balance=amount)
        if change.backdating is not UNSET:
            options = options._replace(backdating=change.backdating)
        await currency_options.put(writing, currency.currency_id, options)
        return answer(200, options_shape(currency, options))

    return await write_once(call, write)


PAGING = {
    "cursor": "the next_cursor of the page before",
    "limit": "entries on a page: 1 to 200, without it 50",
}
ACTIVE = {"active": "true: only those that are active now; false: only the others"}

ENDPOINTS = (
    Endpoint(POST, "/v1/programs/{id}/promotions", create_promotion, "admin",
             "Create a promotion", PromotionShape, 201, PromotionBody),
    Endpoint(GET, "/v1/programs/{id}/promotions", list_promotions, "read",
             "List promotions", Page[PromotionShape], query={**ACTIVE, **PAGING}),
    Endpoint(GET, "/v1/promotions/{id}", get_promotion, "read",
             "Read a promotion", PromotionShape),
    Endpoint(PATCH, "/v1/promotions/{id}", change_promotion, "admin",
             "Change a promotion", PromotionShape, body=PromotionChange),
    Endpoint(POST, "/v1/programs/{id}/tier_groups", create_tier_group, "admin",
             "Create a group of tiers", TierGroupShape, 201, TierGroupBody),
    Endpoint(GET, "/v1/programs/{id}/tier_groups", list_tier_groups, "read",
             "List groups of tiers", Page[TierGroupShape], query=PAGING),
    Endpoint(GET, "/v1/tier_groups/{id}", get_tier_group, "read",
             "Read a group of tiers", TierGroupShape),
    Endpoint(GET, "/v1/members/{id}/tiers", list_member_tiers, "read",
             "A member's tiers, with their history", Page[StandingShape], query=PAGING),
    Endpoint(GET, "/v1/currencies/{id}/options", get_currency_options, "read",
             "Read a currency's options", OptionsShape),
    Endpoint(PATCH, "/v1/currencies/{id}/options", change_currency_options, "admin",
             "Change a currency's options", OptionsShape, body=OptionsChange),
)  # fmt: skip
