"""Everything that the ledger does, on one database."""

from __future__ import annotations

from stampbook.domain.model import FOREVER
from stampbook.ledger.following import projections
from stampbook.storage.opening import open_store
from stampbook.verifying.whole import verify_database
from tests.distribution.sent import Collected, collecting
from tests.http.native.examples import played
from tests.ledgers.on_store import StoreLedger
from tests.scenarios.playing import play
from tests.scenarios.test_scenarios import SCENARIOS


async def walk(address: str, *, api: bool, every: int = 1) -> Collected:
    """Play one of `every` scenarios of the ledger, each with a verification at its end, follow the
    feed, and verify the whole. With `api`, first ask every operation of the native API; each must
    succeed. The database is empty."""
    with collecting() as collected:
        store = await open_store(address)
        try:
            if api:
                await played(store)
            for at, scenario in enumerate(SCENARIOS[::every]):
                await play(scenario, StoreLedger(store), worker=at % 2 == 1)
            for shard in range(store.shards):  # what the sweeper and a lost save ask
                due = await store.due_accounts(shard, FOREVER - 1, len(SCENARIOS))
                await store.last_rows(shard, due)
            while await projections.advance(store, now=0):
                pass
            whole = verify_database(store, address, processes=1, heard=lambda _: None)
            assert [fault async for fault in whole] == []
        finally:
            await store.close()
    return collected
