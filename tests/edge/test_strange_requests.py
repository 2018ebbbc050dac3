"""Requests that no client should send, and what follows them on their connection."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from tests.edge.serving import MOST, Place, request, served

GET = request("GET /quick")
CHUNKED = "Transfer-Encoding: chunked"
CHUNKS = b"2\r\n{}\r\n0\r\n\r\n"


@pytest.fixture
async def place() -> AsyncIterator[Place]:
    async with served() as place:
        yield place


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (request("POST /count", CHUNKED, "Content-Length: 4") + b"0\r\n\r\n", 400),
        (request("POST /count", "Content-Length: 4", CHUNKED) + b"0\r\n\r\n", 400),
        (request("POST /count", "Content-Length: 2", "Content-Length: 2") + b"{}", 400),
        (request("POST /count", "Content-Length: 2, 2") + b"{}", 400),
        (request("POST /count", "Content-Length: +2") + b"{}", 400),
        (request("POST /count", "Content-Length: -2") + b"{}", 400),
        (request("POST /count", "Content-Length: 2 2") + b"{}", 400),
        (request("POST /count", "Content-Length : 2") + b"{}", 400),
        (request("POST /count", "Content-Length: " + "9" * 30), 400),
        (request("POST /count", CHUNKED) + b"zz\r\n{}\r\n0\r\n\r\n", 400),
        (request("POST /count", CHUNKED) + b"-2\r\n{}\r\n0\r\n\r\n", 400),
        (request("POST /count", CHUNKED) + b"0x2\r\n{}\r\n0\r\n\r\n", 400),
        (request("POST /count", CHUNKED) + b"2\n{}\n0\n\n", 400),
        (request("POST /count", CHUNKED) + b"2\r\n{}x\r\n0\r\n\r\n", 400),
        (request("POST /count", CHUNKED) + b"f" * 17 + b"\r\n{}\r\n0\r\n\r\n", 400),
        (request("POST /count", "Transfer-Encoding: identity") + b"{}", 501),
        (request("POST /count", "Transfer-Encoding: gzip, chunked") + CHUNKS, 501),
        (request("POST /count", CHUNKED).replace(b"/1.1", b"/1.0") + CHUNKS, 400),
        (b"GET /quick HTTP/1.1\nHost: test\n\n", 400),
        (request("GET /quick", "X: a\r\n folded"), 400),
        (request("GET /quick", "X: a\nY: b"), 400),
        (request("GET /quick", "X : a"), 400),
        (request("GET /quick", "X: \0"), 400),
        (request("get /quick"), 400),
        (request("GET quick"), 400),
        (request("GET *"), 400),
        (request("GET ftp://test/quick"), 400),
        (request("CONNECT test:443"), 501),
        (request("CONNECT /quick", body=GET), 501),
        (b"GET /quick\r\n\r\n", 505),
        (b"GET /quick HTTP/0.9\r\n\r\n", 505),
        (b"GET /quick HTTP/2.0\r\nHost: test\r\n\r\n", 505),
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400),
        (b"GET /quick HTTP/1.1\r\n\r\n", 400),
        (request("GET /quick", "Host: test"), 400),
    ],
)
async def test_what_is_no_request_is_refused_and_nothing_after_it_is_read(
    place: Place, sent: bytes, status: int
) -> None:
    assert await place.answers(GET, sent, GET) == [200, status]


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (request("GET http://test/quick"), 200),
        (request("OPTIONS *"), 404),
        (request("HEAD /quick"), 200),
        (request("POST /count", CHUNKED) + CHUNKS, 200),
        (request("POST /count", "Expect: something", body=b"{}"), 200),
        (request("GET /quick", body=b"{}"), 200),
        (request("GET /quick", "X-Request-Id: a\xe9b"), 200),
        (request("POST /count", "Content-Length: " + "0" * 5_000 + "2") + b"{}", 200),
        (request("GET /quick", "Connection: Upgrade", "Upgrade: h2c"), 200),
        (request("POST /count", "Connection: Upgrade", "Upgrade: h2c", body=GET), 200),
        (request("TRACE /quick"), 405),
        (request("GET /%00"), 404),
        (request("GET /%2e%2e/quick"), 404),
        (request("GET " + "/%41" * 16_000), 404),
        (request("GET /quick").replace(b"Host: test", b"Host:"), 200),
    ],
)
async def test_what_is_odd_is_answered_and_so_is_what_follows(
    place: Place, sent: bytes, status: int
) -> None:
    last = request("GET /quick", "Connection: close")
    assert await place.answers(GET, sent, last) == [200, status, 200]


async def test_another_protocol_is_not_spoken(
    place: Place, caplog: pytest.LogCaptureFixture
) -> None:
    offer = request("GET /quick", "Connection: Upgrade", "Upgrade: websocket")
    assert await place.answers(offer, b"\x81\x05hello") == [200, 400]
    assert not any(record.exc_info for record in caplog.records)


async def test_a_name_of_a_request_is_printable_or_replaced(place: Place) -> None:
    line = await place.line()
    line.send(request("GET /quick", "X-Request-Id: till-7"))
    assert b"\r\nx-request-id: till-7\r\n" in await line.answer()
    line.send(request("GET /quick", "X-Request-Id: a\tb"))
    assert b"\r\nx-request-id: req_" in await line.answer()


async def test_garbage_after_a_request_is_not_part_of_it(place: Place) -> None:
    """Its refusal has a body though the request before it was HEAD, and a name of its own."""
    line = await place.line()
    line.send(request("HEAD /quick", "X-Request-Id: mine"))
    head = await line.reader.readuntil(b"\r\n\r\n")
    assert b"x-request-id: mine" in head
    line.send(b"\0\r\n\r\n")
    refused = await line.rest()
    assert refused.startswith(b"HTTP/1.1 400 ")
    assert refused.endswith(b'"this is not a request of HTTP/1.1"')
    assert b"x-request-id: mine" not in refused


async def test_a_bug_of_ours_while_a_request_comes_is_not_the_clients(
    place: Place, caplog: pytest.LogCaptureFixture
) -> None:
    place.dialect.operations = ()
    place.server._edge.route = None  # type: ignore[assignment]
    assert await place.answers(GET) == [500]
    assert "a request failed while it came" in caplog.text


# -- bodies ----------------------------------------------------------------------------------


@pytest.mark.parametrize("more", [-1, 0, 1])
@pytest.mark.parametrize("has_length", [True, False])
async def test_a_body_at_its_bound(place: Place, more: int, has_length: bool) -> None:
    line, body = await place.line(), bytes(MOST + more)
    if has_length:
        line.send(request("POST /count", body=body))
    else:
        line.send(request("POST /count", CHUNKED), b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body))
    answer = await line.answer()
    if more > 0:
        assert answer.startswith(b"HTTP/1.1 413 ")
    else:
        assert answer.endswith(b"\r\n%d" % len(body))


async def test_bodies_that_go_in_the_middle_are_not_held(place: Place) -> None:
    lines = [await place.line() for _ in range(20)]
    for line in lines:
        line.send(request("POST /count", f"Content-Length: {MOST}"), bytes(100_000))
    await place.until(lambda: place.shared.held.bytes > 19 * 90_000)
    for line in lines[::2]:
        line.reset()
    for line in lines[1::2]:
        line.writer.write_eof()
    await place.until(lambda: place.shared.held.bytes == 0)


async def test_heads_and_bodies_of_strangers_are_counted(place: Place) -> None:
    """Of thousands of connections, those of some kilobytes are most of the memory."""
    line, other = await place.line(), await place.line()
    line.send(b"GET /quick HTTP/1.1\r\nHost: test\r\nX: " + bytes([65]) * 50_000)
    other.send(request("POST /count", "Content-Length: 60000"), bytes(50_000))
    await place.until(lambda: place.shared.held.bytes > 90_000)


# -- 100 Continue -----------------------------------------------------------------------------

EXPECTING = request("POST /count", "Expect: 100-continue", "Content-Length: 2")


async def test_a_client_that_waits_for_100_behind_another_request_has_it(place: Place) -> None:
    line = await place.line()
    line.send(request("GET /slow"), EXPECTING)
    await place.until(lambda: place.dialect.entered)
    place.dialect.gate.set()
    assert (await line.answer()).endswith(b'"slow"')
    assert await line.answer() == b"HTTP/1.1 100 Continue\r\n\r\n"
    line.send(b"{}")
    assert (await line.answer()).endswith(b"\r\n2")


async def test_http_1_0_has_no_100(place: Place) -> None:
    line = await place.line()
    line.send(EXPECTING.replace(b"/1.1", b"/1.0"))
    await asyncio.sleep(0.02)
    line.send(b"{}")
    assert (await line.answer()).endswith(b"\r\n2")


async def test_a_body_that_is_too_large_is_refused_before_it_is_sent(place: Place) -> None:
    expecting = request("POST /count", "Expect: 100-continue", f"Content-Length: {MOST + 1}")
    assert await place.answers(expecting) == [413]


# -- disconnects ------------------------------------------------------------------------------


async def test_a_client_may_go_after_any_byte(
    place: Place, caplog: pytest.LogCaptureFixture
) -> None:
    whole = request("POST /count", CHUNKED, "Expect: 100-continue") + CHUNKS
    for size in range(len(whole)):
        for ends in ("reset", "write_eof"):
            line = await place.line()
            line.send(whole[:size])
            await line.writer.drain()
            line.reset() if ends == "reset" else line.writer.write_eof()
    await place.until(lambda: not place.shared.connections)
    assert not caplog.records
