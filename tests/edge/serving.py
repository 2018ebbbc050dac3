"""A server on loopback with a dialect of a few operations, and raw lines to it."""

from __future__ import annotations

import asyncio
import random
import re
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any, cast

from stampbook.edge.answers import JSON, Answer, HeaderPair, Streamed
from stampbook.edge.bounds.limits import Limits
from stampbook.edge.bounds.reached import DIRECTLY, Reached
from stampbook.edge.context import Context
from stampbook.edge.credentials.caller import Callers
from stampbook.edge.operations import Operation
from stampbook.edge.pace.buckets import Buckets
from stampbook.edge.pace.pace import Pace
from stampbook.edge.requests import Request
from stampbook.edge.server import Server
from stampbook.edge.serving import Edge
from stampbook.edge.uploads.streaming import BrokenOff

PATIENCE_S = 20.0

LIMITS = Limits(head_s=30, body_s=30, connections=1_000)

LARGE = 8 * 1024 * 1024

NOISE = random.Random(1).randbytes(64 * 1024)

MOST = 3 * 1024 * 1024
"""Bytes of a body that POST /count takes."""


def of_strangers() -> Context:
    """A context in which nobody has a key, so nothing is asked of a store."""
    pace = Pace(Buckets(), lambda: 0)
    return cast(Context, SimpleNamespace(callers=Callers(cast(Any, None), pace)))


class Refusal(Exception):
    """What a handler of this dialect refuses."""


class Counting:
    """A dialect that counts bodies, and whose handlers wait, stream and break on demand."""

    name = "counting"
    refusals: tuple[type[Exception], ...] = (Refusal,)
    forgives_slashes = False

    def __init__(self) -> None:
        self.gate = asyncio.Event()
        self.entered = 0
        self.answered = 0
        self.closed_streams = 0
        self.longest = 0
        self.broken_off = 0
        self.operations: Sequence[Operation] = [
            _row("GET", "/quick", self.quick),
            _row("GET", "/slow", self.slow),
            _row("POST", "/slow", self.slow),
            _row("POST", "/count", self.count, max_body=MOST),
            _row("POST", "/stream", self.stream, max_body=MOST, streams=True),
            _row("POST", "/stream/refused", self.refuse_stream, max_body=MOST, streams=True),
            _row("GET", "/whence", self.whence),
            _row("GET", "/large", self.large),
            _row("GET", "/parts", self.parts),
            _row("GET", "/parts/broken", self.broken_parts),
            _row("GET", "/broken", self.broken),
            _row("GET", "/unprintable", self.unprintable),
            _row("GET", "/cancelled", self.cancelled),
        ]

    async def quick(self, request: Request) -> Answer:
        return Answer(200, b'"quick"')

    async def slow(self, request: Request) -> Answer:
        self.entered += 1
        await self.gate.wait()
        self.answered += 1
        return Answer(200, b'"slow"')

    async def count(self, request: Request) -> Answer:
        return Answer(200, b"%d" % len(request.body))

    async def stream(self, request: Request) -> Answer:
        assert request.stream is not None
        size = 0
        try:
            while part := await request.stream.read():
                self.longest = max(self.longest, len(part))
                size += len(part)
        except BrokenOff:
            self.broken_off += 1
            raise
        return Answer(200, b"%d" % size)

    async def refuse_stream(self, request: Request) -> Answer:
        raise Refusal

    async def whence(self, request: Request) -> Answer:
        return Answer(200, f"{request.address} {request.origin}".encode())

    async def large(self, request: Request) -> Answer:
        return Answer(200, bytes(LARGE))

    async def parts(self, request: Request) -> Streamed:
        return Streamed(200, self._made(), (JSON,))

    async def _made(self) -> AsyncIterator[bytes]:
        try:
            while True:
                yield NOISE
                await asyncio.sleep(0)
        finally:
            self.closed_streams += 1

    async def broken_parts(self, request: Request) -> Streamed:
        async def made() -> AsyncIterator[bytes]:
            yield b"some"
            raise RuntimeError("in the middle")

        return Streamed(200, made(), (JSON,))

    async def broken(self, request: Request) -> Answer:
        raise RuntimeError("a bug")

    async def unprintable(self, request: Request) -> Answer:
        return Answer(777, b"")

    async def cancelled(self, request: Request) -> Answer:
        raise asyncio.CancelledError

    def owns(self, path: str) -> bool:
        return True

    def is_spoken(self, request: Request) -> bool:
        return False

    async def open(self, context: Context, request: Request) -> Request:
        return request

    def print(self, call: Request, result: Any) -> Any:
        return result

    def refuse(self, request: Request, refusal: Exception) -> Answer:
        return Answer(422, b"")

    def fail(self, request: Request, status: int, detail: str) -> Answer:
        return Answer(status, f'"{detail}"'.encode())

    async def postpone(
        self, context: Context, request: Request, refusal: Exception
    ) -> Answer | None:
        return None

    def preflight(self, request: Request) -> Sequence[HeaderPair]:
        return ()


