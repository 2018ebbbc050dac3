"""From the bytes of a connection to requests, within bounds.

httptools parses HTTP; it bounds neither heads nor trailers nor bodies. Here anything too large,
without one `Host`, or not HTTP is refused with a status. Sizes are counted by
pieces of what the network brings, not by headers, so a request that arrives whole pays for a few
comparisons.
"""

from collections.abc import Callable
from typing import Final

from httptools import HttpParserError, HttpParserUpgrade, HttpRequestParser

from stampbook.edge.request_ids import request_id_of
from stampbook.edge.requests import SINGLE, Request

MAX_HEAD: Final = 64 * 1024
"""Bytes of a request line and its headers, and of the trailers after a body."""

MAX_LINES: Final = 100
"""Headers of a request, and trailers."""

PIECE: Final = 2 * 1024
"""What is parsed before sizes, and requests that wait for their turn, are looked at again."""

SMALL: Final = 64 * 1024
"""Bytes of a body that nobody counts: more than a till or a bot ever sends."""

MAX_HELD: Final = 256 * 1024 * 1024
"""Bytes of larger bodies that a process has in memory at once; it answers 503 to more."""

TOO_LARGE: Final = f"headers and trailers may have {MAX_LINES} lines and {MAX_HEAD} bytes"
NOT_HTTP: Final = "this is not a request of HTTP/1.1"
ONE_HOST: Final = "a request must have one Host header"


class Refused(Exception):
    """The request that is being parsed is refused, and the connection with it."""

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(status, detail)
        self.status = status
        self.detail = detail


class Held:
    """The bytes of larger bodies that the process has in memory."""

    def __init__(self) -> None:
        self.bytes = 0


class Incoming:
    """Parses what one connection brings.

    `on_head` takes a request whose head has come, and returns the bytes that its body may have;
    `on_request` takes it when it is whole. The attributes tell how far the request at hand is.
    """

    def __init__(
        self,
        client: str,
        held: Held,
        *,
        on_head: Callable[[Request], int],
        on_request: Callable[[Request], None],
    ) -> None:
        self._parser = HttpRequestParser(self)
        self._client = client
        self._held = held
        self._on_head = on_head
        self._on_request = on_request
        self.is_open = False  # a request has begun and is not whole
        self.head_size: int | None = None  # bytes of an unfinished head
        self.ended = False  # a request became whole in the data at hand
        self.awaits_continue = False
        self.request: Request | None = None
        self._url = b""
        self._headers: dict[bytes, bytes] = {}
        self._lines = 0
        self._hosts = 0
        self._trailer_size = 0
        self._idle = 0  # bytes of an unfinished body, since its last byte of content
        self._piece = 0
        self._max_body = 0
        self._body: bytes | bytearray = b""
        self._size = 0
        self._holding = 0  # of the process's bytes of larger bodies
        self._skips_body = False  # httptools takes the body for another protocol
        self._resumes = False

    def feed(self, piece: bytes) -> None:
        """Parse a piece of what has come. Raises Refused."""
        self._piece = len(piece)
        ended_before, self.ended = self.ended, False
        while True:
            try:
                self._parser.feed_data(piece)
                break
            except HttpParserUpgrade as upgrade:
                # Another protocol was offered. Only HTTP/1.1 is spoken here: the request has its
                # answer all the same, and what follows it is its body, or the next request.
                piece = piece[upgrade.args[0] :]
                if self._skips_body:
                    self._resume_body()
                if not piece:
                    break
            except HttpParserError as error:
                raised = error.__context__
                raise raised if isinstance(raised, Refused) else Refused(400, NOT_HTTP) from None
        if self.head_size is not None:
            if not self.ended:
                self.head_size += self._piece
            if self.head_size > MAX_HEAD or self._lines > MAX_LINES:
                raise Refused(431, TOO_LARGE)
        elif self.is_open:
            self._idle += self._piece
            if self._idle > MAX_HEAD + PIECE:
                raise Refused(431, TOO_LARGE)
        self.ended = self.ended or ended_before

    def drop(self) -> None:
        """Forget the request at hand, and its body."""
        self._release()
        self._body = b""

    def broken_off(self) -> Request:
        """The request at hand, or its part that has come: for the words of its refusal."""
        if self.request is not None:
            return self.request
        path, _, query = self._url.partition(b"?")
        method = self._parser.get_method().decode("ascii") if path else "GET"
        return Request(
            method,
            path[:MAX_HEAD],
            query[:MAX_HEAD],
            self._headers,
            client=self._client,
            id=request_id_of(self._headers),
        )

    # -- the parser's callbacks ---------------------------------------------------------

    def on_message_begin(self) -> None:
        """A request begins."""
        if self._resumes:
            return
        self.is_open = True
        self.head_size = self._lines = self._hosts = self._trailer_size = self._idle = 0
        self.awaits_continue = False
        self.request = None
        self._url = b""
        self._headers = {}
        self._body = b""
        self._size = 0

    def on_url(self, url: bytes) -> None:
        """The request line's address, or a part of it."""
        self._url += url

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
        if self._hosts != 1 and (self._hosts or version == "1.1"):
            raise Refused(400, ONE_HOST)
        path, _, query = self._url.partition(b"?")
        if not path.startswith(b"/"):
            path = _path_of(path)
        request = Request(
            parser.get_method().decode("ascii"),
            path,
            query,
            headers,
            client=self._client,
            id=request_id_of(headers),
        )
        request.keep_alive = parser.should_keep_alive()
        request.is_old = version != "1.1"
        self.request = request
        self._max_body = self._on_head(request)
        length = headers.get(b"content-length")
        if length is not None and length.isdigit() and int(length) > self._max_body:
            raise Refused(413, too_large(self._max_body))
        self.awaits_continue = headers.get(b"expect", b"").lower() == b"100-continue"
        if b"upgrade" in headers:
            has_body = length not in (None, b"0") or b"transfer-encoding" in headers
            self._skips_body = has_body and parser.should_upgrade()

    def on_body(self, body: bytes) -> None:
        """More of a body has come."""
        self._idle = 0
        self._size += len(body)
        if self._size > self._max_body:
            raise Refused(413, too_large(self._max_body))
        if self._size > SMALL:
            self._hold(len(body))
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
        request.body = bytes(self._body)
        request.held, self._holding = self._holding, 0
        self.request = None
        self._on_request(request)

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

    def _hold(self, size: int) -> None:
        if self._held.bytes > MAX_HELD:
            raise Refused(503, "too many large requests at once; try again later")
        self._held.bytes += size
        self._holding += size

    def _release(self) -> None:
        self._held.bytes -= self._holding
        self._holding = 0

    def _size_of_head(self) -> int:
        lines = sum(
            len(name) + len(value) + len(b": \r\n") for name, value in self._headers.items()
        )
        return len(self._url) + lines


def too_large(most: int) -> str:
    """What is said of a body with more bytes than that."""
    return f"the body may have {most} bytes"


def _path_of(target: bytes) -> bytes:
    """The path of a target in absolute form, as a proxy is sent it; of any other, itself."""
    scheme, found, rest = target.partition(b"://")
    if not found or scheme.lower() not in (b"http", b"https"):
        return target
    _, slash, path = rest.partition(b"/")
    return slash + path if slash else b"/"
