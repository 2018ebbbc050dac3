"""Rules: histories of events, orders, refunds, voids, purchases and tiers, against a naive model.

Every figure and every answer of the engine is that of tests/model/loyalty. A history that differs
is made as small as it can be before it is shown.
"""

from __future__ import annotations

import asyncio
from collections import Counter

from stampbook.storage.opening import open_store
from tests.campaign.parts import Databases, Figures, Part, first_of
from tests.model.inline import Inline
from tests.model.loyalty.histories import history
from tests.model.loyalty.playing import play as play_history
from tests.model.loyalty.playing import shrink, written
from tests.model.loyalty.real.rewards import RealShop

OF_A_SEED = 10_000_000
"""Each seed of the campaign has as many seeds of histories."""


async def ruled(address: str, first: int, count: int) -> Figures:
    """Play the histories of the seeds from `first` on, one after the other, on one store."""
    store = await open_store(address)
    real = RealShop(store)
    await real.ledger.start()
    figures: Figures = Counter()
    try:
        for seed in range(first, first + count):
            made = history(seed)
            at_first = await play_history(real, made)
            if at_first is not None:
                small, failure = await shrink(made, lambda each: play_history(real, each))
                raise AssertionError(f"seed {seed}\n{written(small)}\n{failure}\nfirst: {at_first}")
            figures["steps"] += len(made.steps)
    finally:
        await real.ledger.stop()
        await store.close()
    return figures


def play(databases: Databases, seed: str, histories: int) -> Figures:
    """Histories on a fresh store. The campaign's seed 1 begins with the history of seed 1."""
    _, campaign, _ = seed.split()
    first = (int(campaign) - 1) * OF_A_SEED + first_of(seed) + 1
    with asyncio.Runner(loop_factory=Inline) as runner:
        return runner.run(ruled(databases.fresh(), first, histories))


RULES = Part("rules", "histories of rules", 200_000, 250, play, ("sqlite",))
