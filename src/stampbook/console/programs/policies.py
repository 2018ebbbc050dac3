"""A currency's policies as fields of a form, and the change that the native API is asked for.

Each field is a text. Lengths of time are a number and a unit; what a choice does not need is there,
too, and counts for nothing.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from stampbook.console.api import Json
from stampbook.console.programs.editing import wrong
from stampbook.console.programs.words import SECONDS, unit_of
from stampbook.console.typed import amount_typed
from stampbook.console.view import View

Values = Mapping[str, str]

YES, NO = "yes", "no"

LIMITS: Final = {
    "earning": ("per_transaction", "balance"),
    "spending": ("per_transaction", "lifetime"),
}
"""The amounts that limit earning and spending, besides that of a period."""

POINTERS: Final = {
    "/pending": "pending",
    "/pending/period": "pending_value",
    "/pending/dates": "pending_dates",
    "/pending/event_types": "event_types",
    "/pending/cancel_period": "cancel_value",
    "/expiry": "expiry",
    "/expiry/period": "expiry_value",
    "/expiry/dates": "expiry_dates",
    "/temporary_timeout_s": "temporary_timeout",
    "/exchange": "exchange_points",
    "/exchange/money": "exchange_money",
    "/unit_value": "unit_amount",
    "/unit_value/amount": "unit_amount",
    "/unit_value/money": "unit_money",
    **{
        f"/{kind}_limits/{name}": f"{kind}_{name}"
        for kind, names in LIMITS.items()
        for name in names
    },
    "/earning_limits/period": "earning_max",
    "/spending_limits/period": "spending_max",
}
"""The form's fields by pointers of the native API, where they have other names."""


def values_of(currency: Json) -> dict[str, str]:
    """The fields of the form, as the currency is."""
    pending, expiry = currency["pending"], currency["expiry"]
    exchange, worth = currency["exchange"] or {}, currency["unit_value"] or {}
    values = {
        "name": currency["name"],
        "code": currency["code"],
        "pending": pending["type"],
        **_period("pending", pending.get("period"), "day"),
        "whole_days": YES if pending.get("whole_days") else NO,
        "pending_dates": _dates(pending.get("dates")),
        "event_types": ", ".join(pending.get("event_types", ())),
        **_period("cancel", pending.get("cancel_period"), "day"),
        "expiry": expiry["type"],
        **_period("expiry", expiry.get("period"), "month"),
        "counts_from": expiry.get("counts_from", "activation"),
        "rounding": expiry.get("rounding") or "",
        "rounding_month": str(expiry.get("rounding_month", 12)),
        "expiry_dates": _dates(expiry.get("dates")),
        "on_earning": YES if expiry.get("on_earning", True) else NO,
        "on_spending": YES if expiry.get("on_spending", True) else NO,
        "spent_accrual": currency["spent_accrual"],
        "expired_restore": currency["expired_restore"],
        **_seconds("grace", currency["grace"]),
        **_seconds("cancel_window", currency["cancel_window"]),
        "overdraft": currency["overdraft"],
        **_seconds("temporary_timeout", currency["temporary_timeout_s"]),
        "approval_above": currency["approval_above"] or "",
        "initial_balance": currency["initial_balance"],
        "backdating": YES if currency["backdating"] else NO,
        "exchange_points": exchange.get("points", ""),
        "exchange_money": exchange.get("money", ""),
        "return_spent": currency["return_spent"],
        "unit_amount": worth.get("amount", ""),
        "unit_money": worth.get("money", ""),
    }
    for kind, names in LIMITS.items():
        limits = currency[f"{kind}_limits"]
        values |= {f"{kind}_{name}": limits[name] or "" for name in names}
        limit = limits["period"] or {}
        values |= {f"{kind}_max": limit.get("max", ""), f"{kind}_period": limit.get("period", "")}
    return values


def _period(name: str, shape: Json | None, unit: str) -> dict[str, str]:
    if shape is None:
        return {f"{name}_value": "", f"{name}_unit": unit}
    return {f"{name}_value": str(shape["value"]), f"{name}_unit": shape["unit"]}


