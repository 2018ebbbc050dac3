"""Connections as a server has them: hot paths on the short way, everything else beside them."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, NamedTuple

import pytest

from stampbook.domain.model import split_number
from stampbook.http import ids, server
from stampbook.http.app import recognise, word
from stampbook.http.connection import Connection
from stampbook.http.context import Context
from stampbook.http.guarding import limits_of
from stampbook.http.server import Server
from stampbook.ledger.engine import Ledger
from stampbook.settings import Settings
from tests.http.in_process import application
from tests.http.native.asking import Api

PATIENCE_S = 20.0


class Reply(NamedTuple):
    status: int
    headers: dict[bytes, bytes]
    body: Any


class Line:
    """One connection to the server, byte by byte."""

    def __init__(
        self, secret: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.secret, self.reader, self.writer = secret, reader, writer

    def request(self, path: str, body: Any, *more: str, method: str = "POST") -> bytes:
        content = b"" if body is None else json.dumps(body).encode()
        head = [f"{method} {path} HTTP/1.1", "Host: test", f"Authorization: Bearer {self.secret}"]
        if body is not None:
            head += ["Content-Type: application/json", f"Content-Length: {len(content)}"]
        return "\r\n".join([*head, *more, "", ""]).encode() + content

    def send(self, *requests: bytes) -> None:
        self.writer.write(b"".join(requests))

    async def reply(self) -> Reply:
        async with asyncio.timeout(PATIENCE_S):
            head = await self.reader.readuntil(b"\r\n\r\n")
            lines = head.split(b"\r\n")
            headers = dict(line.lower().split(b": ", 1) for line in lines[1:] if line)
            body = await self.reader.readexactly(int(headers[b"content-length"]))
            return Reply(int(lines[0].split()[1]), headers, json.loads(body))

    async def is_closed(self) -> bool:
        async with asyncio.timeout(PATIENCE_S):
            return await self.reader.read() == b""


class House:
    """A running server, and lines to it."""

    def __init__(self, context: Context, port: int, stopping: asyncio.Event) -> None:
        self.context, self.port, self.stopping = context, port, stopping
        self._lines: list[Line] = []

    async def line(self, secret: str) -> Line:
        line = Line(secret, *await asyncio.open_connection("127.0.0.1", self.port))
        self._lines.append(line)
        return line

    def hang_up(self) -> None:
        for line in self._lines:
            line.writer.close()


@asynccontextmanager
async def served(context: Context) -> AsyncIterator[House]:
    listening = socket.create_server(("127.0.0.1", 0))
    ready, stopping = asyncio.Event(), asyncio.Event()
    connection = partial(Connection, context, recognise, limits_of(Settings()), word)
    serving = Server(application(context), connection, drain_s=10, on_ready=ready.set)
    task = asyncio.create_task(serving.serve_until(stopping, listening))
    await ready.wait()
    house = House(context, listening.getsockname()[1], stopping)
    try:
        yield house
    finally:
        stopping.set()
        house.hang_up()
        await task


@pytest.fixture
async def house(context: Context) -> AsyncIterator[House]:
    async with served(context) as house:
        yield house


@pytest.fixture
async def account(api: Api) -> str:
    account = await api.account()
    await api.accrue(account, "100")
    return account


def spend(account: str, amount: str = "1") -> tuple[str, dict[str, str]]:
    return f"/v1/accounts/{account}/transactions", {"type": "redeem", "amount": amount}


async def active(api: Api, account: str) -> str:
    answer = await api.get(f"/accounts/{account}/balance")
    return str(answer.json()["active"])


def at_work(ledger: Ledger, account: str) -> asyncio.Lock:
    """Whoever holds this lock keeps the account's lane from taking up work."""
    number = ids.read(ids.ACCOUNT, account)
    assert number is not None
    return ledger._resources.locks[number % ledger.store.shards]


async def test_a_request_in_pieces(house: House, api: Api, account: str) -> None:
    line = await house.line(api.secret)
    request = line.request(*spend(account))
    for byte in range(0, len(request), 11):
        line.send(request[byte : byte + 11])
        await line.writer.drain()
        await asyncio.sleep(0)
    reply = await line.reply()
    assert (reply.status, reply.body["balance_after"]) == (201, "99.00")
    assert reply.headers[b"content-type"] == b"application/json"
    assert b"date" in reply.headers


