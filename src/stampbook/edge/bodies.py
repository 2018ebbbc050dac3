"""What is true of the bodies of all dialects, before any of them reads one."""

from typing import Final

BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"
"""Windows writes it before a text in UTF-8; it is no part of the text."""

MAX_VALUES: Final = 200_000
"""Commas in a body, which bound the values of all its lists and objects. They are counted before
anything is made of them: ten megabytes of `{},` would become gigabytes of objects. A bulk of 1,000
operations has a tenth of it."""


def without_mark(body: bytes) -> bytes:
    """The body without a byte order mark before it."""
    return body.removeprefix(BYTE_ORDER_MARK)


def is_crowded(body: bytes) -> bool:
    """Whether a body may have more values than MAX_VALUES."""
    return len(body) > MAX_VALUES and body.count(b",") > MAX_VALUES
