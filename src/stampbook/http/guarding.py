"""What a client that means harm, or is broken, can do to a connection: nothing beyond these bounds.

uvicorn parses HTTP and bounds neither heads nor waits nor connections. Here a head or a trailer
that is too large, a request that does not come in time, a request without one `Host`, and a
connection too many are answered with an error in the words of the path's dialect, and the
connection is closed. Sizes are counted by pieces of what the network brings, not by headers, so a
request that arrives whole pays for a few comparisons. What comes faster than it is answered, or
takes long to parse, is not read: it waits in the client's system, not in this process.
"""

import asyncio
import logging
import resource
import sys
from collections.abc import Callable
from functools import partial
from typing import Any, Final, NamedTuple

from httptools import HttpParserError, HttpParserUpgrade
from uvicorn.protocols.http.flow_control import HIGH_WATER_LIMIT, FlowControl
from uvicorn.protocols.http.httptools_impl import (
    STATUS_LINE,
    HttpToolsProtocol,
    RequestResponseCycle,
)

from stampbook.http.noticing import Noticed
from stampbook.http.short_paths import Answer
from stampbook.settings import Settings

MAX_HEAD: Final = 64 * 1024
"""Bytes of a request line and its headers, and of the trailers after a body."""

MAX_LINES: Final = 100
"""Headers of a request, and trailers."""

PIECE: Final = 2 * 1024
"""What is parsed before sizes, and requests that wait for their turn, are looked at again."""

TURN: Final = 16 * 1024
"""What is parsed of one connection before the others have their turn: it can be thousands of
chunks of a byte each."""

PROGRESS: Final = 1024
"""Bytes of an unfinished body that win another wait: single bytes must not hold a connection."""

LINGER_S: Final = 2.0
"""How long what a refused client still sends is read and dropped. If the connection were closed
at once, the client's system would throw away the answer together with the connection."""

SPARE: Final = 64
"""Connections beyond the limit that are answered 503; any more are closed without an answer."""

RESERVED_FILES: Final = 128
"""Files that a server needs besides its connections: the database's, and what it opens a moment."""

Word = Callable[[dict[str, Any], int, str], Answer]
"""An ASGI scope, a status and a detail → the error in the words of the dialect of its path."""

log = logging.getLogger(__name__)
noticed = Noticed(log)


class Limits(NamedTuple):
    """Seconds that a head may take, and a body without progress; connections of this process."""

    head_s: float
    body_s: float
    connections: int


