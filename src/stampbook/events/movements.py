"""The events of a row of the journal: a pure function of the row."""

from collections import defaultdict
from typing import Final

from stampbook.domain.model import AVAILABLE, EXPIRED, PENDING, Kind, Transaction
from stampbook.events import types
from stampbook.events.model import Event, id_of
from stampbook.events.places import Place
from stampbook.loyalty.model import Award
from stampbook.storage.positions import FeedRow

_OF_LOTS: Final = {types.ACTIVATED: (PENDING, AVAILABLE), types.EXPIRED: (None, EXPIRED)}


def named(row: Transaction) -> list[tuple[str, int]]:
    """The types of the row's events with the lots that they are about (0: none), in order."""
    found: list[tuple[str, int]] = []
    if not row.by_clock:
        found.append((types.CREATED, 0))
    if row.kind is Kind.CANCEL:
        found.append((types.CANCELLED, 0))
        if row.link > 1:
            found.append((types.RESTORED, 0))
    if row.kind is Kind.RELEASE:
        found.append((types.RELEASED, 0))
    for name in _OF_LOTS:
        found += [(name, lot) for lot in sorted(moved(row, name))]
    return found


def moved(row: Transaction, name: str) -> dict[int, int]:
    """How much of which lots the row has activated, or let expire, more than it took back."""
    source, target = _OF_LOTS[name]
    amounts: dict[int, int] = defaultdict(int)
    for each in row.postings:
        if each.target is target and source in (None, each.source):
            amounts[each.lot] += each.amount
        elif each.source is target and source in (None, each.target):
            amounts[each.lot] -= each.amount
    return {lot: amount for lot, amount in amounts.items() if lot and amount > 0}


def of_row(row: FeedRow, award: Award | None) -> list[Event]:
    """The events of a row, in order. `award`: what the row has given by a rule, if anything."""
    movement = row.row
    every = named(movement)
    if award is not None:
        every.append((types.AWARDED, 0))
    return [
        Event(
            id_of(movement.hash, name.encode(), str(lot).encode()),
            name,
            movement.recorded_at,
            row.tenant,
            row.program,
            row.member,
            movement.account,
            movement.seq,
            Place(row.position, 0, done if done < len(every) else 0),
            row,
            lot,
            award if name == types.AWARDED else None,
        )
        for done, (name, lot) in enumerate(every, 1)
    ]
