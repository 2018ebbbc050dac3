"""Rows of one account's journal with the originals and lots to which they lead."""

from collections.abc import Collection, Mapping
from typing import NamedTuple

from stampbook.domain.model import Lot, Movement, Transaction
from stampbook.ledger.journal.lots import state_of
from stampbook.storage.store import AccountFound, Demand, Store


class Facts(NamedTuple):
    """Rows and the originals to which they go back, the present standing of each that has changed,
    and the lots to which they lead; all by number."""

    rows: Mapping[int, Transaction]
    movements: Mapping[int, Movement]
    lots: dict[int, Lot]


async def of_rows(store: Store, account: int, seqs: Collection[int]) -> Facts:
    """The rows of these numbers that exist, with all to which they lead (storage.store.Demand)."""
    demand = Demand(account, opening=True, rows=frozenset(seqs))
    (found,) = await store.load(account % store.shards, [demand])
    state = await state_of(found)
    lots = {lot.seq: lot for lot in found.lots}
    lots |= {number: state.lots[number] for number in _led_to(found) if number in state.lots}
    return Facts(
        {row.seq: row for row in found.rows},
        {movement.seq: movement for movement in found.movements},
        lots,
    )


def _led_to(found: AccountFound) -> set[int]:
    """The lots that the rows made or moved, or that pay for them."""
    lots = {posting.lot for row in found.rows for posting in row.postings}
    lots.update(terms.lot for row in found.rows for terms in row.terms)
    return lots.union(*(redemption.parts for redemption in found.redemptions))
