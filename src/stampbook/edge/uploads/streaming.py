"""A body that is read while it comes: the request is served as soon as its head is there.

What has come and is not yet read is bounded: then the connection is not read, and the client has
to wait.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Final, Protocol

MOST_UNREAD: Final = 256 * 1024
"""Bytes that have come and wait to be read; there may be a piece more."""


class BrokenOff(Exception):
    """The rest of the body will not come: the client has gone, or was refused."""


class Source(Protocol):
    """What a body can be read from."""

    async def read(self) -> bytes:
        """What comes next; b"" at the end. Raises BrokenOff."""
        ...


class Stream:
    """The body of one request. `on_read` is called when room for more is needed."""

    def __init__(self) -> None:
        self._parts: deque[bytes] = deque()
        self._size = 0
        self._arrived: asyncio.Future[None] | None = None
        self.has_ended = False
        self.is_broken = False
        self.on_read: Callable[[], None] = _nothing

    @property
    def is_full(self) -> bool:
        """Whether nothing more should come until something is read."""
        return self._size >= MOST_UNREAD

    async def read(self) -> bytes:
        """All that has come since; b"" at the end. Raises BrokenOff."""
        while not self._parts:
            if self.is_broken:
                raise BrokenOff
            if self.has_ended:
                return b""
            self._arrived = asyncio.get_running_loop().create_future()
            self.on_read()
            await self._arrived
        found = b"".join(self._parts)
        self._parts.clear()
        self._size = 0
        self.on_read()
        return found

    def feed(self, part: bytes) -> None:
        """More has come."""
        self._parts.append(part)
        self._size += len(part)
        self._wake()

    def end(self) -> None:
        """All has come."""
        self.has_ended = True
        self._wake()

    def break_off(self) -> None:
        """Nothing more will come, and the part that has come is worth nothing."""
        if not self.has_ended:
            self.is_broken = True
            self._parts.clear()
            self._wake()

    def _wake(self) -> None:
        arrived, self._arrived = self._arrived, None
        if arrived is not None and not arrived.done():
            arrived.set_result(None)


def _nothing() -> None:
    return
