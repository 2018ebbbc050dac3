"""Spreads an amount over several shares, exactly and in integers."""

from collections.abc import Sequence


def split(amount: int, weights: Sequence[int]) -> list[int]:
    """Spread `amount` over the weights in proportion; the parts sum to `amount`.

    The remainder of the division goes to the largest fractions, in a tie to the earlier
    weight. No part is larger than its weight as long as `amount` is at most their sum.
    Weights are not negative; without any weight every part is 0 (so `amount` must be 0).
    """
    total = sum(weights)
    if not total:
        return [0] * len(weights)
    parts = [amount * weight // total for weight in weights]
    by_remainder = sorted(
        range(len(weights)), key=lambda at: amount * weights[at] % total, reverse=True
    )
    for at in by_remainder[: amount - sum(parts)]:
        parts[at] += 1
    return parts


def percentage(amount: int, hundredths: int, *, unit: int = 1) -> int:
    """`hundredths` of a percent of `amount`, half up to a multiple of the unit: 1000 is 10 %."""
    whole = 10_000 * unit
    return (amount * hundredths + whole // 2) // whole * unit
