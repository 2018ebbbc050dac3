"""Visits as this process last knew them.

A remembered visit may be out of date, since other processes change visits too. It only saves
reading a visit before a submission: that is guarded by the remembered version, and an answer that
wrote nothing must not rest on a remembered visit.
"""

from collections import OrderedDict
from typing import Final

from stampbook.visits.whole import Found

MAX_PIECES: Final = 64_000
"""How many visits, records, lines and parts are kept, half a kilobyte each."""


class Visits:
    """The visits that were used last; see the module."""

    def __init__(self, max_pieces: int = MAX_PIECES) -> None:
        self._max_pieces = max_pieces
        self._found: OrderedDict[int, Found] = OrderedDict()
        self._pieces = 0

    def __len__(self) -> int:
        return len(self._found)

    def recall(self, number: int, *, tenant: int) -> Found | None:
        """The tenant's visit of that number as it was last known."""
        found = self._found.get(number)
        return found if found is not None and found.visit.tenant == tenant else None

    def keep(self, found: Found) -> None:
        """Remember the visit as it has just been read or written."""
        number = found.visit.number
        self.forget(number)
        self._found[number] = found
        self._pieces += _pieces(found)
        while self._pieces > self._max_pieces:
            self.forget(next(iter(self._found)))

    def forget(self, number: int) -> None:
        """Forget a visit that was changed: it must be read again."""
        found = self._found.pop(number, None)
        if found is not None:
            self._pieces -= _pieces(found)


def _pieces(found: Found) -> int:
    visit = found.visit
    return (
        1
        + len(visit.records)
        + len(visit.lines)
        + len(visit.payments)
        + len(visit.discounts)
        + len(visit.parts)
    )
