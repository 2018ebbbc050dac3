"""Turns: rivals of one process wait for each other instead of spinning.

What makes a decision safe is the guard of its write, which other processes move too. A turn only
spares a process the conflicts with itself.
"""

import asyncio
from collections import deque
from collections.abc import Iterable, Sequence

Queue = deque["asyncio.Future[None]"]


class Turns:
    """A queue for each key in use; a key that nobody waits for costs next to nothing."""

    def __init__(self) -> None:
        self._queues: dict[str, Queue | None] = {}

    def of(self, keys: Iterable[str]) -> "Turn":
        """Wait until it is this task's turn for all of the keys, and keep it meanwhile.

        Keys are taken in order, so that two tasks with the same ones never wait for each other.
        """
        return Turn(self._queues, keys)


class Turn:
    """An asynchronous context: one task's turn for some keys. Who came first has it first."""

    def __init__(self, queues: dict[str, Queue | None], keys: Iterable[str]) -> None:
        self._queues = queues
        self._keys = sorted(set(keys))

    async def __aenter__(self) -> None:
        for at, key in enumerate(self._keys):
            if key not in self._queues:
                self._queues[key] = None
                continue
            queue = self._queues[key]
            if queue is None:
                queue = self._queues[key] = deque()
            turn = asyncio.get_running_loop().create_future()
            queue.append(turn)
            try:
                await turn
            except BaseException:
                # It may have been given the turn, and was cancelled before it could go on.
                has_it = turn.done() and not turn.cancelled()
                self._leave(self._keys[: at + 1 if has_it else at])
                raise

    async def __aexit__(self, *_: object) -> None:
        self._leave(self._keys)

    def _leave(self, keys: Sequence[str]) -> None:
        """Give the turn for each of the keys to the first who still waits for it."""
        for key in keys:
            queue = self._queues[key]
            while queue:
                turn = queue.popleft()
                if not turn.done():
                    turn.set_result(None)
                    break
            else:
                del self._queues[key]
