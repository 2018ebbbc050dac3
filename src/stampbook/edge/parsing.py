"""From the bytes of a connection to requests, within bounds.

httptools parses HTTP; it bounds neither heads nor trailers nor bodies. Here anything too large,
without one `Host`, or not HTTP is refused with a status. Sizes are counted by
pieces of what the network brings, not by headers, so a request that arrives whole pays for a few
comparisons.
"""

import logging
import re
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from httptools import (
    HttpParserCallbackError,
    HttpParserError,
    HttpParserUpgrade,
    HttpRequestParser,
)

from stampbook.edge.bounds.reached import Reached
from stampbook.edge.requests import NAME, SINGLE, Request
from stampbook.edge.uploads.streaming import Stream

MAX_HEAD: Final = 64 * 1024
"""Bytes of a request line and its headers, and of the trailers after a body."""

MAX_LINES: Final = 100
"""Headers of a request, and trailers."""

PIECE: Final = 2 * 1024
"""What is parsed before sizes, and requests that wait for their turn, are looked at again."""

SMALL: Final = 4 * 1024
"""Bytes of a head or a body that nobody counts: more than a till or a bot sends."""

MAX_HELD: Final = 256 * 1024 * 1024
"""Bytes of larger heads and bodies that a process has in memory; it answers 503 to more."""

TOO_LARGE: Final = f"headers and trailers may have {MAX_LINES} lines and {MAX_HEAD} bytes"
NOT_HTTP: Final = "this is not a request of HTTP/1.1"
OLD_OR_NEW: Final = "only HTTP/1.0 and HTTP/1.1 are spoken here"
NO_TUNNEL: Final = "CONNECT is not served"
NOT_A_PATH: Final = "the target of the request is not a path"
CODED: Final = "no other transfer coding than chunked is read"
CHUNKS_OF_OLD: Final = "HTTP/1.0 knows no chunks"
ONE_HOST: Final = "a request must have one Host header"


_UNPRINTABLE: Final = re.compile(rb"[^!-~]")

log = logging.getLogger(__name__)


class Refused(Exception):
    """The request that is being parsed is refused, and the connection with it."""

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(status, detail)
        self.status = status
        self.detail = detail


class Held:
    """The bytes of larger heads and bodies that the process has in memory."""

    def __init__(self) -> None:
        self.bytes = 0


