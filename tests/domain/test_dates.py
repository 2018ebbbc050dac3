"""Dates that follow from a policy, in the program's time zone; expectations from calendars."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stampbook.domain.model import FOREVER
from stampbook.domain.policy import (
    CountsFrom,
    DayOfYear,
    ExpiryRule,
    ExpiryType,
    PendingRule,
    PendingType,
    Period,
    Policy,
    Rounding,
    Unit,
    activation,
    add_period,
    event_deadline,
    expiration,
    local_date,
    next_day_of_year,
    period_end,
    round_up,
    start_of_day,
    to_datetime,
    to_instant,
)

BERLIN, NEW_YORK, MOSCOW = "Europe/Berlin", "America/New_York", "Europe/Moscow"
ZONES = ["UTC", BERLIN, NEW_YORK, MOSCOW, "Asia/Kathmandu", "Pacific/Apia", "America/Sao_Paulo"]

HOUR = 3_600_000_000
DAY = 24 * HOUR


def at(text: str) -> int:
    """An instant in UTC."""
    return to_instant(datetime.fromisoformat(text).replace(tzinfo=UTC))


@pytest.mark.parametrize(
    ("start", "value", "unit", "zone", "end"),
    [
        ("2026-01-31T10:00", 1, Unit.MONTH, "UTC", "2026-02-28T10:00"),
        ("2027-01-31T10:00", 13, Unit.MONTH, "UTC", "2028-02-29T10:00"),
        ("2026-12-15T10:00", 1, Unit.MONTH, "UTC", "2027-01-15T10:00"),
        ("2028-02-29T10:00", 1, Unit.YEAR, "UTC", "2029-02-28T10:00"),
        ("2026-05-01T10:00", 2, Unit.WEEK, "UTC", "2026-05-15T10:00"),
        # The same wall time, though the day has 23 hours, or 25.
        ("2026-03-28T11:00", 1, Unit.DAY, BERLIN, "2026-03-29T10:00"),
        ("2026-10-24T10:00", 1, Unit.DAY, BERLIN, "2026-10-25T11:00"),
        ("2026-03-07T12:00", 1, Unit.MONTH, NEW_YORK, "2026-04-07T11:00"),
        # Hours and minutes are exact.
        ("2026-03-28T11:00", 24, Unit.HOUR, BERLIN, "2026-03-29T11:00"),
        ("2026-03-28T11:00", 90, Unit.MINUTE, BERLIN, "2026-03-28T12:30"),
        # 02:30 does not exist on that day, and exists twice on the other: the first counts.
        ("2026-03-28T01:30", 1, Unit.DAY, BERLIN, "2026-03-29T01:30"),
        ("2026-10-24T00:30", 1, Unit.DAY, BERLIN, "2026-10-25T00:30"),
        # The local month counts: it is February in Moscow already.
        ("2026-01-31T21:30", 1, Unit.MONTH, MOSCOW, "2026-02-28T21:30"),
        ("2026-01-31T20:30", 1, Unit.MONTH, MOSCOW, "2026-02-28T20:30"),
    ],
)
def test_a_period_later(start: str, value: int, unit: Unit, zone: str, end: str) -> None:
    assert add_period(at(start), Period(value, unit), zone) == at(end)


@pytest.mark.parametrize(
    ("day", "zone", "start"),
    [
        (date(2026, 7, 1), "UTC", "2026-07-01"),
        (date(2026, 7, 1), MOSCOW, "2026-06-30T21:00"),
        (date(2026, 7, 1), NEW_YORK, "2026-07-01T04:00"),
        (date(2026, 1, 1), NEW_YORK, "2026-01-01T05:00"),
        # A day that began at one o'clock.
        (date(2018, 11, 4), "America/Sao_Paulo", "2018-11-04T03:00"),
    ],
)
def test_the_start_of_a_day(day: date, zone: str, start: str) -> None:
    assert start_of_day(day, zone) == at(start)


@pytest.mark.parametrize(
    ("instant", "rounding", "month", "end"),
    [
        ("2026-05-14T10:00", Rounding.END_OF_DAY, 12, "2026-05-15"),
        ("2026-05-31T10:00", Rounding.END_OF_DAY, 12, "2026-06-01"),
        ("2026-05-14T10:00", Rounding.END_OF_MONTH, 12, "2026-06-01"),
        ("2026-12-31T23:59", Rounding.END_OF_MONTH, 12, "2027-01-01"),
        ("2026-05-14T10:00", Rounding.END_OF_QUARTER, 12, "2026-07-01"),
        ("2026-01-01T00:00", Rounding.END_OF_QUARTER, 12, "2026-04-01"),
        ("2026-12-01T00:00", Rounding.END_OF_QUARTER, 12, "2027-01-01"),
        ("2026-06-30T10:00", Rounding.END_OF_HALF_YEAR, 12, "2026-07-01"),
        ("2026-07-01T00:00", Rounding.END_OF_HALF_YEAR, 12, "2027-01-01"),
        ("2026-05-14T10:00", Rounding.END_OF_YEAR, 12, "2027-01-01"),
        ("2026-05-14T10:00", Rounding.END_OF_PARTICULAR_MONTH, 8, "2026-09-01"),
        ("2026-08-31T10:00", Rounding.END_OF_PARTICULAR_MONTH, 8, "2026-09-01"),
        ("2026-09-01T00:00", Rounding.END_OF_PARTICULAR_MONTH, 8, "2027-09-01"),
        ("2026-05-14T10:00", Rounding.END_OF_PARTICULAR_MONTH, 12, "2027-01-01"),
    ],
)
def test_put_off_to_an_end(instant: str, rounding: Rounding, month: int, end: str) -> None:
    assert round_up(at(instant), rounding, "UTC", month) == at(end)


def test_the_end_of_a_month_is_the_local_one() -> None:
    assert round_up(at("2026-05-31T21:30"), Rounding.END_OF_MONTH, MOSCOW, 12) == at(
        "2026-06-30T21:00"
    )


@pytest.mark.parametrize(
    ("after", "days", "following"),
    [
        (date(2026, 5, 1), [(6, 30), (12, 31)], date(2026, 6, 30)),
        (date(2026, 6, 30), [(6, 30), (12, 31)], date(2026, 12, 31)),
        (date(2026, 12, 31), [(6, 30), (12, 31)], date(2027, 6, 30)),
        (date(2026, 12, 31), [(12, 31)], date(2027, 12, 31)),
        (date(2026, 1, 1), [(2, 29)], date(2026, 2, 28)),
        (date(2028, 1, 1), [(2, 29)], date(2028, 2, 29)),
    ],
)
def test_the_next_of_some_days(after: date, days: list[tuple[int, int]], following: date) -> None:
    assert next_day_of_year(after, tuple(DayOfYear(*day) for day in days)) == following


PLAIN = Policy(currency=1, program=1, tenant=1, version=1, timezone=BERLIN)


def test_activation_by_every_rule() -> None:
    earned = at("2026-03-28T22:30")  # 23:30 in Berlin, the night before the clocks change
    three_days = Period(3, Unit.DAY)
    rules = {
        PendingRule(): earned,
        PendingRule(PendingType.PERIOD, three_days): at("2026-03-31T21:30"),
        PendingRule(PendingType.PERIOD, three_days, whole_days=True): at("2026-03-30T22:00"),
        PendingRule(PendingType.FIXED_DATES, dates=(DayOfYear(3, 29),)): at("2026-03-28T23:00"),
        PendingRule(PendingType.FIXED_DATES, dates=(DayOfYear(3, 28),)): at("2027-03-27T23:00"),
        PendingRule(PendingType.EVENT): FOREVER,
    }
    for rule, expected in rules.items():
        assert activation(PLAIN._replace(pending=rule), earned) == expected, rule


def test_expiration_by_every_rule() -> None:
    earned, activated = at("2026-05-01T10:00"), at("2026-06-10T10:00")
    month = Period(1, Unit.MONTH)
    from_accrual = CountsFrom.ACCRUAL
    rules = {
        ExpiryRule(): FOREVER,
        ExpiryRule(ExpiryType.ROLLING, month): at("2026-07-10T10:00"),
        ExpiryRule(ExpiryType.ROLLING, month, counts_from=from_accrual): at("2026-06-01T10:00"),
        ExpiryRule(ExpiryType.ROLLING, month, rounding=Rounding.END_OF_MONTH): at(
            "2026-07-31T22:00"
        ),
        ExpiryRule(ExpiryType.CALENDAR, dates=(DayOfYear(6, 10),)): at("2027-06-10T22:00"),
        ExpiryRule(ExpiryType.CALENDAR, dates=(DayOfYear(6, 10),), counts_from=from_accrual): at(
            "2026-06-10T22:00"
        ),
    }
    for rule, expected in rules.items():
        policy = PLAIN._replace(expiry=rule)
        assert expiration(policy, effective_at=earned, activates_at=activated) == expected, rule


def test_what_waits_for_an_event_has_no_date_yet() -> None:
    rolling = ExpiryRule(ExpiryType.ROLLING, Period(1, Unit.DAY))
    policy = PLAIN._replace(expiry=rolling)
    assert expiration(policy, effective_at=0, activates_at=FOREVER) == FOREVER
    by_accrual = PLAIN._replace(expiry=rolling._replace(counts_from=CountsFrom.ACCRUAL))
    assert expiration(by_accrual, effective_at=0, activates_at=FOREVER) == DAY


def test_the_deadline_of_an_event() -> None:
    waiting = PendingRule(PendingType.EVENT, cancel_period=Period(1, Unit.WEEK))
    policy = PLAIN._replace(pending=waiting)
    assert event_deadline(policy, at("2026-05-01T10:00")) == at("2026-05-08T10:00")
    assert event_deadline(PLAIN._replace(pending=PendingRule(PendingType.EVENT)), 0) == FOREVER
    assert event_deadline(PLAIN, 0) == FOREVER


instants = st.integers(at("1990-01-01"), at("2060-01-01"))
periods = st.builds(Period, st.integers(1, 40), st.sampled_from(Unit))
zones = st.sampled_from(ZONES)
days_of_year = st.dates(date(2028, 1, 1), date(2028, 12, 31)).map(
    lambda day: DayOfYear(day.month, day.day)
)


@given(instants, zones)
def test_wall_time_and_back(instant: int, zone: str) -> None:
    assert to_instant(to_datetime(instant, zone)) == instant


@given(instants, periods, zones, st.sampled_from(Rounding), st.integers(1, 12))
def test_what_is_put_off_comes_later(
    instant: int, period: Period, zone: str, rounding: Rounding, month: int
) -> None:
    plain = ExpiryRule(ExpiryType.ROLLING, period)
    end = period_end(plain, instant, zone)
    assert end > instant
    rounded = period_end(plain._replace(rounding=rounding, rounding_month=month), instant, zone)
    assert rounded > end
    wall = to_datetime(rounded, zone)
    assert start_of_day(wall.date(), zone) == rounded
    assert rounding is Rounding.END_OF_DAY or wall.day == 1


@given(instants, zones, st.lists(days_of_year, min_size=1, max_size=4))
def test_the_next_day_is_soon_and_one_of_them(
    instant: int, zone: str, days: list[DayOfYear]
) -> None:
    today = local_date(instant, zone)
    found = next_day_of_year(today, tuple(days))
    assert 0 < (found - today).days <= 366
    is_leap_day = DayOfYear(2, 29) in days and (found.month, found.day) == (2, 28)
    assert DayOfYear(found.month, found.day) in days or is_leap_day
