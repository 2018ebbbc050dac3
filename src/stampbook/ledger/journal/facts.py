"""Rows of one account's journal with all that they lead to, as it is now."""

from collections.abc import Collection, Mapping
from typing import NamedTuple

from stampbook.domain.model import Lot, Movement, Transaction
from stampbook.domain.state import read_state
from stampbook.pacing import LARGE_STATE, apart
from stampbook.storage.store import Demand, Store


class Facts(NamedTuple):
    """Rows and the originals they go back to, how each stands that something has become of, and
    the lots that they lead to; each by number."""

    rows: Mapping[int, Transaction]
    movements: Mapping[int, Movement]
    lots: dict[int, Lot]


async def of_rows(store: Store, account: int, seqs: Collection[int]) -> Facts:
    """Those of the rows that there are, with what they lead to (storage.store.Demand)."""
    demand = Demand(account, opening=True, rows=frozenset(seqs))
    (found,) = await store.load(account % store.shards, [demand])
    large = sum(map(len, found.states)) > LARGE_STATE
    state = await apart(read_state, found.states) if large else read_state(found.states)
    return Facts(
        {row.seq: row for row in found.rows},
        {movement.seq: movement for movement in found.movements},
        {lot.seq: lot for lot in found.lots} | state.lots,
    )
