"""The evaluation of accepted conditions on an event."""

from collections.abc import Iterable
from fractions import Fraction
from typing import Any

import cel

from stampbook.loyalty.conditions.compiling import Condition, compiled
from stampbook.loyalty.conditions.costs import BOUND_NS, SMALL, Sizes, size
from stampbook.loyalty.conditions.faults import InvalidCondition
from stampbook.loyalty.conditions.shape import Path
from stampbook.loyalty.conditions.values import values
from stampbook.loyalty.model import Facts, OrderFacts


class TooMuch(Exception):
    """The event has more than the condition can go through in time."""


class Evaluation:
    """Conditions of one event. The values that they read are converted once."""

    def __init__(
        self,
        texts: Iterable[str],
        facts: Facts,
        order: OrderFacts | None = None,
        *,
        whole: OrderFacts | None = None,
        names: frozenset[Path] | None = None,
    ) -> None:
        """`texts` are all conditions that may be asked, `names` what they read, if that is known.

        `order` is what is left of `whole`, if something of it was taken back.
        """
        self._names = names_of(texts) if names is None else names
        self._facts = facts
        self._order = order
        self._whole = whole
        self._context: cel.Context | None = None
        self._sizes: Sizes | None = None
        """None: the values are small."""

    def holds(self, text: str) -> bool | str:
        """Whether the condition is true. A text says why it has no answer. Never raises."""
        found = self._result(text)
        if found is True or found is False:
            return found
        if isinstance(found, _Failed):
            return found.text
        return f"the result is {_name_of(found)}, not true or false"

    def number(self, text: str) -> Fraction | str:
        """The result of a formula. A text says why it has none. Never raises."""
        found = self._result(text)
        if isinstance(found, _Failed):
            return found.text
        if type(found) is int:
            return Fraction(found)
        if type(found) is float and abs(found) < float("inf"):
            return Fraction(repr(found))
        return f"the result is {_name_of(found)}, not a number"

    def _result(self, text: str) -> Any:
        try:
            condition = compiled(text)
            context = self._context or self._convert()
            if self._sizes is not None or not condition.is_light:
                self._check_size(condition)
            return condition.program.execute(context)
        except (KeyboardInterrupt, SystemExit):
            raise
        except BaseException as error:
            # A fault of the library, written in Rust, would not be an Exception.
            return _Failed(words(error))

    def _convert(self) -> cel.Context:
        found = values(self._names, self._facts, self._order, self._whole)
        context = cel.Context(variables=found)
        if sum(map(size, found.values())) > SMALL:
            self._sizes = Sizes(found)
        self._context = context
        return context

    def _check_size(self, condition: Condition) -> None:
        if self._sizes is not None and self._sizes.estimate(condition.shape) > BOUND_NS:
            raise TooMuch("the event is too large for the condition")


class _Failed:
    """Why there is no result."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text


def names_of(texts: Iterable[str]) -> frozenset[Path]:
    """What the conditions read."""
    found: set[Path] = set()
    for text in texts:
        try:
            found |= compiled(text).shape.names
        except InvalidCondition:
            continue  # it will say so when it is asked
    return frozenset(found)


def words(error: BaseException) -> str:
    """An error of an evaluation, short enough to be stored and shown."""
    if isinstance(error, InvalidCondition | TooMuch):
        return str(error)[:200]
    if isinstance(error, KeyError):
        return f"missing: {error.args[0] if error.args else error}"[:200]
    return f"{type(error).__name__}: {error}"[:200]


def _name_of(value: Any) -> str:
    return "null" if value is None else type(value).__name__
