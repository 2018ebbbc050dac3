"""What never changes of locations: their number, tenant and program."""

from typing import Final

from stampbook.visits.model import Location

MAX_REMEMBERED: Final = 10_000
"""Locations remembered at once; when there are more, all are read again."""


class Places:
    """Remembers locations that were read. Their titles and time zones may have changed since."""

    def __init__(self) -> None:
        self._by_number: dict[int, Location] = {}

    def remembered(self, number: int, *, tenant: int) -> Location | None:
        """The tenant's location of that number, if it was read before."""
        found = self._by_number.get(number)
        return found if found is not None and found.tenant == tenant else None

    def note(self, location: Location) -> None:
        """Remember a location that was read."""
        if len(self._by_number) >= MAX_REMEMBERED:
            self._by_number.clear()
        self._by_number[location.number] = location
