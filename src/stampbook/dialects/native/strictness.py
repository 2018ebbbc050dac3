"""What JSON allows and the native API refuses: a name that is twice in one object, and objects and
lists in one another beyond MAX_DEPTH.
"""

import math
import re
from collections.abc import Iterator
from json import JSONDecoder
from typing import Any, Final, NoReturn

from stampbook.dialects.native.problems import Failure, Fault, invalid

MAX_DEPTH: Final = 32
"""Objects and lists in one another, with the body itself."""


class _Repeated(Exception):
    """A name is twice in an object."""


class _Pairs(list[tuple[str, Any]]):
    """An object with everything that was written in it."""


def _unrepeated(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise _Repeated
    return made


_NAMES: Final = re.compile(rb'"([^"]*")\s*:|"[^"]*"')
"""The names in a body without escapes, each with its closing quote; for other texts nothing."""

_read: Final = JSONDecoder(object_pairs_hook=_unrepeated, parse_int=str, parse_float=str).decode
"""Numbers stay texts: Python would refuse some that are not even looked at here."""
_read_all: Final = JSONDecoder(object_pairs_hook=_Pairs, parse_int=str, parse_float=str).decode


def check(body: bytes) -> None:
    """Raises Failure (422). The body must be JSON in UTF-8."""
    # Brackets within texts are counted, too: only then are the real ones looked for.
    is_shallow = body.count(b"{") + body.count(b"[") <= MAX_DEPTH
    if is_shallow and b"\\" not in body:
        names = [name for name in _NAMES.findall(body) if name]
        if len(set(names)) == len(names):
            return  # no name is twice, in whichever objects they are
    try:
        value = _read(body.decode())
    except _Repeated:
        _refuse_repeated(body)
    except RecursionError:
        raise too_deep("") from None
    if not is_shallow:
        _check_depth(value)


def escape(step: str) -> str:
    """A name as one step of a JSON pointer (RFC 6901)."""
    return step.replace("~", "~0").replace("/", "~1")


def too_deep(pointer: str) -> Failure:
    """The refusal of what is nested too deeply."""
    what = f"is nested more than {MAX_DEPTH} deep"
    return invalid(f"{pointer or 'the body'} {what}", Fault(what, pointer=pointer))


def pointer_to_no_number(body: bytes) -> str | None:
    """Where a body that would be JSON otherwise has NaN or an infinity."""
    try:
        value = _read_all(body.decode())
    except (ValueError, RecursionError):
        return None
    for pointer, each in _walked(value):
        if isinstance(each, float) and not math.isfinite(each):
            return pointer
    return None


def _refuse_repeated(body: bytes) -> NoReturn:
    for pointer, each in _walked(_read_all(body.decode())):
        if isinstance(each, _Pairs):
            names = [name for name, _ in each]
            for name in names:
                if names.count(name) > 1:
                    place = f"{pointer}/{escape(name)}"
                    raise invalid(f"{place} is given twice", Fault("is given twice", pointer=place))
    raise AssertionError("one of the names is repeated")


def _check_depth(value: Any) -> None:
    level = [value]
    for _ in range(MAX_DEPTH):
        level = [
            one
            for each in level
            for one in (each.values() if isinstance(each, dict) else each)
            if isinstance(one, dict | list)
        ]
    if level:
        deep = (at for at, each in _walked(value) if at.count("/") == MAX_DEPTH and each in level)
        raise too_deep(next(deep))


def _walked(value: Any) -> Iterator[tuple[str, Any]]:
    """Every value, each with the pointer to it, in the order in which they were written."""
    left = [("", value)]
    while left:
        pointer, each = left.pop()
        yield pointer, each
        inner: list[tuple[str, Any]] = []
        if isinstance(each, dict | _Pairs):
            pairs = each.items() if isinstance(each, dict) else each
            inner = [(f"{pointer}/{escape(name)}", one) for name, one in pairs]
        elif isinstance(each, list):
            inner = [(f"{pointer}/{at}", one) for at, one in enumerate(each)]
        left += reversed(inner)
