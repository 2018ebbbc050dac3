"""Days of a year on the wire."""

from typing import Annotated

from msgspec import Meta

from stampbook.dialects.voucherify.core.bodies import Closed
from stampbook.dialects.voucherify.core.faults import invalid_payload


class Day(Closed, frozen=True):
    day: Annotated[int, Meta(ge=1, le=31)]
    month: Annotated[int, Meta(ge=1, le=12)]


Days = Annotated[list[Day], Meta(min_length=1, max_length=20)]


def check_day(day: Day, place: str) -> None:
    """The day must exist in some year. Raises a Fault (400)."""
    if day.day > (29 if day.month == 2 else 30 if day.month in (4, 6, 9, 11) else 31):
        raise invalid_payload(f"Payload.{place}: month {day.month} has no day {day.day}")
