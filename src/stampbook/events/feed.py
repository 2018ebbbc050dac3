"""The feed of events: those of the journal's rows and those of the outbox, each once, in one order
that never changes.

The order is that of places: position, the journal before the outbox, number. Both tables are
complete up to the gate of ledger/following/feed.py, since rows of the outbox draw their positions
as the journal's do, and every row above a reader's place appears above it. A reader keeps a cursor
and asks for later events whenever it likes; nothing is kept about readers.
"""

from collections.abc import AsyncGenerator, Iterable, Sequence
from typing import Final, NamedTuple

from stampbook.domain.model import Kind, Transaction
from stampbook.events import movements, types
from stampbook.events.model import Event, of_outbox
from stampbook.events.places import START, Cursor, Key, Place, end_of
from stampbook.loyalty.events import storing
from stampbook.loyalty.events.model import EVENT_SUBJECT
from stampbook.pacing import Slices
from stampbook.storage.outbox import reading as outbox
from stampbook.storage.outbox.reading import OutboxRow
from stampbook.storage.positions import (
    LAST,
    MOST_BETWEEN,
    FeedRow,
    last_upto,
    rows_of_tenant,
)
from stampbook.storage.store import Store

NARROWEST: Final = 500
WIDEST: Final = MOST_BETWEEN - 1
"""How many positions one read looks through: few at first, since most are what is asked for. That
of the place itself may be looked at, too."""

NO_MORE: Final = 2**62
"""Above the number of any row of the outbox."""

MOST_POSITIONS: Final = 64_000
"""How many positions are looked through for one page. A page may be empty although more follows."""


class Expired(Exception):
    """Events after the cursor were deleted because of their age."""


class Unknown(Exception):
    """The cursor lies beyond the feed: it was given out by a database that had more of it, before
    an older copy was restored. What comes next here would be skipped."""


class Wanted(NamedTuple):
    """Whose events are wanted. `programs` None: all, and what belongs to no program."""

    tenant: int
    programs: frozenset[int] | None = None
    account: int | None = None
    types: frozenset[str] = frozenset(types.TYPES)


class Page(NamedTuple):
    """Events, the cursor for what comes after them, and whether something may."""

    events: Sequence[Event]
    cursor: Cursor
    more: bool


async def read(store: Store, wanted: Wanted, cursor: Cursor, *, limit: int) -> Page:
    """The next events after the cursor, at most `limit`. Raises Expired and Unknown.

    What it costs is bounded by `limit` and MOST_POSITIONS, however rare the wanted ones are.
    """
    await _check(store, wanted, cursor)
    end = await end_of(store)
    if cursor.place.key > end.key:
        await _check_known(store, cursor)
    found: list[Event] = []
    place, width, slices = cursor.place, min(max(NARROWEST, 2 * limit), WIDEST), Slices()
    last = place.position + MOST_POSITIONS
    while (place.done or place.key < end.key) and len(found) <= limit and place.position < last:
        rows = await _rows(store, wanted, place, end, width=width, limit=limit + 1 - len(found))
        for event in await _events(store, wanted.tenant, *rows[:2]):
            await slices.pause()
            if event.type in wanted.types and event.at >= cursor.since and _is_after(event, place):
                found.append(event)
        place = rows.reached
        width = min(2 * width, WIDEST)
    if len(found) > limit:
        return Page(found[:limit], cursor._replace(place=found[limit - 1].place), more=True)
    return Page(found, cursor._replace(place=place), more=place.key < end.key)


async def of_person(
    store: Store, *, tenant: int, members: Sequence[int], accounts: Sequence[int]
) -> AsyncGenerator[Sequence[Event], None]:
    """All events about these members and accounts that are kept, page by page: those of each
    member, and then those of each account, in their order."""
    for member in members:
        after: Key = START.key
        while rows := await outbox.rows_of_member(
            store, tenant=tenant, member=member, after=after, limit=NARROWEST
        ):
            after = rows[-1].position, rows[-1].number
            yield [of_outbox(row) for row in rows]
    pruned = await outbox.pruned_upto(store, tenant)
    for account in accounts:
        cursor, more = Cursor(START, pruned=pruned), True
        while more:
            events, cursor, more = await read(
                store, Wanted(tenant, account=account), cursor, limit=NARROWEST
            )
            if events:
                yield events


