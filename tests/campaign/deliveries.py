"""Deliveries: workers are killed at random, and what they send to fails half of the time.

One endpoint in twenty points inside, where a request would be seen and none may come.
"""

from __future__ import annotations

import asyncio
import signal
import sys
import time
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from random import Random

from stampbook.domain.commands import Accrue
from stampbook.events.places import end_of
from stampbook.storage.opening import open_store
from stampbook.storage.store import Store
from stampbook.webhooks import endpoints
from stampbook.webhooks.claiming import CLAIM
from stampbook.webhooks.signing import new_secret
from tests.campaign.parts import Databases, Figures, Part
from tests.events.pulling import printed, pulled
from tests.laws.histories import PLAIN, START, plan_of
from tests.ledgers.on_store import TENANT, StoreLedger
from tests.webhooks.receiving import Answer, Got, Receiver, receiving, signatures

INSIDE = "127.0.0.2"
"""A private address that the workers are not permitted to reach, unlike 127.0.0.1."""

EVENTS_OF_A_KILL = 10
ENDPOINTS = 20
FORMAT = "stampbook"
AHEAD_S = CLAIM // 1_000_000 + 1
"""How far the clock of the next worker is ahead of the last one's: all claims have ended."""


async def endpoint(store: Store, url: str) -> str:
    """An endpoint for all events; its secret."""
    secret = new_secret(FORMAT)
    place = await end_of(store)
    async with store.transaction() as writing:
        await endpoints.create(
            writing,
            tenant=TENANT,
            program=None,
            url=url,
            events=["*"],
            format_=FORMAT,
            description="",
            headers={},
            secret=secret,
            place=place,
            now=time.time_ns() // 1_000,
        )
    return secret


async def delivered(address: str, seed: str, kills: int, number: int) -> Figures:
    """Kill that many workers while they send to `number` endpoints, and one that points inside."""
    async with receiving() as receiver, receiving(INSIDE) as inside:
        return await Post(address, Random(seed), receiver, inside).play(kills, number)


class Post:
    """A store, its events, and the two receivers."""

    def __init__(self, address: str, dice: Random, receiver: Receiver, inside: Receiver) -> None:
        self.address, self.dice = address, dice
        self.receiver, self.inside = receiver, inside
        self.failures = 0

    def choose(self, got: Got) -> Answer | None:
        """A success or, as often, none."""
        answer = self.dice.choice([Answer(200), Answer(500), None, Answer(204)])
        self.failures += answer is None or answer.status == 500
        return answer

    async def play(self, kills: int, number: int) -> Figures:
        store = await open_store(self.address)
        ledger = StoreLedger(store)
        await ledger.found(plan_of(PLAIN, PLAIN, PLAIN))
        ledger.set_clock(START)
        before = len(await pulled(store))
        secrets = {
            path: await endpoint(store, self.receiver.url + path)
            for path in (f"/{each}" for each in range(number))
        }
        scheme = self.dice.choice(["http", "https"])
        await endpoint(store, f"{scheme}://{INSIDE}:{self.inside.port}/")
        self.receiver.choose = self.choose
        writing = asyncio.create_task(self.move(ledger, EVENTS_OF_A_KILL * kills))
        for at in range(kills):
            await self.work(store, writing, at, most=self.dice.randint(1, 12 * number))
        self.receiver.choose = lambda got: Answer()
        await self.work(store, writing, kills, most=None)
        await writing
        expected = await printed(store, (await pulled(store))[before:])
        check(self.receiver.got, expected, secrets)
        assert self.inside.connections == 0
        row = await store.fetch_one(
            "SELECT count(*) AS found FROM delivery_tries WHERE error = 'forbidden_address'"
        )
        assert row is not None
        assert row["found"] > 0
        await ledger.finish()
        await store.close()
        return Counter(
            {
                "events": len(expected),
                "endpoints": number,
                "requests": len(self.receiver.got),
                "failed": self.failures,
                "more than once": len(self.receiver.got) - number * len(expected),
                "endpoints that point inside": 1,
                "refused attempts to reach one": row["found"],
                "connections to one": self.inside.connections,
            }
        )

    async def work(
        self, store: Store, writing: asyncio.Task[None], at: int, *, most: int | None
    ) -> None:
        """A worker that is killed after so many requests, or when everything has arrived."""
        worker = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.webhooks.working", self.address, str(at * AHEAD_S)),
            stdout=asyncio.subprocess.PIPE,
        )
        assert worker.stdout is not None
        assert await worker.stdout.readline() == b"ready\n"
        upto = None if most is None else len(self.receiver.got) + most
        async for _ in moments(self.dice):
            if upto is not None and len(self.receiver.got) >= upto:
                break
            if await all_sent(store, writing):
                break
        worker.send_signal(signal.SIGKILL)
        await worker.wait()

    async def move(self, ledger: StoreLedger, events: int) -> None:
        for _ in range(events):
            await ledger.submit(self.dice.choice("abc"), Accrue(self.dice.randint(1, 9)))
            await asyncio.sleep(0.02)


async def moments(dice: Random) -> AsyncIterator[None]:
    while True:
        yield
        await asyncio.sleep(dice.random() / 50)


async def all_sent(store: Store, writing: asyncio.Task[None]) -> bool:
    """Whether nothing more is to come but to the endpoint that points inside."""
    if not writing.done():
        return False
    end = await end_of(store)
    row = await store.fetch_one(
        f"""
        SELECT (SELECT count(*) FROM deliveries d JOIN webhooks w ON w.webhook_id = d.webhook_id
                WHERE d.status IN ('waiting', 'pending') AND w.url NOT LIKE '%{INSIDE}%') AS open,
               (SELECT min(cursor) FROM webhooks) AS cursor
        """
    )
    assert row is not None
    return not row["open"] and str(row["cursor"]).startswith(f"c{end.position:x}_")


def check(
    got: Sequence[Got], expected: Sequence[Mapping[str, object]], secrets: Mapping[str, str]
) -> None:
    """At each endpoint each event came at least once, with one id and one body, in its account's
    order."""
    in_order = {account: ids for account, ids in by_account(expected).items() if account}
    all_bodies: dict[str, set[str]] = defaultdict(set)
    for path, secret in secrets.items():
        came: dict[str, Mapping[str, object]] = {}
        for each in got:
            if each.path != f"/events{path}":
                continue
            assert signatures(each, secret)
            event = each.event
            assert each.headers["webhook-id"] == event["id"]
            all_bodies[event["id"]].add(each.body)
            came.setdefault(event["id"], event)
        assert came.keys() == {each["id"] for each in expected}
        first = {account: ids for account, ids in by_account(came.values()).items() if account}
        assert first == in_order
    assert all(len(each) == 1 for each in all_bodies.values())


def by_account(events: Iterable[Mapping[str, object]]) -> dict[object, list[object]]:
    """The ids of the events, in order, by the account that they are about."""
    found: dict[object, list[object]] = defaultdict(list)
    for event in events:
        found[event["account_id"]].append(event["id"])
    return found


def play(databases: Databases, seed: str, kills: int) -> Figures:
    """Kill workers on a fresh store."""
    return asyncio.run(delivered(databases.fresh(), seed, kills, ENDPOINTS - 1))


DELIVERIES = Part("deliveries", "kills of a worker", 200, 20, play)
