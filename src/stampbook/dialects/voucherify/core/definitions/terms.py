"""Card definitions as the ledger's policies, and a currency's policy as a card definition.

Dates of this dialect are whole days in the program's time zone: periods end at the begin
of a day, points expire at the end of one.
"""

from typing import Any, Final

from stampbook.dialects.voucherify.core.definitions.expiration import Body
from stampbook.dialects.voucherify.core.definitions.wire import default_parts
from stampbook.dialects.voucherify.core.points.buckets import EXPIRY_WORDS, PENDING_WORDS
from stampbook.domain.model import MAX_AMOUNT
from stampbook.domain.policy import (
    DayOfYear,
    ExpiryRule,
    ExpiryType,
    PendingRule,
    PendingType,
    Period,
    Rounding,
    SpentAccrual,
    Unit,
)
from stampbook.programs.policies import Terms

ROUNDINGS: Final = {
    Rounding.END_OF_MONTH: "END_OF_MONTH",
    Rounding.END_OF_QUARTER: "END_OF_QUARTER",
    Rounding.END_OF_HALF_YEAR: "END_OF_HALF_YEAR",
    Rounding.END_OF_YEAR: "END_OF_YEAR",
    Rounding.END_OF_PARTICULAR_MONTH: "END_OF_PARTICULAR_MONTH",
}
MINUTES: Final = {Unit.MINUTE: 1, Unit.HOUR: 60, Unit.DAY: 1440, Unit.WEEK: 10_080}
MINUTES_A_DAY: Final = 1440


def terms_of(body: Body) -> Terms:
    """The policy by which the ledger decides about cards of the definition."""
    return Terms(
        pending=_pending(body["pending_points"]),
        expiry=expiry_of(body["points_expiration"]),
        spent_accrual=_spent_accrual(body["refunds"]["earned_points"]["methods"]),
        overdraft=MAX_AMOUNT if body["balance_settings"]["allow_negative"] else 0,
    )


def body_of(terms: Terms) -> Body:
    """A definition for a currency that another API made."""
    body = default_parts()
    body["pending_points"] = _printed_pending(terms.pending)
    body["points_expiration"] = _printed_expiry(terms.expiry)
    body["balance_settings"] = {"allow_negative": terms.overdraft > 0}
    return body


def _pending(part: dict[str, Any]) -> PendingRule:
    match part["type"]:
        case "PERIOD_BASED":
            return PendingRule(
                PendingType.PERIOD, period=_period(part["period_based"]["period"]), whole_days=True
            )
        case "FIXED_DATES":
            return PendingRule(PendingType.FIXED_DATES, dates=_days(part["fixed_dates"]["dates"]))
        case "EVENT_BASED":
            rule = part["event_based"]
            return PendingRule(
                PendingType.EVENT,
                event_types=tuple(rule["event_types"]),
                cancel_period=_period(rule["cancel_period"]),
            )
        case _:
            return PendingRule()


def expiry_of(part: dict[str, Any]) -> ExpiryRule:
    """The expiry rule: it counts from the activation; points live to the end of their last day."""
    match part["type"]:
        case "ROLLING_EXPIRATION":
            rule = part["rolling_expiration"]
            rounding = rule.get("rounding") or {}
            word = rounding.get("type", "END_OF_DAY").lower()
            return ExpiryRule(
                ExpiryType.ROLLING,
                period=_period(rule["period"]),
                rounding=Rounding(word),
                rounding_month=rounding.get("value", 12),
            )
        case "CALENDAR_EXPIRATION":
            dates = part["calendar_expiration"]["expiration_dates"]
            return ExpiryRule(ExpiryType.CALENDAR, dates=_days(dates))
        case "SLIDING_EXPIRATION":
            rule = part["sliding_expiration"]
            return ExpiryRule(
                ExpiryType.SLIDING,
                period=_period(rule["period"]),
                on_earning=rule["earning_activity"],
                on_spending=rule["spending_activity"],
                rounding=Rounding.END_OF_DAY,
            )
        case _:
            return ExpiryRule()


def _spent_accrual(methods: list[dict[str, Any]]) -> SpentAccrual:
    """Below zero is a debt. All else leaves spent points with those who spent them."""
    below = any(method.get("mode") == "REVOKE_BELOW_ZERO" for method in methods)
    return SpentAccrual.DEBT if below else SpentAccrual.CLAMP


def _period(part: dict[str, Any]) -> Period:
    return Period(part["value"], Unit(part["unit"].lower()))


def _days(parts: list[dict[str, int]]) -> tuple[DayOfYear, ...]:
    return tuple(DayOfYear(part["month"], part["day"]) for part in parts)


def _printed_pending(rule: PendingRule) -> dict[str, Any]:
    printed: dict[str, Any] = {"type": PENDING_WORDS[rule.type]}
    match rule.type:
        case PendingType.PERIOD:
            printed["period_based"] = {"period": _printed_period(rule.period)}
        case PendingType.FIXED_DATES:
            printed["fixed_dates"] = {"dates": _printed_days(rule.dates)}
        case PendingType.EVENT:
            printed["event_based"] = {
                "event_types": list(rule.event_types),
                "cancel_period": _printed_period(rule.cancel_period),
            }
        case PendingType.IMMEDIATE:
            pass
    return printed


def _printed_expiry(rule: ExpiryRule) -> dict[str, Any]:
    printed: dict[str, Any] = {"type": EXPIRY_WORDS[rule.type]}
    match rule.type:
        case ExpiryType.ROLLING:
            printed["rolling_expiration"] = _printed_rolling(rule)
        case ExpiryType.CALENDAR:
            printed["calendar_expiration"] = {"expiration_dates": _printed_days(rule.dates)}
        case ExpiryType.SLIDING:
            printed["sliding_expiration"] = {
                "earning_activity": rule.on_earning,
                "spending_activity": rule.on_spending,
                "custom_activity": False,
                "custom_activity_types": [],
                "period": _printed_period(rule.period),
            }
        case ExpiryType.NONE:
            pass
    return printed


def _printed_rolling(rule: ExpiryRule) -> dict[str, Any]:
    printed: dict[str, Any] = {"period": _printed_period(rule.period)}
    if rule.rounding in ROUNDINGS:
        printed["rounding"] = {"type": ROUNDINGS[rule.rounding]}
        if rule.rounding is Rounding.END_OF_PARTICULAR_MONTH:
            printed["rounding"]["value"] = rule.rounding_month
    return printed


def _printed_period(period: Period | None) -> dict[str, Any]:
    """A period in the dialect's units; no period at all is printed as the longest one."""
    if period is None:
        return {"value": 1, "unit": "YEAR"}
    if period.unit not in MINUTES:
        return {"value": period.value, "unit": period.unit.upper()}
    return {"value": -(-period.value * MINUTES[period.unit] // MINUTES_A_DAY), "unit": "DAY"}


def _printed_days(days: tuple[DayOfYear, ...]) -> list[dict[str, int]]:
    return [{"day": each.day, "month": each.month} for each in days]
