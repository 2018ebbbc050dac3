"""What anyone can send without a key is limited, answered, and does not disturb others."""

from __future__ import annotations

import re
import resource
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from tests.process.raw import RawClient, head
from tests.process.running import Running

WAIT_S = "0.4"
"""Instead of 20 and 30 seconds."""

CONNECTIONS = 40

QUICK = {
    "STAMPBOOK_HEAD_TIMEOUT_S": WAIT_S,
    "STAMPBOOK_BODY_TIMEOUT_S": WAIT_S,
    "STAMPBOOK_MAX_CONNECTIONS": str(CONNECTIONS),
}
PATIENT = {name: "60" for name in QUICK if name.endswith("_TIMEOUT_S")}

MiB = 1024 * 1024


@pytest.fixture(scope="module")
def patient(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A server with timeouts longer than these tests take."""
    folder = tmp_path_factory.mktemp("patient")
    with Running("serve", "--port", "0", cwd=folder, environment=PATIENT) as server:
        server.wait_until_ready()
        yield server
        assert "Traceback" not in server.errors, server.errors
        assert server.stop() == 0


@pytest.fixture(scope="module")
def hasty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A server with short timeouts that accepts few connections."""
    folder = tmp_path_factory.mktemp("hasty")
    with Running("serve", "--port", "0", cwd=folder, environment=QUICK) as server:
        server.wait_until_ready()
        yield server
        assert "Traceback" not in server.errors, server.errors
        assert server.stop() == 0


def url_of(server: Running) -> str:
    return server.wait_until_ready()


def client_of(server: Running) -> RawClient:
    return RawClient(url_of(server))


def is_served(server: Running) -> bool:
    with client_of(server) as client:
        client.send(head("GET /healthz"))
        return client.read().status == 200


# -- sizes ----------------------------------------------------------------------------------

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
        client.reset()
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


# -- deadlines ------------------------------------------------------------------------------

UNFINISHED = {
    "nothing": b"",
    "empty lines": b"\r\n\r\n",
    "half a head": b"GET /v1/programs HTTP/1.1\r\nHo",
    "half a body": head("POST /v1/programs", "Content-Length: 100") + b"{",
    "no body": head("POST /v1/programs", "Content-Length: 100"),
    "half a body of a hot path": head("POST /v1/accounts/acc_1/transactions", "Content-Length: 9"),
    "half a chunk": head("POST /v1/programs", "Transfer-Encoding: chunked") + b"9\r\na",
    "no trailer": head("POST /v1/programs", "Transfer-Encoding: chunked") + b"1\r\na\r\n0\r\n",
    "half of a second request": head("GET /healthz") + b"GET /v1/pro",
}


@pytest.mark.parametrize("what", UNFINISHED)
def test_what_does_not_come_is_not_waited_for(hasty: Running, what: str) -> None:
    with client_of(hasty) as client:
        client.send(UNFINISHED[what])
        answered = client.read_to_the_end()
    statuses = re.findall(rb"HTTP/1.1 (\d+) ", answered)
    expected = [b"200"] if "second" in what else []
    assert statuses == expected + ([] if what in ("nothing", "empty lines") else [b"408"])


@pytest.mark.parametrize("what", ["half a head", "half a body"])
def test_single_bytes_win_no_time(hasty: Running, what: str) -> None:
    began = time.monotonic()
    with client_of(hasty) as client:
        client.send(UNFINISHED[what])
        try:
            while time.monotonic() - began < 10 * float(WAIT_S):
                client.send(b"a")
                time.sleep(0.05)
        except ConnectionError:
            pass
        assert b"408" in client.read_to_the_end()
    assert "did not come within" in hasty.errors


def test_a_body_that_makes_progress_is_waited_for(hasty: Running) -> None:
    """In total it takes several times as long as the server waits for a part of it."""
    with client_of(hasty) as client:
        client.send(head("POST /v1/programs", "Content-Length: 40000"))
        for _ in range(20):
            client.send(b"a" * 2_000)
            time.sleep(float(WAIT_S) / 8)
        assert client.read().status == 401


def test_an_idle_connection_is_kept_longer_than_a_head_may_take(hasty: Running) -> None:
    with client_of(hasty) as client:
        client.send(head("GET /healthz"))
        assert client.read().status == 200
        time.sleep(2 * float(WAIT_S))
        client.send(head("GET /healthz"))
        assert client.read().status == 200


def test_a_client_that_does_not_read_is_disconnected(hasty: Running) -> None:
    """It requests megabytes and reads nothing: they do not stay in memory."""
    with client_of(hasty) as client:
        with suppress(ConnectionError, TimeoutError):
            client.send(*[head("GET /openapi.json")] * 500)
        _wait_until(lambda: "does not read its answer" in hasty.errors)


# -- connections ----------------------------------------------------------------------------


def test_a_connection_too_many_is_answered_503_and_logged_once(tmp_path: Path) -> None:
    environment = {**QUICK, **PATIENT}
    with Running("serve", "--port", "0", cwd=tmp_path, environment=environment) as server:
        clients = [client_of(server) for _ in range(CONNECTIONS + 20)]
        answers = [client.read() for client in clients[CONNECTIONS:]]
        assert {answer.status for answer in answers} == {503}
        assert all(answer.headers["retry-after"] for answer in answers)
        for client in clients[CONNECTIONS:]:
            with client:
                assert client.read_to_the_end() == b""
        clients[0].send(head("GET /healthz"))
        assert clients[0].read().status == 200
        for client in clients[:CONNECTIONS]:
            client.reset()
        _wait_until(lambda: is_served(server))
        assert server.stop() == 0
    assert "limit" in server.errors
    assert server.errors.count("\n") <= 3


def test_the_limit_of_files_is_raised_and_bounds_connections(tmp_path: Path) -> None:
    """With a limit of 256 open files the server accepts fewer connections, and never runs out."""
    starts = (
        "import os, resource, sys\n"
        "resource.setrlimit(resource.RLIMIT_NOFILE, (64, 256))\n"
        "os.execv(sys.executable, [sys.executable, '-m', 'stampbook', *sys.argv[1:]])\n"
    )
    with Running("serve", "--port", "0", cwd=tmp_path, before=starts) as server:
        url_of(server)
        process = psutil.Process(server.process.pid)
        assert process.rlimit(resource.RLIMIT_NOFILE) == (256, 256)
        clients = [client_of(server) for _ in range(150)]
        clients[0].send(head("GET /healthz"))
        assert clients[0].read().status == 200
        assert clients[-1].read().status == 503
        assert process.num_fds() < 256
        for client in clients:
            client.reset()
        assert server.stop() == 0
    assert "Traceback" not in server.errors


def test_resets_and_garbage_leave_one_line_a_second(patient: Running) -> None:
    already = patient.errors.count("\n")
    began = time.monotonic()
    paths = ("/v1/programs", "/v2/loyalties/programs", "/api/v1/auth", "/api/v1.1/loyalty/x")
    for path in paths * 25:
        for half in (b"GET / HT", head(f"POST {path}", "Content-Length: 9") + b"a"):
            with client_of(patient) as client:
                client.send(half)
                client.reset()
        for garbage in (b"\x16\x03\x01\x02\x00\x01\x00", b"GET\r\n\r\n", head("GET a b")):
            with client_of(patient) as client:
                client.send(garbage)
                assert b"400" in client.read_to_the_end()
        with client_of(patient) as client:
            client.send(head(f"GET {path}", "Connection: upgrade", "Upgrade: websocket"))
            assert client.read().status in (401, 404, 405)
    for _ in range(50):
        with client_of(patient) as client:  # it disconnects while it is being answered
            client.send(*[head("GET /openapi.json")] * 20)
            client.read()
            client.reset()
    assert is_served(patient)
    assert patient.errors.count("\n") - already <= 2 + time.monotonic() - began
    assert " ERROR " not in patient.errors


# -- methods, hosts and slashes -------------------------------------------------------------


def test_a_request_has_one_host(patient: Running) -> None:
    for hosts, status in (
        (b"", 400),
        (b"Host: a\r\nHost: a\r\n", 400),
        (b"Host: a\r\nhost: b\r\n", 400),
        (b"Host: a\r\n", 200),
    ):
        with client_of(patient) as client:
            client.send(b"GET /healthz HTTP/1.1\r\n" + hosts + b"\r\n")
            assert client.read().status == status
    with client_of(patient) as client:
        client.send(b"GET /healthz HTTP/1.0\r\n\r\n")
        assert client.read().status == 200


def test_slashes_are_what_they_are(patient: Running) -> None:
    with client_of(patient) as client:
        for path, status in (
            ("/v1/programs", 401),
            ("/v1%2Fprograms", 404),
            ("/v1%2fprograms", 404),
            ("//v1/programs", 404),
            ("/v1//programs", 404),
            ("/v1/programs//", 404),
            ("/api//v1/auth", 404),
            ("/api/v1.1//loyalty/account/balance", 405),
            ("/api/v1.1%2F/loyalty/account/balance", 404),
            ("/v1/programs/a%00b", 404),
            ("/v2/loyalties/programs/%00", 404),
        ):
            client.send(head(f"GET {path}"))
            assert client.read().status == status, path


def test_where_there_is_a_get_there_is_a_head(patient: Running) -> None:
    with client_of(patient) as client:
        for path in ("/healthz", "/openapi.json", "/v1/programs", "/v2/loyalties/programs"):
            client.send(head(f"GET {path}"))
            whole = client.read()
            client.send(head(f"HEAD {path}"))
            answer = client.read("HEAD")
            assert answer.status == whole.status
            assert answer.headers["content-length"] == whole.headers["content-length"]
        client.send(head("HEAD /v1/transfers"), head("GET /healthz"))
        assert [client.read("HEAD").status, client.read().status] == [405, 200]


def test_options_and_405_name_all_methods(patient: Running) -> None:
    allowed = {
        "/v1/programs": "GET, HEAD, OPTIONS, POST",
        "/v1/programs/prg_1": "GET, HEAD, OPTIONS, PATCH",
        "/v2/loyalties/programs": "GET, HEAD, OPTIONS, POST",
        "/api/v1/auth": "OPTIONS, POST",
        "/api/v1/records/1": "GET, HEAD, OPTIONS, POST",
        "/api/v1.1/loyalty/accrue_points": "OPTIONS, POST",
    }
    with client_of(patient) as client:
        for path, methods in allowed.items():
            client.send(head(f"OPTIONS {path}"))
            answer = client.read()
            assert (answer.status, answer.headers["allow"]) == (204, methods), path
            client.send(head(f"TRACE {path}"))
            answer = client.read()
            assert (answer.status, answer.headers["allow"]) == (405, methods), path
        client.send(head("OPTIONS /nothing"))
        assert client.read().status == 404


def _wait_until(condition: object, timeout_s: float = 20.0) -> None:
    until = time.monotonic() + timeout_s
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < until
        time.sleep(0.05)
