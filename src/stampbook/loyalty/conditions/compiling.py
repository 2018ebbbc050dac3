"""Conditions as they run. They are compiled once and kept while they are used."""

from typing import Final, NamedTuple

import cel

from stampbook.loyalty.conditions import costs
from stampbook.loyalty.conditions.faults import invalid
from stampbook.loyalty.conditions.shape import Shape, shape


class Condition(NamedTuple):
    """A compiled condition. `is_light`: on small values it needs no estimate."""

    program: cel.Program
    shape: Shape
    is_light: bool


MAX_KEPT: Final = 400_000
"""The characters of all texts that are kept compiled: about 20 MB, or 4,000 usual conditions."""


def compiled(text: str) -> Condition:
    """The text as a condition. Raises InvalidCondition for what can have no shape or is no CEL.

    What else makes a text acceptable is checked when it is saved.
    """
    found = _kept.get(text)
    if found is None:
        found = _kept.add(text, _compile(text))
    return found


def _compile(text: str) -> Condition:
    found = shape(text)
    try:
        program = cel.compile(text)
    except ValueError as error:
        raise invalid(_parsers_words(str(error))) from error
    return Condition(program, found, costs.worst_of_small(found) <= costs.BOUND_NS)


def _parsers_words(message: str) -> str:
    """The first complaint of the parser, without the text that it repeats."""
    _, found, complaint = message.partition("ERROR: <input>:")
    return complaint.splitlines()[0][:300] if found else message[:300]


class _Kept:
    """The conditions compiled last, up to a number of characters."""

    def __init__(self) -> None:
        self._by_text: dict[str, Condition] = {}
        self._characters = 0

    def get(self, text: str) -> Condition | None:
        return self._by_text.get(text)

    def add(self, text: str, condition: Condition) -> Condition:
        if text not in self._by_text:
            self._by_text[text] = condition
            self._characters += len(text)
            while self._characters > MAX_KEPT:
                oldest = next(iter(self._by_text))
                del self._by_text[oldest]
                self._characters -= len(oldest)
        return condition


_kept = _Kept()
