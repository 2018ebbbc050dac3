"""Answers as they go over the wire."""

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


def whole(request: Request, answer: Answer, *, closes: bool) -> bytes:
    """A whole answer. To HEAD it is the head alone, with the length of what GET answers."""
    status, body, headers = answer
    content = [STATUS_LINES[status], _date.line()]
    for name, value in headers:
        content += (name, b": ", value, b"\r\n")
    if status not in WITHOUT_LENGTH:
        content.append(b"content-length: %d\r\n" % len(body))
    content.append(_connection_line(request, closes=closes))
    content.append(b"\r\n")
    if request.method != "HEAD":
        content.append(body)
    return b"".join(content)


def head_of_parts(request: Request, answer: Streamed, *, closes: bool) -> bytes:
    """The head of an answer whose body comes in parts."""
    content = [STATUS_LINES[answer.status], _date.line()]
    for name, value in answer.headers:
        content += (name, b": ", value, b"\r\n")
    if not request.is_old:
        content.append(b"transfer-encoding: chunked\r\n")
    content.append(_connection_line(request, closes=closes))
    content.append(b"\r\n")
    return b"".join(content)


def chunk(part: bytes) -> bytes:
    """One part of a body in parts; it is not empty."""
    return b"%x\r\n%b\r\n" % (len(part), part)


def _connection_line(request: Request, *, closes: bool) -> bytes:
    if closes:
        return b"connection: close\r\n"
    return b"connection: keep-alive\r\n" if request.is_old else b""


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
