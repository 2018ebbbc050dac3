"""A server on loopback in the process of the tests, and a line to it that loses answers."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import NamedTuple

from stampbook.dialects.native.files.telling import words_of
from stampbook.edge.context import Context
from stampbook.edge.server import Server
from stampbook.files.keeping import folder_of
from stampbook.ledger.engine import Ledger
from stampbook.settings import Settings
from stampbook.storage.store import Store
from stampbook.worker.carrying import Carrier
from tests.http.in_process import LIMITS, application
from tests.http.native.asking import Clock
from tests.http.native.conftest import secret_of


async def here(host: str, port: int) -> Sequence[str]:
    """A resolver that knows this machine and no name."""
    if host != "127.0.0.1":
        raise OSError("no such name")
    return [host]


class Serving(NamedTuple):
    """Where it listens, the secret of an administrator's key, its clock, and what works on files
    and webhooks beside it."""

    url: str
    secret: str
    clock: Clock
    context: Context
    carrier: Carrier


@asynccontextmanager
async def serving(store: Store, folder: str, clock: Clock | None = None) -> AsyncIterator[Serving]:
    """A server with all dialects. Webhooks reach this machine, and no other name is known."""
    moving = clock or Clock()
    ledger = Ledger(store, clock=moving)
    await ledger.start()
    settings = Settings(files_folder=folder, webhook_allow="127.0.0.0/8")
    context = Context(store, ledger, moving, settings, resolve=here)
    carrier = Carrier(ledger, folder_of(settings), words_of(settings))
    listening = socket.create_server(("127.0.0.1", 0))
    port = listening.getsockname()[1]
    stopping, ready = asyncio.Event(), asyncio.Event()
    server = Server(application(context), LIMITS, drain_s=5)
    task = asyncio.create_task(server.serve_until(stopping, listening, ready.set))
    await ready.wait()
    try:
        secret = await secret_of(store)
        yield Serving(f"http://127.0.0.1:{port}", secret, moving, context, carrier)
    finally:
        stopping.set()
        await task
        await ledger.stop()


class Line:
    """A way to a server on which some answers are lost: of the connections with these numbers,
    from 1, the request arrives and the answer does not."""

    def __init__(self, url: str, *, losing: set[int]) -> None:
        self._port = int(url.rsplit(":", 1)[1])
        self._losing = losing
        self._tasks: set[asyncio.Future[None]] = set()
        self.connections = 0
        self.url = ""

    async def __aenter__(self) -> Line:
        self._server = await asyncio.start_server(self._connect, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(self, *error: object) -> None:
        self._server.close()
        for each in self._tasks:
            each.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._tasks.add(asyncio.ensure_future(self._carry(self.connections, reader, writer)))

    async def _carry(
        self, number: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        answers, requests = await asyncio.open_connection("127.0.0.1", self._port)
        there = asyncio.ensure_future(_pump(reader, requests))
        try:
            if number in self._losing:
                await answers.read(1)  # the server has answered: its effect is there
            else:
                await _pump(answers, writer)
        finally:
            there.cancel()
            for each in (writer, requests):
                each.transport.abort()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while piece := await reader.read(65_536):
        writer.write(piece)
