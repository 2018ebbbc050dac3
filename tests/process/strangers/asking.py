"""A server as anybody can ask it, and how long it waits in these tests."""

from __future__ import annotations

import time

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


def url_of(server: Running) -> str:
    return server.wait_until_ready()


def client_of(server: Running) -> RawClient:
    return RawClient(url_of(server))


def is_served(server: Running) -> bool:
    with client_of(server) as client:
        client.send(head("GET /healthz"))
        return client.read().status == 200


def wait_until(condition: object, timeout_s: float = 20.0) -> None:
    until = time.monotonic() + timeout_s
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < until
        time.sleep(0.05)
