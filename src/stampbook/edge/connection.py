"""One connection: requests come, have their turn one after the other, and are answered.

What a client that means harm, or is broken, can do stays within bounds: a head that does not come
in time, a body that makes no progress, an answer that nobody reads, and a connection too many end
the connection, with an error in the words of the path's dialect where that is possible. What comes
faster than it is answered, or takes long to parse, is not read: it waits in the client's system,
not in this process.
"""

import asyncio
import logging
import sys
from collections.abc import AsyncGenerator
from typing import Final, cast

from stampbook.edge.answers import Answer, Streamed
from stampbook.edge.bounds.limits import KEEP_ALIVE_S, SPARE, WHOLE_UPLOAD_S, Limits
from stampbook.edge.parsing import PIECE, Incoming, Refused
from stampbook.edge.requests import Request
from stampbook.edge.serving import Edge
from stampbook.edge.sharing import Open
from stampbook.edge.unavailable import told
from stampbook.edge.uploads.streaming import Stream
from stampbook.edge.writing import CONTINUE, END_OF_PARTS, chunk, head_of, send
from stampbook.storage.store import OutcomeUnknown, Unavailable
from stampbook.watching.counting import count
from stampbook.watching.metrics import REJECTED
from stampbook.watching.noticing import Noticed

TURN: Final = 16 * 1024
"""What is parsed of one connection before the others have their turn: it can be thousands of
chunks of a byte each."""

PROGRESS: Final = 1024
"""Bytes of an unfinished body that win another wait: single bytes must not hold a connection."""

LINGER_S: Final = 2.0
"""How long what a refused client still sends is read and dropped. If the connection were closed
at once, the client's system would throw away the answer together with the connection."""

CROWDED_EVERY_S: Final = 60.0
"""How often the log says that there are too many connections: it lasts, once it has begun."""

log = logging.getLogger(__name__)
noticed = Noticed(log)
crowded = Noticed(log, every_s=CROWDED_EVERY_S)


