"""Workers that are killed at any instant lose nothing, and keep the order of each account."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from collections import defaultdict
from collections.abc import AsyncIterator
from random import Random

import pytest

from stampbook.domain.commands import Accrue
from stampbook.events.places import end_of
from stampbook.storage.opening import open_store
from stampbook.storage.store import Store
from stampbook.webhooks import endpoints
from stampbook.webhooks.claiming import CLAIM
from stampbook.webhooks.signing import new_secret
from tests.events.pulling import printed, pulled
from tests.laws.histories import PLAIN, START, plan_of
from tests.ledgers.on_store import TENANT, StoreLedger
from tests.webhooks.receiving import Answer, Got, Receiver, signatures

KILLS = int(os.environ.get("STAMPBOOK_KILLS", "4"))

EVENTS = 60
AHEAD_S = CLAIM // 1_000_000 + 1
"""How far the clock of the next worker is ahead of the last one's: all claims have ended."""


async def endpoint(store: Store, url: str) -> str:
    """An endpoint for all events; its secret."""
    secret = new_secret("stampbook")
    place = await end_of(store)
    async with store.transaction() as writing:
        await endpoints.create(
            writing,
            tenant=TENANT,
            program=None,
            url=url,
            events=["*"],
            format_="stampbook",
            description="",
            headers={},
            secret=secret,
            place=place,
            now=time.time_ns() // 1_000,
        )
    return secret


@pytest.mark.slow
async def test_killed_workers_lose_nothing(own_address: str, receiver: Receiver) -> None:
    dice = Random(23)
    store = await open_store(own_address)
    ledger = StoreLedger(store)
    await ledger.found(plan_of(PLAIN, PLAIN, PLAIN))
    ledger.set_clock(START)
    before = len(await pulled(store))
    secret = await endpoint(store, receiver.url)
    receiver.choose = lambda got: dice.choice([Answer(200), Answer(500), None, Answer(204)])
    writing = asyncio.create_task(_move(ledger, dice))
    kills = 0
    while True:
        worker = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.webhooks.working", own_address, str(kills * AHEAD_S)),
            stdout=asyncio.subprocess.PIPE,
        )
        assert worker.stdout is not None
        assert await worker.stdout.readline() == b"ready\n"
        if kills == KILLS:
            receiver.choose = lambda got: Answer()
        upto = len(receiver.got) + (dice.randint(1, 12) if kills < KILLS else 1_000_000)
        async for _ in _moments(dice):
            if len(receiver.got) >= upto or await _all_sent(store, writing):
                break
        worker.send_signal(signal.SIGKILL)
        await worker.wait()
        if kills == KILLS:
            break
        kills += 1
    await writing
    expected = await printed(store, (await pulled(store))[before:])
    check(receiver.got, expected, secret)
    await ledger.finish()
    await store.close()


async def _moments(dice: Random) -> AsyncIterator[None]:
    while True:
        yield
        await asyncio.sleep(dice.random() / 50)


async def _move(ledger: StoreLedger, dice: Random) -> None:
    for _ in range(EVENTS):
        await ledger.submit(dice.choice("abc"), Accrue(dice.randint(1, 9)))
        await asyncio.sleep(0.02)


async def _all_sent(store: Store, writing: asyncio.Task[None]) -> bool:
    """Whether nothing more is to come."""
    if not writing.done():
        return False
    end = await end_of(store)
    row = await store.fetch_one(
        """
        SELECT (SELECT count(*) FROM deliveries WHERE status IN ('waiting', 'pending')) AS open,
               (SELECT min(cursor) FROM webhooks) AS cursor
        """
    )
    assert row is not None
    return not row["open"] and str(row["cursor"]).startswith(f"c{end.position:x}_")


def check(got: list[Got], expected: list[dict[str, object]], secret: str) -> None:
    """Each event came at least once, with one id and one body, in its account's order."""
    bodies: dict[str, set[str]] = defaultdict(set)
    first: dict[object, list[object]] = defaultdict(list)
    for each in got:
        assert signatures(each, secret)
        assert each.headers["webhook-id"] == each.event["id"]
        if each.event["id"] not in bodies and each.event["account_id"]:
            first[each.event["account_id"]].append(each.event["id"])
        bodies[each.event["id"]].add(each.body)
    assert bodies.keys() == {each["id"] for each in expected}
    assert all(len(each) == 1 for each in bodies.values())
    in_order: dict[object, list[object]] = defaultdict(list)
    for event in expected:
        if event["account_id"]:
            in_order[event["account_id"]].append(event["id"])
    assert first == in_order
