"""Sums of journals as of every 500th row, kept in the process.

What a row leaves behind is known by all rows before it. A list that tells it would read them again
for each of its pages.
"""

from collections import OrderedDict
from typing import Final

EVERY: Final = 500
"""Rows between two sums that are kept."""

MAX_KEPT: Final = 50_000
"""Sums of one process, some 100 bytes each: those of 25 million rows."""


class Totals:
    """Which sums are known. Rows of a journal never change, so neither does what is kept."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[int, int], int] = OrderedDict()

    def before(self, account: int, seq: int) -> tuple[int, int]:
        """The last row before `seq` whose sum is known, and the sum; (0, 0): none is."""
        for at in range((seq - 1) // EVERY * EVERY, 0, -EVERY):
            total = self._kept.get((account, at))
            if total is not None:
                self._kept.move_to_end((account, at))
                return at, total
        return 0, 0

    def keep(self, account: int, seq: int, total: int) -> None:
        """Remember the sum as of a row whose number `EVERY` divides."""
        if seq % EVERY == 0:
            self._kept[account, seq] = total
            if len(self._kept) > MAX_KEPT:
                self._kept.popitem(last=False)
