"""Tier structures on the wire: what a request may say, checked and completed."""

from typing import Annotated, Any, Final, Literal

from msgspec import UNSET, Meta, UnsetType, json, to_builtins

from stampbook.dialects.voucherify.core.bodies import (
    Closed,
    Listing,
    Metadata,
    Name,
    required,
    superfluous,
)
from stampbook.dialects.voucherify.core.definitions.days import Days, check_day
from stampbook.dialects.voucherify.core.faults import invalid_payload
from stampbook.loyalty.tiers.terms import MAX_SPAN

Unit = Literal["DAY", "MONTH", "YEAR"]
DefinitionId = Annotated[str, Meta(pattern="^lcdef_[a-f0-9]+$", max_length=100)]
Length = Annotated[int, Meta(ge=1, le=MAX_SPAN)]
ActivityType = Annotated[str, Meta(min_length=1, max_length=300)]

LONGEST: Final = {"DAY": 90, "WEEK": 52, "MONTH": 12, "YEAR": 5}
"""The longest period in which points are counted, by its unit."""

Body = dict[str, Any]


class PointBalance(Closed, frozen=True):
    card_definition_id: DefinitionId


class CountingPeriod(Closed, frozen=True):
    value: Length
    unit: Literal["DAY", "WEEK", "MONTH", "YEAR"]


class PointEarned(Closed, frozen=True):
    card_definition_id: DefinitionId
    period: CountingPeriod
    type: Literal["IMMEDIATELY", "NEXT_TRACKING_PERIOD"]


class Period(Closed, frozen=True):
    value: Length
    unit: Unit


class FixedDuration(Closed, frozen=True):
    period: Period


class CalendarExpiration(Closed, frozen=True):
    calendar_dates: Days


class SlidingExpiration(Listing, frozen=True):
    period: Period
    earning_activity: bool = False
    spending_activity: bool = False
    custom_activity: bool = False
    custom_activity_types: Annotated[tuple[ActivityType, ...], Meta(max_length=10)] | None = ()


class Expiration(Closed, frozen=True):
    type: Literal["NO_RETENTION", "SLIDING_EXPIRATION", "FIXED_DURATION", "CALENDAR_EXPIRATION"]
    fixed_duration: FixedDuration | None = None
    calendar_expiration: CalendarExpiration | None = None
    sliding_expiration: SlidingExpiration | None = None


class GracePeriod(Closed, frozen=True):
    value: Length
    unit: Unit
    round_up: bool = False


class Downgrade(Closed, frozen=True):
    type: Literal["MULTI_LEVEL", "SINGLE_LEVEL", "NO_DOWNGRADE"]
    grace_period: GracePeriod | None = None


class StructureUpdate(Closed, frozen=True):
    """PUT: what is given replaces what was."""

    name: Name | UnsetType = UNSET
    type: Literal["POINT_BALANCE", "POINT_EARNED"] | UnsetType = UNSET
    point_balance: PointBalance | UnsetType | None = UNSET
    point_earned: PointEarned | UnsetType | None = UNSET
    expiration: Expiration | UnsetType | None = UNSET
    downgrade: Downgrade | UnsetType | None = UNSET
    metadata: Metadata | UnsetType | None = UNSET


class StructureCreate(StructureUpdate, frozen=True, kw_only=True):
    name: Name
    type: Literal["POINT_BALANCE", "POINT_EARNED"]
    status: Literal["DRAFT", "ACTIVE"] | UnsetType = UNSET


COUNTS: Final = {"POINT_BALANCE": "point_balance", "POINT_EARNED": "point_earned"}
"""Which object says what is counted, by the type of the structure."""

DEFAULTS: Final[Body] = {
    "expiration": {"type": "NO_RETENTION"},
    "downgrade": {"type": "NO_DOWNGRADE"},
}


def given_parts(wanted: StructureUpdate) -> Body:
    """The parts that a request sets, each complete as it will be answered. Raises a Fault."""
    parts: Body = {}
    if wanted.type is not UNSET:
        _check_type(wanted, wanted.type)
        parts["type"] = wanted.type
    for name in COUNTS.values():
        counted = getattr(wanted, name)
        if counted is not UNSET:
            parts[name] = None if counted is None else _counted(counted)
    if wanted.expiration is not UNSET:
        parts["expiration"] = _expiration(wanted.expiration)
    if wanted.downgrade is not UNSET:
        parts["downgrade"] = _downgrade(wanted.downgrade)
    return parts


def _check_type(wanted: StructureUpdate, type_: str) -> None:
    for each, name in COUNTS.items():
        counted = getattr(wanted, name)
        if each == type_:
            required(None if counted is UNSET else counted, name)
        elif counted is not UNSET:
            superfluous(counted, name)


def merged_parts(before: Body, given: Body) -> Body:
    """A structure with what a request changes of it. Raises a Fault."""
    body = {**DEFAULTS, **before, **given}
    own = COUNTS[body["type"]]
    required(body.get(own), own)
    for name in COUNTS.values():
        if name != own:
            superfluous(given.get(name), name)
            body.pop(name, None)
    return body


