"""What a cancel does to a standing, and that a history does not depend on where it is read from."""

from __future__ import annotations

from itertools import pairwise
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stampbook.domain.model import FOREVER
from stampbook.loyalty.tiers.machine import NO_TIER, Fact, Machine
from stampbook.loyalty.tiers.replaying import Older, Replay
from stampbook.loyalty.tiers.terms import Downgrade, Grace, Retention, Span, Terms
from stampbook.loyalty.tiers.windows import Windows
from tests.loyalty.tiers.replays import (
    GOLD,
    MONTH,
    NEVER,
    SILVER,
    SINGLE,
    TIERS,
    YEAR,
    ZONE,
    Life,
    at,
    fixed,
    tier,
)

A_YEAR = Terms(period=YEAR, retention=fixed(1, "year"), downgrade=NEVER)


def two_accruals(on_cancel: Any) -> tuple[Life, int]:
    """Gold from 1000 in a year: A 600, B 500, then A is cancelled."""
    gold = (tier(0, 1000),)
    terms = Terms(period=YEAR, retention=fixed(1, "year"), downgrade=NEVER, on_cancel=on_cancel)
    life = Life(terms, gold)
    first = life.earn("2026-02-01", 600)
    life.earn("2026-03-01", 500)
    assert life.now("2026-03-31") == 0
    return life, first


def test_hard_case_25_recounted() -> None:
    """Retention and `none` do not protect what only the cancelled points had reached."""
    life, first = two_accruals("recount")
    cancel = life.cancel("2026-04-01", first, 600)
    assert life.now("2026-04-01") == NO_TIER
    assert [(step.tier, step.cause, step.seq, step.annulled_by) for step in life.steps] == [
        (0, "points", 2, cancel),
        (NO_TIER, "cancel", cancel, 0),
    ]


@pytest.mark.parametrize("on_cancel", ["ordinary", "keep"])
def test_hard_case_25_otherwise(on_cancel: str) -> None:
    life, first = two_accruals(on_cancel)
    life.cancel("2026-04-01", first, 600)
    assert life.now("2026-04-01") == 0
    assert len(life.steps) == 1


def test_keep_takes_no_tier_without_retention_either() -> None:
    for on_cancel, left in (("keep", GOLD), ("ordinary", SILVER)):
        life = Life(Terms(on_cancel=on_cancel))  # type: ignore[arg-type]
        first = life.earn("2026-02-01", 900)
        life.earn("2026-02-02", 100)
        life.cancel("2026-02-03", first, 500)
        life.earn("2026-02-04", 1)
        assert life.now("2026-02-05") == left


def test_a_cancel_that_is_undone_restores_the_standing() -> None:
    life, first = two_accruals("recount")
    before = life.machine.dump()
    cancel = life.cancel("2026-04-01", first, 600)
    void = life.cancel("2026-04-02", first, -600)
    assert life.machine.dump() == before
    assert [(step.tier, step.cause, step.seq, step.annulled_by) for step in life.steps] == [
        (0, "points", 2, 0),
        (NO_TIER, "cancel", cancel, 0),
        (0, "void", void, 0),
    ]


def test_what_was_reached_later_without_it_counts_from_then() -> None:
    """Silver was reached by A on the first; without A, B reaches it a month later."""
    life = Life(Terms(retention=fixed(1, "year")))
    first = life.earn("2026-02-01", 150)
    life.earn("2026-03-01", 150)
    life.cancel("2026-04-01", first, 150)
    assert life.told("2026-04-01")[-1] == (SILVER, "2026-04-01", "2027-03-02", "cancel")
    assert life.steps[0].annulled_by


def test_only_what_is_left_moves_a_sliding_retention() -> None:
    """A wholly cancelled accrual was no activity; one that is cancelled in part was."""
    for taken, end in ((10, "2026-02-12"), (4, "2026-02-16")):
        life = Life(Terms(retention=Retention("sliding", Span(10, "day"))))
        life.earn("2026-02-01", 150)
        second = life.earn("2026-02-05", 10)
        life.cancel("2026-02-06", second, taken)
        assert life.told("2026-02-06")[-1][2] == end
        life.cancel("2026-02-07", second, -taken)
        assert life.told("2026-02-07")[-1][2] == "2026-02-16"


