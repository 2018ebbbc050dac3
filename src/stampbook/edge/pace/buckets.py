"""Token buckets in memory that all processes of a server share; bounded, and without a lock.

A bucket is one number: the instant at which it will be full again (the "theoretical arrival time"
of the generic cell rate algorithm, GCRA). A full bucket says nothing, so its slot can be given to
another caller at any time: what is kept has a fixed size, however many callers there are.

Two processes that take from a bucket at the very same time may read the same number, and one of
both tokens is not counted. Each looks again just before it writes, which leaves some tens of
nanoseconds for that. A process that loses its processor in that moment writes an old number much
later: so each process remembers the last number that it wrote, and never counts from a smaller one.
A collision thus costs at most one token of each process, far less than a tenth of the limit.
"""

from array import array
from collections.abc import Hashable
from mmap import mmap
from typing import Final, NamedTuple

SLOTS: Final = 16_384
"""Buckets of a region that are not full at the same time; beyond that, the fullest is forgotten."""

WAYS: Final = 8
"""Slots in which a caller's bucket may be."""

KEYS: Final = 0
ADDRESSES: Final = 1
PROVEN: Final = 2
"""Regions: strangers with many addresses must not push out the buckets of keys."""

REGIONS: Final = 3

MINUTE_NS: Final = 60_000_000_000
SECOND_NS: Final = 1_000_000_000
BURST: Final = 6
"""The part of a minute's requests that may come at once: a sixth, which is ten seconds' worth."""

TRIES: Final = 3
"""How often a request looks again when another process has taken a token meanwhile."""


class Taken(NamedTuple):
    """What came of asking for a token. `wait_ns` until there is one: 0, if it was taken.

    `remaining` are the tokens that are left, `full_in_ns` is when the bucket will be full.
    """

    wait_ns: int
    remaining: int
    full_in_ns: int


class Buckets:
    """See the module. To be made before the processes are forked, which then share it."""

    def __init__(self) -> None:
        size = REGIONS * SLOTS * 2
        self._words = memoryview(mmap(-1, size * 8)).cast("q")
        self._own = array("q", bytes(size * 8))  # what this process wrote last, not shared

    def take(self, region: int, name: Hashable, *, a_minute: int, now_ns: int) -> Taken:
        """Take one of the tokens of the name, if there is one, at an instant."""
        interval = MINUTE_NS // a_minute
        depth = -(-a_minute // BURST) * interval
        words, own, place = self._words, self._own, self._place(region, name)
        least = own[place] if own[place - 1] == words[place - 1] else 0
        for _ in range(TRIES):
            found = words[place]
            # A clock that was set back must not make anybody wait for more than one token.
            full_at = min(max(found, least, now_ns), now_ns + depth)
            left = now_ns + depth - full_at - interval
            if left < 0:
                return Taken(-left, 0, full_at - now_ns)
            if words[place] == found:
                break
        words[place] = own[place] = full_at + interval
        own[place - 1] = words[place - 1]
        return Taken(0, left // interval, full_at + interval - now_ns)

    def is_empty(self, region: int, name: Hashable, *, a_minute: int, now_ns: int) -> bool:
        """Whether `take` would have to wait."""
        interval = MINUTE_NS // a_minute
        depth = -(-a_minute // BURST) * interval
        full_at = min(max(self._words[self._place(region, name)], now_ns), now_ns + depth)
        return now_ns + depth - full_at < interval

    def mark(self, name: Hashable, *, now_ns: int) -> None:
        """Remember that the name was proven, until many others were proven after it."""
        self._words[self._place(PROVEN, name)] = now_ns

    def is_marked(self, name: Hashable) -> bool:
        """Whether the name was marked and is not forgotten."""
        return self._words[self._place(PROVEN, name)] != 0

    def _place(self, region: int, name: Hashable) -> int:
        """Where the number of the name is. A name that is new takes the place of the one whose
        bucket is the fullest: nothing is lost if that one is full."""
        words, print_of = self._words, hash((region, name)) or 1
        first = region * SLOTS * 2 + (print_of % (SLOTS // WAYS)) * WAYS * 2
        oldest, least = first, words[first + 1]
        for place in range(first, first + WAYS * 2, 2):
            if words[place] == print_of:
                return place + 1
            if words[place + 1] < least:
                oldest, least = place, words[place + 1]
        words[oldest + 1] = 0
        words[oldest] = print_of
        return oldest + 1
