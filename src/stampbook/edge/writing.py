"""Answers as they go over the wire."""

import asyncio
from email.utils import formatdate
from http import HTTPStatus
from time import time
from typing import Final

from stampbook.edge.answers import Answer, Streamed
from stampbook.edge.requests import Request

CONTINUE: Final = b"HTTP/1.1 100 Continue\r\n\r\n"
END_OF_PARTS: Final = b"0\r\n\r\n"

STATUS_LINES: Final = {
    status.value: f"HTTP/1.1 {status.value} {status.phrase}\r\n".encode() for status in HTTPStatus
}

WITHOUT_LENGTH: Final = frozenset((204, 304))
"""Answers that never have a body."""

CACHE_CONTROL: Final = b"cache-control"
NOT_KEPT: Final = b"cache-control: no-store\r\n"
"""Balances and people must not be in a cache between here and the caller. Pages that may be kept
say so themselves."""

SHARED: Final = 64 * 1024
"""Bytes from which a body is handed on as it is: clients that read slowly do not each have a copy
of a page."""


def send(transport: asyncio.Transport, request: Request, answer: Answer, *, closes: bool) -> None:
    """Write a whole answer. To HEAD it is the head alone, with the length of what GET answers."""
    head = head_of(request, answer, closes=closes)
    if request.method == "HEAD":
        transport.write(head)
    elif len(answer.body) < SHARED:
        transport.write(head + answer.body)
    else:
        transport.writelines((head, answer.body))


def head_of(request: Request, answer: Answer | Streamed, *, closes: bool) -> bytes:
    """The head of an answer. It names the request, as the log does."""
    content = [STATUS_LINES[answer.status], _date.line(), request.reached.lines]
    keeping = NOT_KEPT
    for name, value in answer.headers:
        content += (name, b": ", value, b"\r\n")
        if name == CACHE_CONTROL:
            keeping = b""
    content.append(keeping)
    content += (b"x-request-id: ", request.id.encode("ascii"), b"\r\n")
    if isinstance(answer, Answer):
        if answer.status not in WITHOUT_LENGTH:
            content.append(b"content-length: %d\r\n" % len(answer.body))
    elif not request.is_old:
        content.append(b"transfer-encoding: chunked\r\n")
    if closes:
        content.append(b"connection: close\r\n")
    elif request.is_old:
        content.append(b"connection: keep-alive\r\n")
    content.append(b"\r\n")
    return b"".join(content)


def chunk(part: bytes) -> bytes:
    """One part of a body in parts; it is not empty."""
    return b"%x\r\n%b\r\n" % (len(part), part)


class _Date:
    """The `Date` line, made once a second."""

    def __init__(self) -> None:
        self._made_s = 0
        self._line = b""

    def line(self) -> bytes:
        now_s = int(time())
        if self._made_s != now_s:
            self._made_s = now_s
            self._line = f"date: {formatdate(now_s, usegmt=True)}\r\n".encode()
        return self._line


_date = _Date()
