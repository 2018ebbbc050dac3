"""A follower writes the effect of each row once, wherever it fails or is killed."""

from __future__ import annotations

import asyncio
import random
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from stampbook.ledger.following.feed import Write, follow
from stampbook.storage.positions import START, FeedRow, position_of
from stampbook.storage.store import Store, Transacting
from tests.feed import following
from tests.feed.following import EFFECTS, LIMIT, NAME
from tests.feed.world import Place, accrual, check_seen, journal, make_accounts
from tests.process.forking import environment_of

PROJECT = Path(__file__).parents[2]
KILLS = 5
BEHIND = 100
"""How many rows the followers may still have to read: enough to be busy when killed."""


@pytest.fixture
def store(own_store: Store) -> Store:
    """These tests make a table."""
    return own_store


class Follower:
    """A process of tests.feed.following."""

    def __init__(self, url: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.feed.following", url],
            cwd=PROJECT,
            env=environment_of(),
            stdout=subprocess.PIPE,
            text=True,
        )

    def wait_for(self, batches: int) -> None:
        """Return after the process has written this many more batches."""
        assert self._process.stdout is not None
        for _ in range(batches):
            assert self._process.stdout.readline() == "wrote\n"

    def kill(self) -> None:
        self._process.kill()
        self._process.communicate()


async def effects(store: Store) -> list[Place]:
    rows = await store.fetch("SELECT account_id, seq FROM effects ORDER BY position")
    return [(row["account_id"], row["seq"]) for row in rows]


async def test_a_follower_goes_on_where_it_was(store: Store) -> None:
    (account,) = await make_accounts(store, 1)
    await store.execute(EFFECTS)
    assert await following.step(store) == 0
    await store.save([await accrual(store, account, LIMIT + 2)])
    assert [await following.step(store) for _ in range(3)] == [LIMIT, 2, 0]
    await store.save([await accrual(store, account, 1)])
    assert await following.step(store) == 1
    check_seen(await effects(store), await journal(store))


async def test_followers_of_other_names_are_others(store: Store) -> None:
    (account,) = await make_accounts(store, 1)
    await store.save([await accrual(store, account, 3)])

    async def nothing(_: int, rows: Sequence[FeedRow]) -> Write:
        async def write(writing: Transacting) -> None:
            return

        return write

    assert await follow(store, "one", nothing, now=5) == 3
    assert await follow(store, "other", nothing, now=6, limit=2) == 2
    rows = await store.fetch(
        "SELECT name, updated_at FROM followers WHERE name <> 'tiers' ORDER BY name"
    )
    assert [(row["name"], row["updated_at"]) for row in rows] == [("one", 5), ("other", 6)]
    assert await position_of(store, "one") > await position_of(store, "other") > 0
    assert await position_of(store, "a third") == START


@pytest.mark.parametrize("written", [False, True])
async def test_an_effect_that_fails_moves_nothing(store: Store, *, written: bool) -> None:
    (account,) = await make_accounts(store, 1)
    await store.execute(EFFECTS)
    await store.save([await accrual(store, account, 3)])

    async def fail(at: int, rows: Sequence[FeedRow]) -> Write:
        noting = await following.note(at, rows)

        async def write(writing: Transacting) -> None:
            await noting(writing)
            raise RuntimeError("no")

        if not written:
            raise RuntimeError("no")
        return write

    with pytest.raises(RuntimeError):
        await follow(store, NAME, fail, now=0)
    assert await effects(store) == []
    assert await following.step(store) == 3
    check_seen(await effects(store), await journal(store))


async def test_many_at_once_under_one_name(store: Store) -> None:
    accounts = await make_accounts(store, 4)
    await store.execute(EFFECTS)
    for account in accounts:
        await store.save([await accrual(store, account, 40)])
    while len(await effects(store)) < 160:
        await asyncio.gather(*(following.step(store) for _ in range(4)))
    check_seen(await effects(store), await journal(store))


@pytest.fixture
def followers(own_address: str) -> Iterator[list[Follower]]:
    running = [Follower(own_address) for _ in range(2)]
    yield running
    for each in running:
        each.kill()


async def test_followers_are_killed_again_and_again(
    store: Store, own_address: str, followers: list[Follower]
) -> None:
    """Two processes follow under one name while a writer works; both are killed at random times."""
    dice = random.Random(3)
    accounts = await make_accounts(store, 6)
    await store.execute(EFFECTS)
    killing = asyncio.ensure_future(asyncio.to_thread(kill_some, followers, own_address, dice))
    while not killing.done():
        if len(await journal(store)) - len(await effects(store)) < BEHIND:
            await store.save([await accrual(store, dice.choice(accounts), dice.randint(1, 30))])
        await asyncio.sleep(0)
    await killing
    expected = await journal(store)
    while len(await effects(store)) < len(expected):
        await following.step(store)
    check_seen(await effects(store), expected)


def kill_some(followers: list[Follower], url: str, dice: random.Random) -> None:
    for _ in range(KILLS):
        at = dice.randrange(2)
        followers[at].wait_for(dice.randint(1, 4))
        followers[at].kill()
        followers[at] = Follower(url)
