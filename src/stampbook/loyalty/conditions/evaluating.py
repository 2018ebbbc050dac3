"""The evaluation of accepted conditions on an event."""

import re
from collections.abc import Iterable
from typing import Any, Final, NamedTuple

import cel

from stampbook.loyalty.conditions.compiling import Condition, compiled
from stampbook.loyalty.conditions.costs import BOUND_NS, LARGEST, SMALL, Sizes, TooMuch
from stampbook.loyalty.conditions.faults import InvalidCondition
from stampbook.loyalty.conditions.grammar import FUNCTIONS
from stampbook.loyalty.conditions.shape import Path
from stampbook.loyalty.conditions.values import values
from stampbook.loyalty.model import Facts, OrderFacts


class _Ready(NamedTuple):
    """Values as the library takes them."""

    context: cel.Context
    sizes: Sizes
    is_small: bool


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
        self._ready: _Ready | None = None
        self._apart: dict[frozenset[Path], _Ready | Exception] = {}
        """By what a condition reads, if the values for all conditions cannot be had at once."""

    def holds(self, text: str) -> bool | str:
        """Whether the condition is true. A text says why it has no answer. Never raises."""
        try:
            condition = compiled(text)
            ready = self._ready or self._prepare(condition)
            if not (ready.is_small and condition.is_light):
                self._check_cost(condition, ready)
            found = condition.program.execute(ready.context)
        except (KeyboardInterrupt, SystemExit):
            raise
        except BaseException as error:
            # A fault of the library, written in Rust, would not be an Exception.
            return words(error)
        if found is True or found is False:
            return found
        return f"the result is {_name_of(found)}, not true or false"

    def _check_cost(self, condition: Condition, ready: _Ready) -> None:
        if ready.sizes.estimate(condition.shape) > BOUND_NS:
            raise TooMuch("the event is too large for the condition")

    def _prepare(self, condition: Condition) -> _Ready:
        """The values for all conditions. If they are too many, or one of them cannot be
        converted, those for this one: it may do without."""
        if not self._apart:
            everything = self._converted(self._names)
            if isinstance(everything, _Ready):
                self._ready = everything
                return everything
            self._apart[self._names] = everything
        names = condition.shape.names
        if names not in self._apart:
            self._apart[names] = self._converted(names)
        found = self._apart[names]
        if isinstance(found, Exception):
            raise found.with_traceback(None)
        return found

    def _converted(self, names: frozenset[Path]) -> _Ready | Exception:
        try:
            return self._convert(names)
        except Exception as error:
            return error

    def _convert(self, names: frozenset[Path]) -> _Ready:
        found = values(names, self._facts, self._order, self._whole)
        sizes = Sizes(found)
        if sizes.total > LARGEST:
            raise TooMuch("the event is too large for conditions on it")
        return _Ready(cel.Context(variables=found), sizes, sizes.total <= SMALL)


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
    text = str(error)
    unfit = _UNFIT.match(text)
    if unfit and unfit[1] in FUNCTIONS:
        return f"{unfit[1]} cannot be applied to this value"
    # The sentences that follow advise a programmer.
    return f"{type(error).__name__}: {text.partition('. ')[0]}"[:200]


_UNFIT: Final = re.compile("Undefined variable or function: '([A-Za-z]+)'")
"""What the library also says of a function that it has, but not for such a value."""


def _name_of(value: Any) -> str:
    return "null" if value is None else type(value).__name__
