"""What a dialect says of the paths that it serves without the framework.

`recognise` is asked with the path of a POST; a `Start` takes the whole request, and gives its
answer, or what it waits for, or None: then the request goes the ordinary way, and nothing has
been done yet.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final, NamedTuple

from stampbook.http.context import Context

HeaderPairs = Sequence[tuple[bytes, bytes]]


JSON: Final = (b"content-type", b"application/json")


class Answer(NamedTuple):
    """Status, body and headers, but for the body's length."""

    status: int
    body: bytes
    headers: tuple[tuple[bytes, bytes], ...] = (JSON,)


class ShortRequest(NamedTuple):
    """A POST without a query whose body has come. `name` is what the path names."""

    context: Context
    path: str
    name: str
    headers: HeaderPairs
    body: bytes


class Waiting(NamedTuple):
    """A request that waits for the ledger.

    `finish` makes the answer of what has come, or returns None: then `finish_slowly` does, which
    may ask the database. Neither raises what a caller or the database can cause.
    """

    outcome: "asyncio.Future[Any]"
    finish: Callable[["asyncio.Future[Any]"], Answer | None]
    finish_slowly: Callable[["asyncio.Future[Any]"], Awaitable[Answer]]


Start = Callable[[ShortRequest], Answer | Waiting | None]

Recognise = Callable[[str], tuple[Start, str] | None]
"""The path → who starts such a request, and the name in the path; None: no hot path."""


def nothing_hot(path: str) -> tuple[Start, str] | None:
    """Of a dialect that has no hot paths."""
    return None
