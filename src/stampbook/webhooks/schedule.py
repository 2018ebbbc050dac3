"""When attempts are made: a pure function of what has come of the earlier ones."""

from collections.abc import Callable, Sequence
from typing import Final

from stampbook.domain.model import MICROSECONDS

SPREAD: Final = 0.2
"""Waits differ by up to this share, so that what failed together does not come back together."""

MAX_RETRY_AFTER_S: Final = 86_400
"""For how long an endpoint may ask to be left alone."""

PROBE_FROM: Final = 5
"""After this many failures in a row, one attempt at a time shows whether the endpoint is back."""

MOST_AT_ONCE: Final = 8
"""Requests that one endpoint gets at the same time."""

QUIET: Final = 86_400 * MICROSECONDS
"""An endpoint at which nothing succeeded for this long is disabled when a delivery gives up."""

Chance = Callable[[], float]
"""A number from 0 to 1."""


def next_attempt(
    waits_s: Sequence[int], made: int, *, now: int, retry_after_s: int | None, chance: Chance
) -> int | None:
    """When the next attempt is due, after `made` of them have failed; None: there is no further.

    An endpoint that asks for more time gets it, up to a day.
    """
    if made > len(waits_s):
        return None
    wait_s = waits_s[made - 1] * (1 - SPREAD + 2 * SPREAD * chance())
    asked_s = min(retry_after_s or 0, MAX_RETRY_AFTER_S)
    return now + round(max(wait_s, asked_s) * MICROSECONDS)


def most_at_once(failures: int) -> int:
    """How many requests an endpoint may get at the same time, after that many failures in a row."""
    return 1 if failures >= PROBE_FROM else MOST_AT_ONCE
