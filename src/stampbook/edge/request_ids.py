"""A name for each request, in its answer and beside what is logged about it.

A caller may bring a name of their own in `X-Request-Id`: then that is the request's, so that one
name leads through several systems' logs.
"""

import re
from itertools import count
from secrets import token_hex
from typing import Final

HEADER: Final = b"x-request-id"

_process = token_hex(6)
_numbers = count(1)

_is_name = re.compile(rb"[\x21-\x7e]{1,128}").fullmatch


def request_id_of(headers: dict[bytes, bytes]) -> str:
    """The name that the caller brings, if it is one; otherwise a new one, different from every
    other, in this process and in others."""
    brought = headers.get(HEADER)
    if brought is None or not _is_name(brought):
        return f"req_{_process}{next(_numbers):x}"
    return brought.decode("ascii")
