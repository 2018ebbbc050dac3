"""Log lines about faults that repeat: at most one of a kind in a time, with the number left out.

Anybody can send garbage as fast as the network carries it, and while a database is away every
request fails for the same reason; the log must not grow at that speed.
"""

import logging
from collections.abc import Callable, Mapping
from time import monotonic
from typing import Any, Final

EVERY_S: Final = 1.0


class Noticed:
    """Writes to a logger. Kinds are few and named in the code, never by a caller.

    A line has the number of those of its kind that were left out since the last one: `suppressed`.
    """

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

    def leaves_out(self, kind: str) -> bool:
        """Whether a line of the kind would be left out now; if so, it has been. For what is dear to
        put into words: while a server is slow, all of its requests are."""
        if self._now_s() - self._written.get(kind, -self._every_s) >= self._every_s:
            return False
        self._left_out[kind] = self._left_out.get(kind, 0) + 1
        return True

    def say(
        self,
        kind: str,
        message: str,
        *values: object,
        level: int = logging.WARNING,
        fields: Mapping[str, Any] | None = None,
    ) -> None:
        """Write the line, unless one of its kind was written a moment ago (`every_s`).

        `fields` go into the line as they are: see logs.py.
        """
        if self.leaves_out(kind):
            return
        self._written[kind] = self._now_s()
        extra = dict(fields or {})
        if left_out := self._left_out.pop(kind, 0):
            extra["suppressed"] = left_out
        self._log.log(level, message, *values, extra={"fields": extra})
