"""Earning rules on the wire: what a request may say, checked and completed."""

from typing import Annotated, Any, Final, Literal

from msgspec import UNSET, Meta, UnsetType, to_builtins

from stampbook.dialects.voucherify.core.bodies import (
    Closed,
    Date,
    Metadata,
    Name,
    required,
    superfluous,
)
from stampbook.dialects.voucherify.core.definitions.expiration import (
    EventType,
    PointsExpiration,
    expiration,
    of_type,
)
from stampbook.dialects.voucherify.core.faults import invalid_payload
from stampbook.dialects.voucherify.v2.conditions.groups import Group, Message, check_group, printed
from stampbook.dialects.voucherify.v2.kernel.limits import TriggerLimits, hours_body, limits_body
from stampbook.dialects.voucherify.v2.kernel.resources import Body
from stampbook.dialects.voucherify.v2.programs.wire import ValidityHours, read_end, read_moment
from stampbook.dialects.voucherify.v2.rules.proportional import (
    Count,
    DefinitionId,
    Proportional,
    check_proportional,
)

MAX_EARNINGS: Final = 20
MAX_EFFECTS: Final = 10
LONGEST_YEARS: Final = 5
SEGMENTS: Final = "^seg_[a-zA-Z0-9]+"


class CustomEvent(Closed, frozen=True):
    schema_id: EventType


class Segment(Closed, frozen=True):
    id: Annotated[str, Meta(pattern=SEGMENTS, max_length=100)]


class Trigger(Closed, frozen=True):
    event: Literal["customer.order.paid", "customer.custom_event", "customer.segment.entered"]
    custom_event: CustomEvent | None = None
    segment: Segment | None = None


class Points(Closed, frozen=True):
    value: Count
    card_definition_id: DefinitionId
    points_expiration: PointsExpiration | None = None


class EarnedProportional(Proportional, frozen=True, kw_only=True):
    points_expiration: PointsExpiration | None = None


class NamedBenefit(Closed, frozen=True):
    id: Annotated[str, Meta(pattern="^lben_[a-f0-9]+$", max_length=100)]


class Effect(Closed, frozen=True):
    type: Literal["POINTS", "POINTS_PROPORTIONAL", "BENEFIT"]
    points: Points | None = None
    points_proportional: EarnedProportional | None = None
    benefit: NamedBenefit | None = None


class TierNeed(Closed, frozen=True):
    tier_structure_id: Annotated[str, Meta(pattern="^lts_[a-f0-9]+$", max_length=100)]
    tier_ids: Annotated[
        list[Annotated[str, Meta(pattern="^lt_[a-f0-9]+$", max_length=100)]],
        Meta(min_length=1, max_length=100),
    ]


class TierRules(Closed, frozen=True):
    type: Literal["NO_REQUIREMENTS", "ANY_OF"]
    any_of: Annotated[list[TierNeed], Meta(min_length=1, max_length=10)] | None = None


class Earning(Closed, frozen=True):
    effects: Annotated[list[Effect], Meta(min_length=1, max_length=MAX_EFFECTS)]
    name: Annotated[str, Meta(max_length=200)] | None = None
    tier_rules: TierRules | None = None
    rules: Group | None = None


class ChangedEarning(Earning, frozen=True, kw_only=True):
    """One with an id replaces the earning of that id."""

    id: Annotated[str, Meta(pattern="^lernei_[a-f0-9]+$", max_length=100)] | None = None


Earnings = Meta(min_length=1, max_length=MAX_EARNINGS)


class RuleUpdate(Closed, frozen=True):
    """PUT: what is given replaces what was."""

    name: Name | UnsetType = UNSET
    trigger: Trigger | UnsetType = UNSET
    earnings: Annotated[list[ChangedEarning], Earnings] | UnsetType = UNSET
    error: Message | UnsetType | None = UNSET
    validity_hours: ValidityHours | UnsetType | None = UNSET
    start_date: Date | UnsetType | None = UNSET
    end_date: Date | UnsetType | None = UNSET
    metadata: Metadata | UnsetType | None = UNSET
    trigger_limits: TriggerLimits | UnsetType | None = UNSET


