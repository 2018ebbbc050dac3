"""Hosts, slashes and methods are those that were sent."""

from __future__ import annotations

from tests.process.raw import head
from tests.process.running import Running
from tests.process.strangers.asking import client_of


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
            lengths = [int(each.headers["content-length"]) for each in (whole, answer)]
            # A refusal has the request's id, which may be a digit longer than the one before.
            assert 0 <= lengths[1] - lengths[0] <= (whole.status == 401)
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
