"""The projector follows the journal, and running several at once is harmless."""

from __future__ import annotations

import asyncio

from stampbook.domain.commands import Accrue
from stampbook.domain.model import FOREVER
from stampbook.ledger.journal.totals import expiring
from stampbook.storage.opening import open_store
from stampbook.storage.store import Store
from stampbook.worker.projecting import projector
from tests.laws.histories import PLAIN, START, plan_of
from tests.ledgers.on_store import StoreLedger


async def test_projectors_bring_the_projections_up(store: Store, store_address: str) -> None:
    other = await open_store(store_address)
    ledger = StoreLedger(store)
    await ledger.found(plan_of(PLAIN))
    ledger.set_clock(START)
    projectors = [projector(each, lambda: START) for each in (store, other)]
    running = [asyncio.create_task(each.run()) for each in projectors]
    for _ in range(30):
        await ledger.submit("a", Accrue(5))
    currency = ledger.currencies["currency-a"].currency_id
    while (found := await expiring(store, currency, [0, FOREVER])).rests_on.newer:
        assert found.buckets[0].available == 150
    assert (found.buckets[0].available, found.buckets[0].lots) == (150, 30)
    for each in projectors:
        each.stop()
    await asyncio.wait_for(asyncio.gather(*running), 10)
    await other.close()
    await ledger.finish()
