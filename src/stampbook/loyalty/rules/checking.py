"""Which rules are accepted. What a rule names (currencies, tiers, benefits) is for the caller to
look up; everything else is checked here, for every dialect."""

from collections.abc import Sequence
from typing import Any, Final

import msgspec

from stampbook.domain.model import MAX_AMOUNT
from stampbook.loyalty.conditions.checking import check as check_condition
from stampbook.loyalty.conditions.faults import Fault, InvalidCondition
from stampbook.loyalty.conditions.grammar import names_for
from stampbook.loyalty.judging.calculating import is_basis
from stampbook.loyalty.judging.periods import PERIODS, SPANS
from stampbook.loyalty.model import Effect, Fixed, Given, Hours, Limits, Per, Trigger, Version
from stampbook.programs.faults import Invalid
from stampbook.storage.policy_rows import ExpiryShape, PendingShape, Sliding

MAX_EARNINGS: Final = 20
MAX_EFFECTS: Final = 10
MAX_PRIORITY: Final = 1_000_000
MAX_HOURS: Final = 50
MAX_NAMED: Final = 100
"""Names in one list of a rule: items, categories, tiers."""
MAX_TIMES: Final = 1_000_000
MINUTES: Final = 24 * 60

NAMED: Final = frozenset({Trigger.CUSTOM_EVENT, Trigger.SEGMENT_ENTERED})
"""The triggers that name something: the event, or the segment."""


class InvalidExpression(Exception):
    """A condition that is not accepted; `field` is the path to it."""

    def __init__(self, field: str, code: Fault, detail: str) -> None:
        super().__init__(field, detail)
        self.field = field
        self.code = code
        self.detail = detail


def check(version: Version) -> None:
    """Raises Invalid or InvalidExpression, whose field is the path in the native API's body."""
    if (version.trigger in NAMED) != (version.trigger_name is not None):
        wanted = "must be given" if version.trigger in NAMED else "is not part of this trigger"
        raise Invalid("trigger/name", wanted)
    if abs(version.priority) > MAX_PRIORITY:
        raise Invalid("priority", f"must be at most {MAX_PRIORITY}, and not below -{MAX_PRIORITY}")
    starts_at, ends_at = version.starts_at, version.ends_at
    if starts_at is not None and ends_at is not None and ends_at <= starts_at:
        raise Invalid("ends_at", "must lie after starts_at")
    _check_hours(version.hours)
    _check_limits(version.limits)
    if not 0 < len(version.earnings) <= MAX_EARNINGS:
        raise Invalid("earnings", f"must be 1 to {MAX_EARNINGS}")
    names = names_for(version.trigger)
    for at, earning in enumerate(version.earnings):
        field = f"earnings/{at}"
        for need, tiers in enumerate(earning.tiers):
            if not 0 < len(tiers.any_of) <= MAX_NAMED:
                raise Invalid(f"{field}/tiers/{need}/any_of", f"must be 1 to {MAX_NAMED} tiers")
        if not 0 < len(earning.effects) <= MAX_EFFECTS:
            raise Invalid(f"{field}/effects", f"must be 1 to {MAX_EFFECTS}")
        for number, effect in enumerate(earning.effects):
            _check_effect(effect, names, f"{field}/effects/{number}")
        if earning.condition is not None:
            try:
                check_condition(earning.condition, names)
            except InvalidCondition as error:
                raise InvalidExpression(f"{field}/condition", error.code, error.message) from None


def _check_hours(hours: Sequence[Hours]) -> None:
    if len(hours) > MAX_HOURS:
        raise Invalid("hours", f"must be at most {MAX_HOURS}")
    for at, each in enumerate(hours):
        if not each.days or not all(0 <= day <= 6 for day in each.days):
            raise Invalid(f"hours/{at}/days", "must be days from 0 (Sunday) to 6")
        if not 0 <= each.begin < each.end <= MINUTES:
            raise Invalid(f"hours/{at}/to", "must be after from, at most 24:00")


def _check_limits(limits: Limits) -> None:
    cooldown, frequency, budget = limits
    if cooldown is not None:
        if cooldown.unit not in SPANS:
            raise Invalid("limits/cooldown/unit", f"must be one of {', '.join(SPANS)}")
        if not 0 < cooldown.n <= 1_000:
            raise Invalid("limits/cooldown/n", "must be 1 to 1000")
    if frequency is not None:
        _check_period(frequency.period, "limits/frequency/period")
        if not 0 < frequency.max <= MAX_TIMES:
            raise Invalid("limits/frequency/max", f"must be 1 to {MAX_TIMES}")
    if budget is not None:
        _check_period(budget.period, "limits/budget/period")
        if (budget.points is None) == (budget.triggers is None):
            raise Invalid("limits/budget", "takes either points or triggers")
        if budget.points is not None and not 0 < budget.points <= MAX_AMOUNT:
            raise Invalid("limits/budget/points", "must be positive and at most 9 * 10^15")
        if budget.triggers is not None and not 0 < budget.triggers <= MAX_AMOUNT:
            raise Invalid("limits/budget/triggers", "must be positive and at most 9 * 10^15")


def _check_period(period: str, field: str) -> None:
    if period not in PERIODS:
        raise Invalid(field, f"must be one of {', '.join(PERIODS)}")


def _check_effect(effect: Effect, names: frozenset[str], field: str) -> None:
    if isinstance(effect, Given):
        return
    if isinstance(effect, Fixed):
        if not 0 < effect.points <= MAX_AMOUNT:
            raise Invalid(f"{field}/points", "must be positive and at most 9 * 10^15")
    else:
        check_per(effect, names, field)
    _check_shape(effect.pending, PendingShape, f"{field}/pending")
    if isinstance(_check_shape(effect.expiry, ExpiryShape, f"{field}/expiry"), Sliding):
        raise Invalid(f"{field}/expiry", "only a currency can have an expiry that slides")


def check_per(effect: Per, names: frozenset[str], field: str) -> None:
    """Raises Invalid for points in proportion to what events with these names do not have."""
    root = effect.basis.partition(".")[0]
    is_known = is_basis(effect.basis) and (root in names or (root == "visit" and "order" in names))
    if not is_known:
        raise Invalid(f"{field}/basis", "is not something that events of this trigger have")
    if not 0 < effect.every <= MAX_AMOUNT:
        raise Invalid(f"{field}/every", "must be positive")
    if not 0 < effect.points <= MAX_AMOUNT:
        raise Invalid(f"{field}/points", "must be positive and at most 9 * 10^15")
    if effect.applies_to is not None:
        if root != "lines":
            raise Invalid(f"{field}/applies_to", "is for bases of lines")
        if any(len(each) > MAX_NAMED for each in effect.applies_to):
            raise Invalid(f"{field}/applies_to", f"takes at most {MAX_NAMED} names of a kind")


def _check_shape(given: Any, shape: Any, field: str) -> Any:
    """The shape that an override has, None without one."""
    if given is None:
        return None
    try:
        return msgspec.convert(given, shape)
    except msgspec.ValidationError as error:
        raise Invalid(field, str(error)) from None
