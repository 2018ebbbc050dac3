"""What the terms of a group say, told by dates."""

from __future__ import annotations

from typing import Any

import pytest

from stampbook.loyalty.tiers.machine import NO_TIER
from stampbook.loyalty.tiers.terms import Retention, Span, Terms, YearDay, check
from stampbook.programs.faults import Invalid
from tests.loyalty.tiers.replays import (
    BLACK,
    DAY,
    GOLD,
    MONTH,
    NEVER,
    SILVER,
    SINGLE,
    TIERS,
    YEAR,
    Life,
    fixed,
    grace,
    tier,
)


def test_a_fixed_retention_lasts_to_the_end_of_its_last_day() -> None:
    """20 July and 30 days: until 20 August begins; then it is prolonged, for there is enough."""
    life = Life(Terms(retention=fixed(30, "day")))
    life.earn("2026-07-20 15:30", 150)
    assert life.told("2026-08-19 23:59") == [(SILVER, "2026-07-20 15:30", "2026-08-20", "points")]
    assert life.told("2026-08-20") == [
        (SILVER, "2026-07-20 15:30", "2026-08-20", "points"),
        (SILVER, "2026-08-20", "2026-09-20", "retention"),
    ]


def test_days_have_23_and_25_hours() -> None:
    """The clocks change on 29 March and 25 October: tiers end when days begin on the wall."""
    for when, end in (("2026-03-28 12:00", "2026-03-30"), ("2026-10-24 12:00", "2026-10-26")):
        life = Life(Terms(retention=fixed(1, "day")))
        life.earn(when, 150)
        assert life.told(when)[-1][2] == end


@pytest.mark.parametrize(
    ("begun", "retention", "end"),
    [
        ("2026-01-31", fixed(1, "month"), "2026-03-01"),
        ("2028-01-31", fixed(1, "month"), "2028-03-01"),
        ("2028-02-29", fixed(1, "year"), "2029-03-01"),
        (
            "2026-05-31",
            Retention("calendar", dates=(YearDay(6, 30), YearDay(12, 31))),
            "2026-06-30",
        ),
        (
            "2026-06-30",
            Retention("calendar", dates=(YearDay(6, 30), YearDay(12, 31))),
            "2026-12-31",
        ),
        ("2026-12-31", Retention("calendar", dates=(YearDay(2, 29),)), "2027-02-28"),
    ],
)
def test_ends_of_months(begun: str, retention: Retention, end: str) -> None:
    life = Life(Terms(retention=retention))
    life.earn(begun, 150)
    assert life.told(begun)[-1][2] == end


def test_a_sliding_retention_moves_with_what_is_earned() -> None:
    life = Life(Terms(basis="balance", retention=Retention("sliding", Span(1, "month"))))
    life.earn("2026-02-10", 150)
    life.earn("2026-03-05", 1)
    life.earn("2026-03-06", -140, fades=False)  # spent: it is no longer enough
    assert life.told("2026-04-05") == [(SILVER, "2026-02-10", "2026-04-06", "points")]
    assert life.now("2026-04-06") == NO_TIER


def test_windows_of_the_calendar_begin_anew() -> None:
    life = Life(Terms(period=YEAR))
    life.earn("2026-12-31 23:00", 1200)
    assert life.now("2026-12-31 23:59") == GOLD
    assert life.told("2027-01-01")[-1] == (None, "2027-01-01", None, "window")


@pytest.mark.parametrize(
    ("period", "activated", "before", "begin"),
    [
        (Span(1, "week"), None, "2026-02-15 23:59", "2026-02-16"),
        (Span(2, "month"), "2026-01-31", "2026-03-30 23:59", "2026-03-31"),
        (Span(1, "month"), "2026-01-31", "2026-02-27 23:59", "2026-02-28"),
        (Span(10, "day"), "2026-02-05", "2026-02-14 23:59", "2026-02-15"),
        (MONTH, None, "2026-02-28 23:59", "2026-03-01"),
    ],
)
def test_where_windows_begin(period: Span, activated: str | None, before: str, begin: str) -> None:
    life = Life(Terms(period=period, anchor="activation" if activated else "calendar"),
                activated=activated)  # fmt: skip
    life.earn("2026-02-14 10:00", 150)
    reached = life.now(before)
    life.now(begin)
    later = Life(Terms(period=period, anchor="activation" if activated else "calendar"),
                 activated=activated)  # fmt: skip
    later.earn(begin, 150)
    assert later.now(begin) == SILVER
    assert life.now(begin) == NO_TIER
    assert reached == SILVER


