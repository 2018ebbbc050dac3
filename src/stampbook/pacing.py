"""Long work that does not block the event loop: it runs in slices, or on a thread.

Long work is rare: an account with thousands of lots, or a bulk of a thousand operations. Other
callers must not wait for it.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from time import perf_counter
from typing import Any, Final, ParamSpec, TypeVar

from stampbook.storage.store import Unavailable

SLICE_S: Final = 0.01
"""After this time, others get their turn."""

A_TURN: Final = 25
"""After this number of accounts or rows of a request that has hundreds, others get their turn: each
takes a few tenths of a millisecond."""

LARGE: Final = 1_000
"""A decision, load or save with this many lots or more runs on a thread. The books of nearly all
accounts hold only a page of lots, those that are spent next."""

LARGE_STATE: Final = 100_000
"""An account's state with this many characters or more is read on a thread."""

_Given = ParamSpec("_Given")
_Result = TypeVar("_Result")

_threads = ThreadPoolExecutor(2, thread_name_prefix="apart")


async def give_way() -> None:
    """Let others have their turn."""
    await asyncio.sleep(0)


class Slices:
    """Measures the time of a piece of work. Await `pause` where others can have their turn."""

    def __init__(self, slice_s: float = SLICE_S) -> None:
        self._slice_s = slice_s
        self._until = perf_counter() + slice_s

    @property
    def over(self) -> bool:
        """Whether the slice is over and others should get their turn."""
        return perf_counter() > self._until

    async def pause(self) -> None:
        """Let others have their turn if the slice is over."""
        if self.over:
            await give_way()
            self._until = perf_counter() + self._slice_s


async def apart(
    work: Callable[_Given, _Result], *given: _Given.args, **named: _Given.kwargs
) -> _Result:
    """Run `work` on a thread while the event loop serves others; return or raise what it does.

    Nothing else may touch the objects that it works on, so this waits for its end even if the
    caller is cancelled.
    """
    loop = asyncio.get_running_loop()
    future = loop.run_in_executor(_threads, lambda: work(*given, **named))
    try:
        return await asyncio.shield(future)
    except asyncio.CancelledError:
        await asyncio.wait((future,))
        raise


async def here(
    work: Callable[_Given, _Result], *given: _Given.args, **named: _Given.kwargs
) -> _Result:
    """Run `work` as a call does: for what only sometimes runs `apart`."""
    return work(*given, **named)


async def in_turns(
    steps: Generator[None, None, _Result],
    run: Callable[..., Awaitable[_Result | None]] = here,
) -> _Result:
    """What the generator returns, which is never None. Others get their turn wherever it yields;
    each step between is run by `run`."""
    while True:
        found = await run(_further, steps)
        if found is not None:
            return found
        await give_way()


def _further(steps: Generator[None, None, _Result]) -> _Result | None:
    try:
        next(steps)
    except StopIteration as end:
        found: _Result = end.value
        return found
    return None


MAX_SCANS: Final = 2
"""Simultaneous searches: each uses a reading connection, and short reads need the others."""

MAX_WAITING: Final = 100
"""How many searches may wait for their turn."""


class Scans:
    """Limits the reads that may scan a whole table."""

    def __init__(self) -> None:
        self._turns = asyncio.Semaphore(MAX_SCANS)
        self._waiting = 0

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Wait for a turn and keep it. Raises Unavailable if too many are waiting."""
        if self._waiting >= MAX_WAITING:
            raise Unavailable("too many searches are waiting")
        self._waiting += 1
        try:
            await self._turns.acquire()
        finally:
            self._waiting -= 1
        try:
            yield
        finally:
            self._turns.release()


def run_apart(work: Coroutine[Any, Any, _Result]) -> _Result:
    """The coroutine's result; it runs in an event loop and a thread of its own."""
    with ThreadPoolExecutor(max_workers=1) as apart:
        return apart.submit(asyncio.run, work).result()
