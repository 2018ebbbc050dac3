"""Which rules count: order, limits, earnings, exclusive groups, and the limits of currencies."""

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stampbook.domain.model import MAX_AMOUNT
from stampbook.loyalty.judging.candidates import Candidates
from stampbook.loyalty.judging.judging import judge, within
from stampbook.loyalty.judging.values import Happening, Reason, Room, Used, Verdict
from stampbook.loyalty.model import (
    Budget,
    Cooldown,
    Frequency,
    Given,
    Grant,
    Hours,
    Limits,
    OrderFacts,
    TierNeed,
    Version,
)
from tests.loyalty.kit import AT, DAY, FACTS, earning, fixed, per, plain, version

GOLD = (TierNeed(7, frozenset({3, 4})),)
HOUR = DAY // 24


def verdicts(
    *versions: Version, judged: OrderFacts | None = None, used: Mapping[int, Used] | None = None
) -> list[Verdict]:
    happening = Happening(FACTS, judged or plain(10_000))
    return judge(Candidates(versions), happening, used or {})


def verdict(each: Version, **given: Any) -> Verdict:
    return verdicts(each, **given)[0]


def amounts(found: list[Verdict]) -> list[tuple[int, int]]:
    """The rules that count, with their points."""
    return [
        (each.rule, sum(gain.amount for gain in each.gains))
        for each in found
        if each.reason is Reason.MATCHED
    ]


def test_the_first_earning_that_matches_gives_all_its_effects() -> None:
    rule = version(
        earning(fixed(1), condition="order.total > 20000"),
        earning(fixed(5), per("order.total", 100, 1), Given(9), condition="order.total > 5000"),
        earning(fixed(7)),
    )
    found = verdict(rule)
    assert (found.reason, found.earning) == (Reason.MATCHED, 1)
    assert [(gain.effect, gain.currency, gain.amount) for gain in found.gains] == [
        (0, 4, 5),
        (1, 4, 100),
    ]
    assert all(gain.calculated == gain.amount for gain in found.gains)
    assert found.grants == (Grant(rule=1, version=1, earning=1, effect=2, benefit=9),)


def test_a_verdict_that_is_the_same_for_every_event_is_made_once() -> None:
    """Not where the event, a budget or a failure of an earlier earning has a part in it."""
    broken = earning(fixed(1), condition="order.metadata.lacking > 1")
    budget = Limits(budget=Budget("lifetime", points=100))
    once = [version(earning(fixed(5), Given(9))), version(earning(fixed(1)), earning(fixed(2)))]
    anew = [
        version(earning(fixed(5), per("order.total", 100, 1))),
        version(earning(fixed(5)), limits=budget),
        version(broken, earning(fixed(5))),
    ]
    for each in (*once, *anew):
        candidates = Candidates([each])
        first, second = (judge(candidates, Happening(FACTS, plain(at)), {})[0] for at in (1, 2))
        assert (first is second) == (each in once)
        assert first.reason is Reason.MATCHED
    spent = judge(Candidates([anew[1]]), Happening(FACTS, plain(1)), {1: Used(budget=98)})[0]
    assert amounts([spent]) == [(1, 2)]


def test_rules_add_up_in_the_order_of_priority_and_number() -> None:
    rules = [
        version(earning(fixed(1)), rule=1),
        version(earning(fixed(2)), rule=2, priority=5),
        version(earning(fixed(4)), rule=3, priority=5),
        version(earning(fixed(8)), rule=4, priority=-1),
    ]
    assert amounts(verdicts(*reversed(rules))) == [(2, 2), (3, 4), (1, 1), (4, 8)]


@pytest.mark.parametrize(
    ("tiers", "reason"),
    [
        (GOLD, Reason.MATCHED),
        ((TierNeed(7, frozenset({4})),), Reason.TIER),
        ((TierNeed(8, frozenset({3})),), Reason.TIER),
        ((TierNeed(9, frozenset({1})), *GOLD), Reason.MATCHED),
    ],
)
def test_tiers(tiers: tuple[TierNeed, ...], reason: Reason) -> None:
    assert verdict(version(earning(fixed(1), tiers=tiers))).reason is reason


def test_why_no_earning_matched() -> None:
    silver = (TierNeed(7, frozenset({2})),)
    assert verdict(version(earning(fixed(1), condition="order.total > 90000"))).reason is (
        Reason.CONDITION
    )
    both = version(
        earning(fixed(1), tiers=silver), earning(fixed(1), condition="order.total > 90000")
    )
    assert verdict(both).reason is Reason.CONDITION


