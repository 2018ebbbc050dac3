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

import pytest

import stampbook
from stampbook.edge.connection import Connection
from stampbook.edge.credentials import caller
from stampbook.edge.serving import Edge
from stampbook.edge.sharing import Open
from stampbook.ledger.engine import Ledger
from tests.http.in_process import LIMITS, PATIENCE_S, Wire

PACKAGE = str(Path(stampbook.__file__).parent) + "/"

LEDGER = {method.__code__ for method in (Ledger.submit, Ledger.submit_all, Ledger.transfer)}

LONG_S = 3_600
"""How long callers are believed meanwhile, so that the server stays warm on a slow machine."""

ANSWERING = Connection._answer.__code__

PARTS = frozenset({"<listcomp>", "<dictcomp>", "<setcomp>", "<genexpr>"})
"""Code that is a part of the function that it is written in."""


class Hops(NamedTuple):
    """Our functions in the order in which they were first called, as `edge/serving.py:Edge.route`.

    `path` has those that enclose each other: from the bytes to the task that answers, and from
    there to the ledger. That is what somebody reads who follows a request. `answer` is what the
    request was answered, byte for byte: look at it, a request that is refused early has few hops.
    """

    functions: tuple[str, ...]
    path: tuple[str, ...]
    answer: bytes

    @property
    def files(self) -> tuple[str, ...]:
        """The files of the functions."""
        return tuple(dict.fromkeys(each.partition(":")[0] for each in self.functions))

    def __str__(self) -> str:
        path = " → ".join(each.rpartition(":")[2] for each in self.path)
        return "\n".join(
            (
                f"{len(self.functions)} functions, {len(self.files)} files:",
                *self.functions,
                f"{len(self.path)} on the path: {path}",
            )
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
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(caller, "TRUST_S", LONG_S)
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
    return Hops(tuple(watch.seen.values()), watch.path, answer)


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
        self.path: tuple[str, ...] = ()
        self.has_arrived = False
        self._enclosing: tuple[str, ...] = ()

    def __call__(self, frame: FrameType, event: str, _: Any) -> None:
        code = frame.f_code
        if self.has_arrived or event != "call" or not code.co_filename.startswith(PACKAGE):
            return
        if code in LEDGER:
            self.has_arrived = True
            self.path += _enclosing(frame.f_back)
        elif code.co_name not in PARTS and code not in self.seen:
            self.seen[code] = _name(code)
            if code is ANSWERING:
                self.path = self._enclosing
            self._enclosing = _enclosing(frame)


def _enclosing(frame: FrameType | None) -> tuple[str, ...]:
    """The functions of ours that the frame is within, the outermost first, and its own."""
    found: list[str] = []
    while frame is not None:
        if frame.f_code.co_filename.startswith(PACKAGE):
            found.append(_name(frame.f_code))
        frame = frame.f_back
    return tuple(reversed(found))


def _name(code: CodeType) -> str:
    return f"{code.co_filename.removeprefix(PACKAGE)}:{code.co_qualname}"
