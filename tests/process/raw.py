"""A client that sends raw bytes, including those that no HTTP library would send."""

from __future__ import annotations

import json
import socket
import struct
from typing import Any, NamedTuple, Self
from urllib.parse import urlsplit

TIMEOUT_S = 20.0


class Reply(NamedTuple):
    """An answer. `content` are the bytes of its body, `body` the JSON in them, or None."""

    status: int
    headers: dict[str, str]
    body: Any
    content: bytes


class RawClient:
    """One connection, from the address `source`. Use it in a `with` block."""

    def __init__(self, url: str, *, source: str = "127.0.0.1") -> None:
        parts = urlsplit(url)
        place = (parts.hostname, parts.port)
        self._socket = socket.create_connection(place, TIMEOUT_S, (source, 0))
        # Parts of a request go out at once, and do not wait for the other side to acknowledge.
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._unread = b""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def send(self, *parts: bytes) -> None:
        for part in parts:
            self._socket.sendall(part)

    def hang_up(self) -> None:
        """Close, also while another thread sends: that then fails at once."""
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()

    def reset(self) -> None:
        """Close with a reset."""
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._socket.close()

    def read(self, method: str = "GET") -> Reply:
        """The next answer to a request with this method."""
        while b"\r\n\r\n" not in self._unread:
            self._more()
        head, _, self._unread = self._unread.partition(b"\r\n\r\n")
        line, *lines = head.decode().split("\r\n")
        headers = dict(_pair(each) for each in lines)
        size = 0 if method == "HEAD" else int(headers.get("content-length", "0"))
        while len(self._unread) < size:
            self._more()
        content, self._unread = self._unread[:size], self._unread[size:]
        body = json.loads(content) if "json" in headers.get("content-type", "") and size else None
        return Reply(int(line.split()[1]), headers, body, content)

    def read_to_the_end(self) -> bytes:
        """Everything until the server closes the connection. Fails if it does not close it."""
        while True:
            try:
                self._more()
            except ConnectionError:
                content, self._unread = self._unread, b""
                return content

    def _more(self) -> None:
        came = self._socket.recv(65_536)
        if not came:
            raise ConnectionError("the server closed the connection")
        self._unread += came


def head(line: str, *headers: str) -> bytes:
    """A request line and headers as bytes, with the empty line that ends them."""
    return "\r\n".join((f"{line} HTTP/1.1", "Host: stampbook.example", *headers, "", "")).encode()


def _pair(line: str) -> tuple[str, str]:
    name, _, value = line.partition(": ")
    return name.lower(), value
