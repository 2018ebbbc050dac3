"""How long a connection is waited for, how many there may be, and what they hold in memory.

The connection has a clock of the test's own, so nothing is waited for.
"""

from __future__ import annotations

import asyncio
import logging
import re
import resource
import tracemalloc
from collections.abc import Callable
from typing import Any, cast

import pytest

from stampbook.edge import connection as edge_connection
from stampbook.edge.bounds.limits import (
    KEEP_ALIVE_S,
    RESERVED_FILES,
    SPARE,
    WHOLE_BODY_S,
    Limits,
    limits_of,
)
from stampbook.edge.connection import PROGRESS, TURN, Connection
from stampbook.edge.parsing import MAX_HEAD, MAX_LINES
from stampbook.edge.serving import Edge
from stampbook.edge.sharing import Open
from stampbook.settings import Settings
from stampbook.watching.noticing import Noticed
from tests.edge.serving import MOST, Counting, of_strangers, request
from tests.http.in_process import Wire

MiB = 1024 * 1024

NOBODY_KNOWN = of_strangers()
"""One for all clients: its buckets take a megabyte."""
DEFAULTS = limits_of(Settings())


class Clock:
    """The event loop, with another time."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._now = 1_000.0
        self._timers: list[Timer] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._loop, name)

    def time(self) -> float:
        return self._now

    def call_at(self, when: float, work: Callable[[], None]) -> Timer:
        self._timers.append(Timer(when, work))
        return self._timers[-1]

    def call_later(self, delay: float, work: Callable[[], None]) -> Timer:
        return self.call_at(self._now + delay, work)

    def go_on(self, seconds: float) -> None:
        """Let time pass, and do what is due in it."""
        until = self._now + seconds
        while due := [each for each in self._timers if each.due <= until and not each.is_off]:
            timer = min(due, key=Timer.when)
            self._timers.remove(timer)
            self._now = max(self._now, timer.due)
            timer.work()
        self._now = until


class Timer:
    def __init__(self, due: float, work: Callable[[], None]) -> None:
        self.due, self.work, self.is_off = due, work, False

    def when(self) -> float:
        return self.due

    def cancel(self) -> None:
        self.is_off = True


class Client:
    """One connection, as the server has it, and what it answers."""

    def __init__(self, clock: Clock, shared: Open | None = None, limits: Limits = DEFAULTS) -> None:
        self.clock, self.wire = clock, Wire()
        self.shared = shared or Open()
        edge = Edge(NOBODY_KNOWN, [Counting()])
        self.connection = Connection(edge, limits, self.shared)
        cast(Any, self.connection)._loop = clock
        self.connection.connection_made(self.wire)

    async def send(self, *parts: bytes) -> None:
        for part in parts:
            self.connection.data_received(part)
            await self.settle()

    async def settle(self) -> None:
        for _ in range(5):
            await asyncio.sleep(0)

    def statuses(self) -> list[int]:
        return [int(each) for each in re.findall(rb"HTTP/1.1 ([0-9]{3})", bytes(self.wire.written))]


@pytest.fixture
async def clock() -> Clock:
    return Clock()


# -- time -----------------------------------------------------------------------------------

BODY = request("POST /count", "Content-Length: 900000")

WAITS: dict[str, tuple[tuple[bytes, ...], float, list[int]]] = {
    "nothing": ((), DEFAULTS.head_s, []),
    "a head": ((b"GET /quick HTTP/1.1\r\nHo",), DEFAULTS.head_s, [408]),
    "the rest of a body": ((BODY, b"a" * PROGRESS), DEFAULTS.body_s, [408]),
    "another request": ((request("GET /quick"),), KEEP_ALIVE_S, [200]),
    "a second head": ((request("GET /quick"), b"GET /"), DEFAULTS.head_s, [200, 408]),
}


def test_the_times_are_those_of_the_page_about_limits() -> None:
    assert (DEFAULTS.head_s, DEFAULTS.body_s, WHOLE_BODY_S, KEEP_ALIVE_S) == (20, 30, 300, 75)


@pytest.mark.parametrize("what", WAITS)
async def test_what_does_not_come_in_its_time_ends_the_connection(clock: Clock, what: str) -> None:
    sent, wait_s, statuses = WAITS[what]
    client = Client(clock)
    await client.send(*sent)
    before = client.statuses()
    clock.go_on(wait_s - 0.1)
    assert client.statuses() == before
    assert not client.wire.is_closing()
    clock.go_on(0.2)
    assert client.statuses() == statuses
    clock.go_on(edge_connection.LINGER_S)
    assert client.wire.is_closing()


async def test_a_whole_body_has_a_time_however_steadily_it_comes(clock: Clock) -> None:
    client = Client(clock)
    await client.send(BODY)
    for _ in range(29):
        await client.send(b"a" * PROGRESS)
        clock.go_on(10)
    await client.send(b"a" * PROGRESS)
    clock.go_on(9.9)
    assert client.statuses() == []
    clock.go_on(0.2)
    assert client.statuses() == [408]
    assert b"within 300 s" in client.wire.written


async def test_a_body_that_is_whole_in_its_time_is_answered(clock: Clock) -> None:
    client = Client(clock)
    for _ in range(2):  # the second one has a time of its own
        await client.send(BODY)
        for _ in range(29):
            await client.send(b"a" * PROGRESS)
            clock.go_on(10)
        await client.send(bytes(900_000 - 29 * PROGRESS))
        while client.connection._unparsed:
            await client.settle()
        await client.settle()
    assert client.statuses() == [200, 200]


# -- connections ------------------------------------------------------------------------------


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch, clock: Clock) -> None:
    """Log lines are limited by the test's clock."""
    for name in ("noticed", "crowded"):
        every_s = getattr(edge_connection, name)._every_s
        made = Noticed(edge_connection.log, every_s=every_s, now_s=clock.time)
        monkeypatch.setattr(edge_connection, name, made)