class Incoming:
    """Parses what one connection brings.

    `on_head` takes a request whose head has come, and returns the bytes that its body may have.
    `whole` are the requests that have come and are not yet being answered; one whose operation
    reads its body while it comes is among them with its head. The other attributes tell how far
    the request at hand is.
    """

    def __init__(
        self, client: str, reached: Reached, held: Held, on_head: Callable[[Request], int]
    ) -> None:
        self._parser = HttpRequestParser(self)
        self._client = client
        self._reached = reached
        self._held = held
        self._on_head = on_head
        self.whole: deque[Request] = deque()
        self.is_open = False  # a request has begun and is not whole
        self.head_size: int | None = None  # bytes of an unfinished head
        self.ended = False  # a request became whole in the piece at hand
        self.awaits_continue = False
        self.request: Request | None = None
        self.stream: Stream | None = None  # the body, where that is read while it comes
        self._url = b""
        self._lead = b""  # what has come of a request line whose address has not begun
        self._headers: dict[bytes, bytes] = {}
        self._lines = 0
        self._hosts = 0
        self._trailer_size = 0
        self._idle = 0  # bytes of an unfinished body, since its last byte of content
        self._piece = 0
        self._max_body = 0
        self._body: bytes | bytearray = b""
        self._size = 0
        self._holding = 0  # of the process's bytes of larger heads and bodies
        self._skips_body = False  # httptools takes the body for another protocol
        self._resumes = False

    def feed(self, piece: bytes) -> Refused | None:
        """Parse a piece of what has come. Returns why nothing more may come, if so."""
        self._piece = len(piece)
        self.ended = False
        try:
            self._parser.feed_data(piece)
        except HttpParserUpgrade as upgrade:
            return self._feed_on(piece[upgrade.args[0] :])
        except HttpParserError as error:
            if not (self.is_open or self.ended):
                self._lead += piece
            return _refusal_of(error)
        if self.is_open:
            return self._bounded()
        if not self.ended:
            self._lead = (self._lead + piece).lstrip()
            if len(self._lead) > MAX_HEAD:
                return Refused(431, TOO_LARGE)
        return None

    def _feed_on(self, piece: bytes) -> Refused | None:
        """Another protocol was offered. Only HTTP/1.1 is spoken here: the request has its answer
        all the same, and what follows it is its body, or the next request."""
        while True:
            try:
                if self._skips_body:
                    self._resume_body()
                if piece:
                    self._parser.feed_data(piece)
            except HttpParserUpgrade as upgrade:
                piece = piece[upgrade.args[0] :]
            except HttpParserError as error:
                return _refusal_of(error)
            else:
                return self._bounded() if self.is_open else None

    def _bounded(self) -> Refused | None:
        """Count the piece; what is unfinished may be too large."""
        if self.head_size is not None:
            if not self.ended:
                self.head_size += self._piece
            if self.head_size > MAX_HEAD or self._lines > MAX_LINES:
                return Refused(431, TOO_LARGE)
            if self.head_size > SMALL:
                return self._hold(self._piece)
        else:
            self._idle += self._piece
            if self._idle > MAX_HEAD + PIECE:
                return Refused(431, TOO_LARGE)
        return None

    def drop(self) -> None:
        """Forget the request at hand, and its body."""
        if self.stream is not None:
            self.stream.break_off()
            self.stream = None
        self._held.bytes -= self._holding
        self._holding = 0
        self._body = b""

    def drop_whole(self) -> None:
        """Forget the requests that are not yet being answered."""
        for request in self.whole:
            self._held.bytes -= request.held
        self.whole.clear()

    def broken_off(self) -> Request:
        """The request at hand, or its part that has come: for the words of its refusal."""
        if self.request is not None:
            return self.request
        if not self.is_open:
            path = _path_in(self._lead)
            return Request("GET", path, b"", {}, b"", self._client, self._reached)
        path, _, query = self._url.partition(b"?")
        if not path.startswith(b"/"):
            with suppress(Refused):
                path = _path_of(path, "GET")
        part = Request(
            self._parser.get_method().decode("ascii"),
            path[:MAX_HEAD],
            query[:MAX_HEAD],
            self._headers,
            b"",
            self._client,
            self._reached,
        )
        part.take_name()
        return part

    # -- the parser's callbacks ---------------------------------------------------------

    def on_url(self, url: bytes) -> None:
        """The request line's address, or a part of it: with its first, a request begins."""
        if self.is_open:
            self._url += url
            return
        self.is_open = True
        self.head_size = self._lines = self._hosts = self._trailer_size = self._idle = 0
        self.awaits_continue = False
        self.request = None
        self._url = url
        self._lead = b""
        self._headers = {}
        self._body = b""
        self._size = 0

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header or, after the head, a trailer: those are counted and dropped."""
        self._lines += 1
        if self.head_size is None:
            self._trailer_size += len(name) + len(value)
            if self._lines > MAX_LINES or self._trailer_size > MAX_HEAD:
                raise Refused(431, TOO_LARGE)
            return
        name = name.lower()
        if name == b"host":
            self._hosts += 1
        headers = self._headers
        if name in headers:
            if name not in SINGLE:
                value = headers[name] + b", " + value
            elif headers[name] != value:
                raise Refused(400, f"the header {name.decode('latin-1')} was sent twice")
        headers[name] = value

    def on_headers_complete(self) -> None:
        """The head of a request has come."""
        if self._resumes:
            return
        # What came before this piece is counted; how much of the piece is head is not known.
        if (self.head_size or self._piece > MAX_HEAD // 8) and self._size_of_head() > MAX_HEAD:
            raise Refused(431, TOO_LARGE)
        if self._lines > MAX_LINES:
            raise Refused(431, TOO_LARGE)
        self.head_size = None
        self._lines = 0
        parser, headers = self._parser, self._headers
        version = parser.get_http_version()
        if version not in ("1.1", "1.0"):
            raise Refused(505, OLD_OR_NEW)
        if self._hosts != 1 and (self._hosts or version == "1.1"):
            raise Refused(400, ONE_HOST)
        if b"transfer-encoding" in headers:
            if headers[b"transfer-encoding"].lower() != b"chunked":
                raise Refused(501, CODED)
            if version == "1.0":
                raise Refused(400, CHUNKS_OF_OLD)
        method = parser.get_method().decode("ascii")
        if method == "CONNECT":
            raise Refused(501, NO_TUNNEL)
        path, _, query = self._url.partition(b"?")
        if not path.startswith(b"/"):
            path = _path_of(path, method)
        request = Request(method, path, query, headers, b"", self._client, self._reached)
        if NAME in headers:
            request.take_name()
        request.keep_alive = parser.should_keep_alive()
        request.is_old = version == "1.0"
        self.request = request
        self._max_body = self._on_head(request)
        length = headers.get(b"content-length")
        if length is not None and int(length.lstrip(b"0") or b"0") > self._max_body:
            raise Refused(413, too_large(self._max_body))
        if b"expect" in headers and version == "1.1":
            self.awaits_continue = headers[b"expect"].lower() == b"100-continue"
        if b"upgrade" in headers:
            has_body = length not in (None, b"0") or b"transfer-encoding" in headers
            self._skips_body = has_body and parser.should_upgrade()
        if request.route is not None and request.route.operation.streams:
            request.stream = self.stream = Stream()
            self.whole.append(request)

    def on_body(self, body: bytes) -> None:
        """More of a body has come."""
        self._idle = 0
        self._size += len(body)
        if self._size > self._max_body:
            raise Refused(413, too_large(self._max_body))
        if self.stream is not None:
            self.stream.feed(body)
            return
        if self._size > SMALL:
            refused = self._hold(len(body))
            if refused is not None:
                raise refused
        if not self._body:
            self._body = body
        else:
            if isinstance(self._body, bytes):
                self._body = bytearray(self._body)
            self._body += body

    def on_message_complete(self) -> None:
        """A request is whole."""
        if self._skips_body:
            return
        self.is_open = False
        self.ended = True
        request = self.request
        assert request is not None, "a head comes before its end"
        if self.stream is not None:
            self.stream.end()
            self.stream = self.request = None
            return
        request.body = bytes(self._body)
        request.held, self._holding = self._holding, 0
        self.request = None
        self.whole.append(request)

    def _resume_body(self) -> None:
        """Have the body parsed by a parser that was offered no other protocol."""
        assert self.request is not None, "its head has come"
        head = b"POST / HTTP/1.1\r\n"
        for name in (b"content-length", b"transfer-encoding"):
            if name in self.request.headers:
                head += name + b": " + self.request.headers[name] + b"\r\n"
        self._skips_body = False
        self._resumes = True
        self._parser = HttpRequestParser(self)
        self._parser.feed_data(head + b"\r\n")
        self._resumes = False

    # -- bounds -------------------------------------------------------------------------

    def _hold(self, size: int) -> Refused | None:
        if self._held.bytes > MAX_HELD:
            return Refused(503, "too many large requests at once; try again later")
        self._held.bytes += size
        self._holding += size
        return None

    def _size_of_head(self) -> int:
        lines = sum(
            len(name) + len(value) + len(b": \r\n") for name, value in self._headers.items()
        )
        return len(self._url) + lines


def too_large(most: int) -> str:
    """What is said of a body with more bytes than that."""
    return f"the body may have {most} bytes"


def _path_of(target: bytes, method: str) -> bytes:
    """The path of a target in another form, such as that which a proxy is sent. Raises Refused."""
    if target == b"*" and method == "OPTIONS":
        return b"/"
    scheme, found, rest = target.partition(b"://")
    if not found or scheme.lower() not in (b"http", b"https"):
        raise Refused(400, NOT_A_PATH)
    return b"/" + rest.partition(b"/")[2]


def _path_in(line: bytes) -> bytes:
    """The path in a request line that is not one of HTTP, or nothing. It says only in
    whose words the line is refused."""
    for word in line.lstrip()[:MAX_HEAD].partition(b"\n")[0].split():
        found = word if word.startswith(b"/") else word.partition(b"://")[2].partition(b"/")[2]
        if found:
            path = found.partition(b"?")[0].removeprefix(b"/")
            return b"/" + _UNPRINTABLE.split(path, maxsplit=1)[0]
    return b""


def _refusal_of(error: HttpParserError) -> Refused:
    if not isinstance(error, HttpParserCallbackError):
        return Refused(400, NOT_HTTP)
    raised = error.__context__
    if isinstance(raised, Refused):
        return raised
    log.error("a request failed while it came", exc_info=raised)
    return Refused(500, "something went wrong here; it is logged")
