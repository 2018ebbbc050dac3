"""How often something may happen for one member: what a request says, and what is answered."""

from typing import Annotated, Any, Final, Literal

from msgspec import Meta

from stampbook.dialects.voucherify.core.bodies import Closed, required, superfluous
from stampbook.dialects.voucherify.core.faults import invalid_payload
from stampbook.dialects.voucherify.core.shapes.schema import COUNT, array_of, object_of, one_of
from stampbook.loyalty.model import Cooldown, Frequency, Limits

Body = dict[str, Any]

LONGEST: Final = {"HOUR": 24, "DAY": 90, "WEEK": 52, "MONTH": 12, "YEAR": 1}
"""The longest cooldown by its unit."""

MAX_TIMES: Final = 10_000
"""How often something may be allowed in a period."""


class CooldownPeriod(Closed, frozen=True):
    value: Annotated[int, Meta(ge=1, le=90)]
    unit: Literal["HOUR", "DAY", "WEEK", "MONTH", "YEAR"]


class FixedCooldown(Closed, frozen=True):
    period: CooldownPeriod


class CooldownLimit(Closed, frozen=True):
    type: Literal["NO_COOLDOWN", "FIXED_COOLDOWN"]
    fixed_cooldown: FixedCooldown | None = None


class CurrentPeriod(Closed, frozen=True):
    unit: Literal["DAY", "WEEK", "MONTH", "QUARTER", "YEAR"]


class TimePeriod(Closed, frozen=True):
    type: Literal["CURRENT_PERIOD"]
    current_period: CurrentPeriod | None = None


class Times(Closed, frozen=True):
    max: Annotated[int, Meta(ge=1, le=MAX_TIMES)]


class TimeLimit(Closed, frozen=True):
    type: Literal["TIME_BASED"]
    period: TimePeriod
    triggers: Times


class FrequencyLimit(Closed, frozen=True):
    type: Literal["NO_LIMIT", "LIMITED"]
    limits: Annotated[list[TimeLimit], Meta(max_length=1)] | None = None


class TriggerLimits(Closed, frozen=True):
    """The limits of a rule's triggers, or of a reward's purchases."""

    cooldown: CooldownLimit | None = None
    frequency: FrequencyLimit | None = None


def complete_limits(limits: TriggerLimits | None, place: str) -> Body:
    """The limits as they are answered. Raises a Fault (400)."""
    wanted = limits or TriggerLimits()
    return {
        "cooldown": _cooldown(wanted.cooldown, f"{place}.cooldown"),
        "frequency": _frequency(wanted.frequency, f"{place}.frequency"),
    }


def _cooldown(wanted: CooldownLimit | None, place: str) -> Body:
    if wanted is None or wanted.type == "NO_COOLDOWN":
        if wanted is not None:
            superfluous(wanted.fixed_cooldown, f"{place}.fixed_cooldown")
        return {"type": "NO_COOLDOWN"}
    period = required(wanted.fixed_cooldown, f"{place}.fixed_cooldown").period
    if period.value > LONGEST[period.unit]:
        longest = f"{LONGEST[period.unit]} {period.unit}"
        raise invalid_payload(f"Payload.{place}.fixed_cooldown.period must be at most {longest}")
    printed = {"value": period.value, "unit": period.unit}
    return {"type": "FIXED_COOLDOWN", "fixed_cooldown": {"period": printed}}


def _frequency(wanted: FrequencyLimit | None, place: str) -> Body:
    limits = [] if wanted is None or wanted.limits is None else wanted.limits
    is_limited = wanted is not None and wanted.type == "LIMITED"
    if bool(limits) != is_limited:
        must = "must have one item" if is_limited else "must not have items"
        raise invalid_payload(f"Payload.{place}.limits {must}")
    return {
        "type": "LIMITED" if is_limited else "NO_LIMIT",
        "limits": [_time_limit(each, f"{place}.limits") for each in limits],
    }


def _time_limit(limit: TimeLimit, place: str) -> Body:
    unit = required(limit.period.current_period, f"{place}.period.current_period").unit
    return {
        "type": "TIME_BASED",
        "period": {"type": "CURRENT_PERIOD", "current_period": {"unit": unit}},
        "triggers": {"max": limit.triggers.max},
    }


def limits_of(body: Body) -> Limits:
    """The limits that the engine keeps, of what `complete_limits` answered."""
    cooldown, frequency = body["cooldown"], None
    for each in body["frequency"]["limits"]:
        unit = each["period"]["current_period"]["unit"]
        frequency = Frequency(each["triggers"]["max"], unit.lower())
    if cooldown["type"] == "NO_COOLDOWN":
        return Limits(frequency=frequency)
    period = cooldown["fixed_cooldown"]["period"]
    return Limits(Cooldown(period["value"], period["unit"].lower()), frequency)


SHAPE: Final = object_of(
    cooldown=object_of(
        type=one_of("NO_COOLDOWN", "FIXED_COOLDOWN"),
        fixed_cooldown_=object_of(
            period=object_of(value=COUNT, unit=one_of("HOUR", "DAY", "WEEK", "MONTH", "YEAR"))
        ),
    ),
    frequency=object_of(
        type=one_of("NO_LIMIT", "LIMITED"),
        limits=array_of(
            object_of(
                type=one_of("TIME_BASED"),
                period=object_of(
                    type=one_of("CURRENT_PERIOD"),
                    current_period=object_of(
                        unit=one_of("DAY", "WEEK", "MONTH", "QUARTER", "YEAR")
                    ),
                ),
                triggers=object_of(max=COUNT),
            ),
            maxItems=1,
        ),
    ),
)
