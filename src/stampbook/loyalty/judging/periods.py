"""Calendar periods, weekly hours and spans in a program's time zone.

Instants are microseconds UTC. Days have 23 to 25 hours; every range is half-open.
"""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Final, NamedTuple

from stampbook.domain.model import FOREVER
from stampbook.domain.policy import (
    Period,
    Unit,
    add_period,
    local_date,
    start_of_day,
    to_datetime,
)
from stampbook.loyalty.model import Cooldown, Hours


class Bounds(NamedTuple):
    """A half-open range of instants: from `begin`, until before `end`."""

    begin: int
    end: int


PERIODS: Final = ("day", "week", "month", "quarter", "half_year", "year", "lifetime")
"""The calendar periods of limits; weeks are ISO weeks."""

SPANS: Final = ("hour", "day", "week", "month", "year")
"""The units of a cooldown."""

_MONTHS: Final = {"month": 1, "quarter": 3, "half_year": 6, "year": 12}


def bounds(period: str, at: int, timezone: str) -> Bounds:
    """The calendar period of `PERIODS` in which the instant lies. Raises ValueError for another
    word."""
    if period == "lifetime":
        return Bounds(-FOREVER, FOREVER)
    today = local_date(at, timezone)
    if period == "day":
        first, following = today, today + timedelta(days=1)
    elif period == "week":
        first = today - timedelta(days=today.weekday())
        following = first + timedelta(days=7)
    elif period in _MONTHS:
        length = _MONTHS[period]
        index = today.year * 12 + (today.month - 1) // length * length
        first, following = _month(index), _month(index + length)
    else:
        raise ValueError(f"{period!r} is no period")
    return Bounds(start_of_day(first, timezone), start_of_day(following, timezone))


def _month(index: int) -> date:
    year, month = divmod(index, 12)
    return date(year, month + 1, 1)


def cools(cooldown: Cooldown, since: int, at: int, timezone: str) -> bool:
    """Whether `at` is within the cooldown that begins at `since`, an earlier instant.

    Days and longer units end at the same wall time, as all periods of the ledger do.
    """
    return at < add_period(since, Period(cooldown.n, Unit(cooldown.unit)), timezone)


def within_hours(hours: Iterable[Hours], at: int, timezone: str) -> bool:
    """Whether the instant lies in one of the weekly hours."""
    moment = to_datetime(at, timezone)
    weekday, minute = moment.isoweekday() % 7, moment.hour * 60 + moment.minute
    return any(weekday in each.days and each.begin <= minute < each.end for each in hours)
