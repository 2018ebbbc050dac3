"""The hours of the week in which a rule or a reward counts."""

import re
from typing import Annotated, Any, Final, Literal

from msgspec import Meta

from stampbook.dialects.voucherify.core.bodies import Closed, required, superfluous
from stampbook.dialects.voucherify.core.faults import invalid_payload
from stampbook.dialects.voucherify.core.shapes.schema import array_of, object_of, one_of
from stampbook.dialects.voucherify.core.shapes.setup import SPAN
from stampbook.loyalty.model import Hours

Body = dict[str, Any]
MAX_SPANS: Final = 50
TIME: Final = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]", re.ASCII)
DayOfWeek = Annotated[int, Meta(ge=0, le=6)]


class Span(Closed, frozen=True):
    days_of_week: Annotated[list[DayOfWeek], Meta(min_length=1, max_length=7)]
    start_time: str
    end_time: str


class WeeklyHours(Closed, frozen=True):
    type: Literal["DAILY", "ANY_TIME"]
    daily: Annotated[list[Span], Meta(min_length=1, max_length=MAX_SPANS)] | None = None


def complete_hours(hours: WeeklyHours | None) -> Body:
    """The hours as they are answered. Raises a Fault (400)."""
    if hours is None or hours.type == "ANY_TIME":
        if hours is not None:
            superfluous(hours.daily, "validity_hours.daily")
        return {"type": "ANY_TIME"}
    spans = required(hours.daily, "validity_hours.daily")
    return {"type": "DAILY", "daily": [_span(each) for each in spans]}


def _span(span: Span) -> Body:
    if len(set(span.days_of_week)) != len(span.days_of_week):
        raise invalid_payload("Payload.validity_hours.daily: days_of_week must be unique")
    if not (TIME.fullmatch(span.start_time) and TIME.fullmatch(span.end_time)):
        raise invalid_payload("Payload.validity_hours.daily: times must be HH:MM")
    if span.end_time <= span.start_time:
        raise invalid_payload("Payload.validity_hours.daily: end_time must come after start_time")
    return {
        "days_of_week": span.days_of_week,
        "start_time": span.start_time,
        "end_time": span.end_time,
    }


def hours_of(body: Body) -> tuple[Hours, ...]:
    """The hours that the engine keeps, of what `complete_hours` answered; the end's minute is not
    among them."""
    return tuple(
        Hours(
            frozenset(each["days_of_week"]),
            _minutes(each["start_time"]),
            _minutes(each["end_time"]),
        )
        for each in body.get("daily", ())
    )


def _minutes(time: str) -> int:
    hours, minutes = time.split(":")
    return int(hours) * 60 + int(minutes)


SHAPE: Final = object_of(type=one_of("DAILY", "ANY_TIME"), daily_=array_of(SPAN, minItems=1))
