"""Listens, and stops: open requests have time to finish."""

import asyncio
import socket
from collections.abc import Callable
from typing import Final

from stampbook.edge.bounds.limits import Limits
from stampbook.edge.connection import Connection
from stampbook.edge.serving import Edge
from stampbook.edge.sharing import Open
from stampbook.watching.counting import MEMORY, gauge
from stampbook.watching.metrics import CONNECTIONS

BACKLOG: Final = 2_048
"""Connections that the kernel keeps while the server is busy."""

LOOK_EVERY_S: Final = 0.02
"""While a server stops, it looks so often whether the last connection is closed."""


class Server:
    """Serves until an event is set; then open requests have `drain_s` seconds to finish."""

    def __init__(self, edge: Edge, limits: Limits, *, drain_s: float) -> None:
        self._edge = edge
        self._limits = limits
        self._drain_s = drain_s
        self._open = Open()

    async def serve_until(
        self,
        stopping: asyncio.Event,
        listening: socket.socket,
        on_ready: Callable[[], None] = lambda: None,
    ) -> None:
        """Serve on the bound socket until the event is set, then drain.

        `on_ready` is called as soon as connections are accepted.
        """
        loop = asyncio.get_running_loop()
        MEMORY.measures.append(self.measure)
        server = await loop.create_server(self._connection, sock=listening, backlog=BACKLOG)
        try:
            on_ready()
            await stopping.wait()
        finally:
            server.close()
            await self._drain(loop)
            MEMORY.forget(self.measure)

    def measure(self) -> None:
        """Note how many connections are open."""
        gauge(CONNECTIONS, value=len(self._open.connections))

    def _connection(self) -> Connection:
        return Connection(self._edge, self._limits, self._open)

    async def _drain(self, loop: asyncio.AbstractEventLoop) -> None:
        self._open.is_closing = True
        connections = self._open.connections
        for connection in list(connections):
            connection.close_when_idle()
        until_s = loop.time() + self._drain_s
        while connections and loop.time() < until_s:  # noqa: ASYNC110 - asked a few times, once
            await asyncio.sleep(LOOK_EVERY_S)
        for connection in list(connections):
            connection.abort()
        await asyncio.sleep(0)
