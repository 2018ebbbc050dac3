"""The projector: adds the rows of the journal to the projections (ledger/following/projections.py).

No answer depends on it: reads add the rows that it has not reached yet. Any number of projectors
can run at once: if several process the same rows, only one of them writes the result.
"""

from collections.abc import Callable
from functools import partial
from typing import Final

from stampbook.ledger.following.feed import BATCH
from stampbook.ledger.following.projections import advance
from stampbook.storage.store import Store
from stampbook.worker.passes import Pace, Passes

PACE: Final = Pace(shortest_s=0.02, longest_s=2.0, share=0.1)
"""Passes are rare, so that each commit has many rows, and frequent while it is behind. Nothing
waits for it; under load the server's time belongs to its callers, and it catches up later."""


def projector(store: Store, clock: Callable[[], int]) -> Passes:
    """A projector that runs in passes."""
    return Passes("projector", partial(_project, store, clock), PACE)


async def _project(store: Store, clock: Callable[[], int]) -> bool:
    """Process a batch of rows. Returns whether it was full, which means that more may wait."""
    return await advance(store, now=clock()) == BATCH
