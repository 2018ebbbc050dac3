"""The database cannot be used: what callers learn of it, in every dialect with status 503."""

import logging
import time
from typing import Final

from stampbook.storage.store import NoRoom, OutcomeUnknown, Unavailable

LOG_EVERY_S: Final = 1.0
"""While the database is away, every request fails for the same reason: one line tells it."""

UNKNOWN: Final = (
    "the database was lost while saving: repeat the request with its idempotency key"
    " to learn whether it has had its effect"
)
AWAY: Final = "the database does not answer; nothing was done, try again shortly"
FULL: Final = "the database has no room left on its disk; nothing was done, try again later"
"""Each dialect has words of its own for it; see `is_full`."""


def is_full(detail: str) -> bool:
    """Whether a failure's detail is that of a full disk."""
    return detail == FULL


class Seldom(logging.Filter):
    """Lets one record pass in LOG_EVERY_S."""

    _next_s = 0.0

    def filter(self, record: logging.LogRecord) -> bool:
        now_s = time.monotonic()
        passes = now_s >= self._next_s
        if passes:
            self._next_s = now_s + LOG_EVERY_S
        return passes


log = logging.getLogger(__name__)
log.addFilter(Seldom())


def told(error: Unavailable | OutcomeUnknown) -> str:
    """A sentence for the caller, who may try again; the operator finds the cause in the log."""
    if isinstance(error, NoRoom):
        log.error("the database has no room left: %s", error)
        return FULL
    log.warning("the database does not answer: %s", error)
    return UNKNOWN if isinstance(error, OutcomeUnknown) else AWAY