class RuleCreate(RuleUpdate, frozen=True, kw_only=True):
    name: Name
    trigger: Trigger
    earnings: Annotated[list[Earning], Earnings]  # type: ignore[assignment]
    status: Literal["DRAFT", "ACTIVE"] = "DRAFT"


DEFAULTS: Final = {
    "error": None,
    "validity_hours": None,
    "start_date": None,
    "end_date": None,
    "trigger_limits": None,
}


def given_parts(wanted: RuleUpdate) -> Body:
    """The parts that a request sets, each complete as it will be answered; dates are instants.

    Raises a Fault (400).
    """
    parts: Body = {}
    if wanted.trigger is not UNSET:
        parts["trigger"] = _trigger(wanted.trigger)
    if wanted.earnings is not UNSET:
        parts["earnings"] = [
            _earning(each, f"earnings.{at}") for at, each in enumerate(wanted.earnings)
        ]
    for name in DEFAULTS:
        value = getattr(wanted, name)
        if value is not UNSET:
            parts[name] = _part(name, value)
    return parts


def default_parts() -> Body:
    return {name: _part(name, value) for name, value in DEFAULTS.items()}


def _part(name: str, value: Any) -> Any:
    match name:
        case "validity_hours":
            return hours_body(value)
        case "trigger_limits":
            return limits_body(value, name)
        case "start_date":
            return read_moment(value, name)
        case "end_date":
            return read_end(value, name)
        case _:
            return to_builtins(value)


def check_dates(body: Body) -> None:
    """A rule begins before it ends. Raises a Fault (400)."""
    start, end = body["start_date"], body["end_date"]
    if start is not None and end is not None and end <= start:
        raise invalid_payload("end_date must lie after start_date")


def _trigger(part: Trigger) -> Body:
    objects = {"customer.custom_event": "custom_event", "customer.segment.entered": "segment"}
    wanted = objects.get(part.event)
    for name in objects.values():
        if name != wanted:
            superfluous(getattr(part, name), f"trigger.{name}")
    if wanted is None:
        return {"event": part.event}
    return {
        "event": part.event,
        wanted: to_builtins(required(getattr(part, wanted), f"trigger.{wanted}")),
    }


def _earning(part: Earning, place: str) -> Body:
    if part.rules is not None:
        check_group(part.rules, f"{place}.rules")
    tiers = part.tier_rules
    return {
        "id": part.id if isinstance(part, ChangedEarning) else None,
        "name": part.name,
        "rules": printed(part.rules),
        "tier_rules": None if tiers is None else _tiers(tiers, f"{place}.tier_rules"),
        "effects": [_effect(each, f"{place}.effects.{at}") for at, each in enumerate(part.effects)],
    }


def _tiers(part: TierRules, place: str) -> Body:
    if part.type == "NO_REQUIREMENTS":
        superfluous(part.any_of, f"{place}.any_of")
        return {"type": part.type}
    return {"type": part.type, "any_of": to_builtins(required(part.any_of, f"{place}.any_of"))}


EFFECTS: Final = ("points", "points_proportional", "benefit")


def _effect(part: Effect, place: str) -> Body:
    wanted = part.type.lower()
    body = of_type(place, part, wanted, EFFECTS)
    given = getattr(part, wanted)
    if isinstance(given, EarnedProportional):
        check_proportional(given, f"{place}.{wanted}")
    expires = getattr(given, "points_expiration", None)
    if expires is not None:
        where = f"{place}.{wanted}.points_expiration"
        rounding = expires.rolling_expiration and expires.rolling_expiration.rounding
        if rounding and rounding.type != "END_OF_PARTICULAR_MONTH":
            superfluous(rounding.value, f"{where}.rolling_expiration.rounding.value")
        body[wanted]["points_expiration"] = expiration(expires, where, LONGEST_YEARS)
    return body
