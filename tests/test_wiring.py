"""How a server is assembled: settings that belong to no part of it."""

from __future__ import annotations

import asyncio
import gc

from stampbook.domain.commands import Accrue
from stampbook.ledger.outcomes import Done
from stampbook.ledger.submission import Submission
from stampbook.settings import Settings
from stampbook.watching.counting import MEMORY
from stampbook.watching.metrics import CACHED_ACCOUNTS
from stampbook.wiring import WORKS_OF_A_GENERATION, Collecting, running_ledger
from tests.storage.building import make_accounts, make_currency


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


async def test_a_command_can_keep_fewer_accounts_in_memory(own_sqlite_address: str) -> None:
    """An import goes through all accounts of its file: its memory must not grow with them."""
    settings = Settings(database_url=own_sqlite_address)
    async with running_ledger(settings, cached=4) as ledger:
        for account in await make_accounts(ledger.store, await make_currency(ledger.store), 20):
            assert isinstance(await ledger.submit(Submission(1, account, (Accrue(1),))), Done)
        MEMORY.measure()
        assert 0 < MEMORY.slab[CACHED_ACCOUNTS.at[()]] <= 4