def _counted(counted: PointBalance | PointEarned) -> Body:
    if isinstance(counted, PointEarned) and counted.period.value > LONGEST[counted.period.unit]:
        longest = f"{LONGEST[counted.period.unit]} {counted.period.unit}"
        raise invalid_payload(f"Payload.point_earned.period must be at most {longest}")
    body: Body = to_builtins(counted)
    return body


def _expiration(part: Expiration | None) -> Body:
    if part is None:
        return DEFAULTS["expiration"]  # type: ignore[no-any-return]
    particulars = {
        "FIXED_DURATION": part.fixed_duration,
        "CALENDAR_EXPIRATION": part.calendar_expiration,
        "SLIDING_EXPIRATION": part.sliding_expiration,
    }
    for type_, given in particulars.items():
        if type_ != part.type:
            superfluous(given, f"expiration.{type_.lower()}")
    if part.type == "NO_RETENTION":
        return {"type": part.type}
    name = part.type.lower()
    own = required(particulars[part.type], f"expiration.{name}")
    if isinstance(own, CalendarExpiration):
        for day in own.calendar_dates:
            check_day(day, f"expiration.{name}")
    if isinstance(own, SlidingExpiration):
        types = own.custom_activity_types or ()
        if len(set(types)) != len(types):
            raise invalid_payload(f"Payload.expiration.{name}.custom_activity_types must be unique")
    # As it will be read from the database: lists are no tuples.
    return {"type": part.type, name: json.decode(json.encode(own))}


def _downgrade(part: Downgrade | None) -> Body:
    if part is None:
        return DEFAULTS["downgrade"]  # type: ignore[no-any-return]
    if part.type == "NO_DOWNGRADE":
        superfluous(part.grace_period, "downgrade.grace_period")
    grace = {} if part.grace_period is None else {"grace_period": to_builtins(part.grace_period)}
    return {"type": part.type, **grace}


# -- tiers ---------------------------------------------------------------------------------

MOST: Final = 1_000_000_000
Number = Annotated[int, Meta(ge=0, le=MOST)] | Annotated[float, Meta(ge=0, le=MOST)]


class PointsBounds(Closed, frozen=True):
    """The points that qualify: from `min_value` up to and with `max_value`."""

    min_value: Number
    max_value: Number | UnsetType = UNSET


class Segment(Closed, frozen=True):
    id: Annotated[str, Meta(min_length=1, max_length=200)]


class QualificationRules(Closed, frozen=True):
    type: Literal["POINTS", "POINTS_AND_SEGMENT"]
    points: PointsBounds | None = None
    segment: Segment | None = None


class DowngradeOfTier(Closed, frozen=True):
    type: Literal["INHERIT", "NO_DOWNGRADE"]


class TierUpdate(Closed, frozen=True):
    """PUT: what is given replaces what was."""

    name: Name | UnsetType = UNSET
    qualification_rules: QualificationRules | UnsetType | None = UNSET
    downgrade: DowngradeOfTier | UnsetType | None = UNSET
    metadata: Metadata | UnsetType | None = UNSET


class TierCreate(TierUpdate, frozen=True, kw_only=True):
    name: Name
    qualification_rules: QualificationRules


def tier_parts(wanted: TierUpdate) -> Body:
    """The parts of a tier that a request sets, as they will be answered. Raises a Fault.

    Rules that are null stay as they are: a tier has some.
    """
    parts: Body = {}
    if wanted.qualification_rules is not UNSET and wanted.qualification_rules is not None:
        parts["qualification_rules"] = _rules(wanted.qualification_rules)
    if wanted.downgrade is not UNSET:
        parts["downgrade"] = {"type": wanted.downgrade.type if wanted.downgrade else "INHERIT"}
    return parts


def _rules(rules: QualificationRules) -> Body:
    place = "qualification_rules"
    points = required(rules.points, f"{place}.points")
    if points.max_value is not UNSET and points.max_value < points.min_value:
        raise invalid_payload(f"Payload.{place}.points.max_value must not be less than min_value")
    body: Body = {"type": rules.type, "points": to_builtins(points)}
    if rules.type == "POINTS":
        superfluous(rules.segment, f"{place}.segment")
    else:
        body["segment"] = to_builtins(required(rules.segment, f"{place}.segment"))
    return body


def check_apart(tier: Body, others: list[Body]) -> None:
    """Tiers of one segment, or of none, must not overlap. Raises a Fault (400)."""
    path, low, high = _span(tier)
    for other in others:
        other_path, other_low, other_high = _span(other)
        if path == other_path and low <= other_high and other_low <= high:
            raise invalid_payload("Payload.qualification_rules overlap with those of another tier")


def _span(tier: Body) -> tuple[str | None, float, float]:
    rules = tier["qualification_rules"]
    points, segment = rules["points"], rules.get("segment")
    path = None if segment is None else segment["id"]
    return path, points["min_value"], points.get("max_value", float("inf"))
