"""The two ends of a connection between processes: `Link` hands over, `Service` decides."""

import asyncio
import logging
from collections.abc import Callable
from functools import partial
from typing import Final, NamedTuple, cast

from msgspec import ValidationError

from stampbook.domain.commands import Settle
from stampbook.ledger.origin import Origin
from stampbook.ledger.outcomes import Outcome, mark
from stampbook.ledger.owners.letters import (
    Frames,
    Kind,
    answer_to,
    error_of,
    failure_of,
    frame,
    read_answers,
    read_works,
    written,
)
from stampbook.ledger.submission import Submission, external_ids_of
from stampbook.storage.store import OutcomeUnknown
from stampbook.watching.counting import count
from stampbook.watching.metrics import HANDED_OVER

log = logging.getLogger(__name__)

HELD_UP: Final = 4 << 20
"""Bytes that may wait for the other process to read them."""

LOOKS: Final = 10
"""After this many seconds in which an owner has said nothing, though asked, it counts as dead."""

Decide = Callable[[Submission, Origin, "asyncio.Future[Outcome] | None"], "asyncio.Future[Outcome]"]
"""Put a submission in the queue of this process. The future, if given, gets the outcome."""


class OwnerLost(OutcomeUnknown):
    """The process that was deciding a request has ended: it may have been carried out or not."""


class Waiting(NamedTuple):
    """A caller who waits for the outcome of a submission."""

    future: "asyncio.Future[Outcome]"
    item: Submission
    origin: Origin


class _End(asyncio.Protocol):
    """What both ends do: texts of one turn of the event loop are written together."""

    kind: Kind

    def __init__(self) -> None:
        self.transport: asyncio.Transport | None = None
        self.is_held_up = False
        self._frames = Frames()
        self._texts: list[bytes] = []
        self._loop = asyncio.get_running_loop()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self.transport.set_write_buffer_limits(HELD_UP)

    def connection_lost(self, _: Exception | None) -> None:
        self.transport = None

    def pause_writing(self) -> None:
        self.is_held_up = True

    def resume_writing(self) -> None:
        self.is_held_up = False

    def say(self, kind: Kind) -> None:
        """Write a frame that is only a kind, after all that waits."""
        self.flush()
        if self.transport is not None:
            self.transport.write(frame(kind))

    def add(self, text: bytes) -> None:
        """Write it with others, soon."""
        if not self._texts:
            self._loop.call_soon(self.flush)
        self._texts.append(text)

    def flush(self) -> None:
        """Write what waits."""
        if self._texts and self.transport is not None and not self.transport.is_closing():
            self.transport.write(frame(self.kind, self._texts))
            self._texts.clear()

    def close(self) -> None:
        """Write what waits, then end the connection."""
        self.flush()
        if self.transport is not None:
            self.transport.close()


