"""What is true of the bodies of all dialects, before any of them reads one.

All of it is looked for at the speed of the interpreter's own searches: a mebibyte takes a few
milliseconds, and the body of a till's request less than one of them in a thousand.
"""

import re
from collections.abc import Iterable
from enum import Enum
from typing import Final

from msgspec import Struct
from msgspec.json import encode

BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"
"""Windows writes it before a text in UTF-8; it is no part of the text."""

MAX_VALUES: Final = 200_000
"""Values of all lists and objects of a body: ten megabytes of `{},` would become gigabytes of
objects. A bulk of 1,000 operations has a tenth of it."""

MAX_OBJECTS: Final = 100_000
"""Lists and objects of a body: each takes several times as long to make as a value does."""

MAX_DEPTH: Final = 64
"""Objects and lists in one another, with the body itself."""

MAX_NUMBER: Final = 40
"""Characters of a number: twice as many as the largest amount has."""

MAX_ITEMS: Final = 1_000
"""Items of a list, unless the reference says less (or, with its reason, more)."""

MAX_TEXT: Final = 1_000
"""Characters of a text, unless the reference says less."""

MAX_METADATA: Final = 64 * 1024
"""Bytes of metadata, as compact JSON: notes, not documents."""

WORTH_A_LOOK: Final = MAX_METADATA // 8
"""Bytes of a body in which metadata can be too large: numbers may grow when they are written."""

MAX_ENTRY: Final = 1024 * 1024
"""Bytes of one entry of a bulk or a batch: as many as it could have in a request of its own."""


class Excess(Enum):
    """A bound of all JSON bodies, in the words of its refusal."""

    VALUES = f"has more than {MAX_VALUES} values, or {MAX_OBJECTS} lists and objects"
    DEPTH = f"is nested more than {MAX_DEPTH} deep"
    NUMBER = f"has a number with more than {MAX_NUMBER} characters"


def is_crowded(body: bytes) -> bool:
    """Whether a body may have more values than MAX_VALUES, each of which has a comma or a bracket,
    or more lists and objects than MAX_OBJECTS."""
    if len(body) <= MAX_OBJECTS:
        return False
    objects = body.count(b"[") + body.count(b"{")
    return objects > MAX_OBJECTS or objects + body.count(b",") > MAX_VALUES


def excess_of(body: bytes, *, around: int = 0) -> Excess | None:
    """The bound that a JSON body exceeds, if it does. Of what is no JSON, nothing is promised.

    `around`: how deep the body itself lies in a larger one.
    """
    if len(body) > MAX_OBJECTS and is_crowded(body):
        return Excess.VALUES
    most = MAX_DEPTH - around
    is_deep = body.count(b"[") + body.count(b"{") > most  # or there are some within texts
    # `find`, because `in` would try an integer first.
    if not is_deep and (len(body) <= MAX_NUMBER or body.translate(NUMERIC).find(LONG_NUMBER) < 0):
        return None
    bare = without_texts(body)
    if bare.translate(NUMERIC).find(LONG_NUMBER) >= 0:
        return Excess.NUMBER
    return Excess.DEPTH if is_deep and _is_deeper(bare, most) else None


def without_texts(body: bytes) -> bytes:
    """A JSON body without the contents of its texts and names."""
    if b"\\" in body:
        body = body.replace(b"\\\\", b"").replace(b'\\"', b"")
    return b'""'.join(body.split(b'"')[::2])


def has_nul(body: bytes) -> bool:
    """Whether a JSON body has a text with an escaped NUL in it."""
    return b"\\u0000" in body and b"\\u0000" in body.replace(b"\\\\", b"")


# -- numbers ----------------------------------------------------------------------------------

NUMERIC: Final = bytes(0x30 if byte in b"0123456789+-.eE" else 0x20 for byte in range(256))
LONG_NUMBER: Final = b"0" * (MAX_NUMBER + 1)


# -- depth ------------------------------------------------------------------------------------

_ALIKE: Final = bytes.maketrans(b"{}", b"[]")
_OTHERS: Final = bytes(byte for byte in range(256) if byte not in b"[]{}")
_RUNS: Final = re.compile(rb"\[+|\]+")
_ROUNDS: Final = 8


def _is_deeper(bare: bytes, most: int) -> bool:
    """Whether brackets lie in one another more than `most` deep.

    Each round takes away the innermost ones. After a few rounds, what is left are so few and so
    long runs of brackets that they can be counted one by one.
    """
    brackets = bare.translate(_ALIKE, _OTHERS)
    for _ in range(_ROUNDS):
        brackets = brackets.replace(b"[]", b"")
    depth = 0
    for run in _RUNS.findall(brackets):
        depth += len(run) if run[0] == 0x5B else -len(run)
        if depth + _ROUNDS > most:
            return True
    return False


# -- metadata ---------------------------------------------------------------------------------


def too_large_in(value: object, pointer: str = "") -> str | None:
    """The pointer to an object that is kept as it is and has more than MAX_METADATA bytes.

    `value` is a body that was read: of objects whose names the reference lists, as structs, and of
    others, which are kept, as dictionaries of anything.
    """
    inner: Iterable[tuple[str, object]]
    if isinstance(value, Struct):
        names = zip(value.__struct_fields__, value.__struct_encode_fields__, strict=True)
        inner = ((name, getattr(value, field)) for field, name in names)
    elif isinstance(value, dict):
        if not any(isinstance(each, Struct) for each in value.values()):
            return pointer if len(encode(value)) > MAX_METADATA else None
        inner = value.items()
    elif isinstance(value, list | tuple):
        inner = ((str(at), each) for at, each in enumerate(value))
    else:
        return None
    for name, each in inner:
        found = too_large_in(each, f"{pointer}/{name}")
        if found is not None:
            return found
    return None
