"""The program's promotions, as the vendor calls them: trigger promotions."""

from collections.abc import Mapping

from stampbook.dialects import amounts, instants
from stampbook.dialects.altcraft import addressing
from stampbook.dialects.altcraft.call import Call, Success
from stampbook.dialects.altcraft.formats.writing import Value
from stampbook.dialects.altcraft.wire import read_limit
from stampbook.domain.model import FOREVER
from stampbook.programs import currencies, point_promotions
from stampbook.programs.currencies import Currency
from stampbook.programs.point_promotions import Movement, PointPromotion, Rule

MAX_CURRENCIES = 1_000
"""Currencies of one program that are read to word its promotions."""


async def trigger_promotions(call: Call) -> Success:
    """A page of promotions, ascending by number, with how many there are altogether."""
    fields, store = call.fields, call.context.store
    number = fields.required_integer("loyalty_program_id")
    after, limit = fields.integer("from_id"), read_limit(fields)
    is_active = fields.flag("is_active")
    program = (await addressing.find_program(call, number)).program_id
    found = await point_promotions.page(
        store, program, now=call.now, after=after or 0, limit=limit + 1, is_active=is_active
    )
    names = {
        currency.currency_id: currency
        for currency in await currencies.page(store, program, limit=MAX_CURRENCIES)
    }
    shown = found[:limit]
    more = len(found) > limit
    return Success(
        [_promotion(each, names, call.now) for each in shown],
        {
            "next_from_id": shown[-1].promotion_id if more else 0,
            "total_count": await point_promotions.count(
                store, program, now=call.now, is_active=is_active
            ),
        },
    )


def _promotion(
    promotion: PointPromotion, names: Mapping[int, Currency], now: int
) -> dict[str, Value]:
    rules = {
        kind: [
            _rule(rule, names[rule.currency_id]) for rule in promotion.rules if rule.kind is kind
        ]
        for kind in Movement
    }
    return {
        "id": promotion.promotion_id,
        "name": promotion.name,
        "description": promotion.description,
        "external_id": promotion.external_id,
        "start_date": _date(promotion.starts_at),
        "end_date": _date(promotion.ends_at),
        "is_active": promotion.is_active(now),
        "redeem_rules": rules[Movement.REDEMPTION],
        "accrual_rules": rules[Movement.ACCRUAL],
    }


def _date(instant: int | None) -> str | None:
    return instants.write_date(FOREVER if instant is None else instant)


def _rule(rule: Rule, currency: Currency) -> dict[str, Value]:
    return {
        "points_currency_iid": currency.currency_id,
        "points_currency_eid": currency.code,
        "static_amount": _amount(rule.static_amount, currency),
        "min_amount": _amount(rule.min_amount, currency),
        "max_amount": _amount(rule.max_amount, currency),
    }


def _amount(amount: int | None, currency: Currency) -> str | None:
    return None if amount is None else amounts.write(amount, currency.scale)
