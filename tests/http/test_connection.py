"""Connections as a server has them, byte by byte: turns, keep-alive, odd requests, and the end."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

import pytest

from stampbook.dialects.native import ids
from stampbook.domain.model import split_number
from stampbook.edge import connection
from stampbook.edge.bounds.limits import limits_of
from stampbook.edge.server import Server
from stampbook.settings import Settings
from tests.http.in_process import application
from tests.http.town import ADMIN, Town

PATIENCE_S = 20.0
READY = "/readyz"


class Reply(NamedTuple):
    status: int
    headers: dict[bytes, bytes]
    body: Any


class Line:
    """One connection to the server."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    def send(self, *requests: bytes) -> None:
        self.writer.write(b"".join(requests))

    async def reply(self, *, to_head: bool = False) -> Reply:
        async with asyncio.timeout(PATIENCE_S):
            head = await self.reader.readuntil(b"\r\n\r\n")
            lines = head.split(b"\r\n")
            headers = dict(line.lower().split(b": ", 1) for line in lines[1:] if line)
            length = 0 if to_head else int(headers.get(b"content-length", 0))
            body = await self.reader.readexactly(length)
            return Reply(int(lines[0].split()[1]), headers, json.loads(body) if body else None)

    async def is_closed(self) -> bool:
        async with asyncio.timeout(PATIENCE_S):
            return await self.reader.read() == b""


class House:
    """A running server with an account on it, and lines to it."""

    def __init__(self, town: Town, account: str, port: int, stopping: asyncio.Event) -> None:
        self.town, self.account, self.port, self.stopping = town, account, port, stopping
        self._lines: list[Line] = []

    async def line(self) -> Line:
        line = Line(*await asyncio.open_connection("127.0.0.1", self.port))
        self._lines.append(line)
        return line

    def hang_up(self) -> None:
        for line in self._lines:
            line.writer.close()

    def spend(self, amount: str = "1", *more: str, version: str = "1.1") -> bytes:
        path = f"/v1/accounts/{self.account}/transactions"
        return request(path, {"type": "redeem", "amount": amount}, *more, version=version)

    def read(self) -> bytes:
        return request(f"/v1/accounts/{self.account}/balance", method="GET")

    async def active(self) -> str:
        answer = await self.town.ask("GET", f"/v1/accounts/{self.account}/balance", server=0)
        return str(answer.json()["active"])

    def at_work(self) -> asyncio.Lock:
        """As long as this lock is held, the account's lane takes up no work."""
        number = ids.read(ids.ACCOUNT, self.account)
        assert number is not None
        ledger = self.town.ledgers[0]
        return ledger._resources.locks[number % ledger.store.shards]


def request(
    path: str, body: Any = None, *more: str, method: str = "POST", version: str = "1.1"
) -> bytes:
    content = b"" if body is None else json.dumps(body).encode()
    head = [f"{method} {path} HTTP/{version}", "Host: test", f"Authorization: Bearer {ADMIN}"]
    if body is not None:
        head += ["Content-Type: application/json", f"Content-Length: {len(content)}"]
    return "\r\n".join([*head, *more, "", ""]).encode() + content


async def new_account(town: Town) -> str:
    """An account with 100 points."""
    program = ids.write(ids.PROGRAM, town.program.program_id)
    member = (await town.ask("POST", f"/v1/programs/{program}/members", {}, server=0)).json()["id"]
    body = {"member_id": member, "currency_id": ids.write(ids.CURRENCY, town.money.currency_id)}
    account = (await town.ask("POST", "/v1/accounts", body, server=0)).json()["id"]
    path = f"/v1/accounts/{account}/transactions"
    made = await town.ask("POST", path, {"type": "accrue", "amount": "100"}, server=0)
    assert made.status_code == 201, made.text
    return str(account)


@asynccontextmanager
async def served(town: Town) -> AsyncIterator[House]:
    account = await new_account(town)
    listening = socket.create_server(("127.0.0.1", 0))
    ready, stopping = asyncio.Event(), asyncio.Event()
    server = Server(application(town.contexts[0]), limits_of(Settings()), drain_s=10)
    task = asyncio.create_task(server.serve_until(stopping, listening, ready.set))
    await ready.wait()
    house = House(town, account, listening.getsockname()[1], stopping)
    try:
        yield house
    finally:
        stopping.set()
        house.hang_up()
        await task


@pytest.fixture
async def house(town: Town) -> AsyncIterator[House]:
    async with served(town) as house:
        yield house


