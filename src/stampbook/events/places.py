"""Places in the feed of events, and the cursors that name them.

A place is the journal row or outbox row up to which a reader has come: `position` is the row's,
`number` that of an outbox row (0 for a row of the journal, which comes before the outbox rows of
its position). A row of the journal may have several events, and `done` is how many of them the
reader has; 0: all.
"""

import re
from typing import Final, NamedTuple

from stampbook.storage import positions
from stampbook.storage.outbox import reading as outbox
from stampbook.storage.store import Store

Key = tuple[int, int]


class Place(NamedTuple):
    """See the module."""

    position: int = 0
    number: int = 0
    done: int = 0

    @property
    def key(self) -> Key:
        return self.position, self.number


START: Final = Place(0, -1)
"""Before the first event: there may be rows at position 0 that are no movements."""


class Cursor(NamedTuple):
    """A place, and what else the reader began with: `since`, before which nothing was recorded
    that they see (0: all), and up to where rows had been deleted already."""

    place: Place
    since: int = 0
    pruned: Key = (0, 0)

    def __str__(self) -> str:
        place = self.place
        values = (place.position, place.number + 1, place.done, self.since, *self.pruned)
        return "c" + "_".join(f"{value:x}" for value in values)


_CURSOR: Final = re.compile(r"c" + "_".join(["(0|[1-9a-f][0-9a-f]{0,15})"] * 6))
_MOST: Final = 2**63


def read_cursor(text: str) -> Cursor | None:
    """The cursor of its spelling; None for any other text."""
    found = _CURSOR.fullmatch(text)
    if found is None:
        return None
    values = [int(each, 16) for each in found.groups()]
    if max(values) >= _MOST:
        return None
    position, number, done, since, *pruned = values
    return Cursor(Place(position, number - 1, done), since, (pruned[0], pruned[1]))


async def end_of(store: Store) -> Place:
    """The place of the last row up to which the feed is complete.

    It is that of a row that is there, of whatever tenant: never the gate itself, since after a
    crash the server may draw positions again that no committed row has.
    """
    gate = await store.complete_upto()
    # In this order: a row of the outbox that is committed between the two reads on SQLite has a
    # position that is not below the last of the journal, and is found later.
    outgoing = await outbox.last_upto(store, gate)
    return Place(*max((await positions.last_upto(store, gate), 0), outgoing))


async def before_instant(store: Store, instant: int) -> Place:
    """A place before all rows that were recorded at the instant or later, and not long before.

    Rows do not come exactly in the order of their instants: a transaction that lasts commits later
    than others that began after it, and clocks of servers differ, but by less than SLACK.
    """
    low, high = 0, (await end_of(store)).position
    wanted = instant - SLACK
    while low < high:
        middle = (low + high) // 2
        at = await positions.recorded_after(store, middle)
        if at is None or at >= wanted:
            high = middle
        else:
            low = middle + 1
    return Place(low, -1)


SLACK: Final = 900 * 1_000_000
"""Microseconds by which rows may be out of order."""
