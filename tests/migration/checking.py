"""What the tests of a migrated database look at."""

from __future__ import annotations

from stampbook.domain.audit import JournalFault
from stampbook.storage.store import Store
from stampbook.verifying.accounts import verify_accounts
from stampbook.verifying.directories import verify_directories


async def faults(store: Store) -> list[JournalFault]:
    """What `stampbook verify` would name."""
    found: list[JournalFault] = []
    for shard in range(store.shards):
        async for account in verify_accounts(store, shard):
            found += account.faults
    async with store.snapshot() as reading:
        found += [fault async for fault in verify_directories(store, reading)]
    return found


async def rows(store: Store) -> int:
    """How many rows the journals have."""
    row = await store.fetch_one("SELECT count(*) AS found FROM transactions")
    assert row is not None
    return int(row["found"])
