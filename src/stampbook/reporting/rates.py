"""Quotients of exact sums, rounded half up."""

from typing import Final

from stampbook.ledger.journal.cohorts import Became

MILLIONTHS: Final = 6


def half_up(numerator: int, denominator: int) -> int:
    """The quotient of a sum that is not negative and a positive one, as a whole number."""
    return (2 * numerator + denominator) // (2 * denominator)


def worth(units: int, amount: int, money: int, *, digits: int) -> int:
    """What smallest units are worth if `amount` of them are worth `money` millionths: in money with
    this number of digits."""
    return half_up(units * money, amount * 10 ** (MILLIONTHS - digits))


def breakage_rate(became: Became) -> str | None:
    """What expired in proportion to what was issued and not revoked; None if that is nothing."""
    base = became.issued - became.revoked
    if not base:
        return None
    rate = half_up(became.expired * 10**MILLIONTHS, base)
    return f"{rate // 10**MILLIONTHS}.{rate % 10**MILLIONTHS:06d}"
