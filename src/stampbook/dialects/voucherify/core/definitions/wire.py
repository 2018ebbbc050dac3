"""Card definitions on the wire: what a request may say, checked and completed."""

from typing import Annotated, Any, Final, Literal

from msgspec import UNSET, Meta, UnsetType, to_builtins

from stampbook.dialects.voucherify.core.bodies import Closed, Listing, Metadata, Name, required
from stampbook.dialects.voucherify.core.definitions import formulas
from stampbook.dialects.voucherify.core.definitions.days import Days
from stampbook.dialects.voucherify.core.definitions.expiration import (
    Body,
    EventType,
    Period,
    PointsExpiration,
    expiration,
    of_type,
)
from stampbook.dialects.voucherify.core.faults import invalid_payload

CalendarUnit = Literal["DAY", "WEEK", "MONTH", "QUARTER", "YEAR"]
Limit = Annotated[int, Meta(ge=1, le=2**53 - 1)]

ALPHANUMERIC: Final = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
DEFAULT_PATTERN: Final = "##########"
LONGEST_FORMULA: Final = 2_000
"""Characters, as the vendor documents it."""

CodePart = Annotated[str, Meta(max_length=50)]


class CodeConfig(Closed, frozen=True):
    length: Annotated[int, Meta(ge=1, le=100)] | None = None
    charset: Annotated[str, Meta(min_length=1, max_length=200)] | None = None
    prefix: CodePart | None = None
    postfix: CodePart | None = None
    pattern: Annotated[str, Meta(min_length=1, max_length=100)] | None = None


class PeriodBased(Closed, frozen=True):
    period: Period


class FixedDates(Closed, frozen=True):
    dates: Days


class EventBased(Closed, frozen=True):
    event_types: Annotated[list[EventType], Meta(min_length=1, max_length=10)]
    cancel_period: Period


class PendingPoints(Closed, frozen=True):
    type: Literal["IMMEDIATE", "PERIOD_BASED", "FIXED_DATES", "EVENT_BASED"]
    period_based: PeriodBased | None = None
    fixed_dates: FixedDates | None = None
    event_based: EventBased | None = None


class CurrentPeriod(Closed, frozen=True):
    unit: CalendarUnit


class LimitPeriod(Closed, frozen=True):
    type: Literal["CURRENT_PERIOD"]
    current_period: CurrentPeriod | None = None


class MaxPoints(Closed, frozen=True):
    max: Limit


class TimeLimit(Closed, frozen=True, tag="TIME_BASED", tag_field="type"):
    period: LimitPeriod
    points: MaxPoints


class BalanceLimit(Closed, frozen=True, tag="BALANCE_BASED", tag_field="type"):
    max: Limit


class SpendingLimit(Closed, frozen=True, tag="SPENDING_BASED", tag_field="type"):
    max: Limit


class PointsLimit(Closed, frozen=True, tag="POINTS", tag_field="type"):
    max: Limit


class AmountLimit(Closed, frozen=True, tag="SPENDING", tag_field="type"):
    min_amount: Limit


LimitType = Literal["NO_LIMIT", "LIMITED"]


class EarningGlobal(Listing, frozen=True):
    type: LimitType
    limits: Annotated[tuple[BalanceLimit | TimeLimit, ...], Meta(max_length=1)] | None = ()


class EarningTransactions(Listing, frozen=True):
    type: LimitType
    limits: Annotated[tuple[PointsLimit | AmountLimit, ...], Meta(max_length=10)] | None = ()


class EarningLimits(Closed, frozen=True, rename={"global_": "global"}):
    global_: EarningGlobal
    transactions: EarningTransactions


class SpendingGlobal(Listing, frozen=True):
    type: LimitType
    limits: Annotated[tuple[SpendingLimit | TimeLimit, ...], Meta(max_length=1)] | None = ()


class SpentLimit(Closed, frozen=True):
    type: Literal["POINTS"]
    max: Limit