def _seconds(name: str, seconds: int | None) -> dict[str, str]:
    if seconds is None:
        return {name: "", f"{name}_unit": "day"}
    unit = unit_of(seconds)
    return {name: str(seconds // SECONDS[unit]), f"{name}_unit": unit}


def _dates(dates: list[Json] | None) -> str:
    return ", ".join(f"{each['month']:02}-{each['day']:02}" for each in dates or ())


class _Reading:
    """The form as it is read; `faults` are what is wrong with it, by field."""

    def __init__(self, view: View, values: Values) -> None:
        self._view = view
        self._values = values
        self.faults: dict[str, str] = {}

    def text(self, name: str) -> str:
        return self._values.get(name, "")

    def is_yes(self, name: str) -> bool:
        return self.text(name) == YES

    def number(self, name: str) -> int:
        text = self.text(name)
        if text.isascii() and text.isdigit() and len(text) <= 12:  # a century has 10 digits
            return int(text)
        say = self._view.say
        self.faults[name] = say("A whole number.") if text else say("This is needed.")
        return 0

    def period(self, name: str) -> Json:
        return {"value": self.number(f"{name}_value"), "unit": self.text(f"{name}_unit")}

    def maybe_period(self, name: str) -> Json | None:
        return self.period(name) if self.text(f"{name}_value") else None

    def seconds(self, name: str) -> int | None:
        """A length of time in seconds; None if it was left empty."""
        if not self.text(name):
            return None
        return self.number(name) * SECONDS.get(self.text(f"{name}_unit"), 1)

    def dates(self, name: str) -> list[Json]:
        found = []
        for each in self.text(name).split(","):
            month, _, day = each.strip().partition("-")
            if not (month.isascii() and month.isdigit() and day.isascii() and day.isdigit()):
                say = self._view.say
                self.faults[name] = say("Months and days such as 06-30, with commas between them.")
                return []
            found.append({"month": int(month[:4]), "day": int(day[:4])})
        return found

    def amount(self, name: str) -> str | None:
        return amount_typed(self.text(name)) or None

    def limit(self, name: str, period: str) -> Json | None:
        """The most in a period: both, or neither."""
        most, each = self.amount(name), self.text(period)
        if most and each:
            return {"max": most, "period": each}
        if most or each:
            self.faults[period if most else name] = self._view.say("This is needed.")
        return None


def change_of(view: View, values: Values) -> Json:
    """The body that makes a currency what the form says. Raises Problem (422) for what cannot be
    read."""
    form = _Reading(view, values)
    body: Json = {
        "name": form.text("name"),
        "code": form.text("code"),
        "pending": _rule(_PENDING, form, "pending"),
        "expiry": _rule(_EXPIRY, form, "expiry"),
        "spent_accrual": form.text("spent_accrual"),
        "expired_restore": form.text("expired_restore"),
        "grace": form.seconds("grace"),
        "cancel_window": form.seconds("cancel_window"),
        "overdraft": form.amount("overdraft") or "0",
        "temporary_timeout_s": form.seconds("temporary_timeout"),
        "approval_above": form.amount("approval_above"),
        "initial_balance": form.amount("initial_balance") or "0",
        "backdating": form.is_yes("backdating"),
        "exchange": _exchange(form),
        "return_spent": form.text("return_spent"),
        "unit_value": _worth(form),
        **{f"{kind}_limits": _limits(form, kind, names) for kind, names in LIMITS.items()},
    }
    if body["temporary_timeout_s"] is None:
        form.faults["temporary_timeout"] = view.say("This is needed.")
    if form.faults:
        raise wrong(view, form.faults)
    return body


def _rule(rules: Mapping[str, Callable[[_Reading], Json]], form: _Reading, name: str) -> Json:
    kind = form.text(name)
    made = rules.get(kind)
    return {"type": kind, **(made(form) if made else {})}


_PENDING: Final[Mapping[str, Callable[[_Reading], Json]]] = {
    "period": lambda form: {
        "period": form.period("pending"),
        "whole_days": form.is_yes("whole_days"),
    },
    "fixed_dates": lambda form: {"dates": form.dates("pending_dates")},
    "event": lambda form: {
        "event_types": [each.strip() for each in form.text("event_types").split(",") if each],
        "cancel_period": form.maybe_period("cancel"),
    },
}


def _rounded(form: _Reading) -> Json:
    month = form.number("rounding_month")
    return {"rounding": form.text("rounding") or None, "rounding_month": month}


_EXPIRY: Final[Mapping[str, Callable[[_Reading], Json]]] = {
    "rolling": lambda form: {
        "period": form.period("expiry"),
        "counts_from": form.text("counts_from"),
        **_rounded(form),
    },
    "calendar": lambda form: {
        "dates": form.dates("expiry_dates"),
        "counts_from": form.text("counts_from"),
    },
    "sliding": lambda form: {
        "period": form.period("expiry"),
        "on_earning": form.is_yes("on_earning"),
        "on_spending": form.is_yes("on_spending"),
        **_rounded(form),
    },
}


def _exchange(form: _Reading) -> Json | None:
    points, money = form.amount("exchange_points"), form.amount("exchange_money")
    if points is None and money is None:
        return None
    return {"points": points or "0", "money": money or "0"}


def _worth(form: _Reading) -> Json | None:
    amount, money = form.amount("unit_amount"), form.amount("unit_money")
    if amount is None and money is None:
        return None
    return {"amount": amount or "0", "money": money or "0"}


def _limits(form: _Reading, kind: str, names: tuple[str, ...]) -> Json:
    limits: dict[str, Any] = {name: form.amount(f"{kind}_{name}") for name in names}
    limits["period"] = form.limit(f"{kind}_max", f"{kind}_period")
    return limits
