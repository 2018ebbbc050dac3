"""Work that goes on after its request was answered: a few asyncio tasks, never more.

A job is a row in the database that says how far it has come; this runs it. An interrupted
job is found by the next request for it, in this process or another.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable

log = logging.getLogger(__name__)

MAX_RUNNING = 2
"""Jobs at once: they share the process with requests."""

MAX_WAITING = 100
"""Jobs that wait for their turn; one more is left to be started by the next who asks for it."""


class Jobs:
    """Named jobs; a name that runs or waits already is not taken twice."""

    def __init__(self) -> None:
        self._turns = asyncio.Semaphore(MAX_RUNNING)
        self._tasks: dict[str, asyncio.Task[None]] = {}

    def start(self, name: str, work: Callable[[], Awaitable[object]]) -> bool:
        """Run the job when its turn comes; whether it runs or waits now."""
        if name in self._tasks:
            return True
        if len(self._tasks) >= MAX_WAITING + MAX_RUNNING:
            return False
        task = asyncio.get_running_loop().create_task(self._run(name, work))
        self._tasks[name] = task
        task.add_done_callback(lambda _: self._tasks.pop(name, None))
        return True

    async def finish(self) -> None:
        """Wait until all that was started has ended."""
        while self._tasks:
            await asyncio.gather(*self._tasks.values(), return_exceptions=True)

    async def stop(self) -> None:
        """End what runs and drop what waits; the rows say where to go on."""
        for task in list(self._tasks.values()):
            task.cancel()
        await self.finish()

    async def _run(self, name: str, work: Callable[[], Awaitable[object]]) -> None:
        async with self._turns:
            try:
                await work()
            except Exception:
                log.exception("job %s failed", name)
