"""Periods of reports."""

from bisect import bisect_right
from collections.abc import Sequence
from typing import Final, NamedTuple

from stampbook.domain.model import FOREVER, MICROSECONDS

SLOT: Final = 15 * 60 * MICROSECONDS
"""The database sums by quarters of an hour: days begin with one in every time zone."""


class Spans(NamedTuple):
    """The periods of a report: each begins at an edge, and the last edge ends the last one.

    Edges between the first and the last must be begins of days.
    """

    edges: Sequence[int]

    @property
    def since(self) -> int:
        return self.edges[0]

    @property
    def until(self) -> int:
        return self.edges[-1]

    @property
    def slot(self) -> int:
        """How long what the database sums is at most."""
        return SLOT if len(self.edges) > 2 else FOREVER

    def begin(self, slot: int) -> int:
        """The begin of the period in which a slot lies, by the slot's number."""
        at = bisect_right(self.edges, slot * self.slot) - 1
        return self.edges[max(at, 0)]

    def begin_of(self, at: int) -> int:
        """The begin of the period in which an instant lies."""
        return self.edges[bisect_right(self.edges, at) - 1]
