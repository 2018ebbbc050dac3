"""The time that conditions take at most, estimated before they begin.

The library evaluates without pause and cannot be stopped, so that a condition is only begun if
its estimate is within the bound. The rates were measured: a read of a field copies its value, a
read through several fields copies each of them, and a `+` copies both sides. An operator that does
not fit its values writes them into its error, even if `||` then makes up for it.
"""

from typing import Any, Final

from stampbook.loyalty.conditions.shape import EACH, Part, Path, Shape

BOUND_NS: Final = 5_000_000
"""The most that one condition may take on one event by the estimate. Errors that are written for
nothing take up to three times as much; the promise is 20 ms."""

LARGEST: Final = 8_000
"""The most elements that the values of an event may have in all: their conversion takes a
microsecond each. An order with 500 lines, read in all fields, has 5,500: 500 more for each
category that all lines have, and 1,000 for each key of their metadata that is read."""

SMALL: Final = 100
"""Values with at most this many elements in all: most events."""

_TOKEN_NS: Final = 25
_ELEMENT_NS: Final = 75
_ROUND_NS: Final = 700
_BIG: Final = 2_000
_BIG_FACTOR: Final = 8
"""What an element of a value with more than `_BIG` of them costs in an error."""

_CHARACTERS: Final = 32
"""The characters of a text that count as one element."""

_UNKNOWN: Final = 2
"""The size of a value that is missing, as metadata are when a condition is saved."""

_LOOKUP: Final = 8
"""What a look-up by key copies: the sums of one item or category."""


class TooMuch(Exception):
    """The event has more than a condition can go through in time."""


class Sizes:
    """How many elements there are in the values of an event, each found once.

    Raises TooMuch for more than `LARGEST` elements in all.
    """

    def __init__(self, values: dict[str, Any]) -> None:
        self._values = values
        self._found: dict[int, int] = {}
        self._each: dict[Path, int] = {}
        self.total = sum(map(self._size, values.values()))

    def _size(self, value: Any) -> int:
        """The elements at all levels of a value."""
        kind = type(value)
        if kind is str:
            return 1 + len(value) // _CHARACTERS
        if kind is not dict and kind is not list:
            return 1
        found = self._found.get(id(value))
        if found is None:
            found = 1
            if kind is dict:
                for key, each in value.items():
                    # Most values are short texts and numbers: a call for each would take longer.
                    of = type(each)
                    if of is str:
                        found += 1 + len(each) // _CHARACTERS
                    elif of is dict or of is list:
                        found += self._size(each)
                    else:
                        found += 1
                    found += len(key) // _CHARACTERS
            elif len(value) <= LARGEST:
                for each in value:
                    found += self._size(each)
            else:
                found = len(value)
            if found > LARGEST:
                raise TooMuch("the event is too large for conditions on it")
            self._found[id(value)] = found
        return found

    def estimate(self, shape: Shape) -> int:
        """The nanoseconds that a condition takes at most."""
        total = 0
        for part in shape.parts:
            rounds = 1
            if part.over is not None:
                rounds = self._length(part.over)
                total += self._size(self._value(part.over)) * _ELEMENT_NS
            total += _part(part, rounds, sum(map(self._read, part.reads)))
        return total

    def _read(self, path: Path) -> int:
        """The elements that a read of the path copies at most."""
        if EACH not in path:
            return self._along(self._values.get(path[0]), path[1:])
        at = path.index(EACH)
        # A line's fields differ in size. What is below a field, or in another list, is taken as
        # equal, so that no text can make the estimate itself take long.
        depth = at + 2 if path[0] == "lines" else at + 1
        found = self._each.get(path[:depth])
        if found is None:
            each = self._value(path[:at])
            steps = path[at + 1 : depth]
            sizes = (self._along(value, steps) for value in each or ())
            found = self._each[path[:depth]] = max(sizes, default=1)
        return found * (1 + len(path) - len(path[:depth]))

    def _along(self, value: Any, steps: Path) -> int:
        """What a read of these fields copies: the value of each step on the way."""
        copied = 0 if steps else self._size(value)
        for step in steps:
            value = value.get(step) if isinstance(value, dict) else None
            if value is None:
                break
            copied += self._size(value)
        return copied * _BIG_FACTOR if copied > _BIG else max(copied, _UNKNOWN)

    def _value(self, path: Path) -> Any:
        value: Any = self._values
        for step in path:
            value = value.get(step) if isinstance(value, dict) else None
        return value if isinstance(value, dict | list) else None

    def _length(self, path: Path) -> int:
        value = self._value(path)
        return 1 if value is None else len(value)


def worst_of_small(shape: Shape) -> int:
    """The estimate for values of `SMALL` elements, wherever the condition reads them."""
    return sum(
        _part(
            part,
            SMALL if part.over else 1,
            sum(SMALL * len(path) for path in (*part.reads, part.over or ())),
        )
        for part in shape.parts
    )


def _part(part: Part, rounds: int, copied: int) -> int:
    copied += _LOOKUP * len(part.lookups)
    once = part.tokens * _TOKEN_NS + copied * (1 + part.joins) * _ELEMENT_NS
    return rounds * (once + _ROUND_NS) if part.over else once
