"""When points expire, on the wire: of card definitions, and of what a rule gives."""

from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal

from msgspec import Meta, to_builtins

from stampbook.dialects.voucherify.core.bodies import Closed, Listing, required, superfluous
from stampbook.dialects.voucherify.core.definitions.days import Day, Days, check_day
from stampbook.dialects.voucherify.core.faults import invalid_payload

Unit = Literal["DAY", "MONTH", "YEAR"]
LONGEST: Final = {"DAY": 90, "MONTH": 12, "YEAR": 1}
EventType = Annotated[str, Meta(pattern="^ms_[a-zA-Z0-9]+$", max_length=100)]
Body = dict[str, Any]


class Period(Closed, frozen=True):
    value: Annotated[int, Meta(ge=1, le=90)]
    unit: Unit


class Rounding(Closed, frozen=True):
    type: Literal[
        "END_OF_MONTH",
        "END_OF_QUARTER",
        "END_OF_HALF_YEAR",
        "END_OF_YEAR",
        "END_OF_PARTICULAR_MONTH",
    ]
    value: Annotated[int, Meta(ge=1, le=12)] | None = None


class RollingExpiration(Closed, frozen=True):
    period: Period
    rounding: Rounding | None = None


class CalendarExpiration(Closed, frozen=True):
    expiration_dates: Days


class SlidingExpiration(Listing, frozen=True):
    period: Period
    earning_activity: bool = False
    spending_activity: bool = False
    custom_activity: bool = False
    custom_activity_types: Annotated[tuple[EventType, ...], Meta(max_length=10)] | None = ()


class PointsExpiration(Closed, frozen=True):
    type: Literal[
        "NO_EXPIRATION", "ROLLING_EXPIRATION", "CALENDAR_EXPIRATION", "SLIDING_EXPIRATION"
    ]
    rolling_expiration: RollingExpiration | None = None
    calendar_expiration: CalendarExpiration | None = None
    sliding_expiration: SlidingExpiration | None = None


EXPIRATION_PARTS: Final = ("rolling_expiration", "calendar_expiration", "sliding_expiration")


def expiration(
    part: PointsExpiration, name: str = "points_expiration", years: int = LONGEST["YEAR"]
) -> Body:
    """How points expire, as it is answered. `years`: the longest rolling period. Raises a Fault."""
    wanted = part.type.lower() if part.type != "NO_EXPIRATION" else None
    rolling = part.type == "ROLLING_EXPIRATION"
    longest = LONGEST | {"YEAR": years} if rolling else LONGEST
    return of_type(name, part, wanted, EXPIRATION_PARTS, longest)


def of_type(
    name: str,
    part: Any,
    wanted: str | None,
    all_: tuple[str, ...],
    longest: Mapping[str, int] = LONGEST,
) -> Body:
    """`{"type": …}` and the one object that belongs to the type. Raises a Fault (400)."""
    for other in all_:
        if other != wanted:
            superfluous(getattr(part, other), f"{name}.{other}")
    if wanted is None:
        return {"type": part.type}
    particulars = required(getattr(part, wanted), f"{name}.{wanted}")
    _check_periods(particulars, f"{name}.{wanted}", longest)
    return {"type": part.type, wanted: _without_nulls(to_builtins(particulars))}


def _check_periods(particulars: Any, place: str, longest: Mapping[str, int]) -> None:
    """A period's length by its unit, days that exist, a rounding's month. Raises a Fault."""
    for name in ("period", "cancel_period"):
        period = getattr(particulars, name, None)
        if period is not None and period.value > longest[period.unit]:
            raise invalid_payload(
                f"Payload.{place}.{name} must be at most {longest[period.unit]} {period.unit}"
            )
    for day in _days_of(particulars):
        check_day(day, place)
    rounding = getattr(particulars, "rounding", None)
    if rounding is not None and rounding.type == "END_OF_PARTICULAR_MONTH":
        required(rounding.value, f"{place}.rounding.value")


def _days_of(particulars: Any) -> list[Day]:
    for name in ("dates", "expiration_dates"):
        if hasattr(particulars, name):
            return list(getattr(particulars, name))
    return []


def _without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_nulls(each) for key, each in value.items() if each is not None}
    if isinstance(value, list | tuple):
        return [_without_nulls(each) for each in value]
    return value
