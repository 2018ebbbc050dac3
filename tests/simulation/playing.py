"""One seed, played from beginning to end, with the laws checked afterwards."""

from __future__ import annotations

import asyncio
import logging
import random
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import stampbook.pacing
import stampbook.worker.passes
from stampbook.ledger.engine import Ledger
from stampbook.ledger.following.feed import follow
from stampbook.ledger.following.projections import advance
from stampbook.ledger.outcomes import Done
from stampbook.ledger.submission import Transfer
from stampbook.storage.migrating import migrate
from stampbook.storage.opening import open_store
from stampbook.storage.store import Store
from stampbook.verifying.accounts import verify_accounts
from stampbook.verifying.flow_sums import Tally
from stampbook.verifying.projections import kept_flows, verify_flows, verify_open_lots
from tests.simulation.line import Fate
from tests.simulation.loop import SimulatedLoop
from tests.simulation.world import FOLLOWER, SECOND, World, note
from tests.storage.building import NOW

PAGE = 1_000
NEVER_S = 3600


class Played(NamedTuple):
    """What happened: the same for the same seed."""

    trace: tuple[tuple[object, ...], ...]
    answered: int
    tries: int
    kills: int
    rows: int
    faults: int


def template(folder: Path) -> Path:
    """A migrated file to copy."""
    path = folder / "template.sqlite"
    if not path.exists():
        migrate(f"sqlite:{path}")
    return path


def play(seed: int, folder: Path) -> Played:
    """Play the seed on a new database in the folder. AssertionError: a law is broken."""
    path = folder / f"{seed}.sqlite"
    shutil.copyfile(template(folder), path)
    random.seed(seed)  # pauses after conflicts
    loop = SimulatedLoop(random.Random(f"loop {seed}"))
    try:
        with asyncio.Runner(loop_factory=lambda: loop) as runner, _simulated(loop):
            return runner.run(_play(seed, f"sqlite:{path}"))
    finally:
        for end in ("", "-wal", "-shm"):
            Path(f"{path}{end}").unlink(missing_ok=True)


@contextmanager
def _simulated(loop: SimulatedLoop) -> Iterator[None]:
    """Work that measures how long it takes finds that it takes no time; failed passes are no
    news."""
    places = (stampbook.pacing, stampbook.worker.passes)
    former = [each.perf_counter for each in places]
    for each in places:
        each.perf_counter = loop.time  # type: ignore[attr-defined]
    logging.disable(logging.ERROR)
    try:
        yield
    finally:
        logging.disable(logging.NOTSET)
        for place, clock in zip(places, former, strict=True):
            place.perf_counter = clock  # type: ignore[attr-defined]


async def _play(seed: int, address: str) -> Played:
    store = await open_store(address)
    world = World(store, seed)
    try:
        await world.live()
        rows = await _check(store, world)
    finally:
        await store.close()
    faults = sum(count for fate, count in world.weather.seen.items() if fate is not Fate.ANSWERED)
    return Played(tuple(world.trace), len(world.answers), world.tries, world.kills, rows, faults)


async def _check(store: Store, world: World) -> int:
    """The laws. Returns how many rows the journal has."""
    while await advance(store, now=0):
        pass
    kept = await kept_flows(store)
    expected = Tally(kept.position)
    for shard in range(store.shards):
        async for account in verify_accounts(store, shard, tally=expected):
            assert not account.faults, account.faults
    assert list(verify_flows(kept, expected)) == []
    assert [fault async for fault in verify_open_lots(store)] == []
    rows = await _journal(store)
    _each_answer_once(world, rows)
    while await follow(store, FOLLOWER, note, now=0):  # what was written while all stopped
        pass
    await _followed(store)
    await _repeats(store, world)
    return len(rows)


async def _journal(store: Store) -> dict[tuple[int, int], bool]:
    """All rows, by account and number: whether the clock wrote them."""
    return {
        (row["account_id"], row["seq"]): bool(row["by_clock"])
        for row in await store.fetch("SELECT account_id, seq, by_clock FROM transactions")
    }


def _each_answer_once(world: World, kept: dict[tuple[int, int], bool]) -> None:
    """What was answered is there, for one request only, and nothing else is but what the clock
    did."""
    told: dict[tuple[int, int], str | None] = {}
    for item, outcome in world.answers:
        if not isinstance(outcome, Done) or outcome.already:
            continue
        for row in outcome.transactions:
            place = row.account, row.seq
            assert place in kept, f"{item.key}: {place} was answered and is lost"
            assert told.setdefault(place, item.key) == item.key, f"{place} answers two requests"
    lacking = {place for place, by_clock in kept.items() if not by_clock} - told.keys()
    assert not lacking, f"nobody was answered {sorted(lacking)}"


async def _followed(store: Store) -> None:
    """The follower has had each row once, in the order of the feed."""
    effects = await store.fetch("SELECT * FROM effects ORDER BY position")
    rows = await store.fetch("SELECT position, account_id, seq FROM transactions ORDER BY position")
    assert [tuple(row) for row in effects] == [tuple(row) for row in rows]
    last: dict[int, int] = {}
    for row in rows:
        assert row["seq"] == last.get(row["account_id"], 0) + 1
        last[row["account_id"]] = row["seq"]


async def _repeats(store: Store, world: World) -> None:
    """Asked again, every request that was done gets the rows that it was answered."""
    ledger = Ledger(store, clock=lambda: NOW + NEVER_S * SECOND)
    await ledger.start()
    before = _by_request(await _journal(store))
    for item, outcome in world.answers:
        if isinstance(outcome, Done):
            again = await (
                ledger.transfer(item) if isinstance(item, Transfer) else ledger.submit(item)
            )
            assert isinstance(again, Done), (item, again)
            assert again.replayed or again.already, item
            assert {(row.account, row.seq) for row in again.transactions} == {
                (row.account, row.seq) for row in outcome.transactions
            }
    await ledger.stop()
    assert _by_request(await _journal(store)) == before


def _by_request(rows: dict[tuple[int, int], bool]) -> int:
    """How many of the rows the clock did not write."""
    return len(rows) - sum(rows.values())
