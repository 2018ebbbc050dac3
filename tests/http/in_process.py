"""The edge without a network: requests reach it through a connection, byte for byte."""

from __future__ import annotations

import asyncio
from typing import Any

import h11
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
        client = h11.Connection(h11.CLIENT)
        client.send(h11.Request(method=request.method, target="/", headers=[("Host", "test")]))
        client.send(h11.EndOfMessage())
        wire = Wire(self._client)
        connection = Connection(self._edge, LIMITS, Open())
        connection.connection_made(wire)
        try:
            connection.data_received(await _bytes_of(request))
            async with asyncio.timeout(PATIENCE_S):
                return await _response(client, wire)
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


async def _response(client: h11.Connection, wire: Wire) -> httpx.Response:
    head: h11.Response | None = None
    body: list[bytes] = []
    while True:
        event = client.next_event()
        if event is h11.NEED_DATA:
            if not wire.written:
                if wire.is_closing():
                    client.receive_data(b"")
                    continue
                wire.came.clear()
                await wire.came.wait()
            data = bytes(wire.written)
            wire.written.clear()
            if data:
                client.receive_data(data)
        elif isinstance(event, h11.Response):
            head = event
        elif isinstance(event, h11.Data):
            body.append(bytes(event.data))
        elif isinstance(event, h11.EndOfMessage):
            assert head is not None
            raw = b"".join(body)
            return httpx.Response(head.status_code, headers=list(head.headers), content=raw)
