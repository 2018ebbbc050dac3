"""Turns at keys: one after the other, and nothing is left of them."""

from __future__ import annotations

import asyncio

import pytest

from stampbook.loyalty.turns import Turns


async def test_one_task_at_a_time_has_a_key() -> None:
    turns, inside, most = Turns(), 0, 0

    async def work(*keys: str) -> None:
        nonlocal inside, most
        async with turns.of(keys):
            inside += 1
            most = max(most, inside)
            await asyncio.sleep(0)
            inside -= 1

    await asyncio.gather(*(work(*keys) for keys in ("ab", "ba", "bc", "ca") * 5))
    assert most == 1
    assert turns._queues == {}


async def test_others_have_their_turn_when_a_waiting_task_is_cancelled() -> None:
    turns, done = Turns(), []

    async def work(name: str, *keys: str) -> None:
        async with turns.of(keys):
            done.append(name)

    async with turns.of("b"):
        waiting = asyncio.create_task(work("cancelled", "a", "b"))
        other = asyncio.create_task(work("other", "a"))
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        await other
    assert done == ["other"]
    assert turns._queues == {}


async def test_a_task_that_is_cancelled_as_its_turn_comes_passes_it_on() -> None:
    turns, done = Turns(), []

    async def work(name: str, *keys: str) -> None:
        async with turns.of(keys):
            done.append(name)

    async with turns.of("ab"):
        first = asyncio.create_task(work("first", "b"))
        cancelled = asyncio.create_task(work("cancelled", "a", "b"))
        last = asyncio.create_task(work("last", "a"))
        await asyncio.sleep(0)
    cancelled.cancel()
    with pytest.raises(asyncio.CancelledError):
        await cancelled
    await asyncio.gather(first, last)
    assert sorted(done) == ["first", "last"]
    assert turns._queues == {}


async def test_who_came_first_has_it_first() -> None:
    turns, done = Turns(), []

    async def work(number: int) -> None:
        async with turns.of("a"):
            done.append(number)
            await asyncio.sleep(0)

    await asyncio.gather(*map(work, range(10)))
    assert done == list(range(10))


async def test_a_turn_ends_with_an_error() -> None:
    turns = Turns()
    with pytest.raises(ValueError, match="no"):
        async with turns.of("a"):
            raise ValueError("no")
    async with asyncio.timeout(1), turns.of("a"):
        pass
    assert turns._queues == {}
