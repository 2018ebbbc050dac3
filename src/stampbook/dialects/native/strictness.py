"""What JSON allows and the native API refuses: a name that is twice in one object, NaN, and what
edge/bodies.py bounds. Each refusal points to its place.
"""

import math
import re
from collections import Counter
from collections.abc import Iterator
from json import JSONDecoder
from typing import Any, Final, NoReturn

from msgspec import UNSET, UnsetType
from msgspec.json import decode, encode

from stampbook.dialects.native.problems import Failure, Fault, invalid
from stampbook.edge.bodies import (
    MAX_DEPTH,
    MAX_NUMBER,
    Excess,
    excess_of,
    without_texts,
)

MAX_EXAMINED: Final = 256 * 1024
"""Bytes of a body in which the place of what is wrong with it is looked for."""


class _Pairs(list[tuple[str, Any]]):
    """An object with everything that was written in it."""


NAMES: Final = re.compile(rb'"([^"]*")\s*:|"[^"]*"')
"""The names in a body without escapes, each with its closing quote; for other texts nothing."""

FEW: Final = 4 * 1024
"""Bytes of a body whose names are compared with one another, in whichever objects they are. A till
sends no more."""


class _Number(str):
    """A number as it was written: Python would refuse some that are not even looked at here."""


_read_all: Final = JSONDecoder(
    object_pairs_hook=_Pairs, parse_int=_Number, parse_float=_Number
).decode


def check_bounds(body: bytes, under: str = "") -> None:
    """Raises Failure (422) for what no body may have. It need not be JSON."""
    excess = excess_of(body, around=under.count("/"))
    if excess is None:
        return
    pointer: str | UnsetType = UNSET
    if excess is not Excess.VALUES and len(body) <= MAX_EXAMINED:
        pointer = _pointer_to(excess, body, under)
    raise beyond(excess, pointer)


def beyond(excess: Excess, pointer: str | UnsetType = UNSET) -> Failure:
    """The refusal of a body that exceeds the bound, there if it is known."""
    return invalid(f"{pointer or 'the body'} {excess.value}", Fault(excess.value, pointer=pointer))


def check_names(body: bytes, under: str = "") -> None:
    """Raises Failure (422) if a name is twice in one object. The body must be JSON in UTF-8."""
    # Objects keep one of each name: the others are missing in what is written again.
    if without_texts(body).count(b":") != without_texts(encode(decode(body))).count(b":"):
        _refuse_repeated(body, under)


def escape(step: str) -> str:
    """A name as one step of a JSON pointer (RFC 6901). Half a character, which JSON can write and
    UTF-8 cannot, is written as a replacement character."""
    step = step.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return step.replace("~", "~0").replace("/", "~1")


def pointer_to_no_number(body: bytes) -> str | None:
    """Where a body that would be JSON otherwise has NaN or an infinity."""
    for pointer, each in _walked_in(body):
        if isinstance(each, float) and not math.isfinite(each):
            return pointer
    return None


def _pointer_to(excess: Excess, body: bytes, under: str) -> str | UnsetType:
    most = MAX_DEPTH - under.count("/")
    for pointer, each in _walked_in(body):
        if excess is Excess.NUMBER:
            if isinstance(each, _Number) and len(each) > MAX_NUMBER:
                return under + pointer
        elif isinstance(each, list) and pointer.count("/") == most:
            return under + pointer
    return UNSET


def _refuse_repeated(body: bytes, under: str) -> NoReturn:
    for pointer, each in _walked(_read_all(body.decode())):
        if isinstance(each, _Pairs):
            names = Counter(name for name, _ in each)
            twice = next((name for name, count in names.items() if count > 1), None)
            if twice is not None:
                place = f"{under}{pointer}/{escape(twice)}"
                raise invalid(f"{place} is given twice", Fault("is given twice", pointer=place))
    raise AssertionError("one of the names is repeated")


def _walked_in(body: bytes) -> Iterator[tuple[str, Any]]:
    """What is in a body; nothing if it is too large to look, or no JSON."""
    if len(body) > MAX_EXAMINED:
        return
    try:
        value = _read_all(body.decode())
    except (ValueError, RecursionError):
        return
    yield from _walked(value)


def _walked(value: Any) -> Iterator[tuple[str, Any]]:
    """Every value, each with the pointer to it, in the order in which they were written."""
    left = [("", value)]
    while left:
        pointer, each = left.pop()
        yield pointer, each
        inner: list[tuple[str, Any]] = []
        if isinstance(each, _Pairs):
            inner = [(f"{pointer}/{escape(name)}", one) for name, one in each]
        elif isinstance(each, list):
            inner = [(f"{pointer}/{at}", one) for at, one in enumerate(each)]
        left += reversed(inner)
