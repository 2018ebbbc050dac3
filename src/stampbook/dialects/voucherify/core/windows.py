"""The hours of the week in which a program is open."""

from datetime import date, timedelta
from typing import Any

from stampbook.domain.policy import to_datetime

ANY_TIME: dict[str, Any] = {"type": "ANY_TIME"}


def is_open(validity_hours: dict[str, Any] | None, timezone: str, now: int) -> bool:
    """Whether a program's hours allow a movement at the instant."""
    hours = validity_hours or ANY_TIME
    if hours["type"] != "DAILY":
        return True
    local = to_datetime(now, timezone)
    time = local.strftime("%H:%M")
    return any(_covers(span, local.date(), time) for span in hours["daily"])


def _covers(span: dict[str, Any], day: date, time: str) -> bool:
    """Whether a span of hours holds the time; one that ends before it begins runs past midnight.

    Days count from 0, Sunday.
    """
    start, end, days = span["start_time"], span["end_time"], span["days_of_week"]
    if start < end:
        return _weekday(day) in days and bool(start <= time < end)
    if time >= start:
        return _weekday(day) in days
    return bool(time < end) and _weekday(day - timedelta(days=1)) in days


def _weekday(day: date) -> int:
    return day.isoweekday() % 7
