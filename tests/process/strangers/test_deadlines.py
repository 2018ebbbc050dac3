"""What anybody can leave unfinished, or open too often: the server waits a bounded time for it."""

from __future__ import annotations

import re
import resource
import time
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from tests.process.raw import head
from tests.process.running import Running
from tests.process.strangers.asking import (
    CONNECTIONS,
    PATIENT,
    QUICK,
    WAIT_S,
    client_of,
    is_served,
    url_of,
    wait_until,
)

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


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/v1/programs", {"code": "invalid_request", "status": 408}),
        ("/api/v1/records/1", {"success": False, "data": None}),
        ("/api/v1.1/loyalty/accrue_points", {"error": 400, "data": None}),
        ("/v2/loyalties/programs", {"code": 408, "message": "Invalid payload"}),
    ],
)
def test_a_deadline_is_in_the_words_of_the_paths_dialect(
    hasty: Running, path: str, words: dict[str, object]
) -> None:
    for sent in (f"POST {path} HTTP/1.1\r\n".encode(), head(f"POST {path}", "Content-Length: 9")):
        with client_of(hasty) as client:
            client.send(sent)
            answer = client.read()
        assert answer.status == 408
        assert words.items() <= answer.body.items(), answer


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
    hasty.wait_for_error("did not come within")


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
        hasty.wait_for_error("does not read its answer")


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
        wait_until(lambda: is_served(server))
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