def test_a_condition_without_an_answer_is_no_match_and_is_reported() -> None:
    missing = earning(fixed(9), condition='order.metadata.channel == "web"')
    found = verdict(version(missing))
    assert (found.reason, found.gains) == (Reason.ERROR, ())
    assert found.errors == ("missing: channel",)
    found = verdict(version(missing, earning(fixed(2))))
    assert (found.reason, found.earning, found.errors) == (
        Reason.MATCHED,
        1,
        ("missing: channel",),
    )


def test_what_gives_nothing() -> None:
    nothing = version(earning(per("order.total", 20_000, 1)))
    assert verdict(nothing).reason is Reason.NOTHING
    found = verdict(version(earning(per("order.total", 1, MAX_AMOUNT))))
    assert found.reason is Reason.ERROR
    assert found.errors == ("the points are more than 9 * 10^15 smallest units",)
    found = verdict(version(earning(per("order.total", 1, MAX_AMOUNT), fixed(3))))
    assert (found.reason, [gain.amount for gain in found.gains]) == (Reason.MATCHED, [3])


@pytest.mark.parametrize(
    ("fields", "used", "reason"),
    [
        ({"starts_at": AT}, Used(), Reason.MATCHED),
        ({"starts_at": AT + 1}, Used(), Reason.DATES),
        ({"ends_at": AT + 1}, Used(), Reason.MATCHED),
        ({"ends_at": AT}, Used(), Reason.DATES),
        # AT is a Monday, 16:00 in the program's time zone.
        ({"hours": (Hours(frozenset({1}), 960, 961),)}, Used(), Reason.MATCHED),
        ({"hours": (Hours(frozenset({1}), 961, 1_440),)}, Used(), Reason.HOURS),
        ({"hours": (Hours(frozenset({0}), 0, 1_440),)}, Used(), Reason.HOURS),
        ({"limits": Limits(Cooldown(1, "day"))}, Used(), Reason.MATCHED),
        ({"limits": Limits(Cooldown(1, "day"))}, Used(AT - DAY), Reason.MATCHED),
        ({"limits": Limits(Cooldown(1, "day"))}, Used(AT - DAY + 1), Reason.COOLDOWN),
        ({"limits": Limits(Cooldown(1, "day"))}, Used(AT), Reason.COOLDOWN),
        ({"limits": Limits(Cooldown(2, "hour"))}, Used(None, AT + HOUR), Reason.COOLDOWN),
        ({"limits": Limits(Cooldown(2, "hour"))}, Used(None, AT + 2 * HOUR), Reason.MATCHED),
        ({"limits": Limits(frequency=Frequency(2, "day"))}, Used(times=1), Reason.MATCHED),
        ({"limits": Limits(frequency=Frequency(2, "day"))}, Used(times=2), Reason.FREQUENCY),
        ({"limits": Limits(budget=Budget("year", triggers=9))}, Used(budget=8), Reason.MATCHED),
        ({"limits": Limits(budget=Budget("year", triggers=9))}, Used(budget=9), Reason.BUDGET),
    ],
)
def test_limits_of_a_rule(fields: dict[str, Any], used: Used, reason: Reason) -> None:
    rule = version(earning(fixed(10)), **fields)
    assert verdict(rule, used={1: used}).reason is reason


@pytest.mark.parametrize(
    ("used", "reason", "left"),
    [
        (0, Reason.MATCHED, [(4, 60), (4, 50), (5, 30)]),
        (900, Reason.MATCHED, [(4, 60), (4, 40), (5, 30)]),
        (950, Reason.MATCHED, [(4, 50), (5, 30)]),
        (2_000, Reason.MATCHED, [(5, 30)]),
    ],
)
def test_a_budget_of_points_caps_those_of_the_first_currency(
    used: int, reason: Reason, left: list[tuple[int, int]]
) -> None:
    limits = Limits(budget=Budget("lifetime", points=1_000))
    rule = version(earning(fixed(60), fixed(50), fixed(30, currency=5)), limits=limits)
    found = verdict(rule, used={1: Used(budget=used)})
    assert found.reason is reason
    assert [(gain.currency, gain.amount) for gain in found.gains] == left
    assert [gain.calculated for gain in found.gains] == [
        {60: 60, 50: 50 if used != 950 else 60, 40: 50, 30: 30}[gain.amount] for gain in found.gains
    ]


