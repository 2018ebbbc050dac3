"""What anyone can send without a key is limited, answered, and does not disturb others."""

from __future__ import annotations

import re
import threading
import time
from contextlib import suppress

import psutil
import pytest

from tests.process.raw import RawClient, head
from tests.process.running import Running
from tests.process.strangers.asking import client_of, is_served

MiB = 1024 * 1024


LINE = b"X-Filler: " + b"a" * 1_000 + b"\r\n"

ENDLESS = {
    "lines": (b"GET / HTTP/1.1\r\nHost: a\r\n", LINE),
    "short lines": (b"GET / HTTP/1.1\r\nHost: a\r\n", b"a:b\r\n" * 200),
    "a value": (b"GET / HTTP/1.1\r\nHost: a\r\nX: ", b"a" * 1_000),
    "a name": (b"GET / HTTP/1.1\r\nHost: a\r\n", b"a" * 1_000),
    "a URL": (b"GET /", b"a" * 1_000),
    "a query": (b"GET /v1/programs?", b"a" * 1_000),
    "a method": (b"", b"A" * 1_000),
    "trailers": (
        head("POST /v1/programs", "Transfer-Encoding: chunked") + b"2\r\n{}\r\n0\r\n",
        LINE,
    ),
    "a trailer": (
        head("POST /v1/programs", "Transfer-Encoding: chunked") + b"2\r\n{}\r\n0\r\nX: ",
        b"a" * 1_000,
    ),
    "a chunk extension": (
        head("POST /v1/programs", "Transfer-Encoding: chunked") + b"2;a=",
        b"a" * 1_000,
    ),
}


@pytest.mark.parametrize("what", ENDLESS)
def test_endless_heads_and_trailers_are_refused_in_constant_memory(
    patient: Running, what: str
) -> None:
    """The client has 64 MiB to send; after a few of them the server answers and closes."""
    begin, more = ENDLESS[what]
    process = psutil.Process(patient.process.pid)
    before = process.memory_info().rss
    with client_of(patient) as client:
        try:
            client.send(begin)
            for _ in range(64):
                client.send(more * (MiB // len(more)))
        except ConnectionError:
            pass
        assert is_served(patient)
        assert process.memory_info().rss - before < 16 * MiB
        answered = client.read_to_the_end()
    assert re.match(rb"HTTP/1.1 4(00|31) ", answered)
    assert answered.startswith(b"HTTP/1.1 431 ") is (what != "a method")


PILES = {
    "small requests": (b"", head("GET /healthz"), 200),
    "large answers": (b"", head("GET /openapi.json"), 200),
    "requests of a hot path": (
        b"",
        head("POST /v1/accounts/acc_1/transactions", "Content-Length: 2") + b"{}",
        401,
    ),
    "chunks of one byte": (
        head("POST /v1/programs", "Transfer-Encoding: chunked"),
        b"1\r\n \r\n",
        413,
    ),
}


@pytest.mark.parametrize("what", PILES)
def test_what_comes_faster_than_it_is_served_is_not_piled_up(patient: Running, what: str) -> None:
    """16 MiB of requests at once from each of three clients: most are not read yet."""
    begin, more, status = PILES[what]
    process = psutil.Process(patient.process.pid)
    before = process.memory_info().rss
    whole = begin + more * (16 * MiB // len(more))
    clients = [client_of(patient) for _ in range(3)]
    senders = [threading.Thread(target=_send, args=(client, whole)) for client in clients]
    for sender in senders:
        sender.start()
    for _ in range(10):
        began = time.monotonic()
        assert is_served(patient)
        assert time.monotonic() - began < 1.0
        assert process.memory_info().rss - before < 16 * MiB
    for client in clients:
        for _ in range(1 if begin else 50):
            assert client.read().status == status
        client.hang_up()
    for sender in senders:
        sender.join()


def _send(client: RawClient, whole: bytes) -> None:
    with suppress(OSError):
        client.send(whole)


def test_a_whole_head_is_measured_exactly(patient: Running) -> None:
    """The limit is 64 KiB and 100 lines, however many pieces the head arrives in."""
    for size, status in ((65_000, 200), (66_000, 431)):
        for parts in (1, 7):
            with client_of(patient) as client:
                whole = head("GET /healthz", "X-Filler: " + "a" * size)
                step = -(-len(whole) // parts)
                client.send(*(whole[at : at + step] for at in range(0, len(whole), step)))
                assert client.read().status == status
    for lines, status in ((99, 200), (100, 431)):
        with client_of(patient) as client:
            client.send(head("GET /healthz", *(f"X-{number}: a" for number in range(lines))))
            assert client.read().status == status


def test_an_unfinished_head_that_is_too_large_is_refused_at_once(patient: Running) -> None:
    with client_of(patient) as client:
        client.send(b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"a" * 70_000)
        assert client.read().status == 431


def test_trailers_are_bounded_and_not_taken_for_headers(patient: Running) -> None:
    chunked = head("POST /v1/programs", "Transfer-Encoding: chunked") + b"2\r\n{}\r\n0\r\n"
    with client_of(patient) as client:
        client.send(chunked, b"X-T: 1\r\nHost: b\r\nAuthorization: Bearer a\r\n\r\n")
        answer = client.read()
        assert answer.status == 401
        assert "send an API key" in answer.body["detail"]
        client.send(chunked, b"X-T: 1\r\n" * 101, b"\r\n")
        assert b"431" in client.read_to_the_end()


def test_a_large_body_is_no_head(patient: Running) -> None:
    """A body of 900 KiB in small chunks, and in one piece, to which only the key is missing."""
    for framing, body in (
        ("Content-Length: 900000", b"a" * 900_000),
        ("Transfer-Encoding: chunked", b"4000\r\n" + b"a" * 0x4000 + b"\r\n0\r\n\r\n"),
        ("Transfer-Encoding: chunked", b"1\r\na\r\n" * 20_000 + b"0\r\n\r\n"),
    ):
        with client_of(patient) as client:
            client.send(head("POST /v1/programs", framing), body)
            assert client.read().status == 401


def test_the_error_is_in_the_words_of_the_paths_dialect(patient: Running) -> None:
    fields: dict[str, dict[str, object]] = {
        "/v1/programs": {"code": "invalid_request", "status": 431},
        "/api/v1/records/1": {"success": False, "data": None},
        "/api/v1.1/loyalty/accrue_points": {"error": 400, "data": None},
        "/v2/loyalties/programs": {"code": 431, "message": "Invalid payload"},
    }
    for path, expected in fields.items():
        with client_of(patient) as client:
            client.send(head(f"GET {path}", *["X: a"] * 200))
            answer = client.read()
            assert answer.status == 431
            assert answer.headers["connection"] == "close"
            assert expected.items() <= answer.body.items(), answer
            assert client.read_to_the_end() == b""


def test_what_was_asked_for_before_is_answered_before(patient: Running) -> None:
    """Requests that arrive together, followed by garbage: each has its own answer."""
    with client_of(patient) as client:
        good = head("GET /v1/programs")
        client.send(good + good + b"garbage\r\n\r\n")
        assert [client.read().status for _ in range(3)] == [401, 401, 400]
        assert client.read_to_the_end() == b""
