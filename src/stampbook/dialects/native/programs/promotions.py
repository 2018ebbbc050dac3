"""Promotions, and a currency's options: docs/reference/native-api-promotions.md."""

from typing import Any

from msgspec import UNSET
from msgspec.json import Decoder

from stampbook.dialects.native import finding, ids
from stampbook.dialects.native.call import Call, Reply, read
from stampbook.dialects.native.problems import invalid_parameter, not_found, taken
from stampbook.dialects.native.wire.pages import Page, page_of
from stampbook.dialects.native.wire.promotions import (
    OptionsChange,
    OptionsShape,
    PromotionBody,
    PromotionChange,
    PromotionShape,
    earning_limits,
    exchange_of,
    options_shape,
    promotion_shape,
    rule_of,
    spending_limits,
    unit_value_of,
)
from stampbook.dialects.native.wire.values import given, read_amount, read_end, read_instant
from stampbook.dialects.native.writing import write_bounds_once, write_once
from stampbook.loyalty.rules import currency_limits
from stampbook.loyalty.rules.currency_limits import CurrencyLimits
from stampbook.programs import currency_options, point_promotions
from stampbook.programs.currencies import Currency
from stampbook.programs.faults import Taken
from stampbook.programs.point_promotions import PointPromotion
from stampbook.storage.store import Transacting

_promotion_body = Decoder(PromotionBody)
_promotion_change = Decoder(PromotionChange)
_options_change = Decoder(OptionsChange)


async def create_promotion(call: Call) -> Reply:
    body = read(_promotion_body, call.body)

    async def write(writing: Transacting) -> PromotionShape:
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
        return await _shape(call, writing, promotion)

    try:
        return await write_once(call, write)
    except Taken:
        raise taken("external_id", "external_id_taken") from None


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


async def list_promotions(call: Call) -> Page[PromotionShape]:
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
        after=finding.cursor(call, ids.PROMOTION) or 0,
    )
    return page_of([await _shape(call, store, each) for each in found], limit)


async def get_promotion(call: Call) -> PromotionShape:
    store = call.context.store
    return await _shape(call, store, await _promotion(call, store))


async def _promotion(call: Call, db: Transacting) -> PointPromotion:
    """The promotion of the path. Raises Failure (404)."""
    found = await point_promotions.get(db, call.id(ids.PROMOTION), tenant=call.caller.tenant)
    if found is None or not finding.in_bounds(call, found.program_id):
        raise not_found("there is no such promotion")
    return found


async def change_promotion(call: Call) -> Reply:
    change: dict[str, Any] = given(read(_promotion_change, call.body))
    for name, read_one in (("starts_at", read_instant), ("ends_at", read_end)):
        if name in change:
            change[name] = read_one(change[name], f"/{name}")

    async def write(writing: Transacting) -> PromotionShape:
        promotion = await _promotion(call, writing)
        if change:
            promotion = await point_promotions.update(
                writing,
                promotion.promotion_id,
                change,
                tenant=call.caller.tenant,
                now=call.context.clock(),
            )
        return await _shape(call, writing, promotion)

    return await write_once(call, write)


async def get_currency_options(call: Call) -> OptionsShape:
    store = call.context.store
    return await options_of(store, await finding.currency(call, store, call.id(ids.CURRENCY)))


async def options_of(db: Transacting, currency: Currency) -> OptionsShape:
    options = await currency_options.get(db, currency.currency_id)
    return options_shape(currency, options, await currency_limits.get(db, currency.currency_id))


async def change_currency_options(call: Call) -> Reply:
    change = read(_options_change, call.body)
    # The answer names no program: whether the caller may see the currency is asked of a retry too.
    await finding.currency(call, call.context.store, call.id(ids.CURRENCY))

    async def write(writing: Transacting) -> OptionsShape:
        currency = await finding.currency(call, writing, call.id(ids.CURRENCY))
        return await changed_options(writing, currency, change, now=call.context.clock())

    return await write_bounds_once(call, write)


async def changed_options(
    writing: Transacting, currency: Currency, change: OptionsChange, *, now: int
) -> OptionsShape:
    """The currency's options after the change. Writes; raises Failure (422), Invalid."""
    options = await currency_options.get(writing, currency.currency_id)
    if change.initial_balance is not UNSET:
        amount = read_amount(change.initial_balance, currency.scale, "/initial_balance")
        options = options._replace(initial_balance=amount)
    if change.backdating is not UNSET:
        options = options._replace(backdating=change.backdating)
    if change.exchange is not UNSET:
        points, money = exchange_of(change.exchange, currency.scale)
        options = options._replace(exchange_points=points, exchange_money=money)
    if change.return_spent is not UNSET:
        options = options._replace(return_spent=change.return_spent)
    if change.approval_above is not UNSET:
        asked = change.approval_above
        above = None if asked is None else read_amount(asked, currency.scale, "/approval_above")
        options = options._replace(approval_above=above)
    if change.unit_value is not UNSET:
        unit_amount, unit_money = unit_value_of(change.unit_value, currency.scale)
        options = options._replace(unit_amount=unit_amount, unit_money=unit_money)
    await currency_options.put(writing, currency.currency_id, options, now=now)
    limits = await currency_limits.get(writing, currency.currency_id)
    if change.earning_limits is not UNSET:
        earning = earning_limits(change.earning_limits, currency.scale)
        limits = CurrencyLimits(earning, limits.spending)
    if change.spending_limits is not UNSET:
        spending = spending_limits(change.spending_limits, currency.scale)
        limits = CurrencyLimits(limits.earning, spending)
    await currency_limits.put(writing, currency.currency_id, limits, now=now)
    return options_shape(currency, options, limits)
