"""Waiting for events: one look at the end of the feed, for all who wait in a process.

Rows may be written by any process, so the database is asked, EVERY_S apart and only while somebody
waits. Writers do nothing for it.
"""

import asyncio
from contextlib import suppress
from typing import Final

from stampbook.events.places import Place, end_of
from stampbook.storage.store import Store, Unavailable

EVERY_S: Final = 0.1
"""How long an event may stay unseen by those who wait."""


class Pulse:
    """Wakes those who wait when there are rows that they have not seen."""

    def __init__(self, store: Store, *, every_s: float = EVERY_S) -> None:
        self._store = store
        self._every_s = every_s
        self._waiting: dict[asyncio.Future[None], Place] = {}
        self._looking: asyncio.Task[None] | None = None
        self._is_stopped = False

    @property
    def is_stopped(self) -> bool:
        """Whether nobody should wait any more, because the process ends."""
        return self._is_stopped

    async def wait(self, seen: Place, timeout_s: float) -> bool:
        """Wait until the feed has rows after the place; False if it had none until the time was
        over, or the process ends. They may be of any tenant."""
        if self._is_stopped or timeout_s <= 0:
            return False
        woken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting[woken] = seen
        if self._looking is None:
            self._looking = asyncio.create_task(self._look())
        try:
            await asyncio.wait_for(woken, timeout_s)
        except TimeoutError:
            return False
        finally:
            del self._waiting[woken]
        return not self._is_stopped

    def stop(self) -> None:
        """Let nobody wait any more."""
        self._is_stopped = True
        for each in self._waiting:
            if not each.done():
                each.set_result(None)

    async def _look(self) -> None:
        try:
            while self._waiting and not self._is_stopped:
                with suppress(Unavailable):  # those who wait find out when their time is over
                    end = await end_of(self._store)
                    for each, seen in self._waiting.items():
                        if end.key > seen.key and not each.done():
                            each.set_result(None)
                await asyncio.sleep(self._every_s)
        finally:
            self._looking = None
