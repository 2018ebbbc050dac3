"""What the lanes and the wide decisions of one ledger share."""

import asyncio
from collections.abc import Callable, Sequence
from typing import NamedTuple

from stampbook.ledger.cache import Cache
from stampbook.ledger.guarding import Guardian
from stampbook.ledger.reading import Reading
from stampbook.storage.store import Store


class Resources(NamedTuple):
    """`caches` and `locks` are one per shard: only the holder of a shard's lock uses its cache.

    `clock` returns microseconds UTC.
    """

    store: Store
    clock: Callable[[], int]
    guardian: Guardian | None
    caches: Sequence[Cache]
    locks: Sequence[asyncio.Lock]
    reading: Reading
