"""Calendar periods and spans in a program's time zone. Instants are microseconds UTC."""

from typing import NamedTuple


class Bounds(NamedTuple):
    """A half-open range of instants: from `begin`, until before `end`."""

    begin: int
    end: int


PERIODS = ("day", "week", "month", "quarter", "half_year", "year", "lifetime")
"""The calendar periods of limits; weeks are ISO weeks."""

SPANS = ("hour", "day", "week", "month", "year")
"""The units of a cooldown."""


def bounds(period: str, at: int, timezone: str) -> Bounds:
    """The calendar period of `PERIODS` in which the instant lies."""
    raise NotImplementedError
