"""Everything that the ledger does, on one database."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from typing import NoReturn

from stampbook.dialects.bodies_of_events import FORMATS
from stampbook.domain.model import FOREVER
from stampbook.events.pruning import prune
from stampbook.ledger.engine import Ledger
from stampbook.ledger.following import lags, projections
from stampbook.loyalty.events.acquaintances import Acquaintances
from stampbook.loyalty.events.awarding import Awarding
from stampbook.loyalty.events.joining import welcome_all
from stampbook.loyalty.rules.catalogue import Catalogues
from stampbook.loyalty.tiers.heralding import herald
from stampbook.loyalty.turns import Turns
from stampbook.programs.once import Kept, Keyed, write_once
from stampbook.storage.opening import open_store
from stampbook.storage.positions import START, recorded_after
from stampbook.storage.store import Store, Transacting
from stampbook.verifying.anchors import make_anchors
from stampbook.verifying.whole import verify_database
from stampbook.webhooks.following import follow
from tests.distribution.sent import Collected, collecting
from tests.http.native.examples import played
from tests.ledgers.on_store import TENANT, StoreLedger
from tests.scenarios.playing import play
from tests.scenarios.test_scenarios import SCENARIOS


async def walk(address: str, *, api: bool, every: int = 1) -> Collected:
    """Play one of `every` scenarios of the ledger, each with a verification at its end, do what a
    worker does, and verify the whole. With `api`, first ask every operation of the native API; each
    must succeed. The database is empty."""
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
            await _work(store)
            whole = verify_database(store, address, processes=1, heard=lambda _: None)
            assert [fault async for fault in whole] == []
        finally:
            await store.close()
    return collected


async def _work(store: Store) -> None:
    """The passes of a worker's parts, until nothing is left to do, a write with a key outside the
    ledger, and the look at how far the worker is behind; a server and a worker only log one that
    fails.
    Nothing is due at their instant: to settle it is a movement as others are."""
    now = await recorded_after(store, START)
    assert now is not None
    ledger = Ledger(store, clock=lambda: now)
    await ledger.start()
    awarding = Awarding(store, ledger, ledger.clock, Catalogues(), Turns(), Acquaintances())
    parts: tuple[Callable[[], Awaitable[object]], ...] = (
        partial(projections.advance, store, now=now),
        partial(herald, ledger, ledger.clock),
        partial(welcome_all, awarding),
        partial(follow, store, FORMATS, now=now, failed=_fail),
        partial(make_anchors, store, now=now, key=None, daily=True),
        partial(prune, store, before=0),
    )
    try:
        for part in parts:
            while await part():
                pass
        await write_once(store, Keyed(TENANT, "outside", b"outside the book"), _written, now=now)
        await lags.unread(store)
    finally:
        await ledger.stop()


async def _written(writing: Transacting) -> Kept:
    """A write outside the ledger, of which nothing but its key matters."""
    return Kept(200, "")


def _fail(error: Exception) -> NoReturn:
    raise error