def limits_of(settings: Settings) -> Limits:
    """The limits in force: never more connections than the process may have files."""
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if files == resource.RLIM_INFINITY:
        files = sys.maxsize
    reserved = min(RESERVED_FILES + SPARE, files // 2)
    return Limits(
        settings.head_timeout_s,
        settings.body_timeout_s,
        min(settings.max_connections, files - reserved),
    )


class _Refused(Exception):
    """Raised in the parser's callbacks: the request that is being parsed is refused."""

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(status, detail)
        self.status = status
        self.detail = detail


class _Flow(FlowControl):
    """uvicorn's, which would read on while requests wait, and pile them up."""

    def __init__(self, transport: asyncio.Transport, protocol: "GuardedProtocol") -> None:
        super().__init__(transport)
        self._protocol = protocol

    def resume_reading(self) -> None:
        """Read on, unless something that has come is still to be parsed or served."""
        if self._protocol.has_caught_up():
            super().resume_reading()


class GuardedProtocol(HttpToolsProtocol):
    """uvicorn's connection within bounds; see the module."""

    def __init__(self, limits: Limits, word: Word, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._limits = limits
        self._word = word
        self._open = False  # a request has begun and is not whole
        self._head: int | None = None  # bytes of an unfinished head
        self._ended = False  # a request became whole in the data at hand
        self._piece = 0
        self._hosts = 0
        self._trailers = [0, 0]  # lines and bytes
        self._idle_bytes = 0  # of an unfinished body, since its last byte of content
        self._came = 0  # bytes since the deadline of an unfinished body was set
        self._refused = False
        self.last_words: bytes | None = None
        self._deadline: float | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._unsent = 0
        self._unparsed = b""
        self._parses_soon = False
        self._running: RequestResponseCycle | None = None

    # -- what comes -------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A client is there; it may be one too many."""
        super().connection_made(transport)
        self.flow = _Flow(transport, self)
        limit = self._limits.connections
        if len(self.connections) > limit + SPARE:
            transport.abort()
        elif len(self.connections) > limit:
            self._refuse(503, f"{limit} connections are open, the limit; try again later")
        else:
            self._wait(self._limits.head_s)

    def data_received(self, data: bytes) -> None:
        """More of a request has come."""
        if self._refused:
            return  # what a refused client still sends is dropped
        if self._unparsed or self.pipeline or len(data) > PIECE:
            self._unparsed += data
            self.flow.pause_reading()
            if not self._parses_soon:
                self._parse_a_turn()
            return
        self._ended = False
        if self._feed(data) and self._open:
            self._wait_for_the_rest(len(data))

    def has_caught_up(self) -> bool:
        """Whether all that has come is parsed and no request waits. What is left is parsed soon."""
        if self._unparsed and not self._parses_soon:
            self._parses_soon = True
            self.loop.call_soon(self._parse_a_turn)
        return not (self._unparsed or self.pipeline)

    def _parse_a_turn(self) -> None:
        """Parse on, until a request waits for another one or a body waits to be taken."""
        self._parses_soon = self._ended = False
        data, size = self._unparsed, 0
        while size < min(len(data), TURN) and not self._is_full():
            piece = data[size : size + PIECE]
            size += len(piece)
            if not self._feed(piece):
                return
        self._unparsed = data[size:]
        if self._open and size:
            self._wait_for_the_rest(size)
        if not self._is_full():
            self.flow.resume_reading()

    def _is_full(self) -> bool:
        if self.pipeline:
            return True
        cycle: Any = self.cycle
        if cycle is None or cycle.response_complete:
            return False
        return len(cycle.body) > HIGH_WATER_LIMIT

    def _feed(self, piece: bytes) -> bool:
        """Parse a piece; False when its request is refused."""
        self._piece = len(piece)
        ended_before, self._ended = self._ended, False
        while True:
            try:
                self.parser.feed_data(piece)
                break
            except HttpParserUpgrade as upgrade:
                # Another protocol was offered. Only HTTP/1.1 is spoken here: the request has its
                # answer all the same, and what follows it is the next request.
                piece = piece[upgrade.args[0] :]
                if not piece:
                    break
            except HttpParserError as error:
                raised = error.__context__
                if isinstance(raised, _Refused):
                    self._refuse(raised.status, raised.detail)
                else:
                    self._refuse(400, "this is not a request of HTTP/1.1")
                return False
        if self._head is not None:
            if not self._ended:
                self._head += self._piece
            if self._head > MAX_HEAD or len(self.headers) > MAX_LINES:
                self._refuse(431, TOO_LARGE)
                return False
        elif self._open:
            self._idle_bytes += self._piece
            if self._idle_bytes > MAX_HEAD + PIECE:
                self._refuse(431, TOO_LARGE)
                return False
        self._ended = self._ended or ended_before
        return True

    def on_message_begin(self) -> None:
        """A request begins. What only an application needs is made when it is found to."""
        self.url = b""
        self.expect_100_continue = False
        self.headers = []
        self._open = True
        self._head = self._hosts = self._idle_bytes = 0
        self._trailers = [0, 0]

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header or, after the head, a trailer: those are counted and dropped."""
        if self._head is None:
            self._count_trailer(len(name) + len(value))
            return
        name = name.lower()
        if name == b"host":
            self._hosts += 1
        elif name == b"expect" and value.lower() == b"100-continue":
            self.expect_100_continue = True
        self.headers.append((name, value))

    def _count_trailer(self, size: int) -> None:
        self._trailers[0] += 1
        self._trailers[1] += size
        if self._trailers[0] > MAX_LINES or self._trailers[1] > MAX_HEAD:
            raise _Refused(431, TOO_LARGE)

    def check_head(self) -> None:
        """Called first when a head has come. Raises what the connection is refused with."""
        # What came before this piece is counted; how much of the piece is head is not known.
        if (self._head or self._piece > MAX_HEAD // 8) and self._head_size() > MAX_HEAD:
            raise _Refused(431, TOO_LARGE)
        self._head = None
        self._came = PROGRESS  # the wait for the body begins
        if len(self.headers) > MAX_LINES:
            raise _Refused(431, TOO_LARGE)
        if self._hosts != 1 and (self._hosts or self.parser.get_http_version() == "1.1"):
            raise _Refused(400, "a request must have one Host header")

    def _head_size(self) -> int:
        lines = sum(len(name) + len(value) + len(b": \r\n") for name, value in self.headers)
        return len(self.url) + lines

    def on_body(self, body: bytes) -> None:
        """More of a body has come."""
        self._idle_bytes = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        """A request is whole."""
        self._open = False
        self._ended = True
        if not self.flow.write_paused:
            self._deadline = None
        super().on_message_complete()

    # -- refusing ---------------------------------------------------------------------------

    def _refuse(self, status: int, detail: str) -> None:
        """Answer with an error after all that was asked for before, and close."""
        address = self.client[0] if self.client else "a client"
        noticed.say(f"refused {status}", "a request of %s: %d, %s", address, status, detail)
        self._refused = True
        self._unparsed = b""
        self._deadline = None
        words = self._words(status, detail)
        cycle: Any = self.cycle
        if cycle is not None and self._open and self._head is None:  # its body is refused
            if self.pipeline and self.pipeline[0][0] is cycle:
                self.pipeline.popleft()
            else:
                started = getattr(cycle, "response_started", False)
                cycle.disconnected = True
                cycle.message_event.set()
                self.say(b"" if started else words)
                return
        elif cycle is None or cycle.response_complete:
            self.say(words)
            return
        self.last_words = words
        self.flow.pause_reading()

    def _words(self, status: int, detail: str) -> bytes:
        headers: Any = self.headers
        path = query = b""
        if headers is not None:
            path, _, query = self.url.partition(b"?")
        scope: dict[str, Any] = {
            "type": "http",
            "method": self.parser.get_method().decode() if path else "GET",
            "path": path[:MAX_HEAD].decode("latin-1"),
            "query_string": query[:MAX_HEAD],
            "headers": (headers or [])[:MAX_LINES],
            "state": {},
        }
        return self.sent(self._word(scope, status, detail), keep_alive=False)

    def sent(self, answer: Answer, *, keep_alive: bool) -> bytes:
        """An answer as it goes over the wire."""
        content = [STATUS_LINE[answer.status]]
        for name, value in self.server_state.default_headers:
            content += (name, b": ", value, b"\r\n")
        for name, value in answer.headers:
            content += (name, b": ", value, b"\r\n")
        content.append(b"content-length: %d\r\n" % len(answer.body))
        if not keep_alive:
            content.append(b"connection: close\r\n")
        content += (b"\r\n", answer.body)
        return b"".join(content)

    def say(self, words: bytes) -> None:
        """Send the last answer of this connection, then drop what still comes for LINGER_S."""
        transport = self.transport
        if transport.is_closing():
            return
        transport.write(words)
        transport.write_eof()
        self.flow.resume_reading()
        self.loop.call_later(LINGER_S, transport.abort)

    # -- deadlines: one timer for each connection, not one for every wait -------------------

    def wait_for_a_request(self) -> None:
        """Every answer is out. A request that has come in part has its deadline already."""
        if not self._open:
            self._wait(self.timeout_keep_alive)

    def _wait_for_the_rest(self, size: int) -> None:
        """A request has come in part. A head has one deadline, a body one for each progress."""
        if self._head is not None:
            if self._ended or self._head <= size:  # it has just begun
                self._wait(self._limits.head_s)
            return
        self._came += size
        if self._came >= PROGRESS:
            self._came = 0
            self._wait(self._limits.body_s)

    def _wait(self, seconds: float) -> None:
        self._deadline = due = self.loop.time() + seconds
        timer = self._timer
        if timer is None or timer.when() > due:
            if timer is not None:
                timer.cancel()
            self._timer = self.loop.call_at(due, self._look)

    def _look(self) -> None:
        self._timer = None
        if self._deadline is None or self.transport.is_closing():
            return
        if self._deadline > self.loop.time():
            self._timer = self.loop.call_at(self._deadline, self._look)
        else:
            self._deadline = None
            self._expire()

    def _expire(self) -> None:
        unsent = self.transport.get_write_buffer_size()
        if unsent:
            if unsent < self._unsent:
                self._unsent = unsent
                self._wait(self._limits.body_s)
            else:
                noticed.say("unread", "a client does not read its answer; it is disconnected")
                self.transport.abort()
        elif self._open and self.flow.read_paused:
            self._wait(self._limits.body_s)  # we do not read: it cannot send
        elif self._open:
            part, wait_s = "body", self._limits.body_s
            if self._head is not None:
                part, wait_s = "head", self._limits.head_s
            self._refuse(408, f"the {part} of the request did not come within {wait_s:g} s")
        else:
            self.transport.close()

    def pause_writing(self) -> None:
        """The client reads more slowly than we write."""
        super().pause_writing()
        self._unsent = sys.maxsize
        self._wait(self._limits.body_s)

    def resume_writing(self) -> None:
        """The client has read."""
        super().resume_writing()
        cycle: Any = self.cycle
        if cycle is not None and not cycle.response_complete and not self._open:
            self._deadline = None

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        self._running = cycle
        super()._start_asgi_task(cycle, partial(self._serve, cycle, app))

    async def _serve(
        self, cycle: RequestResponseCycle, app: Any, scope: Any, receive: Any, send: Any
    ) -> None:
        async def send_if_there(message: Any) -> None:
            if self.transport.is_closing():  # its client has gone: that is no error of ours
                cycle.disconnected = True
            else:
                await send(message)

        await app(scope, receive, send_if_there)

    def connection_lost(self, exc: Exception | None) -> None:
        """The client has gone, or we closed."""
        running = self._running
        if running is not None:  # uvicorn disconnects only the request that came last
            running.disconnected = True
            running.message_event.set()
        super().connection_lost(exc)
        self._refused = True
        self._unparsed = b""
        if self._timer is not None:
            self._timer.cancel()

    def _unset_keepalive_if_required(self) -> None:
        """uvicorn's own timer is not used."""


TOO_LARGE: Final = f"headers and trailers may have {MAX_LINES} lines and {MAX_HEAD} bytes"
