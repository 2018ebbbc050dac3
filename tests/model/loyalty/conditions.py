"""A small family of conditions, each as CEL and as a function of the facts."""

from __future__ import annotations

from collections.abc import Callable

from tests.model.loyalty.values import Condition, Facts


def compare(path: str, sign: str, value: int | str) -> Condition:
    """A field against a constant. A field that is missing raises, as in CEL."""
    steps = path.split(".")

    def holds(facts: Facts) -> bool:
        found = facts
        for step in steps:
            found = found[step]
        return _SIGNS[sign](found, value)

    text = f'"{value}"' if isinstance(value, str) else str(value)
    return Condition(f"{path} {sign} {text}", holds, frozenset({steps[0]}))


_SIGNS: dict[str, Callable[..., bool]] = {
    ">=": lambda one, other: one >= other,
    "<": lambda one, other: one < other,
    "==": lambda one, other: one == other,
    "!=": lambda one, other: one != other,
}


def one_line(item: str, least: int) -> Condition:
    """One line of the item has at least this total (more than nothing)."""
    return Condition(
        f'lines.exists(l, l.item == "{item}" && l.total >= {least})',
        lambda facts: any(
            line["item"] == item and line["total"] >= least for line in facts["lines"]
        ),
        frozenset({"lines"}),
    )


def bought(item: str, least: int) -> Condition:
    """All lines of the item together have at least this total (more than nothing)."""
    return Condition(
        f'"{item}" in by_item && by_item["{item}"].total >= {least}',
        lambda facts: sum(x["total"] for x in facts["lines"] if x["item"] == item) >= least,
        frozenset({"by_item"}),
    )


def of_category(category: str, least: int) -> Condition:
    return Condition(
        f'"{category}" in by_category && by_category["{category}"].total >= {least}',
        lambda facts: (
            sum(x["total"] for x in facts["lines"] if category in x["categories"]) >= least
        ),
        frozenset({"by_category"}),
    )


def in_segment(segment: str) -> Condition:
    return Condition(
        f'"{segment}" in member.segments',
        lambda facts: segment in facts["member"]["segments"],
        frozenset({"member"}),
    )


def divided(by_less: int, least: int) -> Condition:
    """Raises where the order's total is `by_less`."""

    def holds(facts: Facts) -> bool:
        below: int = facts["order"]["total"] - by_less
        size = 1_000_000 // abs(below)
        return (size if below > 0 else -size) >= least

    return Condition(f"1000000 / (order.total - {by_less}) >= {least}", holds, frozenset({"order"}))


def both(one: Condition, other: Condition) -> Condition:
    return Condition(
        f"({one.cel}) && ({other.cel})",
        lambda facts: one.holds(facts) and other.holds(facts),
        one.reads | other.reads,
    )


def either(one: Condition, other: Condition) -> Condition:
    return Condition(
        f"({one.cel}) || ({other.cel})",
        lambda facts: one.holds(facts) or other.holds(facts),
        one.reads | other.reads,
    )
