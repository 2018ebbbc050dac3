"""How far the log of the primary had come at which instants.

A replica that has replayed the log up to a mark has everything that was committed before the mark's
instant. So its age is measured on one clock, that of this server, and a primary on which nothing
happens does not make its replicas look old.
"""

from bisect import bisect_right
from operator import attrgetter
from typing import Final, NamedTuple

MOST: Final = 20_000
"""Marks that are kept: an hour and more. What is older than all of them is of no age."""


class Mark(NamedTuple):
    """Up to the byte `lsn` of the timeline, the log has all that was committed before `at`."""

    at: int
    lsn: int
    timeline: int


class Marks:
    """The marks of one timeline, in order."""

    def __init__(self) -> None:
        self._marks: list[Mark] = []

    @property
    def last(self) -> Mark | None:
        """The newest one."""
        return self._marks[-1] if self._marks else None

    def note(self, mark: Mark) -> None:
        """Add a mark that was made just now."""
        last = self.last
        if last is not None and (mark.timeline != last.timeline or mark.lsn < last.lsn):
            # Another server has taken over. Bytes of the former timeline count no more: a standby
            # may have replayed some that the new primary never had.
            self._marks.clear()
        # After the clock was set back, no mark may lie in the future.
        while self._marks and (self._marks[-1].at > mark.at or self._marks[-1].lsn == mark.lsn):
            self._marks.pop()
        self._marks.append(mark)
        if len(self._marks) > MOST:
            del self._marks[: MOST // 10]

    def upto(self, lsn: int, timeline: int) -> int | None:
        """The instant before which all that was committed is among the first `lsn` bytes; None if
        no mark says it."""
        last = self.last
        if last is None or last.timeline != timeline:
            return None
        found = bisect_right(self._marks, lsn, key=attrgetter("lsn"))
        return self._marks[found - 1].at if found else None