def test_an_exhausted_budget() -> None:
    limits = Limits(budget=Budget("lifetime", points=1_000))
    rule = version(earning(fixed(60)), limits=limits)
    assert verdict(rule, used={1: Used(budget=1_000)}).reason is Reason.BUDGET


def test_limits_come_before_conditions() -> None:
    rule = version(
        earning(fixed(1), condition="order.metadata.x == 1"),
        limits=Limits(frequency=Frequency(1, "day")),
    )
    found = verdict(rule, used={1: Used(times=1)})
    assert (found.reason, found.errors) == (Reason.FREQUENCY, ())


def in_group(rule: int, points: int, *, best: bool = False, **fields: Any) -> Version:
    values = {"exclusive_group": "welcome", "keeps_best": best, "rule": rule, **fields}
    return version(earning(fixed(points, values.pop("currency", 4))), **values)


def test_of_an_exclusive_group_the_first_stays() -> None:
    found = verdicts(
        in_group(1, 200), in_group(2, 300, priority=1), version(earning(fixed(5)), rule=3)
    )
    assert amounts(found) == [(2, 300), (3, 5)]
    assert [each.reason for each in found] == [Reason.MATCHED, Reason.EXCLUSIVE, Reason.MATCHED]


def test_of_an_exclusive_group_the_best_stays() -> None:
    found = verdicts(
        *(in_group(rule, points, best=True) for rule, points in [(1, 2), (2, 9), (3, 9)])
    )
    assert amounts(found) == [(2, 9)]
    # Only points of the group's first currency can be compared.
    found = verdicts(in_group(1, 2, best=True), in_group(2, 900, best=True, currency=5))
    assert amounts(found) == [(1, 2)]


def test_the_first_that_matches_stays_even_if_it_gives_nothing() -> None:
    nothing = version(earning(per("order.total", 10**6, 1)), exclusive_group="welcome", priority=1)
    assert amounts(verdicts(nothing, in_group(2, 300))) == []


def test_the_best_is_found_after_budgets() -> None:
    limits = Limits(budget=Budget("lifetime", points=100))
    capped = in_group(1, 300, best=True, limits=limits)
    assert amounts(verdicts(capped, in_group(2, 200, best=True))) == [(2, 200)]


@pytest.mark.parametrize(
    ("room", "left"),
    [
        (Room(), [60, 30, 150]),
        (Room(per_transaction=100), [60, 30]),
        (Room(per_transaction=150), [60, 30, 150]),
        (Room(balance=100), [60, 30, 10]),
        (Room(period=75), [60, 15]),
        (Room(balance=200, period=70), [60, 10]),
        (Room(balance=70, period=200), [60, 10]),
        (Room(balance=-5), []),
        (Room(per_transaction=100, balance=70), [60, 10]),
    ],
)
def test_limits_of_a_currency(room: Room, left: list[int]) -> None:
    rules = [version(earning(fixed(60), fixed(30)), rule=1), version(earning(fixed(150)), rule=2)]
    found = within(verdicts(*rules), {4: room, 9: Room(per_transaction=1)})
    assert [gain.amount for each in found for gain in each.gains] == left
    assert [each.reason for each in found] == [
        Reason.MATCHED if each.gains else Reason.CAPPED for each in found
    ]


def test_a_grant_stays_when_its_rules_points_are_capped() -> None:
    found = within(verdicts(version(earning(fixed(60), Given(9)))), {4: Room(period=0)})
    assert found[0].reason is Reason.MATCHED
    assert (found[0].gains, len(found[0].grants)) == ((), 1)


@given(
    st.lists(st.integers(1, 100), max_size=8),
    st.one_of(st.none(), st.integers(0, 100)),
    st.one_of(st.none(), st.integers(-10, 500)),
    st.one_of(st.none(), st.integers(-10, 500)),
)
def test_no_award_exceeds_a_limit(
    points: list[int], per_transaction: int | None, balance: int | None, period: int | None
) -> None:
    rules = [version(earning(fixed(each)), rule=at) for at, each in enumerate(points, 1)]
    found = within(verdicts(*rules), {4: Room(per_transaction, balance, period)})
    given_points = [gain.amount for each in found for gain in each.gains]
    for limit in (balance, period):
        assert limit is None or sum(given_points) <= max(limit, 0)
    dropped = [each for each in points if per_transaction is not None and each > per_transaction]
    if balance is None and period is None:
        assert sum(given_points) == sum(points) - sum(dropped)
