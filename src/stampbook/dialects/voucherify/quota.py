"""How many calls an API key may make in an hour, and the headers that tell it.

Counted in this process alone: with several servers a key has its calls on each of them.
"""

from typing import Final, NamedTuple

from stampbook.domain.model import MICROSECONDS

WINDOW_S: Final = 3600
CALLS: Final = 3_600_000
"""A thousand a second on the average: it stops a runaway loop and disturbs nobody else."""


class Standing(NamedTuple):
    """What is left to a key in this hour, and the unix second at which the next begins."""

    limit: int
    remaining: int
    resets_at_s: int


class Quota:
    """Counts calls by API key; the counts of a window are dropped when it ends."""

    def __init__(self, calls: int = CALLS, *, window_s: int = WINDOW_S) -> None:
        self._calls = calls
        self._window_s = window_s
        self._window = 0
        self._made: dict[int, int] = {}

    def take(self, api_key: int, *, now: int) -> Standing | None:
        """Count one call at the instant; None if the key has none left."""
        window, resets_at_s = self._at(now)
        if window != self._window:
            self._window = window
            self._made.clear()
        made = self._made.get(api_key, 0)
        if made >= self._calls:
            return None
        self._made[api_key] = made + 1
        return Standing(self._calls, self._calls - made - 1, resets_at_s)

    def wait_s(self, now: int) -> int:
        """Seconds until the next window begins."""
        return self._at(now)[1] - now // MICROSECONDS

    def _at(self, now: int) -> tuple[int, int]:
        window = now // (self._window_s * MICROSECONDS)
        return window, (window + 1) * self._window_s
