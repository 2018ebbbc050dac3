"""Which texts are accepted as conditions."""

from fractions import Fraction
from functools import lru_cache
from importlib.metadata import version
from typing import Any, Final

import cel

from stampbook.loyalty.conditions.compiling import Condition, compiled
from stampbook.loyalty.conditions.costs import BOUND_NS, Sizes, TooMuch
from stampbook.loyalty.conditions.evaluating import words
from stampbook.loyalty.conditions.faults import invalid, too_costly
from stampbook.loyalty.conditions.grammar import FIELDS, FUNCTIONS
from stampbook.loyalty.conditions.shape import EACH, Path
from stampbook.loyalty.conditions.values import values
from stampbook.loyalty.model import Facts, Line, OrderFacts, Standing, Totals

LIBRARY: Final = f"common-expression-language {version('common-expression-language')}"
"""The library and version by which conditions are checked: part of each rule's version. The
golden corpus (tests/loyalty/conditions) must answer alike before it changes."""

_OPERATORS: Final = frozenset(
    (
        *("!_", "-_", "_!=_", "_%_", "_&&_", "_*_", "_+_", "_-_", "_/_", "_<_", "_<=_", "_==_"),
        *("_>=_", "_>_", "_?_:_", "_[_]", "_||_", "@in", "@not_strictly_false"),
    )
)
"""How the parser names what is no function."""


def check(text: str, names: frozenset[str]) -> None:
    """Accept the text as a condition that reads no names but these. Raises InvalidCondition."""
    condition = compiled(text)
    _check_names(condition, names)
    try:
        estimate = _sizes(condition.shape.names).estimate(condition.shape)
    except TooMuch as error:
        raise too_costly(str(error)) from error
    if estimate > BOUND_NS:
        raise too_costly("the condition could take too long on an order with 500 lines")
    _try(condition)


def _check_names(condition: Condition, names: frozenset[str]) -> None:
    for path in sorted(condition.shape.names):
        root, rest = path[0], path[1:]
        if root not in names:
            hint = f"; names are {', '.join(sorted(names))}" if names else ""
            raise invalid(f"{root} is not a name that this condition can read{hint}")
        if root in ("lines", "by_item", "by_category"):
            # What follows is the line, the item or the category.
            rest = rest[1:]
        if rest and rest[0] not in FIELDS[root] and rest[0] != EACH:
            fields = ", ".join(sorted(FIELDS[root]))
            raise invalid(f"{root} has no field {rest[0]}; its fields are {fields}")
    # The parser's own list, in case it reads a text otherwise than `shape` does.
    references = condition.program.references()
    roots = {path[0] for path in condition.shape.names} | condition.shape.bound
    if strange := set(references["variables"]) - roots:
        raise invalid(f"{min(strange)} is not a name that a condition can read")
    if strange := set(references["functions"]) - FUNCTIONS - _OPERATORS:
        raise invalid(f"{min(strange)} is not a function of conditions")


def _try(condition: Condition) -> None:
    """Evaluate on a small order. What only an order's metadata can decide is not known yet."""
    try:
        result = condition.program.execute(cel.Context(variables=_values(condition, _SMALL)))
    except (KeyboardInterrupt, SystemExit):
        raise
    except LookupError:
        return  # a key of metadata, an item or a category: events may have it
    except BaseException as error:
        if any("metadata" in path for path in condition.shape.names):
            return
        raise invalid(words(error)) from error
    if type(result) is not bool:
        raise invalid(f"the result must be true or false, not {type(result).__name__}")


def _line(number: int) -> Line:
    # Texts of digits, so that conditions may convert them; numbers that seldom cancel out.
    return Line(
        line=str(number),
        quantity=Fraction(2),
        amount=10_037,
        total=9_041,
        kind="1",
        item=str(number),
        sku=str(number),
        categories=("1", "2", "3"),
    )


def _order(lines: int) -> OrderFacts:
    return OrderFacts(
        amount=10_037 * lines,
        discount=996 * lines,
        total=9_041 * lines,
        lines=tuple(map(_line, range(1, lines + 1))),
        money="EUR",
        paid_with_points=17,
        channel="1",
        location="1",
    )


_FACTS: Final = Facts(
    at=1_767_225_600_000_000,
    timezone="UTC",
    joined_at=1_750_000_000_000_000,
    standings=tuple(Standing(group, group, "1") for group in range(1, 6)),
    segments=frozenset(map(str, range(1, 21))),
    event_name="1",
    totals=Totals(orders=7, visits=5, sold=90_413, paid=80_417),
)
_SMALL: Final = _order(2)
_LARGE: Final = _order(500)


def _values(condition: Condition, order: OrderFacts) -> dict[str, Any]:
    return values(condition.shape.names, _FACTS, order)


@lru_cache(maxsize=16)
def _sizes(names: frozenset[Path]) -> Sizes:
    """Those of the large order. The conditions of a rule often read the same."""
    return Sizes(values(names, _FACTS, _LARGE))
