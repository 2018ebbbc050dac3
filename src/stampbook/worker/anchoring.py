"""The anchorer: makes the anchor of the day (verifying/anchors.py).

Any number of anchorers can run at once: the database keeps one anchor of a day.
"""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Final

from stampbook.storage.store import Store
from stampbook.verifying.anchor_lines import read_key
from stampbook.verifying.anchors import make_anchors
from stampbook.worker.passes import Pace, Passes

PACE: Final = Pace(shortest_s=60.0, longest_s=600.0)
"""Nothing waits for it; the day's anchor comes within ten minutes of its beginning."""


def anchorer(store: Store, clock: Callable[[], int], key_file: str) -> Passes:
    """An anchorer that runs in passes, and signs with the key in the file ('': not at all)."""
    return Passes("anchorer", partial(_anchor, store, clock, key_file), PACE)


async def _anchor(store: Store, clock: Callable[[], int], key_file: str) -> bool:
    """Make what is due. Returns False: nothing more is to be done soon."""
    key = await asyncio.to_thread(read_key, key_file)
    await make_anchors(store, now=clock(), key=key, daily=True)
    return False
