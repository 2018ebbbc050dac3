"""Points by effects: the figures that the rules promise, and what gives nothing."""

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stampbook.domain.model import MAX_AMOUNT
from stampbook.loyalty.judging.calculating import TooMany, is_basis, points_of, rounded
from stampbook.loyalty.judging.values import Happening
from stampbook.loyalty.model import AppliesTo, Mode, OrderFacts, Per, PointsRounding
from tests.loyalty.kit import FACTS, fixed, line, order, per, plain

RATE = {"mode": Mode.RATE}
UP = {"rounding": PointsRounding.UP}
HALF_UP = {"rounding": PointsRounding.HALF_UP}
BY_LINE = {"by_line": True}

THREE = order(*(line(name, 199) for name in "abc"))
BASKET = order(
    line("tea", 3_000, sku="T1", categories=("hot", "drinks"), quantity=Fraction("1.5")),
    line("cake", 7_000, sku="C1", categories=("sweet",), quantity=Fraction(2), amount=8_000),
)


@pytest.mark.parametrize(
    ("effect", "judged", "points"),
    [
        (fixed(500), plain(1), 500),
        (per("order.total", 1_000, 3), plain(19_999), 57),
        (per("order.total", 1_000, 3, **RATE), plain(19_999), 59),
        (per("order.total", 1_000, 3, **RATE, **UP), plain(19_999), 60),
        (per("order.total", 10_000, "1.5"), plain(25_000), 3),
        (per("order.total", 10_000, "1.5"), plain(35_000), 4),
        (per("order.total", 10_000, "1.5", **HALF_UP), plain(35_000), 5),
        (per("lines.total", 100, 1), THREE, 5),
        (per("lines.total", 100, 1, **BY_LINE), THREE, 3),
        # 1.5 % of 33.35 in hundredths of a point: 50.025.
        (per("order.total", 10_000, 150, **RATE), plain(3_335), 50),
        (per("order.total", 10_000, 150, **RATE, **UP), plain(3_335), 51),
        (per("order.amount", 100, 1), BASKET, 110),
        (per("order.total", 100, 1), BASKET, 100),
        (per("order.money", 100, 1), BASKET._replace(paid_with_points=2_050), 79),
        (per("visit.sold", 100, 1), BASKET._replace(paid_with_points=2_050), 100),
        (per("visit.paid", 100, 1), BASKET._replace(paid_with_points=2_050), 79),
        (per("lines.amount", 100, 1), BASKET, 110),
        (per("lines.quantity", 1, 2), BASKET, 6),
        (per("lines.quantity", 1, 2, **BY_LINE), BASKET, 6),
        (per("lines.quantity", "0.5", 1, **BY_LINE), BASKET, 7),
        (per("lines.total", 1_000, 2, applies_to=AppliesTo(items=frozenset({"tea"}))), BASKET, 6),
        (per("lines.total", 1_000, 2, applies_to=AppliesTo(skus=frozenset({"C1"}))), BASKET, 14),
        (
            per("lines.total", 1_000, 1, applies_to=AppliesTo(categories=frozenset({"hot"}))),
            BASKET,
            3,
        ),
        (
            per(
                "lines.total",
                1_000,
                1,
                applies_to=AppliesTo(frozenset({"cake"}), frozenset({"T1"}), frozenset({"x"})),
            ),
            BASKET,
            10,
        ),
        (per("lines.total", 1_000, 1, applies_to=AppliesTo()), BASKET, 10),
        (per("lines.total", 1_000, 1, applies_to=AppliesTo(items=frozenset({"x"}))), BASKET, 0),
        (per("order.total", 1_000, 1), plain(999), 0),
        (per("order.total", 1_000, 1), None, 0),
        (per("lines.total", 1_000, 1), None, 0),
        (per("member.metadata.bonus", 1, 10, **RATE), None, 25),
        (per("event.metadata.stars", 1, 10), None, 50),
        (per("event.metadata.words", 50, 1), None, 2),
        (per("event.metadata.none", 1, 1), None, 0),
        (per("order.metadata.k", 1, 1), None, 0),
    ],
)
def test_points(effect: Per, judged: OrderFacts | None, points: int) -> None:
    assert points_of(effect, Happening(FACTS, judged)) == points


@pytest.mark.parametrize(
    ("value", "points"),
    [
        (7, 70),
        (0.1, 1),
        (2.675, 26),
        ("2.675", 26),
        ("+3", 30),
        ("-3", -30),
        (-3, -30),
        (10**14, 10**15),
        ("", 0),
        (" 5", 0),
        ("5 ", 0),
        ("1e3", 0),
        ("٣", 0),
        ("1_000", 0),
        ("0x10", 0),
        ("nan", 0),
        (float("nan"), 0),
        (float("inf"), 0),
        (True, 0),
        (None, 0),
        ([5], 0),
        ({"a": 5}, 0),
        ("9" * 400, 0),
        (Decimal(5), 0),
    ],
)
def test_only_decimals_of_metadata_give_points(value: Any, points: int) -> None:
    effect = per("order.metadata.bonus.x", 1, 10, **RATE)
    judged = plain(1, metadata={"bonus.x": value})
    assert points_of(effect, Happening(FACTS, judged)) == points


def test_no_award_is_larger_than_an_account_may_hold() -> None:
    effect = per("order.total", 1, 1)
    assert points_of(effect, Happening(FACTS, plain(MAX_AMOUNT))) == MAX_AMOUNT
    for judged in (plain(MAX_AMOUNT + 1), plain(10**40)):
        with pytest.raises(TooMany):
            points_of(effect, Happening(FACTS, judged))


@pytest.mark.parametrize(
    ("value", "down", "half_up", "up"),
    [
        ("2.4", 2, 2, 3),
        ("2.5", 2, 3, 3),
        ("3", 3, 3, 3),
        ("-2.5", -3, -2, -2),
        ("-2.6", -3, -3, -2),
    ],
)
def test_rounding(value: str, down: int, half_up: int, up: int) -> None:
    exact = Fraction(value)
    assert [rounded(exact, each) for each in PointsRounding] == [down, half_up, up]


@given(
    st.integers(0, 10**9),
    st.integers(1, 10**5),
    st.fractions(0, 1_000, max_denominator=1_000),
    st.sampled_from(Mode),
    st.sampled_from(PointsRounding),
)
def test_more_of_a_basis_never_gives_less(
    total: int, every: int, points: Fraction, mode: Mode, rounding: PointsRounding
) -> None:
    effect = Per(4, "order.total", Fraction(every), points, mode, rounding)
    first, second = (points_of(effect, Happening(FACTS, plain(at))) for at in (total, total + 7))
    assert 0 <= first <= second
    exact = Fraction(total) / every * points
    assert first < exact + 1
    assert mode is Mode.STEPS or first > exact - 1


@pytest.mark.parametrize(
    "name", ["order.total", "visit.paid", "lines.quantity", "order.metadata.a.b"]
)
def test_bases(name: str) -> None:
    assert is_basis(name)


@pytest.mark.parametrize("name", ["", "order", "order.metadata", "order.metadata.", "totals.sold"])
def test_no_bases(name: str) -> None:
    assert not is_basis(name)
