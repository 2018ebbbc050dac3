"""Calendar periods, hours and cooldowns, in time zones and over their changes of clocks."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stampbook.domain.policy import to_datetime, to_instant
from stampbook.loyalty.judging.periods import PERIODS, bounds, cools, within_hours
from stampbook.loyalty.model import Cooldown, Hours


def instant(text: str, zone: str = "Europe/Berlin") -> int:
    return to_instant(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)))


@pytest.mark.parametrize(
    ("period", "at", "begin", "end"),
    [
        ("day", "2026-03-29 12:00", "2026-03-29", "2026-03-30"),  # 23 hours
        ("day", "2026-10-25 12:00", "2026-10-25", "2026-10-26"),  # 25 hours
        ("day", "2026-10-25 00:00", "2026-10-25", "2026-10-26"),
        ("week", "2026-11-29 23:59:59", "2026-11-23", "2026-11-30"),  # a Sunday
        ("week", "2027-01-01 08:00", "2026-12-28", "2027-01-04"),
        ("month", "2026-12-31 23:59", "2026-12-01", "2027-01-01"),
        ("month", "2028-02-29 10:00", "2028-02-01", "2028-03-01"),
        ("quarter", "2026-03-31 23:00", "2026-01-01", "2026-04-01"),
        ("quarter", "2026-11-01 00:00", "2026-10-01", "2027-01-01"),
        ("half_year", "2026-06-30 10:00", "2026-01-01", "2026-07-01"),
        ("half_year", "2026-07-01 00:00", "2026-07-01", "2027-01-01"),
        ("year", "2026-05-05 10:00", "2026-01-01", "2027-01-01"),
    ],
)
def test_calendar_periods(period: str, at: str, begin: str, end: str) -> None:
    assert bounds(period, instant(at), "Europe/Berlin") == (instant(begin), instant(end))


def test_a_period_is_that_of_the_programs_time_zone() -> None:
    at = instant("2026-11-01 00:30", "Europe/Berlin")
    assert bounds("month", at, "Europe/Berlin").begin == instant("2026-11-01")
    assert bounds("month", at, "America/New_York").begin == instant(
        "2026-10-01", "America/New_York"
    )


def test_an_unknown_period() -> None:
    with pytest.raises(ValueError, match="fortnight"):
        bounds("fortnight", 0, "UTC")


@given(
    st.sampled_from(PERIODS),
    st.integers(instant("1971-01-01", "UTC"), instant("2200-01-01", "UTC")),
    st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Pacific/Apia", "Asia/Kolkata"]),
)
def test_periods_follow_each_other(period: str, at: int, zone: str) -> None:
    found = bounds(period, at, zone)
    assert found.begin <= at < found.end
    if period != "lifetime":
        assert bounds(period, found.begin, zone) == found
        assert bounds(period, found.end, zone).begin == found.end
        assert bounds(period, found.begin - 1, zone).end == found.begin


@pytest.mark.parametrize(
    ("n", "unit", "since", "until"),
    [
        (1, "hour", "2026-03-29 01:30", "2026-03-29 03:30"),  # the clock skips an hour
        (1, "day", "2026-03-28 12:00", "2026-03-29 12:00"),
        (2, "week", "2026-10-20 12:00", "2026-11-03 12:00"),
        (1, "month", "2026-01-31 12:00", "2026-02-28 12:00"),
        (1, "year", "2028-02-29 12:00", "2029-02-28 12:00"),
    ],
)
def test_cooldowns(n: int, unit: str, since: str, until: str) -> None:
    cooldown, begin, end = Cooldown(n, unit), instant(since), instant(until)
    assert cools(cooldown, begin, begin, "Europe/Berlin")
    assert cools(cooldown, begin, end - 1, "Europe/Berlin")
    assert not cools(cooldown, begin, end, "Europe/Berlin")


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ("2026-11-28 09:00", True),  # Saturday
        ("2026-11-28 08:59:59.999999", False),
        ("2026-11-28 17:59:59.999999", True),
        ("2026-11-28 18:00", False),
        ("2026-11-29 23:59:59", True),  # Sunday
        ("2026-11-30 00:00", False),
        ("2026-11-30 10:00", False),
    ],
)
def test_hours(at: str, expected: bool) -> None:
    hours = (
        Hours(frozenset({6}), 9 * 60, 18 * 60),
        Hours(frozenset({0}), 22 * 60, 24 * 60),
    )
    assert within_hours(hours, instant(at), "Europe/Berlin") is expected
    assert to_datetime(instant(at), "Europe/Berlin").isoweekday() in (6, 7, 1)