def test_what_is_cancelled_whole_was_no_occasion_to_go_down() -> None:
    """A `single` downgrade goes one level down each time that the tier is judged: not at the
    instant of points that never were, but at that of points of which a part is left."""
    for taken, left in ((10, SILVER), (4, NO_TIER)):
        life = Life(Terms(period=MONTH, downgrade=SINGLE))
        life.earn("2026-02-01", 1000)
        assert life.now("2026-03-01") == SILVER
        second = life.earn("2026-03-05", 10)
        assert life.now("2026-03-05") == NO_TIER
        life.cancel("2026-03-06", second, taken)
        assert life.now("2026-03-06") == left
        life.cancel("2026-03-07", second, -taken)
        assert life.now("2026-03-07") == NO_TIER


def test_an_expiry_of_what_never_was_is_no_occasion_either() -> None:
    """Both lots of one row are gone, or one of them."""
    for taken, left in ((1, NO_TIER), (2, SILVER)):
        life = Life(Terms(basis="balance", downgrade=SINGLE))
        kept = life.earn("2026-02-01", 1000)
        lots = [life.earn("2026-02-02", 10) for _ in range(2)]
        life.seq += 1
        life.replay.feed([Fact(at("2026-02-03"), life.seq, -1000)])
        assert life.now("2026-02-03") == SILVER
        life.seq += 1
        life.replay.feed(
            Fact(at("2026-03-01"), life.seq, -10, 0, lot, fades=True, more=lot == lots[0])
            for lot in lots
        )
        assert life.now("2026-03-01") == NO_TIER
        for lot in lots[:taken]:
            life.seq += 1
            fact = Fact(at("2026-04-01"), life.seq, 0, 0, lot, undoes=True, faded=-10)
            life.replay.feed([fact])
        assert life.now("2026-04-01") == left
        assert kept


def test_a_balance_is_recounted_without_what_expired() -> None:
    """100 of A expire and are then cancelled: B alone never made 100."""
    life = Life(Terms(basis="balance", downgrade=NEVER))
    first = life.earn("2026-02-01", 60)
    life.earn("2026-02-02", 60)
    life.seq += 1
    expiry = Fact(at("2026-03-01"), life.seq, -60, 0, first, fades=True)
    life.replay.feed([expiry])
    assert life.now("2026-03-02") == SILVER
    life.seq += 1
    cancel = Fact(at("2026-04-01"), life.seq, 0, 0, first, undoes=True, faded=-60)
    life.replay.feed([cancel])
    assert life.now("2026-04-01") == NO_TIER
    assert life.machine.count == 60


def test_what_comes_back_after_its_time_keeps_no_balance() -> None:
    """A is cancelled before it expires, and given back long after it would have."""
    life = Life(Terms(basis="balance", downgrade=Downgrade("multi")))
    first = life.earn("2026-02-01", 150)
    life.cancel("2026-02-02", first, 150)
    assert life.now("2026-02-03") == NO_TIER
    life.seq += 1
    void = Fact(at("2026-04-01"), life.seq, 0, 0, first, undoes=True, faded=150)
    life.replay.feed([void])
    assert (life.now("2026-04-01"), life.machine.count) == (NO_TIER, 0)
    life.earn("2026-04-02", 150)
    assert life.now("2026-04-02") == SILVER


# -- laws --------------------------------------------------------------------------------

MADE = st.builds(
    Terms,
    basis=st.just("earned"),
    period=st.sampled_from([None, Span(1, "month"), Span(20, "day"), YEAR]),
    retention=st.sampled_from(
        [Retention(), fixed(10, "day"), Retention("sliding", Span(1, "month"))]
    ),
    downgrade=st.sampled_from(
        [
            NEVER,
            Downgrade("multi"),
            Downgrade("single"),
            Downgrade("single", Grace(5, "day")),
            Downgrade("multi", Grace(1, "month", round_up=True)),
        ]
    ),
    on_cancel=st.sampled_from(["recount", "ordinary", "keep"]),
)
HOUR = 3_600_000_000


class Act(NamedTuple):
    """Points that are earned `hours` after the act before, or part of an earlier act's taken back
    (`percent` of what is left; of nothing: given back again)."""

    hours: int
    points: int
    of: int | None
    percent: int


ACTS = st.lists(
    st.builds(
        Act,
        hours=st.integers(0, 900),
        points=st.integers(1, 1500),
        of=st.none() | st.integers(0, 20),
        percent=st.sampled_from([50, 100]),
    ),
    min_size=1,
    max_size=25,
)


