"""The feed: two servers and two workers that are killed, a load by all four APIs, two readers.

What they have pulled in the end is the journal: nothing is missing and nothing is there twice.
"""

from __future__ import annotations

import asyncio
import builtins
import re
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random
from typing import Any

import asyncpg

from stampbook.dialects.native import ids
from stampbook.events import feed
from stampbook.events.feed import Wanted
from stampbook.events.model import Event
from stampbook.events.places import Cursor, read_cursor
from stampbook.storage.opening import open_store
from stampbook.storage.postgres.faults import CONFLICTS, LOST
from stampbook.storage.store import Store
from tests.campaign.feeding import Client, Reader, Town, settled_town
from tests.campaign.parts import Databases, Figures, Part
from tests.events.pulling import printed, pulled
from tests.events.test_replay import types_of
from tests.ledgers.on_store import TENANT
from tests.process.running import Running, forked
from tests.process.test_crashes import free_port

CLIENTS = 3
READERS = 2
BETWEEN_KILLS_S = (0.5, 4.0)
PATIENCE_S = 120.0
AT_ONCE = 1_000

RECONNECTING = re.compile(
    r"^.* WARNING asyncpg\.pool: Failed to restore .*\nTraceback .*\n(?: .*\n)*\S.*\n", re.MULTILINE
)
"""What the driver logs each time that it finds no server."""

WARNED = re.compile(r" WARNING .* failed: (\w+Error)\b")
"""A part of a worker goes on after such an error, and says no more than this."""


class Deployed:
    """Two servers and two workers on a database."""

    def __init__(self, address: str, folder: Path) -> None:
        self._address, self._folder = address, folder
        self._ports = [free_port(), free_port()]
        self.urls = [f"http://127.0.0.1:{port}" for port in self._ports]
        self.running = [self._started(at) for at in range(4)]

    def _started(self, at: int) -> Running:
        database = ("--database", self._address)
        if at >= 2:
            return Running("worker", *database, cwd=self._folder)
        words = ("serve", "--port", self._ports[at], *database)
        return Running(*words, cwd=self._folder)

    def kill(self, at: int) -> None:
        """SIGKILL; the next one starts at once, and is ready some time later."""
        self.running[at].kill()
        self.running[at].__exit__(None, None, None)
        self.running[at] = self._started(at)

    def supervise(self) -> None:
        """Start again what has ended because its database was not there when it began: then it has
        named the address."""
        for at, each in enumerate(self.running):
            if each.process.poll() is not None:
                check_errors(each)
                each.__exit__(SystemExit, SystemExit(), None)
                self.running[at] = self._started(at)

    def stop(self) -> None:
        """SIGTERM; each ends in order and has complained of nothing. One that was started a moment
        ago does so only once it is ready: before that, the signal kills it."""
        for each in self.running:
            each.wait_for("Stampbook ")
            assert each.stop() == 0, each.errors
            check_errors(each)
            each.__exit__(None, None, None)


def check_errors(ended: Running) -> None:
    """A process may complain that the database is away, and of nothing else."""
    assert "Traceback" not in RECONNECTING.sub("", ended.errors), ended.errors
    assert not re.search(r" (ERROR|CRITICAL) ", ended.errors), ended.errors
    for name in WARNED.findall(ended.errors):
        kind = getattr(asyncpg, name, None) or getattr(builtins, name)
        assert issubclass(kind, (*LOST, *CONFLICTS)), ended.errors


def killed(deployed: Deployed, dice: Random) -> str:
    """One of the four processes is killed."""
    deployed.kill(dice.randrange(4))
    return "kills"


