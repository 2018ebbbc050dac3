"""Numbers that are known before their rows are written.

One commit writes an event with its awards and journal rows, which name the event. So the database
cannot give the number.
"""

from random import getrandbits

_EPOCH_MS = 1_767_225_600_000
"""2026-01-01 in milliseconds since 1970 UTC."""

_RANDOM_BITS = 12
"""2^53 leaves 41 bits for milliseconds: 69 years."""

_NEAR = 1 << 20
"""A quarter of a second: a clock that goes back by less gives no number twice."""

_last = 0


def new_number(now: int) -> int:
    """A number below 2^53 that no other row of its table has, rising with `now` (microseconds).

    Within a process no two are the same; of two processes in one millisecond one in thousands is,
    and the primary key refuses the second.
    """
    global _last  # noqa: PLW0603 - a process has one sequence
    begin = max(now // 1000 - _EPOCH_MS, 1) << _RANDOM_BITS
    if begin <= _last < begin + _NEAR:
        _last += 1
    else:
        # No secret: it only keeps two processes apart. A fork seeds anew.
        _last = begin + getrandbits(_RANDOM_BITS)
    return _last