def _row(method: str, path: str, handler: Any, **more: Any) -> Operation:
    return Operation(name=f"{method} {path}", method=method, paths=(path,), handler=handler, **more)


class Place:
    """The running server, its dialect, and what its connections share."""

    def __init__(self, server: Server, dialect: Counting, port: int) -> None:
        self.server, self.dialect, self.port = server, dialect, port
        self.stopping = asyncio.Event()
        self.shared = server._open
        self._lines: list[Line] = []
        self._deaf: list[socket.socket] = []

    async def line(self) -> Line:
        line = Line(*await asyncio.open_connection("127.0.0.1", self.port, limit=2 * LARGE))
        self._lines.append(line)
        return line

    async def deaf(self) -> socket.socket:
        """A connection that reads nothing, and has next to no room for what comes."""
        client = socket.socket()
        self._deaf.append(client)
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.setblocking(False)
        await asyncio.get_running_loop().sock_connect(client, ("127.0.0.1", self.port))
        return client

    async def answers(self, *parts: bytes) -> list[int]:
        """The statuses of all answers to what is sent, until the server closes."""
        line = await self.line()
        line.send(*parts)
        return line.statuses(await line.rest())

    async def until(self, condition: Any) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while not condition():  # noqa: ASYNC110 - the server runs in this very loop
                await asyncio.sleep(0.002)

    def hang_up(self) -> None:
        for line in self._lines:
            line.writer.close()
        for client in self._deaf:
            client.close()


class Line:
    """One connection to the server."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    def send(self, *parts: bytes) -> None:
        self.writer.write(b"".join(parts))

    async def answer(self) -> bytes:
        """The head and the body of the next answer."""
        async with asyncio.timeout(PATIENCE_S):
            head = await self.reader.readuntil(b"\r\n\r\n")
            length = head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]
            return head + await self.reader.readexactly(int(length or 0))

    async def rest(self) -> bytes:
        async with asyncio.timeout(PATIENCE_S):
            return await self.reader.read()

    def statuses(self, text: bytes) -> list[int]:
        return [int(status) for status in re.findall(rb"HTTP/1\.1 ([0-9]{3}) ", text)]

    def reset(self) -> None:
        self.writer.transport.abort()


def request(line: str, *headers: str, body: bytes = b"") -> bytes:
    """A request as it goes over the wire; with a body, it has its length."""
    if body:
        headers = (*headers, f"Content-Length: {len(body)}")
    return "\r\n".join((f"{line} HTTP/1.1", "Host: test", *headers, "", "")).encode() + body


def _answering() -> list[Any]:
    tasks = (task.get_coro() for task in asyncio.all_tasks())
    return [each for each in tasks if "Connection" in getattr(each, "__qualname__", "")]


@asynccontextmanager
async def served(
    *,
    limits: Limits = LIMITS,
    drain_s: float = 10,
    reached: Reached = DIRECTLY,
) -> AsyncIterator[Place]:
    """A server; at its end nothing of it may be left: no connection, no task, no held byte."""
    listening = socket.create_server(("127.0.0.1", 0))
    dialect = Counting()
    edge = Edge(of_strangers(), [dialect], reached)
    server = Server(edge, limits, drain_s=drain_s)
    place, ready = Place(server, dialect, listening.getsockname()[1]), asyncio.Event()
    task = asyncio.create_task(server.serve_until(place.stopping, listening, ready.set))
    await ready.wait()
    try:
        yield place
        dialect.gate.set()
        place.hang_up()
        await place.until(lambda: not place.shared.connections)
        await place.until(lambda: not _answering())
        assert place.shared.held.bytes == 0
    finally:
        dialect.gate.set()
        place.hang_up()
        place.stopping.set()
        await task
