"""Calendar periods in the program's time zone."""

from __future__ import annotations

from calendar import monthrange
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from tests.model.loyalty.values import HOUR

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def local(instant: int, zone: str) -> datetime:
    return (EPOCH + timedelta(microseconds=instant)).astimezone(ZoneInfo(zone))


def same_period(unit: str, one: int, other: int, zone: str) -> bool:
    """Whether both instants are in the same day, ISO week, month, year, or ever."""
    return _period(unit, local(one, zone)) == _period(unit, local(other, zone))


def _period(unit: str, at: datetime) -> tuple[int, ...]:
    match unit:
        case "day":
            return at.year, at.month, at.day
        case "week":
            return tuple(at.isocalendar()[:2])
        case "month":
            return at.year, at.month
        case "year":
            return (at.year,)
        case "lifetime":
            return ()
    raise AssertionError(unit)


def later(instant: int, count: int, unit: str, zone: str) -> int:
    """A number of hours, days, weeks, months or years later, by the calendar."""
    if unit == "hour":
        return instant + count * HOUR
    at = local(instant, zone)
    if unit in ("day", "week"):
        days = count * (7 if unit == "week" else 1)
        moved = at.replace(tzinfo=None) + timedelta(days=days)
    else:
        months = at.year * 12 + at.month - 1 + count * (12 if unit == "year" else 1)
        year, month = divmod(months, 12)
        day = min(at.day, monthrange(year, month + 1)[1])
        moved = at.replace(tzinfo=None, year=year, month=month + 1, day=day)
    return (moved.replace(tzinfo=ZoneInfo(zone)) - EPOCH) // timedelta(microseconds=1)


def facts(instant: int, zone: str) -> dict[str, int | str]:
    """`local` of a condition. Weekday 0 is Sunday."""
    at = local(instant, zone)
    return {
        "date": at.date().isoformat(),
        "month": at.month,
        "day": at.day,
        "weekday": at.isoweekday() % 7,
        "hour": at.hour,
        "minute": at.minute,
    }
