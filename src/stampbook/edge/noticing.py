"""Log lines about what strangers do: at most one of a kind in a time, with the number left out.

Anybody can send garbage as fast as the network carries it; the log must not grow at that speed.
"""

import logging
from collections.abc import Callable
from time import monotonic
from typing import Final

EVERY_S: Final = 1.0


class Noticed:
    """Writes warnings to a logger. Kinds are few and named in the code, never by a caller."""

    def __init__(
        self,
        log: logging.Logger,
        *,
        every_s: float = EVERY_S,
        now_s: Callable[[], float] = monotonic,
    ) -> None:
        self._log = log
        self._every_s = every_s
        self._now_s = now_s
        self._written: dict[str, float] = {}
        self._left_out: dict[str, int] = {}

    def say(self, kind: str, message: str, *values: object) -> None:
        """Write the line, unless one of its kind was written a moment ago (`every_s`)."""
        now_s = self._now_s()
        if now_s - self._written.get(kind, -self._every_s) < self._every_s:
            self._left_out[kind] = self._left_out.get(kind, 0) + 1
            return
        self._written[kind] = now_s
        left_out = self._left_out.pop(kind, 0)
        more = f" ({left_out} more of this kind since the last line)" if left_out else ""
        self._log.warning(message + more, *values)