def test_a_change_may_wait_for_the_next_period() -> None:
    life = Life(Terms(period=MONTH, change="next_period"))
    life.earn("2026-02-10", 1200)
    assert life.now("2026-02-28 23:59") == NO_TIER
    assert life.now("2026-03-01") == GOLD
    life.earn("2026-03-15", 150)
    assert life.now("2026-03-31 23:59") == GOLD
    assert life.now("2026-04-01") == SILVER
    assert life.now("2026-05-01") == NO_TIER


def test_one_level_or_all_of_them_are_lost() -> None:
    for downgrade, left in ((SINGLE, GOLD), (Terms().downgrade, NO_TIER), (NEVER, BLACK)):
        life = Life(Terms(period=YEAR, downgrade=downgrade, retention=fixed(1, "month")))
        life.earn("2026-12-15", 6000)
        assert life.now("2027-01-15 23:59") == BLACK
        assert life.now("2027-01-16") == left


def test_a_tier_that_is_enough_again_within_its_grace_stays() -> None:
    for earned, left in ((0, NO_TIER), (200, SILVER)):
        life = Life(Terms(period=MONTH, downgrade=grace("multi", 5, "day")))
        life.earn("2026-02-10", 150)
        assert life.now("2026-03-03") == SILVER
        life.earn("2026-03-04", earned or 1)
        assert life.now("2026-03-06 23:59") == SILVER
        assert life.now("2026-03-07") == left


def test_grace_is_rounded_up_to_its_unit() -> None:
    rounded = Terms(period=MONTH, downgrade=grace("multi", 1, "month", round_up=True))
    plain = Terms(period=MONTH, downgrade=grace("multi", 1, "month"))
    for terms, end in ((rounded, "2026-05-01"), (plain, "2026-04-02")):
        life = Life(terms)
        life.earn("2026-02-10", 150)
        assert life.told("2026-06-01")[-1] == (None, end, None, "retention")


def test_a_tier_may_be_kept_forever() -> None:
    life = Life(Terms(period=DAY), (TIERS[0], tier(GOLD, 1000, keep_forever=True)))
    life.earn("2026-02-10", 1000)
    assert life.now("2036-02-10") == GOLD
    assert len(life.steps) == 1


def test_ceilings_leave_gaps_and_segments_have_paths_of_their_own() -> None:
    tiers = (tier(0, 100, ceiling=199), tier(1, 150, segment="vip"), tier(2, 300))
    life = Life(Terms(), tiers)
    life.earn("2026-02-10", 199)
    assert life.now("2026-02-10") == 0
    life.earn("2026-02-11", 1)
    assert life.now("2026-02-11") == NO_TIER
    life.machine.segments = frozenset({"vip"})
    life.earn("2026-02-12", 1)
    assert life.now("2026-02-12") == 1
    life.earn("2026-02-13", 99)
    assert life.now("2026-02-13") == 2


def test_at_one_instant_what_becomes_active_comes_before_tiers_that_end() -> None:
    for early, left in ((True, SILVER), (False, NO_TIER)):
        life = Life(Terms(basis="balance", retention=fixed(1, "day")))
        life.earn("2026-02-10", 150)
        life.earn("2026-02-11", -100)
        life.earn("2026-02-12", 60, early=early)
        first = [step.tier for step in life.steps if step.entered_at == life.steps[-1].entered_at]
        assert first[0] == left


def test_a_backdated_accrual_counts_in_its_own_window() -> None:
    life = Life(Terms(period=MONTH))
    life.earn("2026-03-02", 1000, effective="2026-02-20")
    assert life.now("2026-03-02") == NO_TIER
    waiting = Life(Terms(period=MONTH, change="next_period"))
    waiting.earn("2026-03-02", 1000, effective="2026-02-20")
    assert waiting.now("2026-03-02") == GOLD


BAD: list[dict[str, Any]] = [
    {"basis": "balance", "period": YEAR},
    {"change": "next_period"},
    {"retention": Retention("fixed")},
    {"retention": Retention("none", YEAR)},
    {"retention": Retention("calendar")},
    {"retention": Retention("sliding", YEAR, activities=())},
    {"downgrade": grace("none", 1, "day")},
    {"period": Span(0, "day")},
    {"period": Span(901, "day")},
]


@pytest.mark.parametrize("terms", BAD)
def test_terms_that_cannot_be(terms: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        check(Terms(**terms))