class SpendingTransactions(Listing, frozen=True):
    type: LimitType
    limits: Annotated[tuple[SpentLimit, ...], Meta(max_length=1)] | None = ()


class SpendingLimits(Closed, frozen=True, rename={"global_": "global"}):
    global_: SpendingGlobal
    transactions: SpendingTransactions


class ReturnPoints(Closed, frozen=True):
    type: Literal["RETURN_POINTS"]
    mode: Literal["REFUND_ALL", "REFUND_ITEM", "REFUND_AMOUNT"]


class RevokeFromPending(Closed, frozen=True, tag="REVOKE_FROM_PENDING", tag_field="type"):
    """Only what is still pending is taken back."""


class RevokeFromBalance(Closed, frozen=True, tag="REVOKE_FROM_BALANCE", tag_field="type"):
    mode: Literal["REVOKE_TO_ZERO", "REVOKE_BELOW_ZERO"]


class SpentRefunds(Listing, frozen=True):
    type: Literal["NONE", "REFUNDABLE"]
    methods: Annotated[tuple[ReturnPoints, ...], Meta(max_length=1)] | None = ()


class EarnedRefunds(Listing, frozen=True):
    type: Literal["NONE", "REFUNDABLE"]
    methods: (
        Annotated[tuple[RevokeFromPending | RevokeFromBalance, ...], Meta(max_length=1)] | None
    ) = ()


class Refunds(Closed, frozen=True):
    spent_points: SpentRefunds
    earned_points: EarnedRefunds


class BalanceSettings(Closed, frozen=True):
    allow_negative: bool


class ExchangeRatio(Closed, frozen=True):
    formula: Annotated[str, Meta(min_length=1, max_length=LONGEST_FORMULA)] | int | float


class NoPayments(Closed, frozen=True, tag="NO_PAYMENTS", tag_field="type"):
    """Orders cannot be paid with points."""


class RatioPayments(Closed, frozen=True, tag="EXCHANGE_RATIO", tag_field="type"):
    exchange_ratio: ExchangeRatio


class DefinitionUpdate(Closed, frozen=True):
    """PUT: what is given replaces what was. A name that is null stays what it is."""

    name: Name | UnsetType | None = UNSET
    code_config: CodeConfig | UnsetType | None = UNSET
    points_expiration: PointsExpiration | UnsetType | None = UNSET
    pending_points: PendingPoints | UnsetType | None = UNSET
    earning_limits: EarningLimits | UnsetType | None = UNSET
    spending_limits: SpendingLimits | UnsetType | None = UNSET
    refunds: Refunds | UnsetType | None = UNSET
    balance_settings: BalanceSettings | UnsetType | None = UNSET
    pay_with_points: NoPayments | RatioPayments | UnsetType | None = UNSET
    metadata: Metadata | UnsetType | None = UNSET


class DefinitionCreate(DefinitionUpdate, frozen=True, kw_only=True):
    name: Name
    type: Literal["INDIVIDUAL"]
    status: Literal["DRAFT", "ACTIVE"] | None = None


PARTS: Final = (
    "code_config",
    "points_expiration",
    "pending_points",
    "earning_limits",
    "spending_limits",
    "refunds",
    "balance_settings",
    "pay_with_points",
)
"""The properties that make up a definition, in the order they are answered."""

NO_LIMITS: Final = {
    "global": {"type": "NO_LIMIT", "limits": []},
    "transactions": {"type": "NO_LIMIT", "limits": []},
}


def given_parts(request: DefinitionUpdate) -> Body:
    """The parts that a request sets, each complete as it will be answered. Raises a Fault."""
    parts = {name: getattr(request, name) for name in PARTS}
    return {name: _complete(name, part) for name, part in parts.items() if part is not UNSET}


def default_parts() -> Body:
    return {name: _complete(name, None) for name in PARTS}


