"""How many calls somebody may make in a window of time, as vendors limit them.

Counted in this process alone: with several of them, everybody has their calls on each. Our own
limits are buckets, which all processes share; see docs/decisions/0176-pace.md.
"""

from collections.abc import Hashable
from typing import Final, NamedTuple

from stampbook.domain.model import MICROSECONDS

MAX_COUNTED: Final = 10_000
"""Callers that are counted at once; when there are more, all begin anew."""


class Standing(NamedTuple):
    """What is left in this window, and the unix second at which the next begins."""

    limit: int
    remaining: int
    resets_at_s: int


class Quota:
    """Counts calls by who makes them; the counts of a window are dropped when it ends."""

    def __init__(self, calls: int, *, window_s: int) -> None:
        self._calls = calls
        self._window_s = window_s
        self._window_us = window_s * MICROSECONDS
        self._window = 0
        self._made: dict[Hashable, int] = {}

    def take(self, who: Hashable, *, now: int) -> Standing | None:
        """Count one call at the instant (microseconds UTC); None if none was left."""
        window = now // self._window_us
        if window != self._window:
            self._window = window
            self._made.clear()
        made = self._made.get(who, 0)
        if not made and len(self._made) >= MAX_COUNTED:
            self._made.clear()
        if made >= self._calls:
            return None
        self._made[who] = made + 1
        return Standing(self._calls, self._calls - made - 1, (window + 1) * self._window_s)

    def wait_s(self, now: int) -> int:
        """Seconds until the next window begins."""
        return (now // self._window_us + 1) * self._window_s - now // MICROSECONDS
