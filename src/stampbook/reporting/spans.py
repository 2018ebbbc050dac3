"""The spans of time of a report, in the program's time zone."""

from bisect import bisect_right
from collections.abc import Callable

from stampbook.domain.flows import QUARTER
from stampbook.domain.model import FOREVER
from stampbook.domain.policy import local_date
from stampbook.loyalty.tiers.terms import Span
from stampbook.loyalty.tiers.windows import Windows


def month_of(timezone: str) -> Callable[[int], tuple[int, int]]:
    """What gives the half-open month in which an instant lies; quickly, for many of few months."""
    months = Windows(Span(1, "month"), None, timezone)
    known: list[tuple[int, int]] = []

    def span_of(at: int) -> tuple[int, int]:
        place = bisect_right(known, (at, FOREVER))
        if place and at < known[place - 1][1]:
            return known[place - 1]
        number = months.number(at)
        span = months.begin(number), months.end(number)
        known.insert(place, span)
        return span

    return span_of


def month_name(begin: int, timezone: str) -> str:
    """A month by the instant at which it begins: 2026-11."""
    return f"{local_date(begin, timezone):%Y-%m}"


def is_quarter(at: int) -> bool:
    """Whether a quarter of an hour begins at the instant."""
    return at % QUARTER == 0
