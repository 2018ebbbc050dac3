"""Long work that leaves the event loop to others: in slices, or on a thread.

What takes long is rare: an account whose points came in thousands of lots, a bulk of a thousand
operations. No other caller is to wait for it.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from time import perf_counter
from typing import Final, ParamSpec, TypeVar

from stampbook.storage.store import Unavailable

SLICE_S: Final = 0.01
"""After this time the others have their turn."""

LARGE: Final = 1_000
"""Lots that one decision, load or save needs, from which it is done on a thread. The books of
nearly all accounts hold a page of the lots that are spent next."""

LARGE_STATE: Final = 100_000
"""Characters of an account's state from which it is read on a thread."""

_Given = ParamSpec("_Given")
_Result = TypeVar("_Result")

_threads = ThreadPoolExecutor(2, thread_name_prefix="apart")


class Slices:
    """Counts the time of a piece of work. `await` it where the work may be interrupted."""

    def __init__(self) -> None:
        self._until = perf_counter() + SLICE_S

    @property
    def over(self) -> bool:
        """Whether it is the others' turn: then call `pause`."""
        return perf_counter() > self._until

    async def pause(self) -> None:
        """Give the others their turn if the slice is over."""
        if self.over:
            await asyncio.sleep(0)
            self._until = perf_counter() + SLICE_S


async def apart(
    work: Callable[_Given, _Result], *given: _Given.args, **named: _Given.kwargs
) -> _Result:
    """What `work` returns or raises, done on a thread while the event loop serves others.

    Nobody else may touch what it works on until it has ended: so it is waited for even when the
    caller is cancelled.
    """
    loop = asyncio.get_running_loop()
    future = loop.run_in_executor(_threads, lambda: work(*given, **named))
    try:
        return await asyncio.shield(future)
    except asyncio.CancelledError:
        await asyncio.wait((future,))
        raise


MAX_SCANS: Final = 2
"""Searches at once: each takes one of the few reading connections, and short reads need others."""

MAX_WAITING: Final = 100
"""Searches that may wait for their turn."""


class Scans:
    """The turns of reads that may look at every row of a table."""

    def __init__(self) -> None:
        self._turns = asyncio.Semaphore(MAX_SCANS)
        self._waiting = 0

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """One's turn, as soon as it comes. Raises Unavailable when too many wait."""
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
