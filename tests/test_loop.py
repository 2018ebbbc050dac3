"""Tests run in the event loop that a server has."""

from __future__ import annotations

import asyncio

import uvloop


async def test_it_is_the_loop_of_a_server() -> None:
    assert isinstance(asyncio.get_running_loop(), uvloop.Loop)
