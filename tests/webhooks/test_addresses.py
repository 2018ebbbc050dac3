"""Requests go to public addresses only, and to those that the operator permits."""

from __future__ import annotations

import asyncio
import shutil
import ssl
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from stampbook.edge.context import Context
from stampbook.ledger.engine import Ledger
from stampbook.networks import network
from stampbook.settings import Settings
from stampbook.storage.store import Store
from stampbook.webhooks.addresses import may_reach
from stampbook.webhooks.sending import Sender
from tests.http.native.asking import Api, Clock, made, refused
from tests.webhooks.receiving import Receiver

_INSIDE = """
    127.0.0.1 127.8.9.1 10.1.2.3 172.16.0.1 192.168.1.1 169.254.169.254 100.64.0.1 0.0.0.0 0.1.2.3
    224.0.0.1 240.0.0.1 255.255.255.255 192.0.2.1 198.18.0.1 198.51.100.1 203.0.113.1 192.0.0.8
    192.88.99.1 ::1 :: fe80::1 fe80::1%eth0 fc00::1 fd12::1 fec0::1 ff02::1 100::1 2001:db8::1
    2001::1 2002:7f00:1:: ::ffff:127.0.0.1 ::ffff:10.0.0.1 ::7f00:1 64:ff9b::7f00:1
    64:ff9b::a01:203 64:ff9b:1::808:808 nothing
"""
INSIDE = _INSIDE.split()
OUTSIDE = ("93.184.216.34", "8.8.8.8", "2606:2800:220:1::1", "::ffff:8.8.8.8", "64:ff9b::808:808")


class Names:
    """A resolver: what each name has, in turn."""

    def __init__(self, *answers: Sequence[str]) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        self.asked.append(host)
        found = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if not found:
            raise OSError("no such name")
        return found


def test_which_addresses_are_public() -> None:
    assert [each for each in INSIDE if may_reach(each, ())] == []
    assert [each for each in OUTSIDE if not may_reach(each, ())] == []
    assert may_reach("10.1.2.3", [network("10.1.0.0/16")])
    assert not may_reach("10.2.2.3", [network("10.1.0.0/16")])


@pytest.mark.parametrize("inside", ["127.0.0.1", "::ffff:127.0.0.1", "::1"])
async def test_what_points_inside_is_never_connected_to(receiver: Receiver, inside: str) -> None:
    clock = Clock()
    url = f"https://shop.example:{receiver.port}/events"
    for addresses in ([inside], ["93.184.216.34", inside]):
        names = Names(addresses)
        attempt = await Sender(clock, resolve=names).send(url, {}, "{}")
        assert (attempt.status, attempt.error) == (None, "forbidden_address")
        assert names.asked == ["shop.example"]
    assert receiver.connections == 0


async def test_the_name_is_looked_up_at_each_attempt(receiver: Receiver) -> None:
    allow = [network("127.0.0.1/32")]
    names = Names(["127.0.0.1"], ["127.0.0.2"], [])
    sender = Sender(Clock(), allow, resolve=names)
    url = f"http://shop.example:{receiver.port}/events"
    errors = [(await sender.send(url, {}, "{}")).error for _ in range(3)]
    assert errors == [None, "forbidden_address", "unresolved_name"]
    assert receiver.got[0].headers["host"] == f"shop.example:{receiver.port}"
    assert receiver.connections == 1


async def test_without_encryption_only_permitted_networks_are_reached(receiver: Receiver) -> None:
    sender = Sender(Clock(), resolve=Names(["93.184.216.34"]))
    attempt = await sender.send("http://shop.example/events", {}, "{}")
    assert attempt.error == "forbidden_address"
    permitted = Sender(Clock(), [network("127.0.0.0/8")], resolve=Names(["127.0.0.1"]))
    attempt = await permitted.send(f"https://shop.example:{receiver.port}/", {}, "{}")
    assert attempt.error == "tls_failed"
    assert receiver.got == []


async def test_no_proxy_of_the_environment(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{receiver.port}")
    sender = Sender(Clock(), [network("127.0.0.2/32")], resolve=Names(["127.0.0.2"]))
    attempt = await sender.send("http://shop.example:1/events", {}, "{}")
    assert attempt.error == "connection_failed"
    assert receiver.connections == 0


class TestAtCreation:
    """What is refused when an endpoint is named."""

    @pytest.fixture
    def names(self) -> Names:
        return Names(["93.184.216.34"])

    @pytest.fixture
    def context(self, store: Store, ledger: Ledger, clock: Clock, names: Names) -> Context:
        return Context(store, ledger, clock, Settings(), resolve=names)

    @pytest.mark.parametrize(
        "url",
        [
            "http://shop.example/events",
            "https://user:word@shop.example/events",
            "https://shop.example/events#part",
            "ftp://shop.example/events",
            "https:///events",
            "https://shop.example:99999/",
            "https://shop.example:0/",
            "https://shop.example/a b",
            "https://sh\u00f6p.example/",
            "shop.example",
            "https://" + "a" * 2_000,
        ],
    )
    async def test_addresses_that_no_endpoint_may_have(self, api: Api, url: str) -> None:
        await self.refuse(api, url)

    async def refuse(self, api: Api, url: str) -> None:
        answer = await api.post("/webhooks", {"url": url, "events": ["*"]})
        problem: Any = refused(answer, 422, "invalid_request")
        assert [each["pointer"] for each in problem["errors"]] == ["/url"]

    async def test_names_that_point_inside(self, api: Api, names: Names) -> None:
        for inside in INSIDE:
            names.answers = [["93.184.216.34", inside]]
            await self.refuse(api, "https://shop.example/events")
        names.answers = [[]]  # it may get an address later
        endpoint = made(
            await api.post("/webhooks", {"url": "https://later.example", "events": ["*"]})
        )
        names.answers = [["127.0.0.1"]]
        change = await api.patch(f"/webhooks/{endpoint['id']}", {"url": "https://inside.example"})
        refused(change, 422, "invalid_request")
        assert names.asked[-1] == "inside.example"


async def test_certificates_are_those_of_the_name(receiver: Receiver, tmp_path: Path) -> None:
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("NOT RUN: openssl is not installed, no certificate was tried")
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    words = f"req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN=shop -keyout {key}"
    made_one = await asyncio.create_subprocess_exec(
        *(openssl, *words.split(), "-out", str(certificate)),
        *("-addext", "subjectAltName=DNS:shop.example"),
        stderr=asyncio.subprocess.DEVNULL,
    )
    assert await made_one.wait() == 0
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(certificate, key)
    server = await asyncio.start_server(receiver.serve, "127.0.0.1", 0, ssl=serving)
    port = server.sockets[0].getsockname()[1]
    trusting = ssl.create_default_context(cafile=certificate)
    allow, names = [network("127.0.0.0/8")], Names(["127.0.0.1"])
    sender = Sender(Clock(), allow, resolve=names, tls=trusting)
    assert (await sender.send(f"https://shop.example:{port}/", {}, "{}")).status == 204
    attempt = await sender.send(f"https://other.example:{port}/", {}, "{}")
    assert (attempt.status, attempt.error) == (None, "tls_failed")
    unknown = Sender(Clock(), allow, resolve=names)
    assert (await unknown.send(f"https://shop.example:{port}/", {}, "{}")).error == "tls_failed"
    assert len(receiver.got) == 1
    server.close()