@pytest.mark.usefixtures("lines")
async def test_a_connection_too_many_is_refused_and_logged_once_a_minute(
    clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    shared, limits = Open(), DEFAULTS._replace(connections=3)
    clients = [Client(clock, shared, limits) for _ in range(3 + SPARE + 1)]
    assert [client.statuses() for client in clients[:3]] == [[]] * 3
    refused = clients[3:-1]
    assert [client.statuses() for client in refused] == [[503]] * SPARE
    assert clients[-1].wire.is_closing()
    assert clients[-1].statuses() == []
    clock.go_on(59.9)
    assert len(caplog.records) == 1
    for client in refused:
        client.connection.connection_lost(None)
    Client(clock, shared, limits)
    assert len(caplog.records) == 1
    clock.go_on(0.2)
    Client(clock, shared, limits)
    assert len(caplog.records) == 2
    assert caplog.records[1].levelno == logging.WARNING


def test_connections_leave_files_for_the_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    def limit(files: int) -> int:
        monkeypatch.setattr(resource, "getrlimit", lambda _: (files, files))
        return limits_of(Settings()).connections

    assert Settings().max_connections == 4_096
    assert (limit(4_096 + RESERVED_FILES), limit(4_096 + RESERVED_FILES - 1)) == (4_096, 4_095)
    assert limit(resource.RLIM_INFINITY) == 4_096
    assert RESERVED_FILES == 128


# -- memory -----------------------------------------------------------------------------------

CHUNKED = request("POST /count", "Transfer-Encoding: chunked")

FLOODS = {
    "lines": (b"GET / HTTP/1.1\r\nHost: a\r\n", b"X-Filler: " + b"a" * 1_000 + b"\r\n"),
    "short lines": (b"GET / HTTP/1.1\r\nHost: a\r\n", b"a:b\r\n"),
    "a value": (b"GET / HTTP/1.1\r\nHost: a\r\nX: ", b"a"),
    "spaces before an address": (b"GET ", b" "),
    "an address": (b"GET /", b"a"),
    "trailers": (CHUNKED + b"2\r\n{}\r\n0\r\n", b"X: " + b"a" * 1_000 + b"\r\n"),
    "short trailers": (CHUNKED + b"2\r\n{}\r\n0\r\n", b"a:b\r\n"),
    "an extension": (CHUNKED + b"2;a=", b"a"),
}


@pytest.mark.parametrize("what", FLOODS)
async def test_a_flood_of_heads_leaves_memory_flat(clock: Clock, what: str) -> None:
    """Of 16 MiB that come, no more is ever held than a head may have and a turn takes."""
    begin, more = FLOODS[what]
    piece = more * (64 * 1024 // len(more))
    client = Client(clock)
    await client.send(request("GET /quick"))  # what is made once is made
    client.wire.written.clear()
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        await client.send(begin)
        for _ in range(256):
            await client.send(piece)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert client.statuses() == [431]
    assert peak - before < 4 * (MAX_HEAD + TURN + len(piece)) < MiB


async def test_a_body_without_an_end_is_refused_and_forgotten(clock: Clock) -> None:
    """No more of it is held than a body may have, and nothing afterwards."""
    client = Client(clock)
    chunk = b"4000\r\n" + b"a" * 0x4000 + b"\r\n"
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        await client.send(CHUNKED)
        for _ in range(4 * MOST // 0x4000):
            await client.send(chunk)
            while client.connection._unparsed:
                await client.settle()
        after, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert client.statuses() == [413]
    assert peak - before < 3 * MOST
    assert after - before < MiB
    assert client.shared.held.bytes == 0


async def test_a_head_just_within_the_bounds_is_answered(clock: Clock) -> None:
    for size, lines, status in (
        (MAX_HEAD - 100, 2, 200),
        (MAX_HEAD + 1, 2, 431),
        (0, MAX_LINES - 1, 200),
        (0, MAX_LINES, 431),
    ):
        client = Client(clock)
        filler = [f"X-{at}: {'a' * (size // lines)}" for at in range(lines)]
        await client.send(request("GET /quick", *filler))
        while client.connection._unparsed:
            await client.settle()
        await client.settle()
        assert client.statuses() == [status]


async def test_slow_bodies_hold_what_was_sent_and_no_more(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Together they may hold so much; what would hold more is refused, and gives back its own."""
    most = 8 * MiB
    monkeypatch.setattr("stampbook.edge.parsing.MAX_HELD", most)
    shared = Open()
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        clients = [Client(clock, shared) for _ in range(32)]
        for client in clients:
            await client.send(request("POST /count", f"Content-Length: {MOST}"))
        for _ in range(16):
            for client in clients:
                await client.send(b"a" * 64 * 1024)
                while client.connection._unparsed:
                    await client.settle()
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert shared.held.bytes <= most + MOST
    assert peak - before < 2 * most
    statuses = [client.statuses() for client in clients]
    assert [503] in statuses
    assert [] in statuses
    assert {status for each in statuses for status in each} == {503}
    for client in clients:
        client.connection.connection_lost(None)
    assert shared.held.bytes == 0
