"""Repeated passes of work: what the sweeper and the projector have in common."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from time import perf_counter
from typing import NamedTuple

from stampbook.ledger.origin import WORKER, begin
from stampbook.watching.logs import worded
from stampbook.watching.noticing import Noticed

log = logging.getLogger(__name__)
noticed = Noticed(log)


class Pace(NamedTuple):
    """How long to wait between passes: `shortest_s` after a busy one, then twice as long each
    time, up to `longest_s`.

    `share`: passes take no more than this share of the time, however much there is to do.
    """

    shortest_s: float
    longest_s: float
    share: float = 1.0


class Passes:
    """Runs passes of a kind of work until `stop`.

    A pass returns whether the next one should follow soon. A failed pass is logged under `name`,
    and further passes follow.
    """

    def __init__(self, name: str, work: Callable[[], Awaitable[bool]], pace: Pace) -> None:
        self._name = name
        self._work = work
        self._pace = pace
        self._stopping = asyncio.Event()

    def stop(self) -> None:
        """Let `run` return after the current pass."""
        self._stopping.set()

    async def run(self) -> None:
        """Run one pass after another."""
        begin(WORKER)
        pause_s = self._pace.shortest_s
        while not self._stopping.is_set():
            began = perf_counter()
            try:
                soon = await self._work()
            except Exception as error:
                noticed.say(self._name, "a pass of the %s failed: %s", self._name, worded(error))
                soon = False
            pause_s = self._pace.shortest_s if soon else min(2 * pause_s, self._pace.longest_s)
            took_s = perf_counter() - began
            await self._sleep(max(pause_s, took_s / self._pace.share - took_s))

    async def _sleep(self, pause_s: float) -> None:
        try:
            await asyncio.wait_for(self._stopping.wait(), pause_s)
        except TimeoutError:
            return
