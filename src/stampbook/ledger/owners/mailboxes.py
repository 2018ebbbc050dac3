"""How processes of one server get sockets to each other, without a name that others could find.

A mailbox is a pair of sockets that is made before the fork: any process can post to it, and the
process of its number takes from it. A letter is one end of a new pair of sockets; the process that
posts it keeps the other. So a connection is held by its two processes alone, and its end shows
that one of them has ended. What is posted to a process that is dead waits for its replacement.
"""

import os
import socket
from collections.abc import Iterator
from typing import Final

SIGNED: Final = 1
"""Bytes of a letter: the number of its sender. The sockets are a stream, in which the system keeps
each posted socket at its own byte."""


class Mailboxes:
    """One for each of that many processes. Make them before the fork."""

    def __init__(self, processes: int) -> None:
        self._pairs = [socket.socketpair() for _ in range(processes)]
        for pair in self._pairs:
            for end in pair:
                end.setblocking(False)

    def of(self, number: int) -> "Mailbox":
        """The mailbox of the process of that number, which alone may take from it."""
        return Mailbox(
            number,
            self._pairs[number][0],
            {other: pair[1] for other, pair in enumerate(self._pairs) if other != number},
        )

    def close(self) -> None:
        for pair in self._pairs:
            for end in pair:
                end.close()


class Mailbox:
    """What process `number` takes from, and posts to: `others` by their numbers."""

    def __init__(self, number: int, reads: socket.socket, others: dict[int, socket.socket]) -> None:
        self.number = number
        self.others = others
        self._reads = reads

    def fileno(self) -> int:
        """What is readable when something has been posted."""
        return self._reads.fileno()

    def post(self, other: int) -> socket.socket | None:
        """A new connection to the other process, once it takes the end that is posted to it. None:
        its mailbox is full, or the system has no more sockets; try again later."""
        try:
            kept, posted = socket.socketpair()
        except OSError:
            return None
        with posted:
            try:
                socket.send_fds(self.others[other], [bytes((self.number,))], [posted.fileno()])
            except OSError:
                kept.close()
                return None
        kept.setblocking(False)
        return kept

    def take(self) -> Iterator[socket.socket]:
        """The connections that others have posted."""
        while True:
            try:
                said, ends, _, _ = socket.recv_fds(self._reads, SIGNED, 1)
            except BlockingIOError:
                return
            if not said:
                return
            for end in ends:
                os.set_inheritable(end, False)
                taken = socket.socket(fileno=end)
                taken.setblocking(False)
                yield taken
