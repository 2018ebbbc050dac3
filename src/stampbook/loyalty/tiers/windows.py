"""The periods of a group in the program's time zone. Instants are microseconds UTC.

Windows have numbers, so that the one before and the one after are known without dates. All without
a period are one window: number 0, without begin or end.
"""

from calendar import monthrange
from datetime import date, timedelta

from stampbook.domain.model import FOREVER
from stampbook.domain.policy import DayOfYear, local_date, next_day_of_year, start_of_day
from stampbook.loyalty.tiers.terms import Grace, Retention, Span, Unit

_DAYS = {"day": 1, "week": 7}
_MONTHS = {"month": 1, "year": 12}


class Windows:
    """The windows of one period. `first_day` is the day at which window 0 begins; None: windows
    begin with the days, ISO weeks, months and years of the calendar."""

    def __init__(self, period: Span | None, first_day: date | None, timezone: str) -> None:
        self._period = period
        self._first = first_day
        self._timezone = timezone

    def number(self, instant: int) -> int:
        """The window in which the instant lies."""
        period = self._period
        if period is None:
            return 0
        day = local_date(instant, self._timezone)
        if period.unit in _DAYS:
            # Ordinal 1, the first of January of year 1, is a Monday.
            origin = 1 if self._first is None else self._first.toordinal()
            return (day.toordinal() - origin) // (_DAYS[period.unit] * period.n)
        months = _MONTHS[period.unit] * period.n
        if self._first is None:
            return _month(day) // months
        since = _month(day) - _month(self._first)
        found = since // months
        return found if _plus_months(self._first, found * months) <= day else found - 1

    def begin(self, number: int) -> int:
        """The instant at which the window begins."""
        period = self._period
        if period is None:
            return -FOREVER
        if period.unit in _DAYS:
            origin = 1 if self._first is None else self._first.toordinal()
            day = date.fromordinal(origin + number * _DAYS[period.unit] * period.n)
        else:
            months = _MONTHS[period.unit] * period.n * number
            day = _plus_months(self._first or date(1, 1, 1), months - 12 * (self._first is None))
        return start_of_day(day, self._timezone)

    def end(self, number: int) -> int:
        """The instant at which the next one begins."""
        return FOREVER if self._period is None else self.begin(number + 1)


def end_of_retention(retention: Retention, since: int, timezone: str) -> int:
    """When a tier that was reached, prolonged or used at `since` is no longer protected; FOREVER if
    time does not end it."""
    day = local_date(since, timezone)
    if retention.dates:
        dates = tuple(DayOfYear(each.month, each.day) for each in retention.dates)
        return start_of_day(next_day_of_year(day, dates), timezone)
    if retention.span is None:
        return FOREVER
    return _after(plus(day, retention.span.n, retention.span.unit), timezone)


def end_of_grace(grace: Grace, since: int, timezone: str) -> int:
    """When the grace that begins at `since` is over."""
    last = plus(local_date(since, timezone), grace.n, grace.unit)
    if grace.round_up:
        last = _last_of(last, grace.unit)
    return _after(last, timezone)


def plus(day: date, n: int, unit: Unit) -> date:
    """The day that many units later; a day that its month lacks becomes the month's last."""
    if unit in _DAYS:
        return day + timedelta(days=n * _DAYS[unit])
    return _plus_months(day, n * _MONTHS[unit])


def _last_of(day: date, unit: Unit) -> date:
    if unit == "week":
        return day + timedelta(days=6 - day.weekday())
    if unit == "month":
        return day.replace(day=monthrange(day.year, day.month)[1])
    return day.replace(month=12, day=31) if unit == "year" else day


def _after(day: date, timezone: str) -> int:
    return start_of_day(day + timedelta(days=1), timezone)


def _month(day: date) -> int:
    return day.year * 12 + day.month - 1


def _plus_months(day: date, months: int) -> date:
    year, month = divmod(_month(day) + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
