"""How far a request goes through our code before the ledger takes it.

The last of some requests is driven through a real connection, and the functions of the package
that run from its bytes to the ledger are counted. Those before it make the server warm: callers
and accounts are in memory then, as they are in a busy server.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from types import CodeType, FrameType
from typing import Any, NamedTuple

import stampbook
from stampbook.edge.connection import Connection, Open
from stampbook.edge.serving import Edge
from stampbook.ledger.engine import Ledger
from tests.http.in_process import LIMITS, PATIENCE_S, Wire

PACKAGE = str(Path(stampbook.__file__).parent) + "/"

LEDGER = {
    method.__code__
    for method in (Ledger.submit, Ledger.submit_soon, Ledger.submit_all, Ledger.transfer)
}

PARTS = frozenset({"<listcomp>", "<dictcomp>", "<setcomp>", "<genexpr>"})
"""Code that is a part of the function that it is written in."""


class Hops(NamedTuple):
    """Our functions in the order in which they were first called, as `edge/serving.py:Edge.route`.

    `answer` is what the request was answered, byte for byte: look at it, a request that is refused
    early has few hops.
    """

    functions: tuple[str, ...]
    answer: bytes

    @property
    def files(self) -> tuple[str, ...]:
        """The files of the functions."""
        return tuple(dict.fromkeys(each.partition(":")[0] for each in self.functions))

    def __str__(self) -> str:
        return f"{len(self.functions)} functions, {len(self.files)} files:\n" + "\n".join(
            self.functions
        )


def request_of(method: str, path: str, body: bytes = b"", *headers: str) -> bytes:
    """A request as it goes over the wire."""
    lines = [f"{method} {path} HTTP/1.1", "Host: test", *headers]
    if body:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode() + body


async def hops(edge: Edge, *requests: bytes) -> Hops:
    """The hops of the last request, after the others on the same connection.

    Fails if the ledger is not asked.
    """
    wire = Wire()
    connection = Connection(edge, LIMITS, Open())
    connection.connection_made(wire)
    try:
        for request in requests[:-1]:
            await _answered(connection, wire, request)
        watch = _Watch()
        before = sys.getprofile()
        sys.setprofile(watch)
        try:
            answer = await _answered(connection, wire, requests[-1])
        finally:
            sys.setprofile(before)
    finally:
        connection.connection_lost(None)
    assert watch.has_arrived, f"the ledger was not asked: {answer!r}"
    return Hops(tuple(watch.seen.values()), answer)


async def _answered(connection: Connection, wire: Wire, request: bytes) -> bytes:
    wire.came.clear()
    connection.data_received(request)
    async with asyncio.timeout(PATIENCE_S):
        await wire.came.wait()
    answer = bytes(wire.written)
    wire.written.clear()
    return answer


class _Watch:
    """Notes what is called until the ledger is."""

    def __init__(self) -> None:
        self.seen: dict[CodeType, str] = {}
        self.has_arrived = False

    def __call__(self, frame: FrameType, event: str, _: Any) -> None:
        code = frame.f_code
        if self.has_arrived or event != "call" or not code.co_filename.startswith(PACKAGE):
            return
        if code in LEDGER:
            self.has_arrived = True
        elif code.co_name not in PARTS:
            file = code.co_filename.removeprefix(PACKAGE)
            self.seen.setdefault(code, f"{file}:{code.co_qualname}")
