"""What the events of journal rows show and the rows do not have, as it was right after the row.

The journal only grows, so what was true after a row is the same whenever it is asked.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from stampbook.domain.model import Transaction
from stampbook.events import types
from stampbook.events.model import Event
from stampbook.events.values import currencies_of, read_value
from stampbook.ledger.journal import lots, rows
from stampbook.ledger.journal.lots import DatedLot
from stampbook.ledger.journal.rows import CurrentRow
from stampbook.programs import currencies
from stampbook.storage.store import Store

Row = tuple[int, int]
"""An account, and the number of a row of its journal."""

WITH_ORIGINAL: Final = frozenset({types.CANCELLED, types.RESTORED, types.RELEASED})
ABOUT_LOTS: Final = frozenset({types.ACTIVATED, types.EXPIRED})


class Facts(NamedTuple):
    """`values` of rows of the outbox, by the event's id, and `scales` of currencies. By row: the
    original that it goes back to with its standing, and lots that it moved, by number."""

    values: Mapping[str, Any]
    scales: Mapping[int, int]
    originals: Mapping[Row, CurrentRow]
    lots: Mapping[Row, Mapping[int, DatedLot]]


async def gather(store: Store, tenant: int, events: Iterable[Event]) -> Facts:
    """What these events show beside their rows."""
    values = {
        event.id: read_value(event.type, event.outgoing.value)
        for event in events
        if event.outgoing is not None
    }
    currencies_: set[int] = set()
    undone: dict[Row, Transaction] = {}
    wanted: dict[Row, set[int]] = defaultdict(set)
    for event in events:
        if event.row is None:
            currencies_ |= currencies_of(values[event.id])
            continue
        row = event.row.row
        currencies_.add(event.row.currency)
        if event.type in WITH_ORIGINAL:
            undone[row.account, row.seq] = row
        if event.type in ABOUT_LOTS:
            wanted[row.account, row.seq].add(event.lot)
    return Facts(
        values,
        await currencies.scales(store, currencies_, tenant=tenant),
        await _originals(store, list(undone.values())),
        await lots.after_rows(store, wanted),
    )


async def _originals(store: Store, undone: Sequence[Transaction]) -> dict[Row, CurrentRow]:
    return {
        (each.account, each.seq): found
        for each in undone
        if (found := await rows.original_after(store, each)) is not None
    }