def facts_of(acts: list[Act]) -> list[Fact]:
    facts: list[Fact] = []
    left: dict[int, int] = {}
    taken: dict[int, int] = {}
    when = at("2026-01-10")
    counted: dict[int, int] = {}
    for seq, act in enumerate(acts, 1):
        when += act.hours * HOUR
        origins = sorted(left)
        if act.of is None or not origins:
            left[seq], taken[seq], counted[seq] = act.points, 0, when
            facts.append(Fact(when, seq, act.points, when, seq, activity="earning"))
            continue
        origin = origins[act.of % len(origins)]
        delta = -(left[origin] * act.percent // 100) or taken[origin]
        left[origin] += delta
        taken[origin] -= delta
        if delta:
            facts.append(Fact(when, seq, delta, counted[origin], origin, undoes=True))
    return facts


def fresh(terms: Terms) -> Replay:
    return Replay(Machine(terms, TIERS, Windows(terms.period, None, ZONE), ZONE), every=3)


def begun(terms: Terms) -> Replay:
    replay = fresh(terms)
    replay.begin(at("2026-01-10"))
    return replay


@given(MADE, ACTS)
def test_a_recount_leaves_what_would_be_without_it(terms: Terms, acts: list[Act]) -> None:
    """At every instant, the standing after cancels is that of a history without them."""
    terms = Terms(period=terms.period, retention=terms.retention, downgrade=terms.downgrade)
    facts = facts_of(acts)
    live = begun(terms)
    for upto, fact in enumerate(facts, 1):
        live.feed([fact])
        net: dict[int, int] = {}
        for each in facts[:upto]:
            net[each.origin] = net.get(each.origin, 0) + each.delta
        without = begun(terms)
        without.feed(
            [
                each._replace(delta=net[each.origin])
                for each in facts[:upto]
                if not each.undoes and net[each.origin]
            ]
        )
        without.machine.pass_time(fact.at)
        assert live.machine.dump() == without.machine.dump()
        steps = live.history()
        assert (steps[-1].tier if steps else NO_TIER) == live.machine.tier
        assert all(a.tier == b.former for a, b in pairwise(steps))


@given(MADE, ACTS, st.integers(0, 40))
def test_a_history_is_the_same_wherever_it_is_read_on(
    terms: Terms, acts: list[Act], cut: int
) -> None:
    """From a checkpoint between any two instants, with time passed before or not."""
    facts = facts_of(acts)
    cut = min(cut, len(facts))
    while 0 < cut < len(facts) and facts[cut].at == facts[cut - 1].at:
        cut -= 1
    whole = begun(terms)
    whole.feed(facts)
    parts = begun(terms)
    parts.feed(facts[:cut])
    resumed = fresh(terms)
    resumed.resume(parts.checkpoint())
    try:
        resumed.feed(facts[cut:])
    except Older:
        assert any(fact.undoes for fact in facts[cut:])
        return
    end = facts[-1].at + 2000 * HOUR
    for replay in (whole, resumed):
        replay.machine.pass_time(end)
    assert resumed.machine.dump() == whole.machine.dump()
    assert resumed.history() == whole.history()


@given(MADE, ACTS)
def test_looking_changes_nothing(terms: Terms, acts: list[Act]) -> None:
    """A replay that was looked at between any two facts is the one that was not."""
    facts = facts_of(acts)
    whole, seen = begun(terms), begun(terms)
    whole.feed(facts)
    for fact, following in zip(facts, [*facts[1:], facts[-1]], strict=True):
        seen.feed([fact])
        seen.machine.pass_time((fact.at + following.at) // 2)
    assert seen.history() == whole.history()


@given(MADE, ACTS)
def test_keep_never_goes_down_by_a_cancel(terms: Terms, acts: list[Act]) -> None:
    terms = Terms(
        period=terms.period,
        retention=terms.retention,
        downgrade=terms.downgrade,
        on_cancel="keep",
    )
    replay = begun(terms)
    for fact in facts_of(acts):
        replay.machine.pass_time(fact.at)
        before = replay.machine.tier
        replay.feed([fact])
        assert replay.machine.tier >= before or not fact.undoes


@given(ACTS, st.sampled_from([None, MONTH, YEAR]))
def test_without_retention_the_count_alone_decides(acts: list[Act], period: Span | None) -> None:
    """Against a model that adds up what is in force of the window."""
    for on_cancel in ("recount", "ordinary"):
        replay = begun(Terms(period=period, on_cancel=on_cancel))
        facts = facts_of(acts)
        for upto, fact in enumerate(facts, 1):
            replay.feed([fact])
            points = sum(
                each.delta
                for each in facts[:upto]
                if replay.machine.window_begin <= each.counted_at < replay.machine.window_end
            )
            expected = sum(points >= each.threshold for each in TIERS) - 1
            assert replay.machine.tier == expected
            assert replay.machine.kept_until == FOREVER
