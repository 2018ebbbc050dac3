"""How failed sign-ins are counted, and when the next one is refused."""

from __future__ import annotations

import asyncio

import pytest

from stampbook.domain.model import MICROSECONDS as SECOND
from stampbook.programs.people import attempts
from stampbook.programs.people.attempts import (
    FREE,
    FREE_OF_ADDRESS,
    KEPT_S,
    LONGEST_LOCK_S,
    WINDOW_S,
    Attempt,
    Refusal,
    TooSoon,
)
from stampbook.storage.store import Store

NOON = 1_785_931_200 * SECOND


class Door:
    """Sign-ins, by default of one login from one address with wrong passwords."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.now = NOON

    async def begin(self, *, login: str = "anna", address: str = "a") -> Attempt:
        async with self.store.transaction() as writing:
            return await attempts.begin(writing, login=login, address=address, now=self.now)

    async def refusal(
        self, *, right: bool = False, login: str = "anna", address: str = "a"
    ) -> tuple[Refusal, int] | None:
        """Why the attempt is refused, and for how long; None: the password was looked at."""
        try:
            attempt = await self.begin(login=login, address=address)
        except TooSoon as early:
            return early.reason, early.wait_s
        async with self.store.transaction() as writing:
            if right:
                await attempts.succeed(writing, attempt)
            else:
                await attempts.fail(writing, attempt, now=self.now)
        return None

    async def fail(self, count: int, **who: str) -> None:
        for _ in range(count):
            assert await self.refusal(**who) is None  # type: ignore[arg-type]


@pytest.fixture
def door(store: Store) -> Door:
    return Door(store)


async def test_the_lock_doubles_with_each_failure(door: Door) -> None:
    await door.fail(FREE)
    waits = []
    for _ in range(12):
        refusal = await door.refusal()
        assert refusal is not None
        assert refusal[0] is Refusal.LOCKED
        waits.append(refusal[1])
        door.now += refusal[1] * SECOND - 1
        assert await door.refusal() == (Refusal.LOCKED, 1)
        door.now += 1
        await door.fail(1)
    assert waits == [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900]
    assert waits == [attempts.lock_s(FREE + at) for at in range(12)]
    assert max(waits) == LONGEST_LOCK_S


async def test_a_refused_attempt_does_not_count(door: Door) -> None:
    await door.fail(FREE)
    assert {await door.refusal() for _ in range(50)} == {(Refusal.LOCKED, 1)}
    door.now += SECOND
    await door.fail(1)
    assert await door.refusal() == (Refusal.LOCKED, 2)


async def test_the_lock_begins_when_the_failure_is_known(door: Door) -> None:
    await door.fail(FREE - 1)
    attempt = await door.begin()
    door.now += 30 * SECOND  # the password waited for a processor
    async with door.store.transaction() as writing:
        await attempts.fail(writing, attempt, now=door.now)
    assert await door.refusal() == (Refusal.LOCKED, 1)


async def test_a_success_is_a_new_beginning(door: Door) -> None:
    await door.fail(FREE - 1)
    assert await door.refusal(right=True) is None
    await door.fail(FREE)
    door.now += SECOND
    assert await door.refusal(right=True) is None
    await door.fail(FREE)


async def test_a_login_is_locked_from_everywhere_and_no_other_is(door: Door) -> None:
    await door.fail(FREE)
    assert await door.refusal(login=" ANNA", address="b") == (Refusal.LOCKED, 1)
    assert await door.refusal(login="berta") is None


async def test_unlocking(door: Door) -> None:
    await door.fail(FREE)
    assert await attempts.locks_of(door.store, ["anna", "berta"], now=door.now) == {
        "anna": door.now + SECOND
    }
    async with door.store.transaction() as writing:
        await attempts.unlock(writing, "Anna")
    assert await attempts.locks_of(door.store, ["anna"], now=door.now) == {}
    await door.fail(FREE)


async def test_an_address_is_refused_until_its_window_ends(door: Door) -> None:
    for number in range(FREE_OF_ADDRESS):
        await door.fail(1, login=f"guess {number}")
        door.now += SECOND
    left_s = WINDOW_S - FREE_OF_ADDRESS
    assert await door.refusal(login="one more", right=True) == (Refusal.LIMITED, left_s)
    assert await door.refusal(login="one more", right=True, address="b") is None
    door.now += left_s * SECOND - 1
    assert await door.refusal(login="one more") == (Refusal.LIMITED, 1)
    door.now += 1
    assert await door.refusal(login="one more") is None


async def test_successes_and_refusals_do_not_count_for_an_address(door: Door) -> None:
    await door.fail(FREE)
    for _ in range(FREE_OF_ADDRESS):
        assert await door.refusal() == (Refusal.LOCKED, 1)
        assert await door.refusal(login="berta", right=True) is None
    for number in range(FREE_OF_ADDRESS - FREE):
        await door.fail(1, login=f"guess {number}")
    assert await door.refusal(login="berta") == (Refusal.LIMITED, WINDOW_S)


async def test_what_is_missing_is_neither_a_failure_nor_a_success(door: Door) -> None:
    await door.fail(FREE)
    for _ in range(3):
        door.now += SECOND
        attempt = await door.begin()
        async with door.store.transaction() as writing:
            await attempts.take_back(writing, attempt)
    await door.fail(1)
    assert await door.refusal() == (Refusal.LOCKED, 2)


async def test_attempts_at_once_are_no_more_than_one_after_another(door: Door) -> None:
    found = await asyncio.gather(*(door.refusal() for _ in range(32)))
    assert found.count(None) == FREE
    found = await asyncio.gather(
        *(door.refusal(login=f"guess {number}", address="b") for number in range(120))
    )
    assert found.count(None) == FREE_OF_ADDRESS


async def test_a_network_of_ipv6_is_one_address(door: Door) -> None:
    for number in range(FREE_OF_ADDRESS):
        await door.fail(1, login=f"guess {number}", address=f"2001:db8::{number:x}")
    assert await door.refusal(login="x", address="2001:db8::ffff") is not None
    assert await door.refusal(login="x", address="2001:db8:0:1::") is None


async def test_a_clock_that_was_set_back_locks_nobody_for_long(door: Door) -> None:
    for number in range(FREE_OF_ADDRESS):
        await door.fail(1, login=f"guess {number % 30}")
    door.now -= 2 * (LONGEST_LOCK_S + WINDOW_S) * SECOND
    await door.fail(1)


async def test_failures_of_long_ago_are_forgotten(door: Door) -> None:
    await door.fail(1)
    await door.fail(1, login="berta", address="b")
    door.now += KEPT_S * SECOND
    await door.fail(1)
    door.now += 1
    async with door.store.transaction() as writing:
        await attempts.forget_addresses(writing, now=door.now)
        await attempts.forget_logins(writing, now=door.now)
    for table in ("login_failures", "address_failures"):
        row = await door.store.fetch_one(f"SELECT count(*) AS n FROM {table}")
        assert row is not None
        assert row["n"] == 1
