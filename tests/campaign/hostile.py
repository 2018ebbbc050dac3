"""Hostile requests to a server: none is answered with a 5xx, its memory stays as it is, and others
are served meanwhile."""

from __future__ import annotations

import asyncio
import re
import threading
import time
from collections import Counter
from pathlib import Path
from random import Random
from urllib.parse import urlsplit

from tests.campaign.garbling import Garbler, Hostile
from tests.campaign.parts import Databases, Figures, Part
from tests.process.api import Api
from tests.process.conftest import Deployment, deploy
from tests.process.running import Running

AT_ONCE = 16
TIMEOUT_S = 60.0
PAUSE_S = 0.05
MOST_HEAD = 2**20
"""Bytes of an answer's head: a page leads to another one by an address that was asked for."""

STATUS = re.compile(rb"HTTP/1\.1 ([0-9]{3}) ")

PROGRAMS = 4

SHOWN = 5_000
"""Characters of what the server has said that a failure shows."""

MOST_MB = 64
"""By how much a server may grow: caches fill."""


class Other(threading.Thread):
    """Somebody who is served meanwhile."""

    def __init__(self, url: str, secret: str, account: str) -> None:
        super().__init__(daemon=True)
        self._api = Api(url, secret)
        self._account = account
        self.stopping = threading.Event()
        self.served = 0
        self.longest_s = 0.0
        self.error: BaseException | None = None

    def run(self) -> None:
        """See Thread."""
        try:
            while not self.stopping.wait(PAUSE_S):
                begun = time.monotonic()
                self._api.move(self._account, "accrue", "1")
                self.served += 1
                self.longest_s = max(self.longest_s, time.monotonic() - begun)
            assert int(self._api.balance(self._account)["active"]) == self.served
        except BaseException as error:  # the thread that waits for it says so
            self.error = error


class Sender:
    """One of those who send hostile requests, on one connection after the other."""

    def __init__(self, url: str, garbler: Garbler, left: list[int], statuses: Figures) -> None:
        parts = urlsplit(url)
        self._place = (parts.hostname, parts.port)
        self._garbler, self._left, self._statuses = garbler, left, statuses
        self._line: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def run(self) -> None:
        """Send until none is left."""
        while self._left[0] > 0:
            self._left[0] -= 1
            hostile = self._garbler.next()
            try:
                async with asyncio.timeout(TIMEOUT_S):
                    await self._send(hostile)
            except TimeoutError:
                raise AssertionError(f"never answered: {hostile.content[:2_000]!r}") from None
        self._close()

    async def _send(self, hostile: Hostile) -> None:
        if self._line is None:
            self._line = await asyncio.open_connection(*self._place, limit=MOST_HEAD)
        reader, writer = self._line
        try:
            writer.write(hostile.content)
            if not hostile.is_whole:
                writer.write_eof()
            await writer.drain()
            if hostile.is_whole:
                is_open = await self._answered(reader, hostile)
            else:
                # Nobody knows how many requests that was: all that comes until the end is read.
                is_open, answers = False, await reader.read()
                for status in map(int, STATUS.findall(answers)):
                    self._note(status, answers, hostile)
        except (ConnectionError, asyncio.IncompleteReadError):
            self._statuses["closed without an answer"] += 1
            is_open = False
        if not is_open:
            self._close()

    def _note(self, status: int, answer: bytes, hostile: Hostile) -> None:
        self._statuses[f"{status // 100}xx" if status < 500 else str(status)] += 1
        # No fault of the server: a method or a version of HTTP that it does not have.
        assert status < 500 or status in (501, 505), (answer[:2_000], hostile.content[:3_000])

    async def _answered(self, reader: asyncio.StreamReader, hostile: Hostile) -> bool:
        """Read an answer; whether the connection stays open."""
        content = await reader.readuntil(b"\r\n\r\n")
        head = content.decode("latin-1").lower()
        status = int(head.split(" ", 2)[1])
        self._note(status, content, hostile)
        lengths = [line[15:] for line in head.split("\r\n") if line.startswith("content-length:")]
        if lengths and hostile.method != "HEAD" and status not in (204, 304):
            await reader.readexactly(int(lengths[0]))
        elif not lengths and status not in (204, 304) and hostile.method != "HEAD":
            if "\r\ntransfer-encoding: chunked" not in head:
                await reader.read()
                return False
            while size := int(await reader.readuntil(b"\r\n"), 16):
                await reader.readexactly(size + 2)
            await reader.readexactly(2)
        return "\r\nconnection: close" not in head

    def _close(self) -> None:
        if self._line is not None:
            self._line[1].transport.abort()
            self._line = None


async def sent(url: str, seed: str, secret: str, count: int, statuses: Figures) -> None:
    """Send as many, AT_ONCE at once."""
    left = [count]
    garbler = Garbler(Random(seed), secret)
    senders = [Sender(url, garbler, left, statuses) for _ in range(AT_ONCE)]
    async with asyncio.TaskGroup() as together:
        for sender in senders:
            together.create_task(sender.run())


def resident_mb(pid: int) -> int:
    """The memory that a process has."""
    lines = Path(f"/proc/{pid}/status").read_text("utf-8").splitlines()
    (line,) = (each for each in lines if each.startswith("VmRSS:"))
    return int(line.split()[1]) // 1_024


def attacked(deployment: Deployment, seed: str, count: int) -> Figures:
    """Send hostile requests to a server, and look at it."""
    with deployment.serve() as server:
        try:
            return _attacked(deployment, server, seed, count)
        except BaseException as error:
            error.add_note(server.errors[-SHOWN:])
            raise


def _attacked(deployment: Deployment, server: Running, seed: str, count: int) -> Figures:
    statuses: Figures = Counter()
    url = server.wait_until_ready()
    # The last of some programs: hostile requests have a key, and name the first ones.
    account = [Api(url, deployment.secret).open_accounts(1)[0] for _ in range(PROGRAMS)][-1]
    other = Other(url, deployment.secret, account)
    other.start()
    first = count // 4
    asyncio.run(sent(url, f"{seed} a", deployment.secret, first, statuses))
    before = resident_mb(server.process.pid)
    asyncio.run(sent(url, f"{seed} b", deployment.secret, count - first, statuses))
    grown = resident_mb(server.process.pid) - before
    other.stopping.set()
    other.join(TIMEOUT_S)
    if other.error is not None:
        raise other.error
    assert grown <= MOST_MB, f"{grown} MB"
    assert "Traceback" not in server.errors, server.errors
    assert server.stop() == 0
    return Counter(
        {
            **dict(sorted(statuses.items())),
            "served to others": other.served,
            "most ms that another waited": round(other.longest_s * 1_000),
            "most MB grown": max(0, grown),
        }
    )


def play(databases: Databases, seed: str, count: int) -> Figures:
    """A fresh deployment."""
    return attacked(deploy(databases.fresh(), databases.folder), seed, count)


HOSTILE = Part("hostile", "hostile requests", 1_000_000, 20_000, play, stores=("sqlite",))
