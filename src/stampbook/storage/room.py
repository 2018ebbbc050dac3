"""Whether the database has room for writes, by the outcome of the last ones."""

import time
from collections.abc import Callable

RETRY_S = 5.0
"""How long a write that found no room counts, before another one is tried."""

NEEDED = 1024 * 1024
"""Bytes that a write needs at most: a large batch and its log."""


class Room:
    """Remembers whether writes found room. `now_s` is a clock that never runs back."""

    def __init__(self, now_s: Callable[[], float] = time.monotonic) -> None:
        self._now_s = now_s
        self._lacked_at_s: float | None = None

    @property
    def was_lacking(self) -> bool:
        """Whether a write found no room, and none has succeeded since."""
        return self._lacked_at_s is not None

    @property
    def is_lacking(self) -> bool:
        """As `was_lacking`, less than RETRY_S ago."""
        return self._lacked_at_s is not None and self._now_s() < self._lacked_at_s + RETRY_S

    def lacked(self) -> None:
        """Note that a write found no room."""
        self._lacked_at_s = self._now_s()

    def sufficed(self) -> None:
        """Note that a write succeeded."""
        self._lacked_at_s = None
