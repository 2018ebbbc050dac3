"""What effects give: points by exact fractions, rounded once."""

import re
from collections.abc import Iterable, Mapping
from fractions import Fraction
from math import floor, isfinite
from typing import Any, Final

from stampbook.domain.model import MAX_AMOUNT
from stampbook.loyalty.judging.values import Happening
from stampbook.loyalty.model import AppliesTo, Fixed, Line, Mode, OrderFacts, Per, PointsRounding

_LINES: Final = frozenset({"lines.amount", "lines.total", "lines.quantity"})
_METADATA: Final = frozenset({"order.metadata", "member.metadata", "event.metadata"})

BASES: Final = frozenset(
    {"order.amount", "order.total", "order.money", "visit.sold", "visit.paid", *_LINES}
)
"""The bases that `Per` may name, besides `order.metadata.k`, `member.metadata.k` and
`event.metadata.k`."""

_DECIMAL: Final = re.compile(r"[+-]?[0-9]{1,18}(?:\.[0-9]{1,18})?")


class TooMany(Exception):
    """More points than an account may hold: above 9 * 10^15 smallest units."""


def is_basis(name: str) -> bool:
    """Whether `Per` may have this basis."""
    return name in BASES or _metadata_key(name) is not None


def points_of(effect: Fixed | Per, happening: Happening) -> int:
    """The points (smallest units) that an effect gives; 0 or less means no award.

    A basis that the event lacks, or metadata that is no decimal, gives nothing. Raises TooMany.
    """
    found = effect.points if isinstance(effect, Fixed) else _calculated(effect, happening)
    if found > MAX_AMOUNT:
        raise TooMany("the points are more than 9 * 10^15 smallest units")
    return found


def _calculated(effect: Per, happening: Happening) -> int:
    if effect.basis in _LINES:
        if happening.order is None:
            return 0
        amounts = _of_lines(effect, happening.order.lines)
        if effect.by_line:
            return sum(_points(effect, each) for each in amounts)
        return _points(effect, sum(amounts, Fraction()))
    basis = _basis(effect.basis, happening)
    return 0 if basis is None else _points(effect, basis)


def _points(effect: Per, basis: Fraction) -> int:
    units = basis / effect.every
    if effect.mode is Mode.STEPS:
        units = Fraction(floor(units))
    return rounded(units * effect.points, effect.rounding)


def rounded(value: Fraction, rounding: PointsRounding) -> int:
    """The integer next to the value, in the direction named; `up` and `down` go by the number
    line, and so does a half."""
    if rounding is PointsRounding.DOWN:
        return floor(value)
    if rounding is PointsRounding.UP:
        return -floor(-value)
    return floor(value + Fraction(1, 2))


def _of_lines(effect: Per, lines: Iterable[Line]) -> list[Fraction]:
    field = effect.basis.removeprefix("lines.")
    return [Fraction(getattr(line, field)) for line in lines if _applies(effect.applies_to, line)]


def _applies(to: AppliesTo | None, line: Line) -> bool:
    if to is None or not any(to):
        return True
    return (
        line.item in to.items
        or line.sku in to.skus
        or not to.categories.isdisjoint(line.categories)
    )


def _basis(name: str, happening: Happening) -> Fraction | None:
    key = _metadata_key(name)
    if key is not None:
        return _decimal(_metadata(name, happening).get(key))
    return None if happening.order is None else _of_order(name, happening.order)


def _of_order(name: str, order: OrderFacts) -> Fraction:
    if name == "order.amount":
        return Fraction(order.amount)
    if name in ("order.money", "visit.paid"):
        return Fraction(order.total - order.paid_with_points)
    return Fraction(order.total)


def _metadata_key(name: str) -> str | None:
    root, _, rest = name.partition(".")
    kind, _, key = rest.partition(".")
    return key if key and f"{root}.{kind}" in _METADATA else None


def _metadata(name: str, happening: Happening) -> Mapping[str, Any]:
    if name.startswith("member."):
        return happening.facts.member_metadata
    if name.startswith("event."):
        return happening.facts.event_metadata
    return {} if happening.order is None else happening.order.metadata


def _decimal(value: object) -> Fraction | None:
    """A number of JSON or a text of one, exactly as it was written."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return Fraction(value)
    if isinstance(value, float):
        return Fraction(repr(value)) if isfinite(value) else None
    if isinstance(value, str) and _DECIMAL.fullmatch(value):
        return Fraction(value)
    return None
