"""The edge without a network: requests reach it through a connection, byte for byte."""

from __future__ import annotations

import asyncio
from typing import Any

import h11
import httptools
import httpx

from stampbook.dialects.table import DIALECTS
from stampbook.edge.bounds.limits import Limits
from stampbook.edge.connection import Connection
from stampbook.edge.context import Context
from stampbook.edge.serving import Edge
from stampbook.edge.sharing import Open

LIMITS = Limits(head_s=60, body_s=60, connections=10_000)

PATIENCE_S = 120


def application(context: Context) -> Edge:
    """All dialects on the context, as a server has them."""
    return Edge(context, DIALECTS)


class Wire(asyncio.Transport):
    """Takes what the connection writes."""

    def __init__(self, client: str = "127.0.0.1") -> None:
        super().__init__({"peername": (client, 1)})
        self.written = bytearray()
        self.came = asyncio.Event()
        self._closing = False

    def write(self, data: Any) -> None:
        self.written += data
        self.came.set()

    def is_closing(self) -> bool:
        return self._closing

    def close(self) -> None:
        self._closing = True
        self.came.set()

    abort = close

    def write_eof(self) -> None:
        pass

    def can_write_eof(self) -> bool:
        return True

    def get_write_buffer_size(self) -> int:
        return 0

    def pause_reading(self) -> None:
        pass

    def resume_reading(self) -> None:
        pass


class InProcess(httpx.AsyncBaseTransport):
    """Each request has a connection of its own, from the address `client`."""

    def __init__(self, edge: Edge, client: str = "127.0.0.1") -> None:
        self._edge = edge
        self._client = client

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """See httpx."""
        wire = Wire(self._client)
        connection = Connection(self._edge, LIMITS, Open())
        connection.connection_made(wire)
        try:
            connection.data_received(await _bytes_of(request))
            async with asyncio.timeout(PATIENCE_S):
                if request.method == "HEAD":
                    return await _response_to_head(wire)
                return await _response(wire)
        finally:
            connection.connection_lost(None)


async def _bytes_of(request: httpx.Request) -> bytes:
    """The request as it goes over the wire; no client checks its headers here."""
    content = await request.aread()
    lines = [request.method.encode() + b" " + request.url.raw_path + b" HTTP/1.1"]
    for name, value in request.headers.raw:
        if name.lower() == b"transfer-encoding":  # the whole content is at hand
            lines.append(b"content-length: %d" % len(content))
        else:
            lines.append(name + b": " + value)
    return b"\r\n".join([*lines, b"", content])


class _Answer:
    """What a parser found; see httptools."""

    def __init__(self) -> None:
        self.headers: list[tuple[bytes, bytes]] = []
        self.body = bytearray()
        self.whole = False

    def on_header(self, name: bytes, value: bytes) -> None:
        self.headers.append((name, value))

    def on_body(self, body: bytes) -> None:
        self.body += body

    def on_message_complete(self) -> None:
        self.whole = True


async def _response(wire: Wire) -> httpx.Response:
    found = _Answer()
    parser = httptools.HttpResponseParser(found)
    while not found.whole:
        while not wire.written:
            if wire.is_closing():
                raise EOFError("the connection was closed before the answer was whole")
            wire.came.clear()
            await wire.came.wait()
        data = bytes(wire.written)
        wire.written.clear()
        parser.feed_data(data)
    return httpx.Response(
        parser.get_status_code(), headers=found.headers, content=bytes(found.body)
    )


async def _response_to_head(wire: Wire) -> httpx.Response:
    """That it has no body is what the other parser cannot be told."""
    client = h11.Connection(h11.CLIENT)
    client.send(h11.Request(method="HEAD", target="/", headers=[("Host", "test")]))
    client.send(h11.EndOfMessage())
    while True:
        event = client.next_event()
        if event is h11.NEED_DATA:
            while not wire.written:
                if wire.is_closing():
                    raise EOFError("the connection was closed before the answer was whole")
                wire.came.clear()
                await wire.came.wait()
            client.receive_data(bytes(wire.written))
            wire.written.clear()
        elif isinstance(event, h11.Response):
            return httpx.Response(event.status_code, headers=list(event.headers))
