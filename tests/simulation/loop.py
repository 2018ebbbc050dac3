"""An event loop in which time passes only when nothing else can happen, and nothing is by chance.

What runs on threads elsewhere runs here between two steps of coroutines, after a delay that the
dice give: so the order in which reads and writes come to their ends differs from seed to seed, and
never for the same one.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from typing import Any

MOMENT_S = 1e-6
SHORT_S = 0.0005
LONG_S = 0.05
LONG_SHARE = 0.05
"""How long work on a thread takes: mostly up to SHORT_S, at times up to LONG_S."""


class StuckError(RuntimeError):
    """Nothing will ever happen again, and somebody waits."""


class SimulatedLoop(asyncio.BaseEventLoop):
    """An asyncio loop with a clock of its own. It cannot open connections."""

    def __init__(self, dice: random.Random) -> None:
        super().__init__()
        self._dice = dice
        self._now = 0.0
        self._selector = self
        self._clock_resolution = MOMENT_S / 10
        self._busy_until: dict[object, float] = {}

    def time(self) -> float:
        """Simulated seconds since the loop was made."""
        return self._now

    def select(self, timeout: float | None) -> list[Any]:
        """Let time pass until the next thing is due."""
        if timeout is None:
            raise StuckError("nothing is due, and somebody waits")
        if timeout > 0:
            self._now += timeout
        return []

    def _process_events(self, event_list: list[Any]) -> None:
        """There are none: nothing comes from outside."""

    def _write_to_self(self) -> None:
        """Nothing sleeps outside this loop."""

    def run_in_executor(  # type: ignore[override]
        self, executor: object, func: Callable[..., Any], *args: Any
    ) -> asyncio.Future[Any]:
        """Works of one executor come one after the other, in their order."""
        future = self.create_future()
        begins = max(self._now, self._busy_until.get(executor, 0.0)) + self._delay()
        self._busy_until[executor] = begins + MOMENT_S

        def work() -> None:
            try:
                result = func(*args)
            except Exception as error:
                self.call_later(self._delay(), self._fail, future, error)
            else:
                self.call_later(self._delay(), self._give, future, result)

        self.call_at(begins, work)
        return future

    def _delay(self) -> float:
        longest = LONG_S if self._dice.random() < LONG_SHARE else SHORT_S
        return self._dice.uniform(MOMENT_S, longest)

    @staticmethod
    def _give(future: asyncio.Future[Any], result: object) -> None:
        if not future.done():
            future.set_result(result)

    @staticmethod
    def _fail(future: asyncio.Future[Any], error: Exception) -> None:
        if not future.done():
            future.set_exception(error)