class Link(_End):
    """Hands submissions to the process of that number. `is_open` while that one takes them.

    `changed` is called when `is_open` changes, and at the end. `most`: submissions that may wait.
    """

    kind = Kind.WORKS

    def __init__(
        self, number: int, decide: Decide, changed: Callable[["Link"], None], most: int
    ) -> None:
        super().__init__()
        self.number = number
        self.is_open = False
        self._decide = decide
        self._changed = changed
        self._most = most
        self._next = 0
        self._sent = 0
        self._waiting: dict[int, Waiting] = {}
        self._heard = True
        self._silent = 0

    @property
    def is_full(self) -> bool:
        """Whether no further submission may wait."""
        return self.is_held_up or len(self._waiting) >= self._most

    def hand(self, item: Submission, origin: Origin) -> "asyncio.Future[Outcome] | None":
        """The outcome, when it comes; None for what cannot be written."""
        try:
            text = written(self._next, item, origin)
        except (OverflowError, ValueError):
            return None
        future: asyncio.Future[Outcome] = self._loop.create_future()
        self._waiting[self._next] = Waiting(future, item, origin)
        self._next += 1
        self.add(text)
        return future

    def flush(self) -> None:
        super().flush()
        if not self._texts:
            self._sent = self._next

    def data_received(self, data: bytes) -> None:
        self._heard = True
        for kind, body in self._frames.take(data):
            if kind == Kind.ANSWERS:
                self._answer(body)
            elif kind == Kind.WELCOME:
                self.is_open = True
                self._changed(self)
            elif kind == Kind.LEAVING:
                self.is_open = False
                self._changed(self)
                self.say(Kind.LEFT)

    def _answer(self, body: bytes) -> None:
        answers = read_answers(body)
        count(HANDED_OVER, "answered", by=len(answers))
        for number, done, refusal, failed in answers:
            future, _, origin = self._waiting.pop(number)
            if future.done():  # its caller has gone
                continue
            if failed is not None:
                future.set_exception(error_of(failed))
                continue
            outcome = done or refusal
            assert outcome is not None
            mark(origin, outcome)  # the owner has counted it
            future.set_result(outcome)

    def look(self) -> None:
        """End the connection to a process that says nothing for too long, as if it were dead: it
        hangs, or is stopped. Call it once a second."""
        if self._heard or not self._waiting or self.transport is None:
            self._silent = 0
        else:
            self._silent += 1
            if self._silent > LOOKS:
                log.error("process %d does not answer; others decide for it", self.number + 1)
                self.transport.abort()
                return
        self._heard = False
        if self._waiting:
            self.say(Kind.PING)

    def connection_lost(self, error: Exception | None) -> None:
        """What was not sent, or has one effect however often it is decided, is decided here."""
        super().connection_lost(error)
        self.is_open = False
        sent, self._sent = self._sent, self._next
        self._changed(self)
        waiting, self._waiting = self._waiting, {}
        for number, (future, item, origin) in waiting.items():
            if future.done():
                continue
            if number >= sent or has_one_effect(item):
                count(HANDED_OVER, "again")
                self._decide(item, origin, future)
            else:
                count(HANDED_OVER, "unknown")
                future.set_exception(OwnerLost("the process that decided it has ended"))


def has_one_effect(item: Submission) -> bool:
    """Whether it has no second effect when it is decided twice, by whatever processes."""
    return (
        item.key is not None
        or item.dry_run
        or bool(external_ids_of(item))
        or all(isinstance(each, Settle) for each in item.commands)
    )


class Service(_End):
    """Decides what another process hands over. `is_over` once nothing more comes or is decided."""

    kind = Kind.ANSWERS

    def __init__(self, decide: Decide, changed: Callable[[], None]) -> None:
        super().__init__()
        self._decide = decide
        self._changed = changed
        self._has_left = False
        self._deciding = 0

    @property
    def is_over(self) -> bool:
        return self.transport is None or (self._has_left and not self._deciding)

    def data_received(self, data: bytes) -> None:
        for kind, body in self._frames.take(data):
            if kind == Kind.WORKS:
                for number, item, origin in read_works(body):
                    if isinstance(item, ValidationError):
                        log.error("a submission cannot be read: %s", item)
                        self.add(failure_of(number, item))
                        continue
                    self._deciding += 1
                    decided = self._decide(item, origin, None)
                    decided.add_done_callback(partial(self._answer, number))
            elif kind == Kind.PING:
                self.say(Kind.PONG)
            elif kind == Kind.LEFT:
                self._has_left = True
                self._changed()

    def _answer(self, number: int, decided: "asyncio.Future[Outcome]") -> None:
        self._deciding -= 1
        error = decided.exception()
        self.add(
            answer_to(number, decided.result()) if error is None else failure_of(number, error)
        )
        if not self._deciding:
            self._changed()

    def pause_writing(self) -> None:
        super().pause_writing()
        if self.transport is not None:
            self.transport.pause_reading()

    def resume_writing(self) -> None:
        super().resume_writing()
        if self.transport is not None:
            self.transport.resume_reading()

    def connection_lost(self, error: Exception | None) -> None:
        super().connection_lost(error)
        self._texts.clear()
        self._changed()
