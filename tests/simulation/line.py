"""A server's way to the database: what is sent may be lost, late, or done without an answer."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from contextvars import Context
from enum import Enum, auto
from typing import Any

from stampbook.storage.store import OutcomeUnknown, Store, Transacting, Unavailable

CALLS = frozenset(
    (
        *("load", "save", "policies", "find_keys", "find_external_ids", "find_guards"),
        *("last_rows", "journal", "due_accounts", "put_off", "complete_upto"),
        *("until_replicated", "fetch", "fetch_one", "execute"),
    )
)
WRITES = frozenset(("save", "put_off", "execute"))
"""What may have had its effect when its answer is lost."""

LATE_S = 3.0


class Fate(Enum):
    """What becomes of a call."""

    ANSWERED = auto()
    REFUSED = auto()
    LOST = auto()
    UNANSWERED = auto()
    LATE = auto()
    """The caller has given it up when it is done."""


class Weather:
    """How often calls fail. `calm` ends all of it."""

    def __init__(self, dice: random.Random, faults: float) -> None:
        self.dice = dice
        self.faults = faults
        self.seen: dict[Fate, int] = dict.fromkeys(Fate, 0)

    def calm(self) -> None:
        """From now on nothing fails."""
        self.faults = 0.0

    def fate(self) -> Fate:
        """That of the next call."""
        found = Fate.ANSWERED
        if self.dice.random() < self.faults:
            found = self.dice.choice((Fate.REFUSED, Fate.LOST, Fate.UNANSWERED, Fate.LATE))
        self.seen[found] += 1
        return found


class Line:
    """Implements the store's protocol with a store. What was sent is done even if the server ends
    meanwhile; `apart` is the context of what then has no owner."""

    def __init__(self, store: Store, weather: Weather, apart: Context) -> None:
        self._store = store
        self._weather = weather
        self._apart = apart

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._store, name)
        if name not in CALLS:
            return found

        async def call(*arguments: Any, **named: Any) -> Any:
            return await self._call(name, found, arguments, named)

        return call

    async def _call(self, name: str, found: Any, arguments: Any, named: Any) -> Any:
        fate, writes = self._weather.fate(), name in WRITES
        if fate is Fate.REFUSED:
            raise Unavailable("no connection")
        if fate is Fate.LOST:
            raise OutcomeUnknown("cut") if writes else Unavailable("cut")
        loop = asyncio.get_running_loop()
        if fate is Fate.LATE:
            after_s = self._weather.dice.uniform(0, LATE_S)
            self._begin(_later(after_s, found, arguments, named))
            await asyncio.sleep(self._weather.dice.uniform(0, LATE_S / 2))
            raise OutcomeUnknown("timed out") if writes else Unavailable("timed out")
        sent = loop.create_task(found(*arguments, **named), context=self._apart.copy())
        sent.add_done_callback(_heard)
        answer = await asyncio.shield(sent)
        if fate is Fate.UNANSWERED:
            raise OutcomeUnknown("no answer") if writes else Unavailable("no answer")
        return answer

    def _begin(self, work: Any) -> None:
        task = asyncio.get_running_loop().create_task(work, context=self._apart.copy())
        task.add_done_callback(_heard)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transacting]:
        """As the store's; its commit may fail, or not be answered."""
        fate = self._weather.fate()
        if fate is Fate.REFUSED:
            raise Unavailable("no connection")
        try:
            async with self._store.transaction() as writing:
                yield writing
                if fate in (Fate.LOST, Fate.LATE):
                    raise _CutError
        except _CutError:
            raise OutcomeUnknown("cut") from None
        if fate is Fate.UNANSWERED:
            raise OutcomeUnknown("no answer")

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[Transacting]:
        """As the store's."""
        if self._weather.fate() is not Fate.ANSWERED:
            raise Unavailable("no connection")
        async with self._store.snapshot() as reading:
            yield reading


class _CutError(Exception):
    """Rolls back."""


async def _later(after_s: float, found: Any, arguments: Any, named: Any) -> None:
    await asyncio.sleep(after_s)
    await found(*arguments, **named)


def _heard(task: asyncio.Task[Any]) -> None:
    """Nobody may be left to hear what became of it."""
    if not task.cancelled():
        task.exception()
