"""Answers to clients that wait, that do not read, and that go; and answers that break."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import AsyncIterator
from typing import Any, cast

import pytest

from stampbook.edge import connection
from stampbook.watching.noticing import Noticed
from tests.edge.serving import LARGE, LIMITS, Place, request, served

GET = request("GET /quick")


@pytest.fixture
async def place() -> AsyncIterator[Place]:
    async with served() as place:
        yield place


async def send(client: socket.socket, *parts: bytes) -> None:
    await asyncio.get_running_loop().sock_sendall(client, b"".join(parts))


# -- turns ------------------------------------------------------------------------------------


async def test_many_requests_at_once_are_answered_in_their_order(place: Place) -> None:
    place.dialect.gate.set()
    post = request("POST /count", body=b"{}")
    cycle = GET + request("HEAD /quick") + request("GET /slow") + post + request("GET /none")
    line = await place.line()
    line.send(cycle * 300, request("GET /quick", "Connection: close"))
    assert line.statuses(await line.rest()) == [200, 200, 200, 200, 404] * 300 + [200]
    assert place.dialect.answered == 300


async def test_a_client_that_has_closed_its_side_has_its_answers_and_its_refusal(
    place: Place,
) -> None:
    line = await place.line()
    line.send(request("GET /slow"), GET, b"\0\r\n\r\n")
    line.writer.write_eof()
    await place.until(lambda: place.dialect.entered)
    place.dialect.gate.set()
    assert line.statuses(await line.rest()) == [200, 200, 400]


# -- clients that do not read -----------------------------------------------------------------


async def test_whoever_does_not_read_has_no_more_made_and_is_cut_off() -> None:
    async with served(limits=LIMITS._replace(body_s=0.1)) as place:
        clients = [await place.deaf() for _ in range(3)]
        await send(clients[0], request("GET /large"), request("GET /slow") * 50)
        await send(clients[1], request("GET /parts"))
        await send(clients[2], request("GET /parts", "Accept-Encoding: gzip"))
        await place.until(lambda: not place.shared.connections)
        assert place.dialect.entered == 0
        await place.until(lambda: place.dialect.closed_streams == 2)


async def test_a_connection_that_was_to_be_closed_does_not_wait_for_ever(place: Place) -> None:
    """The unsent rest is below the mark at which answers wait, so it is left to the close."""
    for _ in range(2):
        await send(await place.deaf(), request("GET /parts", "Accept-Encoding: identity"))
    await place.until(lambda: len(place.shared.connections) == 2)
    waiting = [cast(Any, each) for each in place.shared.connections]
    await place.until(lambda: all(each._writable is not None for each in waiting))
    for each in waiting:
        each._limits = LIMITS._replace(body_s=0.1)
        each._transport.set_write_buffer_limits(high=1 << 30)
        each.resume_writing()
        each._close()
    await place.until(lambda: not place.shared.connections)


async def test_a_slow_reader_has_all_of_it(place: Place) -> None:
    loop, client = asyncio.get_running_loop(), await place.deaf()
    await send(client, request("GET /large", "Connection: close"))
    size = 0
    while came := await loop.sock_recv(client, 1 << 20):
        size += len(came)
    assert size > LARGE


# -- clients that go --------------------------------------------------------------------------


async def test_what_was_begun_is_done_though_the_client_has_gone(place: Place) -> None:
    line = await place.line()
    body = bytes(100_000)
    line.send(request("POST /slow", body=body), request("POST /slow", body=body))
    await place.until(lambda: place.dialect.entered)
    line.reset()
    await asyncio.sleep(0.01)
    place.dialect.gate.set()
    await place.until(lambda: place.dialect.answered)
    await place.until(lambda: place.shared.held.bytes == 0)


@pytest.mark.parametrize("accept", ["gzip", "identity"])
async def test_nothing_more_is_made_for_a_client_that_has_gone(place: Place, accept: str) -> None:
    line = await place.line()
    line.send(request("GET /parts", f"Accept-Encoding: {accept}"))
    await line.reader.readuntil(b"\r\n\r\n")
    line.reset()
    await place.until(lambda: place.dialect.closed_streams == 1)


# -- what breaks ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "answer"),
    [
        ("/broken", b"HTTP/1.1 500 "),
        ("/unprintable", b""),
        ("/cancelled", b""),
        ("/parts/broken", b"HTTP/1.1 200 "),
    ],
)
async def test_nobody_waits_for_an_answer_that_does_not_come(
    place: Place, caplog: pytest.LogCaptureFixture, path: str, answer: bytes
) -> None:
    line = await place.line()
    line.send(request(f"GET {path}", "Connection: close", body=bytes(100_000)))
    came = b""
    try:
        came = await line.rest()
    except ConnectionError:
        assert path != "/broken"
    assert came.startswith(answer)
    assert not came.endswith(b"0\r\n\r\n")
    errors = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert len(errors) == (path != "/cancelled")
    await place.until(lambda: place.shared.held.bytes == 0)


async def test_garbage_costs_a_line_a_second(
    place: Place, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    noticed = Noticed(connection.log, now_s=lambda: 0.0)
    monkeypatch.setattr(connection, "noticed", noticed)
    for _ in range(50):
        assert await place.answers(b"\x16\x03\r\n") == [400]
    assert [record.exc_info for record in caplog.records] == [None]


# -- the end ----------------------------------------------------------------------------------


async def test_a_stop_ends_what_was_not_begun_and_answers_what_was(place: Place) -> None:
    half, waiting, held = [await place.line() for _ in range(3)]
    half.send(request("POST /count", "Content-Length: 200000"), bytes(100_000))
    body = bytes(100_000)
    waiting.send(request("POST /slow", body=body), request("POST /slow", body=body) * 2)
    held.send(request("GET /slow"), GET)
    await place.until(lambda: place.dialect.entered == 2 and place.shared.held.bytes > 280_000)
    place.stopping.set()
    assert await half.rest() == b""
    place.dialect.gate.set()
    for line in (waiting, held):
        answer = await line.rest()
        assert line.statuses(answer) == [200]
        assert b"connection: close" in answer
    assert place.dialect.answered == 2


async def test_a_stop_cuts_off_what_takes_longer() -> None:
    async with served(drain_s=0.05) as place:
        line, deaf_one = await place.line(), await place.deaf()
        line.send(request("GET /parts"))
        await send(deaf_one, request("GET /large"))
        await line.reader.readuntil(b"\r\n\r\n")
        place.stopping.set()
        assert not (await line.rest()).endswith(b"0\r\n\r\n")
        await place.until(lambda: not place.shared.connections)


async def test_a_client_that_comes_while_the_server_stops_does_not_keep_it(place: Place) -> None:
    place.shared.is_closing = True
    line = await place.line()
    assert await line.rest() == b""
