"""A receiver of webhooks on this machine."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from typing import Any, NamedTuple

from standardwebhooks.webhooks import Webhook


class Got(NamedTuple):
    """A request that came. `number` counts those of the receiver from 1."""

    number: int
    path: str
    headers: Mapping[str, str]
    body: str

    @property
    def event(self) -> Any:
        return json.loads(self.body)


class Answer(NamedTuple):
    status: int = 204
    headers: Mapping[str, str] = {}
    body: bytes = b""
    wait_s: float = 0.0


Choose = Callable[[Got], Answer | None]
"""What is answered; None: nothing, and the connection is closed."""


def fine(got: Got) -> Answer | None:
    return Answer()


class Receiver:
    """Notes every request and answers as `choose` says."""

    def __init__(self) -> None:
        self.got: list[Got] = []
        self.choose: Choose = fine
        self.connections = 0
        self.open = self.most_open = 0
        self.port = 0
        self._came = asyncio.Event()
        self.gate = asyncio.Event()  # nothing is answered until it is set
        self.gate.set()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/events"

    @property
    def events(self) -> list[Any]:
        return [each.event for each in self.got]

    @property
    def types(self) -> list[str]:
        return [each["type"] for each in self.events]

    async def has_got(self, number: int) -> None:
        """Wait until that many requests have come."""
        async with asyncio.timeout(30):
            while len(self.got) < number:
                self._came.clear()
                await self._came.wait()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.open += 1
        self.most_open = max(self.most_open, self.open)
        try:
            with suppress(asyncio.IncompleteReadError, ConnectionError):
                await self._answer(reader, writer)
        finally:
            self.open -= 1
            writer.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        first = await reader.readexactly(1)
        if first == b"\x16":  # TLS, which it does not have
            return
        head = (first + await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        pairs = (line.partition(":") for line in head[1:] if line)
        headers = {name.lower(): value.strip() for name, _, value in pairs}
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        got = Got(len(self.got) + 1, head[0].split(" ")[1], headers, body.decode())
        self.got.append(got)
        self._came.set()
        answer = self.choose(got)
        if answer is None:
            return
        await self.gate.wait()
        await asyncio.sleep(answer.wait_s)
        lines = [f"HTTP/1.1 {answer.status} Status", f"Content-Length: {len(answer.body)}"]
        lines += [f"{name}: {value}" for name, value in answer.headers.items()]
        writer.write("\r\n".join([*lines, "", ""]).encode() + answer.body)
        await writer.drain()


@asynccontextmanager
async def receiving(address: str = "127.0.0.1") -> AsyncIterator[Receiver]:
    """A receiver that listens."""
    receiver = Receiver()
    server = await asyncio.start_server(receiver.serve, address, 0)
    receiver.port = server.sockets[0].getsockname()[1]
    try:
        yield receiver
    finally:
        server.close()


def signatures(got: Got, secret: str) -> bool:
    """Whether one of the request's signatures is that of the public library for the secret."""
    moment = datetime.fromtimestamp(int(got.headers["webhook-timestamp"]), UTC)
    expected = Webhook(secret).sign(got.headers["webhook-id"], moment, got.body)
    return expected in got.headers["webhook-signature"].split(" ")
