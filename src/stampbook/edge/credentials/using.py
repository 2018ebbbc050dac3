"""When keys were last used: written beside the requests, at most once a minute for each key."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Final

from stampbook.programs.api_keys import note_used
from stampbook.storage.store import OutcomeUnknown, Store, Unavailable

WRITTEN_EVERY_S: Final = 1.0
"""What was gathered in this time is written in one transaction."""

MAX_NOTED: Final = 10_000
"""Keys that are remembered; when there are more, the memory begins anew."""

log = logging.getLogger(__name__)


class Uses:
    """Gathers which keys were used, and writes it; see the module.

    `noted` has the instants (microseconds UTC) that were noted last; who notes a use looks there
    whether a minute has passed.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self.noted: dict[int, int] = {}
        self._unwritten: dict[int, int] = {}

    def note(self, api_key: int, now: int) -> None:
        """The key was used at the instant (microseconds UTC)."""
        if len(self.noted) >= MAX_NOTED:
            self.noted.clear()
            self._unwritten.clear()
        self.noted[api_key] = self._unwritten[api_key] = now

    async def write(self) -> None:
        """Write what was gathered. What cannot be written is gathered again in a minute."""
        used, self._unwritten = self._unwritten, {}
        if not used:
            return
        try:
            async with self._store.transaction() as writing:
                await note_used(writing, used)
        except (Unavailable, OutcomeUnknown) as error:
            log.info("it is not written which keys were used: %s", error)

    @asynccontextmanager
    async def being_written(self) -> AsyncIterator[None]:
        """Write from time to time while a server runs, and once at its end."""
        stopping = asyncio.Event()
        task = asyncio.create_task(self._write_until(stopping))
        try:
            yield
        finally:
            stopping.set()
            await task

    async def _write_until(self, stopping: asyncio.Event) -> None:
        while not stopping.is_set():
            with suppress(TimeoutError):
                await asyncio.wait_for(stopping.wait(), WRITTEN_EVERY_S)
            await self.write()
