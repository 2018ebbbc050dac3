"""Promotions and a currency's options on the native wire."""

from collections.abc import Sequence
from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from stampbook.dialects import amounts, instants
from stampbook.dialects.amounts import Written
from stampbook.dialects.native import ids
from stampbook.dialects.native.problems import invalid_field
from stampbook.dialects.native.wire.values import Amount, Id, Instant, Text, read_amount
from stampbook.loyalty.rules.currency_limits import (
    CurrencyLimits,
    EarningLimits,
    PeriodLimit,
    SpendingLimits,
)
from stampbook.programs.currencies import Currency
from stampbook.programs.currency_options import CurrencyOptions
from stampbook.programs.point_promotions import Movement, PointPromotion, Rule

PromotionStatus = Literal["active", "inactive"]


class RuleBody(Struct, frozen=True, forbid_unknown_fields=True):
    """Bounds of an amount of one currency: `static_amount` alone, or a least, a most, or both."""

    kind: Literal["accrual", "redemption"]
    currency_id: Id
    static_amount: Amount | None = None
    min_amount: Amount | None = None
    max_amount: Amount | None = None


class PromotionBody(Struct, frozen=True, forbid_unknown_fields=True):
    """An offer by which points are accrued or redeemed. `external_id` is unique in the program."""

    name: Text
    external_id: Text | None = None
    description: Text | None = None
    status: PromotionStatus = "active"
    starts_at: Instant | None = None
    ends_at: Instant | None = None
    rules: Annotated[list[RuleBody], Meta(max_length=100)] = []


class PromotionChange(Struct, frozen=True, forbid_unknown_fields=True):
    """What is given changes; null takes a date or the description away. Rules stay."""

    name: Text | UnsetType = UNSET
    description: Text | UnsetType | None = UNSET
    status: PromotionStatus | UnsetType = UNSET
    starts_at: Instant | UnsetType | None = UNSET
    ends_at: Instant | UnsetType | None = UNSET


class RuleShape(Struct, frozen=True):
    kind: Literal["accrual", "redemption"]
    currency_id: str
    static_amount: Written | None
    min_amount: Written | None
    max_amount: Written | None


class PromotionShape(Struct, frozen=True):
    """`active`: switched on, and now is in its time."""

    id: str
    program_id: str
    external_id: str | None
    name: str
    description: str | None
    status: PromotionStatus
    active: bool
    starts_at: Instant | None
    ends_at: Instant | None
    rules: Sequence[RuleShape]
    created_at: Instant
    updated_at: Instant


ReturnSpentWord = Literal["proportional", "points_first", "points_last", "on_whole", "none"]


class ExchangeBody(Struct, frozen=True, forbid_unknown_fields=True):
    """`points` pay for `money` of an order; money has at most six decimals here."""

    points: Amount
    money: Amount


class UnitValueBody(Struct, frozen=True, forbid_unknown_fields=True):
    """`amount` of the currency is worth `money`, which has up to 6 digits after the point."""

    amount: Amount
    money: Amount


LimitPeriod = Literal["day", "week", "month", "quarter", "half_year", "year", "lifetime"]


class PeriodLimitBody(Struct, frozen=True, forbid_unknown_fields=True):
    """The most in a calendar period of the program's time zone; weeks are ISO weeks."""

    max: Amount
    period: LimitPeriod


class EarningLimitsBody(Struct, frozen=True, forbid_unknown_fields=True):
    """Limits of awards. An award above `per_transaction` is dropped whole; `balance`, of active and
    pending points, and `period` leave the rest of it. null: no such limit."""

    per_transaction: Amount | None = None
    balance: Amount | None = None
    period: PeriodLimitBody | None = None


class SpendingLimitsBody(Struct, frozen=True, forbid_unknown_fields=True):
    """Limits of payments and purchases of one account. null: no such limit."""

    per_transaction: Amount | None = None
    lifetime: Amount | None = None
    period: PeriodLimitBody | None = None


class PeriodLimitShape(Struct, frozen=True):
    max: Written
    period: LimitPeriod


