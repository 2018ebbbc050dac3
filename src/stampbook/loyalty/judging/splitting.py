"""Spreading an amount over parts, exactly."""

from collections.abc import Sequence


def split(amount: int, weights: Sequence[int]) -> list[int]:
    """`amount` in proportion to the weights, by largest remainder, in a tie to the earlier.

    The parts sum to `amount`, and none exceeds its weight while `amount` is at most the sum of
    the weights. Raises ValueError for a negative argument, or an amount without any weight.
    """
    raise NotImplementedError
