"""Turns: rivals of one process wait for each other instead of spinning.

What makes a decision safe is the guard of its write, which other processes move too. A turn only
spares a process the conflicts with itself.
"""

import asyncio
from collections.abc import Iterable


class Turns:
    """A lock for each key in use; a key that nobody waits for costs nothing."""

    def __init__(self) -> None:
        self._locks: dict[str, tuple[asyncio.Lock, int]] = {}

    def of(self, keys: Iterable[str]) -> "Turn":
        """Wait until it is this task's turn for all of the keys, and keep it meanwhile.

        Keys are taken in order, so that two tasks with the same ones never wait for each other.
        """
        return Turn(self._locks, keys)


class Turn:
    """An asynchronous context: one task's turn for some keys."""

    def __init__(self, locks: dict[str, tuple[asyncio.Lock, int]], keys: Iterable[str]) -> None:
        self._locks = locks
        self._keys = sorted(set(keys))
        self._held: list[asyncio.Lock] = []

    async def __aenter__(self) -> None:
        try:
            for key in self._keys:
                lock, users = self._locks.get(key) or (asyncio.Lock(), 0)
                self._locks[key] = lock, users + 1
                self._held.append(lock)
                await lock.acquire()
        except BaseException:
            self._leave(self._held.pop())
            raise

    async def __aexit__(self, *_: object) -> None:
        self._leave()

    def _leave(self, awaited: asyncio.Lock | None = None) -> None:
        """Give the keys up; `awaited` is the lock of the last of them, which was not acquired."""
        for lock in self._held:
            lock.release()
        count = len(self._held) + (awaited is not None)
        for key in self._keys[:count]:
            lock, users = self._locks.pop(key)
            if users > 1:
                self._locks[key] = lock, users - 1
