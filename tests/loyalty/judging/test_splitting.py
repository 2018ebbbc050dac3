"""Spreading an amount: the worked example, and what must hold for all."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stampbook.loyalty.judging.splitting import percentage, split

weights = st.lists(st.integers(0, 10**12), min_size=1, max_size=30)


@pytest.mark.parametrize(
    ("amount", "shares", "expected"),
    [
        (10_000, [2_000, 300_000], [66, 9_934]),
        (100, [100, 100, 100], [34, 33, 33]),
        (200, [100, 100, 100], [67, 67, 66]),
        (1, [1, 1], [1, 0]),
        (5, [0, 5], [0, 5]),
        (0, [1, 2], [0, 0]),
        (0, [], []),
        (0, [0, 0], [0, 0]),
    ],
)
def test_examples(amount: int, shares: list[int], expected: list[int]) -> None:
    assert split(amount, shares) == expected


@given(weights, st.data())
def test_parts_sum_up_and_stay_within_their_weights(shares: list[int], data: st.DataObject) -> None:
    amount = data.draw(st.integers(0, sum(shares)))
    parts = split(amount, shares)
    assert sum(parts) == amount
    assert all(0 <= part <= share for part, share in zip(parts, shares, strict=True))


@given(weights, st.data())
def test_no_part_is_a_whole_unit_away_from_its_share(
    shares: list[int], data: st.DataObject
) -> None:
    amount = data.draw(st.integers(0, sum(shares)))
    total = sum(shares) or 1
    for part, share in zip(split(amount, shares), shares, strict=True):
        assert abs(part - Fraction(amount * share, total)) < 1


@given(weights, st.data())
def test_the_largest_remainders_get_what_is_left_over(
    shares: list[int], data: st.DataObject
) -> None:
    amount = data.draw(st.integers(0, sum(shares)))
    total = sum(shares) or 1
    exact = [Fraction(amount * share, total) for share in shares]
    extra = [
        part - share.__floor__() for part, share in zip(split(amount, shares), exact, strict=True)
    ]
    order = sorted(range(len(shares)), key=lambda at: (-(exact[at] % 1), at))
    assert [extra[at] for at in order] == sorted(extra, reverse=True)


@pytest.mark.parametrize(
    ("amount", "hundredths", "expected"),
    [
        (100_000, 1_000, 10_000),
        (1, 5_000, 1),
        (1, 4_999, 0),
        (333, 3_333, 111),
        (2_000, 10_000, 2_000),
    ],
)
def test_a_percentage_is_rounded_half_up(amount: int, hundredths: int, expected: int) -> None:
    assert percentage(amount, hundredths) == expected