# -- turns -----------------------------------------------------------------------------------


async def test_a_request_in_pieces(house: House) -> None:
    line = await house.line()
    whole = house.spend()
    for byte in range(0, len(whole), 11):
        line.send(whole[byte : byte + 11])
        await line.writer.drain()
        await asyncio.sleep(0)
    reply = await line.reply()
    assert (reply.status, reply.body["balance_after"]) == (201, "99.00")
    assert reply.headers[b"content-type"] == b"application/json"
    assert b"date" in reply.headers


async def test_requests_that_do_not_wait_for_answers(house: House) -> None:
    """In one write, writes and reads, right and wrong: the answers come in their order."""
    line = await house.line()
    line.send(house.spend(), house.read(), house.spend("2"), house.spend("x"), house.read())
    replies = [await line.reply() for _ in range(5)]
    assert [reply.status for reply in replies] == [201, 200, 201, 422, 200]
    assert replies[0].body["balance_after"] == "99.00"
    assert replies[1].body["active"] == "99.00"
    assert replies[2].body["balance_after"] == "97.00"
    assert replies[4].body["active"] == "97.00"


async def test_each_request_begins_when_the_one_before_is_answered(house: House) -> None:
    line, other = await house.line(), await house.line()
    async with house.at_work():
        line.send(house.spend(), request(READY, method="GET"))
        other.send(request(READY, method="GET"))
        assert (await other.reply()).status == 200
        assert not line.reader._buffer  # type: ignore[attr-defined]
    assert [(await line.reply()).status for _ in range(2)] == [201, 200]


# -- keep-alive ------------------------------------------------------------------------------


async def test_the_last_request_of_a_connection(house: House) -> None:
    line = await house.line()
    line.send(house.spend("1", "Connection: close"), house.spend())
    reply = await line.reply()
    assert (reply.status, reply.headers[b"connection"]) == (201, b"close")
    assert await line.is_closed()
    assert await house.active() == "99.00"


async def test_http_1_0_is_closed_unless_it_asks(house: House) -> None:
    line = await house.line()
    line.send(house.spend("1", "Connection: keep-alive", version="1.0"))
    reply = await line.reply()
    assert (reply.status, reply.headers[b"connection"]) == (201, b"keep-alive")
    line.send(house.spend(version="1.0"))
    reply = await line.reply()
    assert (reply.status, reply.headers[b"connection"]) == (201, b"close")
    assert b"transfer-encoding" not in reply.headers
    assert await line.is_closed()


async def test_an_idle_connection_is_closed(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "KEEP_ALIVE_S", 0.2)
    async with served(town) as house:
        line = await house.line()
        for _ in range(3):
            line.send(house.spend())
            assert (await line.reply()).status == 201
        assert await line.is_closed()


# -- odd requests ----------------------------------------------------------------------------


async def test_large_and_chunked_bodies(house: House) -> None:
    line = await house.line()
    path = f"/v1/accounts/{house.account}/transactions"
    body = {"type": "redeem", "amount": "1"}
    line.send(request(path, {**body, "metadata": {"note": "x" * 60_000}}))
    assert (await line.reply()).status == 201
    content = json.dumps(body).encode()
    chunked = b"%x\r\n%b\r\n0\r\n\r\n" % (len(content), content)
    line.send(request(path, None, "Transfer-Encoding: chunked") + chunked)
    assert (await line.reply()).status == 201


async def test_a_client_that_asks_before_it_sends_its_body(house: House) -> None:
    line = await house.line()
    head, _, content = house.spend("1", "Expect: 100-continue").partition(b"\r\n\r\n")
    line.send(head + b"\r\n\r\n")
    assert await line.reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
    line.send(content)
    assert (await line.reply()).status == 201


async def test_another_protocol_that_is_offered(house: House) -> None:
    """It is not spoken: the request is answered over HTTP/1.1, and so is the next one."""
    line = await house.line()
    upgrade = ("Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAMAAABk")
    line.send(house.spend("1", *upgrade), house.spend("2"))
    replies = [await line.reply() for _ in range(2)]
    assert [reply.status for reply in replies] == [201, 201]
    assert replies[1].body["balance_after"] == "97.00"
    line.send(request(READY, None, *upgrade, method="GET"), house.read())
    assert [(await line.reply()).status for _ in range(2)] == [200, 200]


