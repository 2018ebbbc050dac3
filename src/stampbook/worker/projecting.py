"""The projector: takes the journal's rows into the projections (ledger/following/projections.py).

No answer depends on it: reads add what it has not come to yet. Any number of projectors may run at
once: what several make of the same rows is written by one of them.
"""

from collections.abc import Callable
from functools import partial
from typing import Final

from stampbook.ledger.following.feed import BATCH
from stampbook.ledger.following.projections import advance
from stampbook.storage.store import Store
from stampbook.worker.passes import Pace, Passes

PACE: Final = Pace(shortest_s=0.02, longest_s=2.0, share=0.1)
"""Seldom, so that a commit of its own has many rows; soon when it is behind. Nothing waits for it,
and under load the server's time is for its callers: what it then leaves it takes up later."""


def projector(store: Store, clock: Callable[[], int]) -> Passes:
    """The passes of a projector."""
    return Passes("projector", partial(_project, store, clock), PACE)


async def _project(store: Store, clock: Callable[[], int]) -> bool:
    """Take a batch of rows; whether there was a full one, so that more are likely to wait."""
    return await advance(store, now=clock()) == BATCH
