"""What conditions see of an event: plain values under the names of `grammar.FIELDS`."""

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from fractions import Fraction
from functools import lru_cache, partial
from typing import Any, Final, NamedTuple

from stampbook.domain.model import MICROSECONDS
from stampbook.domain.policy import to_datetime
from stampbook.loyalty.conditions.costs import LARGEST, TooMuch
from stampbook.loyalty.conditions.grammar import FIELDS, MAPS
from stampbook.loyalty.conditions.shape import COUNT, EACH, Path
from stampbook.loyalty.model import Facts, Line, OrderFacts, Totals

_WHOLE: Final = frozenset({(), *((name,) for name in MAPS)})
"""What follows a line's name in paths that read all of its metadata."""

_DECIMAL: Final = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,15})?", re.ASCII)


def values(
    names: frozenset[Path],
    facts: Facts,
    order: OrderFacts | None = None,
    whole: OrderFacts | None = None,
) -> dict[str, Any]:
    """The values of the names, and of nothing else. Names without a value are missing.

    `whole` is the order before anything was taken back: its items and categories have a sum of 0
    when nothing of them is left, so that a condition on one becomes false instead of failing.
    """
    found: dict[str, Any] = {}
    for root, rests in _by_root(names):
        if root == "lines" and order is not None:
            found[root] = _lines(order, rests)
        elif root in ("by_item", "by_category") and order is not None:
            found[root] = _sums(root, order, whole or order)
        elif (fields := _fields(root, facts, order)) is not None:
            found[root] = _chosen(fields, FIELDS[root], rests)
    return found


@lru_cache(maxsize=512)
def _by_root(names: frozenset[Path]) -> tuple[tuple[str, frozenset[Path]], ...]:
    """The names, each with what follows it in the paths."""
    return tuple(
        (root, frozenset(path[1:] for path in names if path[0] == root))
        for root in sorted({path[0] for path in names})
    )


def _chosen(
    field: Callable[[str], Any], every: frozenset[str], rests: frozenset[Path]
) -> dict[str, Any]:
    """The fields that the rests of paths name; all of them if one of them is empty. `field` gives
    the metadata as they are for both names of `MAPS`."""
    plain, maps, keys = _choice(every, rests)
    found = {name: field(name) for name in plain}
    for name in maps:
        found[name] = _map(name, field(name))
    for name, wanted in keys:
        metadata = field(name)
        found[name] = _map(name, {key: metadata[key] for key in wanted if key in metadata})
    return found


class _Choice(NamedTuple):
    """Which fields are read: those that are no maps, maps that are read whole, and of others the
    keys that are named. Only these, since reading a value costs the size of the map that has it."""

    plain: tuple[str, ...]
    maps: tuple[str, ...]
    keys: tuple[tuple[str, tuple[str, ...]], ...]


@lru_cache(maxsize=512)
def _choice(every: frozenset[str], rests: frozenset[Path]) -> _Choice:
    """The choice that the rests of paths make among the fields of `every`."""
    whole = every if () in rests else {rest[0] for rest in rests if len(rest) == 1}
    named = every if () in rests else {rest[0] for rest in rests}
    maps = tuple(name for name in MAPS if name in whole)
    return _Choice(
        tuple(sorted(name for name in named if name in every and name not in MAPS)),
        maps,
        tuple(
            (name, tuple(sorted({rest[1] for rest in rests if rest[0] == name})))
            for name in MAPS
            if name in named and name not in maps
        ),
    )


def _map(name: str, metadata: Mapping[str, Any]) -> dict[str, Any]:
    """Metadata under one of the names of `MAPS`. Raises TooMuch."""
    if len(metadata) > LARGEST:
        raise TooMuch("the metadata have too many keys")
    if name == "metadata":
        return dict(metadata)
    found = {key: _decimal(value) for key, value in metadata.items()}
    return {key: number for key, number in found.items() if number is not None}


def _decimal(value: Any) -> int | float | None:
    """A number, or the text of one."""
    if isinstance(value, str) and _DECIMAL.fullmatch(value):
        return float(value) if "." in value else int(value)
    return value if type(value) in (int, float) else None


