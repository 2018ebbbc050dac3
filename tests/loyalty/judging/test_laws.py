"""What holds of every recount: nothing rises, nothing is left, and the way does not matter."""

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from stampbook.loyalty.judging.candidates import Candidates
from stampbook.loyalty.judging.judging import effects_of, judge
from stampbook.loyalty.judging.recounting import recount
from stampbook.loyalty.judging.splitting import split
from stampbook.loyalty.judging.values import Happening, Held, Reason
from stampbook.loyalty.model import (
    AppliesTo,
    Award,
    Effect,
    Fixed,
    Line,
    Mode,
    OnPartial,
    OrderFacts,
    Per,
    PointsRounding,
    Version,
)
from tests.loyalty.kit import FACTS, earning, line, order, version

ITEMS = "abcd"
totals = st.integers(0, 30_000)
orders = st.lists(totals, min_size=1, max_size=4).map(
    lambda each: order(*(line(name, total) for name, total in zip(ITEMS, each, strict=False)))
)
effects: st.SearchStrategy[Effect] = st.one_of(
    st.tuples(st.sampled_from([4, 5]), st.integers(1, 500)).map(lambda each: Fixed(*each)),
    st.tuples(
        st.sampled_from([4, 5]),
        st.sampled_from(["order.total", "order.amount", "lines.total", "lines.quantity"]),
        st.integers(1, 3_000).map(Fraction),
        st.fractions(0, 20, max_denominator=10),
        st.sampled_from(Mode),
        st.sampled_from(PointsRounding),
        st.booleans(),
        st.one_of(
            st.none(), st.sets(st.sampled_from(ITEMS)).map(lambda each: AppliesTo(frozenset(each)))
        ),
    ).map(lambda each: Per(*each)),
)
conditions = st.one_of(
    st.none(),
    st.integers(0, 60_000).map(lambda least: f"order.total >= {least}"),
    st.integers(0, 60_000).map(lambda most: f"order.total < {most}"),
    st.sampled_from(ITEMS).map(lambda name: f"by_item.{name}.total > 1000"),
    st.sampled_from(ITEMS).map(lambda name: f'lines.exists(l, l.item == "{name}")'),
    st.integers(1, 4).map(lambda count: f"size(lines) >= {count}"),
    st.just("10000 / (order.total % 7) > 0"),
)
versions = st.builds(
    lambda earnings, policy: version(*earnings, on_partial=policy),
    st.lists(
        st.builds(
            lambda given, condition: earning(*given, condition=condition),
            st.lists(effects, min_size=1, max_size=3),
            conditions,
        ),
        min_size=1,
        max_size=3,
    ),
    st.sampled_from(OnPartial),
)
KEY = (1, 1)


def awarded(each: Version, was: Happening) -> list[Held]:
    (verdict,) = judge(Candidates([each]), was, {})
    return [
        Held(
            Award(at, 1, *KEY, gain.earning, gain.effect, gain.currency, at, *gain[4:]),
            gain.amount,
        )
        for at, gain in enumerate(verdict.gains)
    ]


def lowered(held: list[Held], each: Version, was: Happening, left: OrderFacts | None) -> list[Held]:
    """The awards after a recount for what is left."""
    now = None if left is None else Happening(FACTS, left)
    found = recount(held, (), {KEY: each}, was=was, now=now)
    taken = {take.award.award_id: take.amount for take in found.takes}
    assert sum(taken.values()) == sum(target.was - target.target for target in found.targets)
    return [Held(one.award, one.in_force - taken.get(one.award.award_id, 0)) for one in held]


def less(whole: OrderFacts, lefts: list[int]) -> OrderFacts:
    """The order when of each line at most that much of its total is left."""

    def of(each: Line, left: int) -> Line:
        total = min(each.total, left)
        return each._replace(total=total, amount=each.amount - each.total + total)

    lines = [of(each, left) for each, left in zip(whole.lines, lefts, strict=False)]
    return order(*lines)


def by_account(held: list[Held]) -> dict[int, int]:
    found: dict[int, int] = {}
    for one in held:
        found[one.award.account] = found.get(one.award.account, 0) + one.in_force
    return found


steps = st.lists(st.lists(totals, min_size=4, max_size=4), max_size=4)


@given(versions, orders, steps)
def test_nothing_rises_and_nothing_is_left(
    each: Version, whole: OrderFacts, ways: list[list[int]]
) -> None:
    was = Happening(FACTS, whole)
    held = awarded(each, was)
    left = whole
    for lefts in ways:
        left = less(left, lefts)
        before, held = held, lowered(held, each, was, left)
        assert all(
            0 <= now.in_force <= then.in_force for now, then in zip(held, before, strict=True)
        )
    assert not any(by_account(lowered(held, each, was, None)).values())
    if whole.total > 0:
        nothing = less(whole, [0] * 4)
        assert not any(by_account(lowered(held, each, was, nothing)).values())


monotone = st.lists(effects, min_size=1, max_size=3).map(lambda each: version(earning(*each)))


@given(monotone, orders, steps.filter(bool))
def test_what_is_in_force_is_the_versions_result_for_what_remains(
    each: Version, whole: OrderFacts, ways: list[list[int]]
) -> None:
    was = Happening(FACTS, whole)
    first = held = awarded(each, was)
    left = whole
    for lefts in ways:
        left = less(left, lefts)
        held = lowered(held, each, was, left)
    # By whatever way the lines came to remain.
    assert by_account(held) == by_account(lowered(first, each, was, left))
    expected: dict[int, int] = {}
    if left.total or not whole.total:
        remaining = order(*(one for one in left.lines if one.total or one in whole.lines))
        for gain in effects_of(each, 0, Happening(FACTS, remaining))[0]:
            account = gain.currency
            expected[account] = expected.get(account, 0) + gain.amount
    for account, amount in by_account(held).items():
        assert amount == min(by_account(first)[account], expected.get(account, 0))


@given(versions, orders)
def test_an_order_as_it_was_keeps_its_awards(each: Version, whole: OrderFacts) -> None:
    was = Happening(FACTS, whole)
    held = awarded(each, was)
    if whole.total:
        assert lowered(held, each, was, whole) == held


@given(versions, versions, orders, st.lists(totals, min_size=4, max_size=4))
def test_other_rules_change_nothing(
    first: Version, second: Version, whole: OrderFacts, lefts: list[int]
) -> None:
    second = second._replace(rule=2)
    was = Happening(FACTS, whole)
    alone = awarded(first, was)
    (_, other) = judge(Candidates([first, second]), was, {})
    both = alone + [
        Held(Award(50 + at, 1, 2, 1, *gain[2:5], at, *gain[4:]), gain.amount)
        for at, gain in enumerate(other.gains if other.reason is Reason.MATCHED else ())
    ]
    now = Happening(FACTS, less(whole, lefts))
    found = recount(both, (), {KEY: first, (2, 1): second}, was=was, now=now)
    expected = recount(alone, (), {KEY: first}, was=was, now=now)
    assert [each for each in found.targets if each.rule == 1] == list(expected.targets)


@given(st.lists(st.integers(0, 10**6), min_size=1, max_size=8), st.data())
def test_refunds_in_parts_never_exceed_a_line(weights: list[int], data: st.DataObject) -> None:
    left = list(weights)
    for _ in range(4):
        amount = data.draw(st.integers(0, sum(left)))
        parts = split(amount, left)
        assert sum(parts) == amount
        left = [each - part for each, part in zip(left, parts, strict=True)]
        assert min(left) >= 0
    assert split(sum(left), left) == left