class Connection(asyncio.Protocol):
    """See the module."""

    def __init__(self, edge: Edge, limits: Limits, shared: Open) -> None:
        self._edge = edge
        self._limits = limits
        self._shared = shared
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport
        self._incoming: Incoming
        self._answering: asyncio.Task[None] | None = None
        self._came = 0  # bytes since the deadline of an unfinished body was set
        self._body_due = 0.0  # when the unfinished body must be whole
        self._is_refused = False
        self._has_ended = False
        self._last_words: tuple[Request, Answer] | None = None
        self._deadline: float | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._unparsed = b""
        self._parses_soon = False
        self._is_reading = True
        self._unsent = 0
        self._writable: asyncio.Future[None] | None = None

    # -- what comes -------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A client is there; it may be one too many."""
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is no subclass of it
        peer = transport.get_extra_info("peername")
        self._client = peer[0] if isinstance(peer, tuple) else ""
        self._incoming = Incoming(
            self._client, self._edge.reached, self._shared.held, self._edge.route
        )
        connections, limit = self._shared.connections, self._limits.connections
        connections.add(self)
        if self._shared.is_closing:
            self._transport.close()
        elif len(connections) > limit + SPARE:
            count(REJECTED, "connections")
            self._transport.abort()
        elif len(connections) > limit:
            detail = f"{limit} connections are open, the limit; try again later"
            self._refuse(503, detail, is_crowd=True)
        else:
            self._wait(self._limits.head_s)

    def data_received(self, data: bytes) -> None:
        """More of a request has come."""
        if self._is_refused:
            return  # what a refused client still sends is dropped
        incoming = self._incoming
        if self._unparsed or incoming.whole or incoming.stream is not None or len(data) > PIECE:
            self._unparsed += data
            self._pause_reading()
            if not self._parses_soon:
                self._parse_a_turn()
            return
        self._go_on(incoming.feed(data), len(data))

    def _parse_a_turn(self) -> None:
        """Parse on, until a request waits for the one before it."""
        self._parses_soon = False
        data, size = self._unparsed, 0
        if self._transport.is_closing():
            self._unparsed = b""
            return
        while size < min(len(data), TURN) and not (self._is_held_up or self._is_refused):
            piece = data[size : size + PIECE]
            size += len(piece)
            self._go_on(self._incoming.feed(piece), len(piece))
        self._unparsed = b"" if self._is_refused else data[size:]
        self._read_on()

    @property
    def _is_held_up(self) -> bool:
        """Whether what has come is still to be served, so that no more should be parsed."""
        incoming = self._incoming
        return bool(incoming.whole) or (incoming.stream is not None and incoming.stream.is_full)

    def _go_on(self, refused: Refused | None, size: int) -> None:
        """A piece is parsed: answer what is whole, wait for what is not."""
        incoming = self._incoming
        if incoming.whole:
            self._came = 0 if incoming.stream is None else PROGRESS
            self._body_due = 0.0
            if self._unsent == 0:
                self._deadline = None
            if self._answering is None:
                self._answering = self._loop.create_task(self._answer(incoming.whole.popleft()))
        if incoming.whole or (incoming.stream is not None and incoming.stream.is_full):
            self._pause_reading()
        if refused is not None:
            self._refuse(refused.status, refused.detail)
        elif incoming.is_open:
            self._wait_for_the_rest(size)
            if self._answering is None:
                self._ask_for_the_body()

    def _take_more(self) -> None:
        self._ask_for_the_body()
        self._read_on()

    def _ask_for_the_body(self) -> None:
        if self._incoming.awaits_continue:
            self._incoming.awaits_continue = False
            self._transport.write(CONTINUE)

    def _read_on(self) -> None:
        """Read on, unless something that has come is still to be parsed or served."""
        if self._is_held_up or self._is_refused or self._transport.is_closing():
            return
        if not self._unparsed:
            if not self._is_reading:
                self._is_reading = True
                self._transport.resume_reading()
        elif not self._parses_soon:
            self._parses_soon = True
            self._loop.call_soon(self._parse_a_turn)

    def _pause_reading(self) -> None:
        if self._is_reading and not self._transport.is_closing():
            self._is_reading = False
            self._transport.pause_reading()

    # -- answering ------------------------------------------------------------------------

    async def _answer(self, request: Request) -> None:
        transport, incoming = self._transport, self._incoming
        stream = request.stream if isinstance(request.stream, Stream) else None
        if stream is not None:
            stream.on_read = self._take_more
        try:
            answer = await self._edge.serve(request)
            closes = not request.keep_alive or self._shared.is_closing
            if self._has_ended:
                closes = closes or not (incoming.whole or self._last_words)
            if stream is not None and not stream.has_ended:
                closes = False
                self._read_no_more(request, answer)
            elif isinstance(answer, Streamed):
                closes = await self._send_parts(request, answer, closes=closes) or closes
            elif not transport.is_closing():
                send(transport, request, answer, closes=closes)
                if self._writable is not None:
                    await self._writable  # a client that does not read gets no more
        except BaseException as error:
            transport.abort()  # nobody waits for an answer that does not come
            if not isinstance(error, Exception):
                raise
            log.exception("request %s failed while it was answered", request.id)
        finally:
            self._shared.held.bytes -= request.held
            self._answering = None
        if transport.is_closing():
            return
        if closes or self._shared.is_closing:
            self._close()
        elif incoming.whole:
            self._answering = self._loop.create_task(self._answer(incoming.whole.popleft()))
            self._read_on()
        elif self._last_words is not None:
            self._say(*self._last_words)
        else:
            self._read_on()
            if not incoming.is_open:
                self._wait(KEEP_ALIVE_S)
            else:
                self._ask_for_the_body()

    async def _send_parts(self, request: Request, answer: Streamed, *, closes: bool) -> bool:
        """Send the parts as they are made, no faster than they are read; whether to close then."""
        transport, parts = self._transport, answer.parts
        closes = closes or request.is_old  # HTTP/1.0 knows no chunks: the end is the end
        try:
            if transport.is_closing():
                return True
            transport.write(head_of(request, answer, closes=closes))
            if request.method == "HEAD":
                return closes
            async for part in parts:
                if transport.is_closing():
                    return True
                if part:
                    transport.write(part if request.is_old else chunk(part))
                if self._writable is not None:
                    await self._writable
            if not request.is_old and not transport.is_closing():
                transport.write(END_OF_PARTS)
        except (Unavailable, OutcomeUnknown) as error:
            noticed.say("cut off", "an answer was cut off: %s", told(error))
            transport.abort()  # the client must not take what it has for the whole
        finally:
            if isinstance(parts, AsyncGenerator):
                await parts.aclose()  # nothing is read for a client that has gone
        return closes

    # -- refusing ---------------------------------------------------------------------------

    def _refuse(self, status: int, detail: str, *, is_crowd: bool = False) -> None:
        """Answer with an error after all that was asked for before, and close."""
        where = self._client or "a client"
        log_of, reason = (crowded, "connections") if is_crowd else (noticed, None)
        log_of.say(f"refused {status}", "a request of %s: %d, %s", where, status, detail)
        request = self._incoming.broken_off()
        self._read_no_more(request, self._edge.refuse(request, status, detail, reason))
        if self._answering is None and self._last_words is not None:
            self._say(*self._last_words)
        else:
            self._pause_reading()

    def _read_no_more(self, request: Request, answer: Answer | Streamed) -> None:
        """Drop what still comes: the answer is the last one, unless there are last words."""
        if self._last_words is None and isinstance(answer, Answer):
            self._last_words = request, answer
        self._incoming.drop()
        self._is_refused = True
        self._unparsed = b""
        self._deadline = None

    def _say(self, request: Request, words: Answer) -> None:
        """Send the last answer of this connection, then drop what still comes for LINGER_S."""
        transport = self._transport
        if transport.is_closing():
            return
        send(transport, request, words, closes=True)
        if transport.can_write_eof():
            transport.write_eof()
        if not self._is_reading:
            self._is_reading = True
            transport.resume_reading()
        self._loop.call_later(LINGER_S, transport.abort)

    # -- deadlines: one timer for each connection, not one for every wait -------------------

    def _wait_for_the_rest(self, size: int) -> None:
        """A request has come in part. A head has one deadline, a body one for each progress."""
        incoming = self._incoming
        if incoming.head_size is not None:
            if incoming.ended or incoming.head_size <= size:  # it has just begun
                self._wait(self._limits.head_s)
                self._came = PROGRESS  # its body's first wait begins with its first bytes
                self._body_due = 0.0
            return
        now = self._loop.time()
        if not self._body_due or incoming.ended:
            self._body_due = now + self._whole_body_s
        self._came += size
        if self._came >= PROGRESS or incoming.ended:
            self._came = 0
            self._wait(min(self._limits.body_s, self._body_due - now))

    @property
    def _whole_body_s(self) -> float:
        return self._limits.whole_body_s if self._incoming.stream is None else WHOLE_UPLOAD_S

    def _wait(self, seconds: float) -> None:
        self._deadline = due = self._loop.time() + seconds
        timer = self._timer
        if timer is None or timer.when() > due:
            if timer is not None:
                timer.cancel()
            self._timer = self._loop.call_at(due, self._look)

    def _look(self) -> None:
        self._timer = None
        if self._deadline is None:
            return
        if self._deadline > self._loop.time():
            self._timer = self._loop.call_at(self._deadline, self._look)
        else:
            self._deadline = None
            self._expire()

    def _expire(self) -> None:
        unsent = self._transport.get_write_buffer_size()
        if unsent:
            if unsent < self._unsent:
                self._unsent = unsent
                self._wait(self._limits.body_s)
            else:
                noticed.say("unread", "a client does not read its answer; it is disconnected")
                self._transport.abort()
        elif self._transport.is_closing():
            self._transport.abort()
        elif self._incoming.is_open and not self._is_reading:
            self._wait(self._limits.body_s)  # we do not read: it cannot send
            self._body_due = 0.0
        elif self._incoming.is_open:
            part, wait_s = "body", self._limits.body_s
            if self._incoming.head_size is not None:
                part, wait_s = "head", self._limits.head_s
            elif self._body_due and self._body_due <= self._loop.time():
                wait_s = self._whole_body_s
            self._refuse(408, f"the {part} of the request did not come within {wait_s:g} s")
        elif self._answering is None:
            self._close()

    def pause_writing(self) -> None:
        """The client reads more slowly than we write."""
        self._writable = self._loop.create_future()
        self._unsent = sys.maxsize
        self._wait(self._limits.body_s)

    def resume_writing(self) -> None:
        """The client has read."""
        self._unsent = 0
        if self._writable is not None:
            self._writable.set_result(None)
            self._writable = None
        if self._answering is not None and not self._incoming.is_open:
            self._deadline = None

    # -- the end ------------------------------------------------------------------------------

    def close_when_idle(self) -> None:
        """The server stops: finish the answer that has begun, and begin no other."""
        self._incoming.drop_whole()
        if self._answering is None:
            self._close()

    def _close(self) -> None:
        """Close when all is sent; a client that does not read has a limited time for it."""
        self._transport.close()
        self._unsent = sys.maxsize
        self._wait(self._limits.body_s)

    def abort(self) -> None:
        """Close at once."""
        self._transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        """The client has gone, or we closed."""
        self._shared.connections.discard(self)
        self._is_refused = True
        self._unparsed = b""
        self._incoming.drop()
        self._incoming.drop_whole()
        if self._writable is not None:
            self._writable.set_result(None)
            self._writable = None
        self._deadline = None
        if self._timer is not None:
            self._timer.cancel()

    def eof_received(self) -> bool:
        """The client sends no more; it may still read."""
        self._has_ended = True
        if self._answering is None:
            self._close()
        return True
