"""What is sent back: a status, headers, and a body that is whole or made while it is sent."""

from collections.abc import AsyncIterator
from typing import Final, NamedTuple

HeaderPair = tuple[bytes, bytes]

JSON: Final = (b"content-type", b"application/json")


class Answer(NamedTuple):
    """A whole answer. The headers are in lower case, without those of the connection and length."""

    status: int
    body: bytes
    headers: tuple[HeaderPair, ...] = (JSON,)


class Streamed(NamedTuple):
    """An answer whose body is made while it is sent. If `parts` raises, the connection is cut."""

    status: int
    parts: AsyncIterator[bytes]
    headers: tuple[HeaderPair, ...]
