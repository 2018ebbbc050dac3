"""What a version gives for facts: rules.md §4 and §6 by exact fractions, and nothing clever."""

from __future__ import annotations

from fractions import Fraction
from math import ceil, floor
from typing import Any, NamedTuple

from tests.model.loyalty.values import Currency, Facts, Fixed, Per, Version

LARGEST = 9 * 10**15


class Errored(Exception):
    """The condition by which something was given raises now."""


class Gain(NamedTuple):
    """`effect` is its number within the earning, from 0."""

    effect: int
    currency: str
    points: int


class Result(NamedTuple):
    """The earning that matched (from 0), what its effects give, and the benefits it gives."""

    earning: int
    gains: tuple[Gain, ...]
    benefits: tuple[tuple[int, str], ...]


def result(
    version: Version, facts: Facts, currencies: dict[str, Currency], *, given_by: int | None = None
) -> Result | None:
    """The first earning that matches, with all its effects. One whose condition raises does not.

    `given_by` is the earning that gave what is counted anew: `Errored` if its condition raises.
    """
    for number, earning in enumerate(version.earnings):
        if earning.tiers and not set(earning.tiers) & set(facts["member"]["tiers"]):
            continue
        try:
            if earning.condition is not None and not earning.condition.holds(facts):
                continue
        except (KeyError, ZeroDivisionError, TypeError):
            if number == given_by:
                raise Errored from None
            continue
        gains, benefits = [], []
        for place, effect in enumerate(earning.effects):
            if isinstance(effect, Fixed | Per):
                points = worth(effect, facts, currencies[effect.currency].scale)
                if 0 < points <= LARGEST:
                    gains.append(Gain(place, effect.currency, points))
            else:
                benefits.append((place, effect.benefit))
        return Result(number, tuple(gains), tuple(benefits))
    return None


def worth(effect: Fixed | Per, facts: Facts, scale: int) -> int:
    """The points of an effect, in smallest units."""
    if isinstance(effect, Fixed):
        return rounded(effect.points * 10**scale, "down")
    if effect.basis.startswith("lines."):
        field = effect.basis.removeprefix("lines.")
        parts = [
            Fraction(line[field])
            for line in facts["lines"]
            if not effect.items or line["item"] in effect.items
        ]
        if effect.by == "line":
            return sum(rounded(gross(effect, part) * 10**scale, effect.round) for part in parts)
        return rounded(gross(effect, sum(parts, Fraction())) * 10**scale, effect.round)
    basis = number_at(facts, effect.basis)
    if basis is None or basis < 0:
        return 0
    return rounded(gross(effect, basis) * 10**scale, effect.round)


def gross(effect: Per, basis: Fraction) -> Fraction:
    """Points before rounding."""
    if effect.mode == "steps":
        return floor(basis / effect.every) * effect.points
    return basis * effect.points / effect.every


def number_at(facts: Facts, path: str) -> Fraction | None:
    """A decimal among the facts, or None."""
    found: Any = facts
    for step in path.split("."):
        if not isinstance(found, dict) or step not in found:
            return None
        found = found[step]
    if isinstance(found, bool) or found is None:
        return None
    try:
        return Fraction(found)
    except ValueError:
        return None


def rounded(points: Fraction, how: str) -> int:
    match how:
        case "down":
            return floor(points)
        case "up":
            return ceil(points)
        case "half_up":
            return floor(points + Fraction(1, 2))
    raise AssertionError(how)


def spread(amount: int, over: list[int]) -> list[int]:
    """Proportional, largest remainder, ties to the earlier."""
    whole = sum(over)
    exact = [Fraction(amount * each, whole) for each in over]
    parts = [floor(each) for each in exact]
    by_remainder = sorted(range(len(over)), key=lambda i: (parts[i] - exact[i], i))
    for place in by_remainder[: amount - sum(parts)]:
        parts[place] += 1
    return parts
