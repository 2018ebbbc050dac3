"""JSON bodies: bytes → frozen structs, every defect with a pointer to it.

Texts with NUL are refused here, for every field: PostgreSQL cannot store it. What else JSON allows
and this API does not: dialects/native/strictness.py.
"""

import re
from typing import Any, Final, TypeVar

from msgspec import UNSET, DecodeError, ValidationError
from msgspec.json import Decoder, decode

from stampbook.dialects.native.problems import Failure, Fault, invalid
from stampbook.dialects.native.strictness import check, escape, pointer_to_no_number, too_deep
from stampbook.edge.bodies import MAX_VALUES, is_crowded, without_mark

Shape = TypeVar("Shape")

_PLACE = re.compile(r"(?P<what>.*?)(?: - at `(?P<key>key in )?\$(?P<path>.*)`)?", re.DOTALL)
_STEP = re.compile(r"\.([^.\[\]]+)|\[([0-9]+)\]")
"""A field or a place in a list. A name within metadata is `[...]` and no step: it is not known."""

_NAMED = re.compile(r"Object (?:missing required|contains unknown) field `(.*)`", re.DOTALL)


def read(decoder: Decoder[Shape], body: bytes, *, under: str = "") -> Shape:
    """The body as the decoder's struct. Raises Failure (422).

    `under` is the pointer to the body's place in a larger one.
    """
    body = without_mark(body)
    if is_crowded(body):
        raise invalid(TOO_MANY, Fault(TOO_MANY))
    if b"\\u0000" in body:
        _refuse_nul(body, under)
    try:
        shape = decoder.decode(body)
    except ValidationError as error:
        raise _at_its_place(str(error), under) from None
    except RecursionError:
        raise too_deep(under) from None
    except (DecodeError, UnicodeDecodeError) as error:
        where = pointer_to_no_number(body)
        place = UNSET if where is None else under + where
        fault = Fault(_first_line(error), pointer=place)
        raise invalid("the body is not JSON in UTF-8", fault) from None
    if not under:  # what lies in a larger body was checked with it
        check(body)
    return shape


TOO_MANY: Final = f"the body has more than {MAX_VALUES} values"


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]


def _at_its_place(message: str, under: str) -> Failure:
    """msgspec's message as a pointer and a sentence."""
    found = _PLACE.fullmatch(message)
    assert found is not None
    steps = [name or index for name, index in _STEP.findall(found["path"] or "")]
    what = found["what"]
    named = _NAMED.fullmatch(what)
    if named:
        steps.append(named[1])
        what = "is missing" if "missing" in what else "is not a field of this request"
    pointer = under + "".join(f"/{escape(step)}" for step in steps)
    return invalid(f"{pointer or 'the body'}: {what}", Fault(what, pointer=pointer))


def _refuse_nul(body: bytes, under: str) -> None:
    """The bytes may hold an escaped NUL: find out whether a text really does."""
    try:
        pointer = _pointer_to_nul(decode(body))
    except (DecodeError, ValidationError, UnicodeDecodeError, RecursionError):
        return
    if pointer is not None:
        pointer = under + pointer
        raise invalid(
            f"{pointer or 'the body'} contains the character NUL",
            Fault("must not contain the character NUL", pointer=pointer),
        )


def _pointer_to_nul(value: Any) -> str | None:
    if isinstance(value, str):
        return "" if "\0" in value else None
    if isinstance(value, dict):
        if any("\0" in key for key in value):
            return ""
        inner = ((f"/{escape(key)}", each) for key, each in value.items())
    elif isinstance(value, list):
        inner = ((f"/{index}", each) for index, each in enumerate(value))
    else:
        return None
    for step, each in inner:
        found = _pointer_to_nul(each)
        if found is not None:
            return step + found
    return None