def _fields(root: str, facts: Facts, order: OrderFacts | None) -> Callable[[str], Any] | None:
    if root == "order":
        return None if order is None else partial(_of_order, order)
    if root == "member":
        return partial(_of_member, facts)
    if root == "totals":
        return partial(getattr, facts.totals or Totals())
    if root == "local":
        return partial(_of_local, facts)
    if root == "event":
        return partial(_of_event, facts)
    return None


def _of_order(order: OrderFacts, name: str) -> Any:
    if name == "quantity":
        return _number(sum((line.quantity for line in order.lines), Fraction()))
    if name == "money":
        return order.total - order.paid_with_points
    if name == "initial_amount" and order.initial_amount is None:
        return order.amount
    if name in ("cheapest", "dearest"):
        return _extreme(order, name)
    return order.metadata if name in MAPS else getattr(order, name)


def _extreme(order: OrderFacts, name: str) -> dict[str, Any]:
    """The line with the least or the highest price; empty without lines."""
    if not order.lines:
        return {}
    line = (min if name == "cheapest" else max)(order.lines, key=_price)
    return _chosen(partial(_of_line, line), FIELDS["lines"], frozenset({()}))


def _price(line: Line) -> Fraction:
    """The amount of one piece."""
    return Fraction(line.amount) / line.quantity if line.quantity else Fraction()


def _of_member(facts: Facts, name: str) -> Any:
    if name == "tier":
        return facts.standings[0].name if facts.standings else ""
    if name == "tiers":
        return [standing.name for standing in facts.standings]
    if name == "segments":
        return sorted(facts.segments)
    if name == "days":
        joined = to_datetime(facts.joined_at, facts.timezone).date()
        return (to_datetime(facts.at, facts.timezone).date() - joined).days
    return facts.member_metadata


def _of_event(facts: Facts, name: str) -> Any:
    return facts.event_name if name == "name" else facts.event_metadata


@lru_cache(maxsize=1_024)
def _moment(second: int, timezone: str) -> datetime:
    """The wall time of a second since 1970; conditions read no fractions. Raises OverflowError."""
    return to_datetime(second * MICROSECONDS, timezone)


def _of_local(facts: Facts, name: str) -> Any:
    moment = _moment(facts.at // MICROSECONDS, facts.timezone)
    if name == "date":
        return moment.date().isoformat()
    if name == "weekday":
        return moment.isoweekday() % 7
    return getattr(moment, name)


def _lines(order: OrderFacts, rests: frozenset[Path]) -> list[dict[str, Any]]:
    within: set[Path] = set()
    for rest in rests:
        if rest[:1] == (EACH,):
            within.add(rest[1:])
        elif rest != (COUNT,):
            within.add(())
    every = FIELDS["lines"]
    fields = frozenset(within)
    if fields & _WHOLE and sum(len(line.metadata) for line in order.lines) > LARGEST:
        raise TooMuch("the lines have too much metadata")
    return [_chosen(partial(_of_line, line), every, fields) for line in order.lines]


def _of_line(line: Line, name: str) -> Any:
    if name == "quantity":
        return _number(line.quantity)
    if name == "price":
        return _number(_price(line))
    if name == "categories":
        return list(line.categories)
    return line.metadata if name in MAPS else getattr(line, name)


def _sums(root: str, order: OrderFacts, whole: OrderFacts) -> dict[str, dict[str, Any]]:
    if sum(len(line.categories) for line in whole.lines) > LARGEST:
        raise TooMuch("the lines have too many categories")
    found: dict[str, list[Any]] = {
        key: [Fraction(), 0, 0] for line in whole.lines for key in _keys(root, line)
    }
    for line in order.lines:
        for key in _keys(root, line):
            sums = found.setdefault(key, [Fraction(), 0, 0])
            sums[0] += line.quantity
            sums[1] += line.amount
            sums[2] += line.total
    return {
        key: {"quantity": _number(quantity), "amount": amount, "total": total}
        for key, (quantity, amount, total) in found.items()
    }


def _keys(root: str, line: Line) -> Iterable[str]:
    if root == "by_category":
        return dict.fromkeys(line.categories)
    return () if line.item is None else (line.item,)


def _number(quantity: Fraction) -> int | float:
    """Whole quantities and prices are integers in conditions, others floats."""
    return quantity.numerator if quantity.denominator == 1 else float(quantity)
