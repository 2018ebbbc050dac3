"""The pruner: deletes what is older than events are kept (events/pruning.py, webhooks/pruning.py).
Any number of pruners can run at once."""

from collections.abc import Callable
from functools import partial
from typing import Final

from stampbook.events.pruning import BATCH, DAY, prune
from stampbook.storage.store import Store
from stampbook.webhooks import pruning as deliveries
from stampbook.worker.passes import Pace, Passes

PACE: Final = Pace(shortest_s=0.2, longest_s=60.0, share=0.1)
"""Nothing waits for it."""


def pruner(store: Store, clock: Callable[[], int], keep_days: int) -> Passes:
    """A pruner that runs in passes and keeps events for this many days."""
    return Passes("pruner", partial(_prune, store, clock, keep_days), PACE)


async def _prune(store: Store, clock: Callable[[], int], keep_days: int) -> bool:
    """Delete a batch. Returns whether it was full, which means that more may wait."""
    before = clock() - keep_days * DAY
    events = await prune(store, before=before)
    return max(events, await deliveries.prune(store, before=before)) == BATCH
