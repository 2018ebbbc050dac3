"""Uvicorn as this program uses it: one application, stopped by an event."""

import asyncio
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

import uvicorn

BACKLOG: Final = 2_048
"""Connections that the kernel keeps while the server is busy."""


KEEP_ALIVE_S: Final = 75
"""Longer than most clients keep an idle connection: so they close it, and never send a request
into one that we are just closing."""


class Server(uvicorn.Server):
    """Serves until an event is set; then open requests have `drain_s` seconds to finish.

    `connection` makes the protocol of each connection; `on_ready` is called as soon as
    connections are accepted.
    """

    def __init__(
        self, app: Any, connection: Any, *, drain_s: int, on_ready: Callable[[], None]
    ) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                loop="none",
                http=connection,
                ws="none",
                lifespan="off",
                backlog=BACKLOG,
                timeout_keep_alive=KEEP_ALIVE_S,
                log_config=None,
                access_log=False,
                server_header=False,
                timeout_graceful_shutdown=drain_s,
            )
        )
        self._on_ready = on_ready

    async def serve_until(self, stopping: asyncio.Event, listening: socket.socket) -> None:
        """Serve on the bound socket until the event is set, then drain."""
        stopper = asyncio.create_task(self._stop_after(stopping))
        try:
            await self.serve(sockets=[listening])
        finally:
            stopper.cancel()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._on_ready()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Signals are the process's business: it sets the event."""
        yield

    async def _stop_after(self, stopping: asyncio.Event) -> None:
        await stopping.wait()
        self.should_exit = True