async def test_another_protocol_that_is_offered_with_a_body_in_pieces(house: House) -> None:
    upgrade = ("Connection: Upgrade", "Upgrade: h2c")
    whole = house.spend("1", *upgrade)
    content = whole.partition(b"\r\n\r\n")[2]
    path = f"/v1/accounts/{house.account}/transactions"
    chunked = request(path, None, "Transfer-Encoding: chunked", *upgrade)
    chunked += b"%x\r\n%b\r\n0\r\n\r\n" % (len(content), content)
    line = await house.line()
    for each in (whole, chunked):
        for byte in range(0, len(each), 9):
            line.send(each[byte : byte + 9])
            await line.writer.drain()
            await asyncio.sleep(0)
        line.send(house.read())
        assert [(await line.reply()).status for _ in range(2)] == [201, 200]
    assert await house.active() == "98.00"


async def test_one_header_with_two_values(house: House) -> None:
    line = await house.line()
    line.send(house.spend("1", "Authorization: Bearer another"))
    reply = await line.reply()
    assert reply.status == 400
    assert reply.body["detail"] == "the header authorization was sent twice"
    assert await line.is_closed()
    same = await house.line()
    same.send(house.spend("1", f"Authorization: Bearer {ADMIN}"))
    assert (await same.reply()).status == 201


async def test_head_is_get_without_the_body(house: House) -> None:
    line = await house.line()
    path = f"/v1/accounts/{house.account}/balance"
    line.send(house.read())
    read = await line.reply()
    line.send(request(path, method="HEAD"), house.read())
    head = await line.reply(to_head=True)
    assert (head.status, head.headers[b"content-length"]) == (200, read.headers[b"content-length"])
    assert (await line.reply()).body == read.body


async def test_nonsense_ends_the_connection_not_the_server(house: House) -> None:
    line = await house.line()
    line.send(b"POST /v1/accounts/x/transactions HTTP/1.1\r\nContent-Length: -1\r\n\r\n")
    assert (await line.reader.readuntil(b"\r\n")).startswith(b"HTTP/1.1 400")
    other = await house.line()
    other.send(house.spend())
    assert (await other.reply()).status == 201


async def test_nonsense_after_a_request_lets_it_be_answered(house: House) -> None:
    line = await house.line()
    line.send(house.spend(), b"\0\r\n\r\n")
    assert (await line.reply()).status == 201
    assert (await line.reply()).status == 400
    assert await line.is_closed()


# -- clients that go -------------------------------------------------------------------------


async def test_a_client_that_does_not_wait(house: House) -> None:
    """Its request has its effect all the same, and a repeat of its key is answered with that."""
    gone, other = await house.line(), await house.line()
    async with house.at_work():
        gone.send(house.spend("1", "Idempotency-Key: k"))
        other.send(house.spend("x"))
        assert (await other.reply()).status == 422  # the server has read both
        gone.writer.close()
        await gone.writer.wait_closed()
    other.send(house.spend("1", "Idempotency-Key: k"))
    reply = await other.reply()
    assert reply.status == 201
    assert await house.active() == "99.00"
    assert split_number(int(reply.body["id"].removeprefix("txn_"), 16))[1] == 2


async def test_a_client_that_sends_no_more_is_answered(house: House) -> None:
    """It has closed its side: all that it has sent is answered, then ours is closed too."""
    line = await house.line()
    line.send(house.spend(), house.spend("2"), house.read())
    line.writer.write_eof()
    replies = [await line.reply() for _ in range(3)]
    assert [reply.status for reply in replies] == [201, 201, 200]
    assert await line.is_closed()


async def test_a_client_that_stops_in_the_middle_is_closed(house: House) -> None:
    line = await house.line()
    line.send(house.spend()[:-5])
    line.writer.write_eof()
    assert await line.is_closed()
    assert await house.active() == "100.00"


# -- the server's end ------------------------------------------------------------------------


async def test_a_server_that_stops_answers_what_it_has_begun(town: Town) -> None:
    async with served(town) as house:
        line, idle = await house.line(), await house.line()
        line.send(house.spend("x"))
        assert (await line.reply()).status == 422
        async with house.at_work():
            line.send(house.spend(), house.spend("2"))
            idle.send(house.spend("x"))
            assert (await idle.reply()).status == 422
            house.stopping.set()
            assert await idle.is_closed()
        reply = await line.reply()
        assert (reply.status, reply.headers[b"connection"]) == (201, b"close")
        assert await line.is_closed()
        assert await house.active() == "99.00"
