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
    assert turns._locks == {}


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
    assert turns._locks == {}


async def test_a_turn_ends_with_an_error() -> None:
    turns = Turns()
    with pytest.raises(ValueError, match="no"):
        async with turns.of("a"):
            raise ValueError("no")
    async with asyncio.timeout(1), turns.of("a"):
        pass
    assert turns._locks == {}
