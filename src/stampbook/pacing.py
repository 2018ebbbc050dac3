"""Long work that leaves the event loop to others: in slices, or on a thread.

What takes long is rare: an account whose points came in thousands of lots, a bulk of a thousand
operations. No other caller is to wait for it.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from time import perf_counter
from typing import Final, ParamSpec, TypeVar

SLICE_S: Final = 0.01
"""After this time the others have their turn."""

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
