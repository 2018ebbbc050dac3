"""The time that an evaluation takes at most, estimated before it begins.

The library evaluates without pause and cannot be stopped, so that a condition is only begun if
its estimate is within the bound. The rates were measured; a read of a field copies its value, a
read through several fields copies each of them, and a `+` copies both sides.
"""

from typing import Any, Final

from stampbook.loyalty.conditions.shape import COUNT, EACH, Part, Path, Shape

BOUND_NS: Final = 10_000_000
"""The most that one condition may take on one event. Half of what is promised, as machines and
moments differ."""

SMALL: Final = 100
"""Values with at most this many elements in all: most events."""

_TOKEN_NS: Final = 25
_ELEMENT_NS: Final = 75
_ROUND_NS: Final = 700
_CHARACTERS: Final = 32
"""A text counts as an element for every so many characters."""


def size(value: Any) -> int:
    """How many elements there are in a value, at all its levels."""
    kind = type(value)
    if kind is str:
        return 1 + len(value) // _CHARACTERS
    if kind is dict:
        return 1 + sum(2 + len(key) // _CHARACTERS + size(each) for key, each in value.items())
    if kind is list or kind is tuple:
        return 1 + sum(map(size, value))
    return 1


def worst_of_small(shape: Shape) -> int:
    """The estimate for values of `SMALL` elements, wherever the condition reads them."""
    return sum(
        _part(part, SMALL if part.over else 1, SMALL * 3 * (len(part.reads) + 1))
        for part in shape.parts
    )


class Sizes:
    """Sizes of values by their paths, each found once."""

    def __init__(self, values: dict[str, Any]) -> None:
        self._values = values
        self._found: dict[Path, int] = {}

    def estimate(self, shape: Shape) -> int:
        """The nanoseconds that a condition takes at most."""
        total = 0
        for part in shape.parts:
            rounds, copied = 1, 0
            if part.over is not None:
                rounds = self._length(part.over)
                total += self.read(part.over) * _ELEMENT_NS
            copied += sum(map(self.read, part.reads)) + 8 * len(part.lookups)
            total += _part(part, rounds, copied)
        return total

    def read(self, path: Path) -> int:
        """The elements that a read of the path copies at most."""
        found = self._found.get(path)
        if found is None:
            found = self._found[path] = self._copied(path)
        return found

    def _copied(self, path: Path) -> int:
        if EACH in path:
            at = path.index(EACH)
            each = self._value(path[:at])
            if not isinstance(each, list | dict):
                return 1
            return max((_along(value, path[at + 1 :]) for value in each), default=1)
        return _along(self._values.get(path[0]), path[1:])

    def _value(self, path: Path) -> Any:
        value: Any = self._values
        for step in path:
            value = value.get(step) if isinstance(value, dict) else None
        return value

    def _length(self, path: Path) -> int:
        value = self._value(path)
        return len(value) if isinstance(value, list | dict) else 1


def _part(part: Part, rounds: int, copied: int) -> int:
    once = part.tokens * _TOKEN_NS + copied * (1 + part.joins) * _ELEMENT_NS
    return rounds * (once + _ROUND_NS) if part.over else once


def _along(value: Any, steps: Path) -> int:
    """What reading these fields of a value copies: each one on the way."""
    if not steps or steps == (COUNT,):
        return size(value)
    copied = 0
    for step in steps:
        value = value.get(step) if isinstance(value, dict) else None
        if value is None:
            break
        copied += size(value)
    return max(copied, _UNKNOWN)


_UNKNOWN: Final = 2
"""The size of a value that is missing, as metadata are when a condition is saved."""
