"""What a card definition says of its currencies beside their policy: limits, and payments."""

from fractions import Fraction
from typing import Any, Final

from stampbook.dialects.voucherify.core.definitions import formulas
from stampbook.dialects.voucherify.core.definitions.expiration import Body
from stampbook.domain.model import MAX_AMOUNT
from stampbook.loyalty.orders.model import Exchange
from stampbook.loyalty.rules import currency_limits
from stampbook.loyalty.rules.currency_limits import (
    CurrencyLimits,
    EarningLimits,
    PeriodLimit,
    SpendingLimits,
)
from stampbook.programs import currency_options
from stampbook.storage.store import Transacting

SMALLEST_UNIT: Final = 10_000
"""Millionths of the unit of money in its smallest unit, of which it has a hundred."""


async def put_options(writing: Transacting, currency: int, body: Body, *, now: int) -> None:
    """Let the currency be as the definition says. Writes."""
    options = await currency_options.get(writing, currency)
    points, money = _exchange(body["pay_with_points"])
    returns = body["refunds"]["spent_points"]["type"] == "REFUNDABLE"
    options = options._replace(
        exchange_points=points,
        exchange_money=money,
        return_spent="on_whole" if returns else "none",
    )
    await currency_options.put(writing, currency, options, now=now)
    await currency_limits.put(writing, currency, limits_of(body), now=now)


def limits_of(body: Body) -> CurrencyLimits:
    """The limits that the engine keeps."""
    earning, spending = body["earning_limits"], body["spending_limits"]
    return CurrencyLimits(
        EarningLimits(
            per_transaction=_most(earning["transactions"], "POINTS"),
            balance=_most(earning["global"], "BALANCE_BASED"),
            period=_period(earning["global"]),
            min_order=max(
                (
                    each["min_amount"]
                    for each in earning["transactions"]["limits"]
                    if each["type"] == "SPENDING"
                ),
                default=None,
            ),
        ),
        SpendingLimits(
            per_transaction=_most(spending["transactions"], "POINTS"),
            lifetime=_most(spending["global"], "SPENDING_BASED"),
            period=_period(spending["global"]),
        ),
    )


def _most(part: Body, type_: str) -> int | None:
    found: list[Any] = [each["max"] for each in part["limits"] if each["type"] == type_]
    return min(found) if found else None


def _period(part: Body) -> PeriodLimit | None:
    for each in part["limits"]:
        if each["type"] == "TIME_BASED":
            unit = each["period"]["current_period"]["unit"]
            return PeriodLimit(each["points"]["max"], unit.lower())
    return None


def _exchange(part: Body) -> tuple[int | None, int | None]:
    """Points that pay for so much money; none of a formula that needs the order."""
    if part["type"] != "EXCHANGE_RATIO":
        return None, None
    ratio = formulas.decimal_of(part["exchange_ratio"]["formula"])
    exchange = None if ratio is None else exchange_of(ratio)
    return (None, None) if exchange is None else exchange


def exchange_of(ratio: Fraction) -> Exchange | None:
    """The exchange of such a ratio: points for the smallest unit of money. None if no number of
    points or money is as large."""
    exchange = Exchange(ratio.numerator, ratio.denominator * SMALLEST_UNIT)
    return exchange if 0 < min(exchange) <= max(exchange) <= MAX_AMOUNT else None