def fed(
    address: str,
    folder: Path,
    seed: str,
    seconds: float,
    fail: Callable[[Deployed, Random], str] = killed,
) -> Figures:
    """Load, read and have something fail for so long; then compare what was read with the journal.
    `fail` returns the name of the failure."""
    dice = Random(seed)
    town = asyncio.run(_settled(address))
    deployed = Deployed(address, folder)
    for server in deployed.running[:2]:
        server.wait_until_ready()
    stopping, ending = threading.Event(), threading.Event()
    clients = [Client(town, deployed.urls, stopping, f"{seed}-{at}") for at in range(CLIENTS)]
    readers = [Reader(deployed.urls, ending, f"{seed}-r{at}") for at in range(READERS)]
    threads: list[Client | Reader] = [*clients, *readers]
    for thread in threads:
        thread.start()
    failures: Counter[str] = Counter()
    until = time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0:
        time.sleep(min(left, dice.uniform(*BETWEEN_KILLS_S)))
        failures[fail(deployed, dice)] += 1
    deployed.supervise()
    stopping.set()
    for client in clients:
        client.join(PATIENCE_S)
    ending.set()
    for reader in readers:
        reader.join(PATIENCE_S)
    deployed.stop()
    for thread in threads:
        assert not thread.is_alive()
        if thread.error is not None:
            raise thread.error
    verified = forked("verify", "--database", address, cwd=folder)
    assert verified.returncode == 0, verified.stdout + verified.stderr
    figures = asyncio.run(_compared(address, readers, clients))
    answers: Counter[str] = Counter()
    for client in clients:
        answers.update(client.answers)
    figures.update({**failures, **dict(sorted(answers.items()))})
    return figures


async def _settled(address: str) -> Town:
    store = await open_store(address)
    try:
        return await settled_town(store, time.time_ns() // 1_000)
    finally:
        await store.close()


async def _compared(address: str, readers: list[Reader], clients: list[Client]) -> Figures:
    store = await open_store(address)
    try:
        events = await pulled(store, limit=AT_ONCE)
        whole = await printed(store, events)
        rows = await _check_journal(store, whole)
        for reader in readers:
            rest = await printed(store, await _rest(store, reader.cursor))
            assert reader.seen + rest == whole
    finally:
        await store.close()
    listed = [event["id"] for event in whole]
    assert len(set(listed)) == len(listed), "an event is there twice"
    moved = {event["data"]["transaction"]["id"] for event in whole if _is_movement(event)}
    for client in clients:
        assert moved.issuperset(client.done), "an acknowledged movement has no event"
    return Counter({"events": len(listed), "rows of the journal": rows})


def _is_movement(event: Any) -> bool:
    return bool(event["type"] == "transaction.created")


async def _rest(store: Store, text: str) -> list[Event]:
    """What comes after a reader's last cursor, now that nobody writes."""
    cursor, found = read_cursor(text), list[Event]()
    assert isinstance(cursor, Cursor)
    while True:
        page = await feed.read(store, Wanted(TENANT), cursor, limit=AT_ONCE)
        found += page.events
        cursor = page.cursor
        if not page.more:
            return found


async def _check_journal(store: Store, whole: Sequence[Any]) -> int:
    """Each row of the journal has its events, in the order of its account, and each row of the
    outbox has one. Returns how many rows the journal has."""
    rows = await store.fetch("SELECT account_id FROM accounts ORDER BY account_id")
    events: dict[str, list[tuple[str, int]]] = defaultdict(list)
    others = 0
    for event in whole:
        if event["sequence"] is None:
            others += 1
        else:
            events[event["account_id"]].append((event["type"], event["sequence"]))
    count = 0
    for row in rows:
        journal = await store.journal(row["account_id"], after=0, limit=1_000_000)
        count += len(journal)
        expected = [(name, each.seq) for each in journal for name, _ in types_of(each)]
        assert events.pop(ids.write(ids.ACCOUNT, row["account_id"]), []) == expected
    assert not events
    kept = await store.fetch_one("SELECT count(*) AS found FROM outbox")
    assert kept is not None
    assert kept["found"] == others
    return count


def play(databases: Databases, seed: str, seconds: int) -> Figures:
    """A fresh deployment for so long."""
    return fed(databases.fresh(), databases.folder, seed, seconds)


FEED = Part("feed", "seconds of load", 600, 600, play)
