"""When a request is sent again, and after how long."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import Final

AGAIN: Final = frozenset({429, 502, 503, 504})
"""Statuses that may be otherwise the next time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Retries:
    """A request is sent again after a lost connection and after 429, 502, 503 and 504.

    It is sent `most` times more: first after `first_s` seconds, then after twice as long each time,
    up to `longest_s`. Each wait is shortened by up to a half at random, so that clients do not come
    back together.

    A `Retry-After` is obeyed; one of more than `patience_s` seconds is not waited for. Writes carry
    an idempotency key, so none is done twice.
    """

    most: int = 4
    first_s: float = 0.5
    longest_s: float = 8.0
    patience_s: float = 60.0
    draw: random.Random = field(default_factory=random.Random, repr=False, compare=False)

    def wait_s(self, failures: int, asked_s: float | None = None) -> float | None:
        """How long to wait after this many failures; None: give up."""
        if failures > self.most or (asked_s is not None and asked_s > self.patience_s):
            return None
        doubled = min(self.longest_s, self.first_s * 2.0 ** min(failures - 1, 30))
        return max(doubled * (0.5 + self.draw.random() / 2), asked_s or 0.0)


def asked_for(text: str | None) -> float | None:
    """The seconds of a `Retry-After`; None where it says none, or a date."""
    if text is None or not (text.isascii() and text.isdigit()):
        return None
    return float(text)
