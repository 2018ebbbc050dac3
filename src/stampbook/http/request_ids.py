"""A name for each request, in its answer and beside what is logged about it."""

from itertools import count
from secrets import token_hex

_process = token_hex(6)
_numbers = count(1)


def new_request_id() -> str:
    """Different from every other, in this process and in others."""
    return f"req_{_process}{next(_numbers):x}"
