"""When something counts and how often, on the wire: weekly hours, cooldown, frequency."""

from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import Meta, to_builtins

from stampbook.dialects.voucherify.core.bodies import Closed
from stampbook.dialects.voucherify.core.definitions.expiration import of_type
from stampbook.dialects.voucherify.core.definitions.wire import LimitPeriod
from stampbook.dialects.voucherify.core.faults import invalid_payload
from stampbook.dialects.voucherify.core.windows import ANY_TIME
from stampbook.dialects.voucherify.v2.programs.wire import ValidityHours, check_hours
from stampbook.loyalty.model import Cooldown, Frequency, Hours, Limits

Body = dict[str, Any]

LONGEST: Final = {"HOUR": 24, "DAY": 90, "WEEK": 52, "MONTH": 12, "YEAR": 1}
MAX_TIMES: Final = 10_000


class CooldownPeriod(Closed, frozen=True):
    value: Annotated[int, Meta(ge=1, le=90)]
    unit: Literal["HOUR", "DAY", "WEEK", "MONTH", "YEAR"]


class FixedCooldown(Closed, frozen=True):
    period: CooldownPeriod


class CooldownLimit(Closed, frozen=True):
    type: Literal["NO_COOLDOWN", "FIXED_COOLDOWN"]
    fixed_cooldown: FixedCooldown | None = None


class Triggers(Closed, frozen=True):
    max: Annotated[int, Meta(ge=1, le=MAX_TIMES)]


class FrequencyLimit(Closed, frozen=True):
    type: Literal["TIME_BASED"]
    period: LimitPeriod
    triggers: Triggers


class FrequencyLimits(Closed, frozen=True):
    type: Literal["NO_LIMIT", "LIMITED"]
    limits: Annotated[tuple[FrequencyLimit, ...], Meta(max_length=1)] | None = None


class TriggerLimits(Closed, frozen=True):
    """How often a rule counts for one member, or a reward may be bought."""

    cooldown: CooldownLimit | None = None
    frequency: FrequencyLimits | None = None


def limits_body(part: TriggerLimits | None, place: str) -> Body:
    """The limits as they are answered, complete. Raises a Fault (400)."""
    part = part or TriggerLimits()
    cooldown = part.cooldown or CooldownLimit(type="NO_COOLDOWN")
    wanted = None if cooldown.type == "NO_COOLDOWN" else "fixed_cooldown"
    frequency = part.frequency or FrequencyLimits(type="NO_LIMIT")
    limits, where = frequency.limits or (), f"{place}.frequency.limits"
    if bool(limits) != (frequency.type == "LIMITED"):
        raise invalid_payload(f"Payload.{where} must {'not ' if limits else ''}have items")
    for limit in limits:
        if limit.period.current_period is None:
            name = f"{where}.0.period.current_period"
            raise invalid_payload(f"Payload must have required property '{name}'")
    return {
        "cooldown": of_type(f"{place}.cooldown", cooldown, wanted, ("fixed_cooldown",), LONGEST),
        "frequency": {"type": frequency.type, "limits": [to_builtins(each) for each in limits]},
    }


def limits_of(body: Body) -> Limits:
    """What limits as they are answered mean to the engine."""
    cooldown = frequency = None
    if "fixed_cooldown" in body["cooldown"]:
        period = body["cooldown"]["fixed_cooldown"]["period"]
        cooldown = Cooldown(period["value"], period["unit"].lower())
    for limit in body["frequency"]["limits"]:
        unit = limit["period"]["current_period"]["unit"]
        frequency = Frequency(limit["triggers"]["max"], unit.lower())
    return Limits(cooldown, frequency)


def hours_body(hours: ValidityHours | None) -> Body:
    """Weekly hours as they are answered; each begins before it ends. Raises a Fault (400)."""
    text = check_hours(hours)
    if text is None:
        return ANY_TIME
    body: Body = msgspec.json.decode(text)
    for at, span in enumerate(body["daily"]):
        place = f"validity_hours.daily.{at}"
        if len(span["start_time"]) != 5 or len(span["end_time"]) != 5:
            raise invalid_payload(f"Payload.{place}: times must be HH:MM")
        if span["end_time"] <= span["start_time"]:
            raise invalid_payload(f"Payload.{place}.end_time must be after start_time")
    return body


def hours_of(body: Body) -> tuple[Hours, ...]:
    """What hours as they are answered mean to the engine. The last minute is excluded."""
    return tuple(
        Hours(
            frozenset(span["days_of_week"]), _minute(span["start_time"]), _minute(span["end_time"])
        )
        for span in body.get("daily", ())
    )


def _minute(time: str) -> int:
    hours, _, minutes = time.partition(":")
    return int(hours) * 60 + int(minutes)
