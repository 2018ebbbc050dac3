"""The model: random walks on a real store, each answer and all that can be seen against a ledger
that was written from the documentation alone (tests/model/naive.py)."""

from __future__ import annotations

import asyncio
import gc
from collections import Counter

import uvloop

from stampbook.storage.opening import open_store
from stampbook.storage.store import Store
from stampbook.verifying.sharing import Part as Verified
from stampbook.verifying.whole import verify_database
from tests.campaign.parts import Databases, Figures, Part, first_of
from tests.model.beside import OPERATIONS, SIDE_BY_SIDE, Differs, play_group
from tests.model.inline import Inline

GC_THRESHOLD = 100_000
"""Nearly all that a walk makes is there until it ends: looking for what is not is done less often
than the interpreter would."""


async def walked(address: str, seed: str, walks: int) -> Figures:
    """As many walks from the first one of the block on, and a verification of the whole."""
    first, name = first_of(seed), seed.rpartition(" ")[0]
    figures: Figures = Counter()
    store = await open_store(address)
    try:
        at = first
        while at < first + walks:
            count = min(SIDE_BY_SIDE - at % SIDE_BY_SIDE, first + walks - at)
            try:
                played = await play_group(store, name, at, count)
            except Differs as differs:
                differs.add_note(how(address, name, differs.number))
                raise
            for walk in played:
                figures += walk.both.figures
            at += count
        figures += await verified(store, address)
    finally:
        await store.close()
    assert figures["accounts"] == 2 * walks
    return figures


async def verified(store: Store, address: str) -> Figures:
    """What a verification of the whole database has found sound."""
    heard: list[Verified] = []
    async for fault in verify_database(store, address, processes=1, heard=heard.append):
        raise AssertionError(fault)
    return Counter(
        accounts=sum(part.accounts for part in heard), rows=sum(part.transactions for part in heard)
    )


def how(address: str, name: str, number: int) -> str:
    """The command that plays one walk alone."""
    part, seed = name.split()
    kind = "sqlite" if address.startswith("sqlite") else "postgres"
    return (
        f"play it alone: python -m tests.campaign {part} --store {kind} --seed {seed}"
        f" --first {number} --count 1"
    )


def play(databases: Databases, seed: str, walks: int) -> Figures:
    """Walks on a fresh store."""
    gc.set_threshold(GC_THRESHOLD)
    address = databases.fresh()
    loop = Inline if address.startswith("sqlite") else uvloop.Loop
    with asyncio.Runner(loop_factory=loop) as runner:
        return runner.run(walked(address, seed, walks))


MODEL = Part("model", f"walks of {OPERATIONS} operations", 50_000, SIDE_BY_SIDE, play)