async def test_requests_that_do_not_wait_for_answers(house: House, api: Api, account: str) -> None:
    """Hot and ordinary requests in one write: the answers come in their order."""
    line = await house.line(api.secret)
    read = line.request(f"/v1/accounts/{account}/balance", None, method="GET")
    line.send(
        line.request(*spend(account)),
        read,
        line.request(*spend(account, "2")),
        line.request(*spend(account, "x")),
        read,
    )
    replies = [await line.reply() for _ in range(5)]
    assert [reply.status for reply in replies] == [201, 200, 201, 422, 200]
    assert replies[0].body["balance_after"] == "99.00"
    assert replies[1].body["active"] == "99.00"
    assert replies[2].body["balance_after"] == "97.00"
    assert replies[4].body["active"] == "97.00"


async def test_the_last_request_of_a_connection(house: House, api: Api, account: str) -> None:
    line = await house.line(api.secret)
    line.send(line.request(*spend(account), "Connection: close"))
    reply = await line.reply()
    assert (reply.status, reply.headers[b"connection"]) == (201, b"close")
    assert await line.is_closed()


async def test_what_is_odd_goes_the_ordinary_way(house: House, api: Api, account: str) -> None:
    line = await house.line(api.secret)
    path, body = spend(account)
    line.send(line.request(f"{path}?dry_run=true", body))
    assert (await line.reply()).status == 201
    line.send(line.request(path, {**body, "reason": "x" * 70_000}))
    assert (await line.reply()).status in (201, 422)
    content = json.dumps(body).encode()
    chunked = b"%x\r\n%b\r\n0\r\n\r\n" % (len(content), content)
    line.send(line.request(path, None, "Transfer-Encoding: chunked") + chunked)
    assert (await line.reply()).status == 201
    expecting = line.request(path, body, "Expect: 100-continue")
    head, _, content = expecting.partition(b"\r\n\r\n")
    line.send(head + b"\r\n\r\n")
    assert await line.reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
    line.send(content)
    assert (await line.reply()).status == 201
    line.send(line.request(path, body, "Authorization: Bearer wrong"))
    assert (await line.reply()).status == 401


async def test_nonsense_ends_the_connection_not_the_server(
    house: House, api: Api, account: str
) -> None:
    line = await house.line(api.secret)
    line.send(b"POST /v1/accounts/x/transactions HTTP/1.1\r\nContent-Length: -1\r\n\r\n")
    assert (await line.reader.readuntil(b"\r\n")).startswith(b"HTTP/1.1 400")
    other = await house.line(api.secret)
    other.send(other.request(*spend(account)))
    assert (await other.reply()).status == 201


async def test_a_client_that_does_not_wait(house: House, api: Api, account: str) -> None:
    """Its request has its effect all the same, and a repeat of its key is told so."""
    gone = await house.line(api.secret)
    other = await house.line(api.secret)
    async with at_work(house.context.ledger, account):
        gone.send(gone.request(*spend(account), "Idempotency-Key: k"))
        other.send(other.request(*spend(account, "x")))
        assert (await other.reply()).status == 422  # the server has read both
        gone.writer.close()
        await gone.writer.wait_closed()
    other.send(other.request(*spend(account), "Idempotency-Key: k"))
    reply = await other.reply()
    assert reply.status == 201
    assert await active(api, account) == "99.00"
    assert split_number(int(reply.body["id"].removeprefix("txn_"), 16))[1] == 2


async def test_a_server_that_stops_answers_what_it_has_begun(
    context: Context, api: Api, account: str
) -> None:
    async with served(context) as house:
        line = await house.line(api.secret)
        line.send(line.request(*spend(account, "x")))
        assert (await line.reply()).status == 422
        async with at_work(context.ledger, account):
            line.send(line.request(*spend(account)))
            other = await house.line(api.secret)
            other.send(other.request(*spend(account, "x")))
            assert (await other.reply()).status == 422
            house.stopping.set()
            assert await other.is_closed()
        assert (await line.reply()).status == 201
        assert await line.is_closed()


async def test_an_idle_connection_is_closed(
    context: Context, api: Api, account: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "KEEP_ALIVE_S", 0.2)
    async with served(context) as house:
        line = await house.line(api.secret)
        for _ in range(3):
            line.send(line.request(*spend(account)))
            assert (await line.reply()).status == 201
        assert await line.is_closed()
