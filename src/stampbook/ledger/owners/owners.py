"""The other processes of this server, as the ledger uses them; see the package."""

import asyncio
import socket
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any, Final

from stampbook.ledger.lane import OVERLOADED
from stampbook.ledger.origin import Origin
from stampbook.ledger.outcomes import Outcome, note
from stampbook.ledger.owners.letters import Kind, is_plain
from stampbook.ledger.owners.links import Decide, Link, Service
from stampbook.ledger.owners.mailboxes import Mailbox
from stampbook.ledger.owners.places import PLACES, owners, place_of
from stampbook.ledger.submission import Submission

LOOK_EVERY_S: Final = 1.0

CLOSE_S: Final = 1.0
"""For what is answered to be read by the others, however long it took to be answered."""

POST_AGAIN_S: Final = 0.1
"""How long after a connection has ended the next one is posted: also the pause between attempts."""


class Owners:
    """Knows which account is another process's, and hands submissions to it.

    `decide` puts a submission in a queue of this process; `most` is how many may wait for another
    one. `start` it in the event loop that uses it. As soon as the process begins to stop, `leave`:
    the others then hand over nothing more. `stop` it when there are no callers any more, and before
    what decides is stopped.
    """

    def __init__(self, mailbox: Mailbox, decide: Decide, *, most: int) -> None:
        self._mailbox = mailbox
        self._decide = decide
        self._most = most
        self._links: dict[int, Link] = {}
        self._services: set[Service] = set()
        self._table: list[Link | None] = [None] * PLACES
        self._is_leaving = False
        self._left_at = 0.0
        self._over, self._closed = asyncio.Event(), asyncio.Event()
        self._connecting: set[asyncio.Task[None]] = set()
        self._timers: dict[object, asyncio.TimerHandle] = {}

    def start(self) -> None:
        """Take what others post, and post to each of them."""
        asyncio.get_running_loop().add_reader(self._mailbox.fileno(), self._take)
        for other in self._mailbox.others:
            self._post(other)
        self._look()

    def hand(self, item: Submission, origin: Origin) -> "asyncio.Future[Outcome] | None":
        """The outcome, when it comes; None for what is to be decided in this process."""
        link = self._table[place_of(item.account)]
        if link is None or not is_plain(item, origin):
            return None
        if not link.is_full:
            return link.hand(item, origin)
        refused: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        note(origin, OVERLOADED)
        refused.set_result(OVERLOADED)
        return refused

    @property
    def others(self) -> set[int]:
        """The processes that take submissions from this one."""
        return {link.number for link in self._links.values() if link.is_open}

    @property
    def is_full(self) -> bool:
        """Whether another process has so much to decide that nothing can be handed to it."""
        return any(link.is_full for link in self._links.values())

    def leave(self) -> None:
        """Have the others hand over nothing more; what they have handed over is decided."""
        if self._is_leaving:
            return
        self._is_leaving = True
        self._left_at = asyncio.get_running_loop().time()
        asyncio.get_running_loop().remove_reader(self._mailbox.fileno())
        for service in self._services:
            service.say(Kind.LEAVING)
        self._note_over()

    async def stop(self, within_s: float) -> None:
        """Wait until all that was handed over is answered, but not longer than `within_s` since the
        process left; then close the connections."""
        self.leave()
        passed_s = asyncio.get_running_loop().time() - self._left_at
        await self._wait_for(self._over, max(CLOSE_S, within_s - passed_s))
        for timer in self._timers.values():
            timer.cancel()
        for end in (*self._services, *self._links.values()):
            end.close()
        await self._wait_for(self._closed, CLOSE_S)
        for task in self._connecting:
            task.cancel()

    async def _wait_for(self, event: asyncio.Event, within_s: float) -> None:
        self._note_over()
        with suppress(TimeoutError):
            async with asyncio.timeout(within_s):
                await event.wait()

    # -- connections ---------------------------------------------------------------------

    def _take(self) -> None:
        """Serve those who have posted a connection."""
        for end in self._mailbox.take():
            self._begin(self._serve(end))

    async def _serve(self, end: socket.socket) -> None:
        service = Service(self._decide, self._note_over)
        await _connect(end, service)
        if self._is_leaving:
            service.close()
        elif service.transport is not None:
            self._services.add(service)
            service.say(Kind.WELCOME)

    def _post(self, other: int) -> None:
        """Connect to another process, which may be dead; then its replacement takes it."""
        if self._is_leaving:
            return
        end = self._mailbox.post(other)
        if end is None:
            self._post_later(other)
            return
        link = Link(other, self._decide, self._note_change, self._most)
        self._links[other] = link
        self._begin(_connect(end, link))

    def _post_later(self, other: int) -> None:
        loop = asyncio.get_running_loop()
        self._timers[other] = loop.call_later(POST_AGAIN_S, self._post, other)

    def _begin(self, connecting: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(connecting)
        self._connecting.add(task)
        task.add_done_callback(self._connecting.discard)

    def _note_change(self, link: Link) -> None:
        """Another process has begun to take submissions, or does not take them any more."""
        if link.transport is None:
            del self._links[link.number]
            self._post_later(link.number)
        open_links = {each.number: each for each in self._links.values() if each.is_open}
        self._table = [
            open_links.get(owner) for owner in owners({self._mailbox.number, *open_links})
        ]
        self._note_over()

    def _note_over(self) -> None:
        """Note whether all is answered, and whether all connections have ended."""
        self._services = {each for each in self._services if each.transport is not None}
        if not self._is_leaving:
            return
        if all(each.is_over for each in self._services):
            self._over.set()
        if not self._services and not self._links:
            self._closed.set()

    def _look(self) -> None:
        for link in list(self._links.values()):
            link.look()
        loop = asyncio.get_running_loop()
        self._timers[self._look] = loop.call_later(LOOK_EVERY_S, self._look)


async def _connect(end: socket.socket, protocol: asyncio.Protocol) -> None:
    await asyncio.get_running_loop().connect_accepted_socket(lambda: protocol, end)