class EarningLimitsShape(Struct, frozen=True):
    per_transaction: Written | None
    balance: Written | None
    period: PeriodLimitShape | None


class SpendingLimitsShape(Struct, frozen=True):
    per_transaction: Written | None
    lifetime: Written | None
    period: PeriodLimitShape | None


class OptionsChange(Struct, frozen=True, forbid_unknown_fields=True):
    """`initial_balance` is accrued for who registers; `backdating` lets operations be dated
    before what the clock has done on their account. `exchange` lets points pay for orders (null:
    not at all), and `return_spent` says when they come back as an order is refunded. An act of
    a person that moves more than `approval_above` needs a second person (null: none does).
    `unit_value` says what points are worth, for the report on liability. Limits are replaced as a
    whole."""

    initial_balance: Amount | UnsetType = UNSET
    backdating: bool | UnsetType = UNSET
    exchange: ExchangeBody | UnsetType | None = UNSET
    return_spent: ReturnSpentWord | UnsetType = UNSET
    approval_above: Amount | UnsetType | None = UNSET
    unit_value: UnitValueBody | UnsetType | None = UNSET
    earning_limits: EarningLimitsBody | UnsetType = UNSET
    spending_limits: SpendingLimitsBody | UnsetType = UNSET


class UnitValueShape(Struct, frozen=True):
    """`amount` of the currency is worth `money`."""

    amount: Written
    money: Written


class ExchangeShape(Struct, frozen=True):
    """`points` pay for `money`."""

    points: Written
    money: Written


class OptionsShape(Struct, frozen=True):
    currency_id: str
    initial_balance: Written
    backdating: bool
    exchange: ExchangeShape | None
    return_spent: ReturnSpentWord
    approval_above: Written | None
    unit_value: UnitValueShape | None
    earning_limits: EarningLimitsShape
    spending_limits: SpendingLimitsShape


def exchange_of(body: ExchangeBody | None, scale: int) -> tuple[int | None, int | None]:
    """Smallest units of points, and millionths of money. Raises Failure (422)."""
    if body is None:
        return None, None
    points = _positive(body.points, scale, "/exchange/points")
    return points, _positive(body.money, amounts.MAX_SCALE, "/exchange/money")


def unit_value_of(body: UnitValueBody | None, scale: int) -> tuple[int | None, int | None]:
    """Smallest units of points, and millionths of money. Raises Failure (422)."""
    if body is None:
        return None, None
    amount = _positive(body.amount, scale, "/unit_value/amount")
    return amount, _positive(body.money, amounts.MAX_SCALE, "/unit_value/money")


def _positive(value: str | int, scale: int, pointer: str) -> int:
    amount = read_amount(value, scale, pointer)
    if amount <= 0:
        raise invalid_field(pointer, "must be greater than zero")
    return amount


def exchange_shape(points: int, money: int, scale: int) -> ExchangeShape:
    return ExchangeShape(amounts.write(points, scale), _money(money))


def _money(millionths: int) -> str:
    """Money without the decimals that it does not need."""
    written = amounts.write(millionths, amounts.MAX_SCALE).rstrip("0")
    digits = len(written.partition(".")[2])
    return written.ljust(len(written) + max(0, 2 - digits), "0")


def _bound(value: str | int | None, scale: int, pointer: str) -> int | None:
    return None if value is None else read_amount(value, scale, pointer)


def rule_of(body: RuleBody, currency: Currency, pointer: str) -> Rule:
    """The rule as the program keeps it. Raises Failure (422)."""
    return Rule(
        kind=Movement(body.kind),
        currency_id=currency.currency_id,
        static_amount=_bound(body.static_amount, currency.scale, f"{pointer}/static_amount"),
        min_amount=_bound(body.min_amount, currency.scale, f"{pointer}/min_amount"),
        max_amount=_bound(body.max_amount, currency.scale, f"{pointer}/max_amount"),
    )