def check_together(body: Body) -> None:
    """Rules between the parts of a definition. Raises a Fault."""
    negative = body["balance_settings"]["allow_negative"]
    if negative and body["points_expiration"]["type"] != "NO_EXPIRATION":
        raise invalid_payload("balance_settings.allow_negative needs NO_EXPIRATION")
    for method in body["refunds"]["earned_points"]["methods"]:
        if method.get("mode") == "REVOKE_BELOW_ZERO" and not negative:
            raise invalid_payload("REVOKE_BELOW_ZERO needs balance_settings.allow_negative")
        pending = body["pending_points"]["type"] != "IMMEDIATE"
        if method["type"] == "REVOKE_FROM_PENDING" and not pending:
            raise invalid_payload("REVOKE_FROM_PENDING needs pending points")


def _complete(name: str, part: Any) -> Any:
    """One part as it is answered; null and what is left out take their defaults."""
    match name:
        case "code_config":
            return _code_config(part or CodeConfig())
        case "points_expiration":
            return expiration(part or PointsExpiration(type="NO_EXPIRATION"))
        case "pending_points":
            return _pending(part or PendingPoints(type="IMMEDIATE"))
        case "earning_limits" | "spending_limits":
            return _limits(name, part) if part else NO_LIMITS
        case "refunds":
            return _refunds(part)
        case "balance_settings":
            return {"allow_negative": bool(part and part.allow_negative)}
        case _:
            return _payments(part or NoPayments())


def _code_config(config: CodeConfig) -> Body:
    """`pattern`: each # becomes a random character of the charset. It rules the length."""
    pattern = config.pattern or ("#" * config.length if config.length else DEFAULT_PATTERN)
    return {
        "pattern": pattern,
        "length": pattern.count("#"),
        "charset": config.charset or ALPHANUMERIC,
        "prefix": config.prefix or "",
        "postfix": config.postfix or "",
    }


PENDING_PARTS: Final = ("period_based", "fixed_dates", "event_based")


def _pending(part: PendingPoints) -> Body:
    wanted = part.type.lower() if part.type != "IMMEDIATE" else None
    return of_type("pending_points", part, wanted, PENDING_PARTS)


def _limits(name: str, part: EarningLimits | SpendingLimits) -> Body:
    for scope, limits in (("global", part.global_), ("transactions", part.transactions)):
        _check_list(f"{name}.{scope}.limits", limits.limits, limits.type == "LIMITED")
        for limit in limits.limits or ():
            if isinstance(limit, TimeLimit):
                required(limit.period.current_period, f"{name}.{scope}.period.current_period")
    body: Body = to_builtins(part)
    return body


def _refunds(part: Refunds | None) -> Body:
    if part is None:
        nothing = {"type": "NONE", "methods": []}
        return {"spent_points": nothing, "earned_points": nothing}
    for name, refunds in (("spent", part.spent_points), ("earned", part.earned_points)):
        place = f"refunds.{name}_points.methods"
        _check_list(place, refunds.methods, refunds.type == "REFUNDABLE")
    body: Body = to_builtins(part)
    return body


def _check_list(place: str, items: Any, wanted: bool) -> None:
    if bool(items) != wanted:
        raise invalid_payload(f"Payload.{place} must {'' if wanted else 'not '}have items")


def _payments(part: NoPayments | RatioPayments) -> Body:
    """The formula of the ratio is answered as text."""
    if isinstance(part, NoPayments):
        return {"type": "NO_PAYMENTS"}
    formula = str(part.exchange_ratio.formula).strip()
    try:
        formulas.check(formula)
    except formulas.BadFormula:
        raise invalid_payload(
            "pay_with_points.exchange_ratio.formula must be a positive decimal, or numbers and"
            ' ORDER_METADATA("key") with + - * / and brackets'
        ) from None
    return {"type": "EXCHANGE_RATIO", "exchange_ratio": {"formula": formula}}
