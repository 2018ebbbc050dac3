"""Connections between the nodes of a cluster that can be cut, as a network is."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any

HOST = "127.0.0.1"
CHUNK = 65_536


class Link:
    """Leads from a port of its own to another one.

    While it is cut, nothing passes and nobody is refused: what was connected hears no more, and
    new connections are taken and get no answer, as if packets were lost. When it is whole again,
    those that were cut are closed.
    """

    def __init__(self, target: int) -> None:
        self._target = target
        self._is_whole = asyncio.Event()
        self._is_whole.set()
        self._open: set[asyncio.StreamWriter] = set()
        self.port = 0
        self._listening: asyncio.Server | None = None

    async def start(self) -> None:
        self._listening = await asyncio.start_server(self._serve, HOST, 0)
        self.port = self._listening.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        assert self._listening is not None
        self._listening.close()

    async def cut(self) -> None:
        self._is_whole.clear()

    async def mend(self) -> None:
        for writer in tuple(self._open):
            writer.transport.abort()
        self._is_whole.set()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        try:
            await self._is_whole.wait()
            there, back = await asyncio.open_connection(HOST, self._target)
            self._open.add(back)
            try:
                await asyncio.gather(self._pass(reader, back), self._pass(there, writer))
            finally:
                self._open.discard(back)
                back.transport.abort()
        except (OSError, asyncio.CancelledError):
            pass
        finally:
            self._open.discard(writer)
            writer.transport.abort()

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while chunk := await reader.read(CHUNK):
                await self._is_whole.wait()
                writer.write(chunk)
                await writer.drain()
        writer.transport.abort()


class Links:
    """Links of one thread, which does nothing else: each belongs to a node."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._of: dict[str, list[Link]] = {}

    def __enter__(self) -> Links:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        for links in self._of.values():
            for link in links:
                self._run(link.stop())
        self._run(_end_others())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def to(self, target: int, node: str) -> int:
        """The port of a new link of the node."""
        link = Link(target)
        self._run(link.start())
        self._of.setdefault(node, []).append(link)
        return link.port

    def cut(self, node: str) -> None:
        """The node and the others hear no more of one another."""
        for link in self._of[node]:
            self._run(link.cut())

    def mend(self, node: str) -> None:
        """They do again."""
        for link in self._of[node]:
            self._run(link.mend())

    def _run(self, coroutine: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(coroutine, self._loop).result()


async def _end_others() -> None:
    """End all that the loop does: each connection is closed."""
    if others := asyncio.all_tasks() - {asyncio.current_task()}:
        for each in others:
            each.cancel()
        await asyncio.wait(others)
