"""Visits as this process last knew them, and the locations where they took place.

A remembered visit may be out of date, since other processes change visits too. It only saves
reading a visit before a submission: that is guarded by the remembered version, and an answer that
wrote nothing must not rest on a remembered visit. Of a location, believe only what never changes:
its number, tenant and program.
"""

from collections import OrderedDict
from typing import Final

from stampbook.visits.model import Location
from stampbook.visits.whole import FoundVisit

MAX_PIECES: Final = 64_000
"""How many visits, records, lines and parts are kept, half a kilobyte each."""

MAX_LOCATIONS: Final = 10_000
"""Locations remembered at once; when there are more, all are read again."""


class Visits:
    """The visits that were used last; see the module."""

    def __init__(self, max_pieces: int = MAX_PIECES) -> None:
        self._max_pieces = max_pieces
        self._found: OrderedDict[int, FoundVisit] = OrderedDict()
        self._pieces = 0
        self._locations: dict[int, Location] = {}
        self.recall = self._found.get
        """The visit of that number as it was last known, whichever tenant's it is."""
        self.location = self._locations.get
        """The location of that number, if a visit there was remembered, whichever tenant's it is.
        """

    def __len__(self) -> int:
        return len(self._found)

    def keep(self, found: FoundVisit) -> None:
        """Remember the visit as it has just been read or written."""
        number = found.visit.number
        if len(self._locations) >= MAX_LOCATIONS:
            self._locations.clear()
        self._locations[found.location.number] = found.location
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


def _pieces(found: FoundVisit) -> int:
    visit = found.visit
    return (
        1
        + len(visit.records)
        + len(visit.lines)
        + len(visit.payments)
        + len(visit.discounts)
        + len(visit.parts)
    )