async def before_last(store: Store, wanted: Wanted, number: int) -> Place:
    """The place after which the last `number` events are to be read, or fewer if there are no more
    of them within the last MOST_POSITIONS."""
    end = await end_of(store)
    found: list[Event] = []
    high, width, slices = end, min(max(NARROWEST, 2 * number), WIDEST), Slices()
    lowest = max(0, end.position - MOST_POSITIONS)
    while True:
        # Windows lie one below the other, and each begins before the first row of a position.
        low = Place(max(lowest, high.position - width), -1)
        events = []
        for event in await _between(store, wanted, low, high):
            await slices.pause()
            if event.type in wanted.types:
                events.append(event)
        found = events + found
        if len(found) > number:
            return found[-number - 1].place
        if low.position == lowest:
            return low
        high, width = Place(low.position - 1, NO_MORE), min(2 * width, WIDEST)


async def _between(store: Store, wanted: Wanted, low: Place, high: Place) -> Sequence[Event]:
    """All events of rows after the one place and up to the other, of the types that share a table
    with the wanted ones."""
    found: list[Event] = []
    place = low
    while place.key < high.key:
        width = high.position - place.position
        rows = await _rows(store, wanted, place, high, width=width, limit=WIDEST)
        found += await _events(store, wanted.tenant, *rows[:2])
        place = rows.reached
    return found


def _is_after(event: Event, place: Place) -> bool:
    """Whether a reader at the place does not have the event, which is of its row or a later one."""
    return event.place.key > place.key or not 0 < event.place.done <= place.done


async def _check(store: Store, wanted: Wanted, cursor: Cursor) -> None:
    pruned = await outbox.pruned_upto(store, wanted.tenant)
    if pruned > max(cursor.place.key, cursor.pruned):
        raise Expired


async def _check_known(store: Store, cursor: Cursor) -> None:
    """A cursor names a row that was there. It may still be above the gate, which an open writer
    holds back; otherwise it was deleted, or is not of this database. Raises Unknown."""
    last = max(
        (await last_upto(store, LAST), 0),
        await outbox.last_upto(store, LAST),
        await outbox.last_pruned(store),
    )
    if cursor.place.key > last:
        raise Unknown


class _Rows(NamedTuple):
    """Rows of both tables, and the place up to which they are all of the wanted ones."""

    movements: Sequence[FeedRow]
    outgoing: Sequence[OutboxRow]
    reached: Place


async def _rows(
    store: Store, wanted: Wanted, after: Place, end: Place, *, width: int, limit: int
) -> _Rows:
    upto = end.position if wanted.account else min(after.position + width, end.position)
    programs = ", ".join(str(each) for each in sorted(wanted.programs or ()))
    reached = end if upto == end.position else Place(upto + 1, -1)
    if wanted.programs is not None and not programs:
        return _Rows((), (), reached)
    moved: Sequence[FeedRow] = ()
    outgoing: Sequence[OutboxRow] = ()
    if wanted.types & types.OF_ROWS:
        # The row of the place itself, if some of its events are still to come.
        first = after.position - 1 if after.done or after.number < 0 else after.position
        account = wanted.account
        moved = await rows_of_tenant(
            store,
            tenant=wanted.tenant,
            after=first,
            upto=upto,
            programs=programs,
            account=None if account is None else (account % store.shards, account),
            limit=limit,
        )
        if len(moved) == limit:
            reached = Place(moved[-1].position)
    if wanted.types - types.OF_ROWS:
        outgoing = await outbox.rows_between(
            store,
            tenant=wanted.tenant,
            after=after.key,
            upto=min(reached.key, end.key),
            programs=programs,
            account=wanted.account,
            limit=limit,
        )
        if len(outgoing) == limit:
            reached = Place(outgoing[-1].position, outgoing[-1].number)
    within = reached.key
    return _Rows([each for each in moved if (each.position, 0) <= within], outgoing, reached)


async def _events(
    store: Store, tenant: int, moved: Sequence[FeedRow], outgoing: Iterable[OutboxRow]
) -> list[Event]:
    """The events of the rows, in order."""
    given = [each.row.number for each in moved if _may_be_award(each.row)]
    awards = await storing.awards_numbered(store, given, tenant=tenant) if given else {}
    found = [event for row in moved for event in movements.of_row(row, awards.get(row.row.number))]
    found += map(of_outbox, outgoing)
    return sorted(found, key=_key)  # stable: the events of one row stay in their order


def _may_be_award(row: Transaction) -> bool:
    """Benefits of points are accrued for an event, too."""
    return row.kind is Kind.ACCRUE and (row.subject or "").startswith(EVENT_SUBJECT)


def _key(event: Event) -> Key:
    return event.place.key