def promotion_shape(
    promotion: PointPromotion, scales: dict[int, int], *, now: int
) -> PromotionShape:
    """`scales`: of the currencies that the rules name."""
    return PromotionShape(
        id=ids.write(ids.PROMOTION, promotion.promotion_id),
        program_id=ids.write(ids.PROGRAM, promotion.program_id),
        external_id=promotion.external_id,
        name=promotion.name,
        description=promotion.description,
        status="active" if promotion.status == "active" else "inactive",
        active=promotion.is_active(now),
        starts_at=_date(promotion.starts_at),
        ends_at=_date(promotion.ends_at),
        rules=[_rule_shape(rule, scales[rule.currency_id]) for rule in promotion.rules],
        created_at=instants.write(promotion.created_at),
        updated_at=instants.write(promotion.updated_at),
    )


def _date(instant: int | None) -> str | None:
    return None if instant is None else instants.write(instant)


def _rule_shape(rule: Rule, scale: int) -> RuleShape:
    def written(amount: int | None) -> str | None:
        return None if amount is None else amounts.write(amount, scale)

    return RuleShape(
        kind=rule.kind.value,
        currency_id=ids.write(ids.CURRENCY, rule.currency_id),
        static_amount=written(rule.static_amount),
        min_amount=written(rule.min_amount),
        max_amount=written(rule.max_amount),
    )


def earning_limits(body: EarningLimitsBody, scale: int) -> EarningLimits:
    """The limits as the currency keeps them. Raises Failure (422)."""
    at = "/earning_limits"
    return EarningLimits(
        _limit(body.per_transaction, scale, f"{at}/per_transaction"),
        _limit(body.balance, scale, f"{at}/balance"),
        _period_limit(body.period, scale, f"{at}/period"),
    )


def spending_limits(body: SpendingLimitsBody, scale: int) -> SpendingLimits:
    """The limits as the currency keeps them. Raises Failure (422)."""
    at = "/spending_limits"
    return SpendingLimits(
        _limit(body.per_transaction, scale, f"{at}/per_transaction"),
        _limit(body.lifetime, scale, f"{at}/lifetime"),
        _period_limit(body.period, scale, f"{at}/period"),
    )


def _limit(value: str | int | None, scale: int, pointer: str) -> int | None:
    if value is None:
        return None
    amount = read_amount(value, scale, pointer)
    if amount <= 0:
        raise invalid_field(pointer, "must be positive")
    return amount


def _period_limit(body: PeriodLimitBody | None, scale: int, pointer: str) -> PeriodLimit | None:
    if body is None:
        return None
    amount = _limit(body.max, scale, f"{pointer}/max")
    assert amount is not None
    return PeriodLimit(amount, body.period)


def options_shape(
    currency: Currency, options: CurrencyOptions, limits: CurrencyLimits
) -> OptionsShape:
    scale = currency.scale

    def written(amount: int | None) -> str | None:
        return None if amount is None else amounts.write(amount, scale)

    def period(limit: PeriodLimit | None) -> PeriodLimitShape | None:
        if limit is None:
            return None
        return PeriodLimitShape(amounts.write(limit.max, scale), limit.period)  # type: ignore[arg-type]

    earning, spending = limits.earning, limits.spending
    return OptionsShape(
        currency_id=ids.write(ids.CURRENCY, currency.currency_id),
        initial_balance=amounts.write(options.initial_balance, currency.scale),
        backdating=options.backdating,
        earning_limits=EarningLimitsShape(
            written(earning.per_transaction), written(earning.balance), period(earning.period)
        ),
        spending_limits=SpendingLimitsShape(
            written(spending.per_transaction), written(spending.lifetime), period(spending.period)
        ),
        exchange=None
        if options.exchange_points is None or options.exchange_money is None
        else exchange_shape(options.exchange_points, options.exchange_money, currency.scale),
        return_spent=options.return_spent,  # type: ignore[arg-type]
        unit_value=None
        if options.unit_value is None
        else UnitValueShape(
            amounts.write(options.unit_value[0], scale), _money(options.unit_value[1])
        ),
        approval_above=None
        if options.approval_above is None
        else amounts.write(options.approval_above, currency.scale),
    )
