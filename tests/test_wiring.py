"""How a server is assembled: settings that belong to no part of it."""

from __future__ import annotations

import asyncio
import gc

from stampbook.wiring import WORKS_OF_A_GENERATION, Collecting


class Circle:
    """An object that only the garbage collector frees, because it refers to itself."""

    alive = 0

    def __init__(self) -> None:
        Circle.alive += 1
        self.me = self

    def __del__(self) -> None:
        Circle.alive -= 1


async def test_the_young_are_collected_after_so_many_works_behind_the_answers() -> None:
    collecting = Collecting()
    gc.disable()
    try:
        Circle()
        seen: list[int] = []
        for _ in range(WORKS_OF_A_GENERATION // 8 - 1):
            collecting(8)
        await asyncio.sleep(0)
        assert Circle.alive == 1
        asyncio.get_running_loop().call_soon(lambda: seen.append(Circle.alive))
        collecting(8)
        await asyncio.sleep(0)
        assert (seen, Circle.alive) == ([1], 0)
    finally:
        gc.enable()
