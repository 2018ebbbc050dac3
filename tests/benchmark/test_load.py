"""The client of the load, against a server that gives the answers of the test."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from stampbook.benchmark.connections import Load, Request
from stampbook.benchmark.scripts import Bulk, Listed, Mix, id_in, request_maker

Handle = Callable[[bytes], tuple[int, bytes] | None]
"""From a request's body to the status and body of the answer. None: close the connection."""

send = request_maker("localhost", {"authorization": "Bearer secret"})


@asynccontextmanager
async def loaded(handle: Handle, connections: int = 2) -> AsyncIterator[Load]:
    """A load on a server with these answers. Each answer arrives in two pieces."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                length = int(head.lower().split(b"content-length: ")[1].split(b"\r")[0])
                answer = handle(await reader.readexactly(length))
                if answer is None:
                    break
                status, body = answer
                writer.write(b"HTTP/1.1 %d X\r\ncontent-length: %d\r\n" % (status, len(body)))
                await writer.drain()
                writer.write(b"\r\n" + body)
        except asyncio.IncompleteReadError:
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    load = Load("127.0.0.1", server.sockets[0].getsockname()[1])
    await load.connect(connections)
    try:
        yield load
    finally:
        load.close()
        server.close()


async def test_a_list_is_sent_once_and_its_answers_have_their_places() -> None:
    got: dict[int, bytes] = {}
    posts = [send("/", b"%d" % number) for number in range(50)]
    async with loaded(lambda body: (201, b"answer " + body), connections=7) as load:
        answers, seconds = await load.run(Listed(posts, done=got.__setitem__), seconds=None)
    assert got == {number: b"answer %d" % number for number in range(50)}
    assert (answers.operations, answers.requests, answers.others) == (50, 50, {})
    assert sum(answers.latencies.values()) == 50
    assert seconds > 0


async def test_what_is_not_a_2xx_is_counted_and_shown() -> None:
    def handle(body: bytes) -> tuple[int, bytes]:
        return (409, b"no") if body == b"3" else (200, b"yes")

    posts = [send("/", b"%d" % number) for number in range(10)]
    async with loaded(handle) as load:
        answers, _ = await load.run(Listed(posts), seconds=None)
    assert (answers.operations, answers.others, answers.example) == (9, {409: 1}, "no")


async def test_a_2xx_without_the_effect_is_a_failure() -> None:
    """Altcraft answers 200 even to refusals."""
    async with loaded(lambda body: (200, body)) as load:
        posts = [send("/", body) for body in (b'{"error":0,"x":1}', b'{"error":409,"x":1}')]
        answers, _ = await load.run(Listed(posts, expect=b'"error":0,'), seconds=None)
    assert (answers.operations, answers.others) == (1, {200: 1})


async def test_a_refused_operation_of_a_bulk_is_a_failure() -> None:
    answer = b'{"results":[{"status":201,"transaction":{}},{"status":409,"problem":{}}]}'
    async with loaded(lambda _: (200, answer), connections=1) as load:
        script = Bulk(send, ["acc_1"], random.Random(1), size=2)
        answers, _ = await load.run(script, seconds=0.05)
    assert answers.operations == answers.requests == answers.others[200] > 0


async def test_the_mix_acts_upon_what_was_made() -> None:
    seen: list[bytes] = []

    def handle(body: bytes) -> tuple[int, bytes]:
        seen.append(body)
        return 201, b'{"id":"txn_%x","x":1}' % len(seen)

    async with loaded(handle) as load:
        answers, _ = await load.run(Mix(send, ["acc_1"], random.Random(1)), seconds=0.5)
    assert answers.others == {}
    assert b"{}" in seen  # a commit or a cancel: they have no body of their own
    assert {b'"accrue"' in body for body in seen} == {True, False}


async def test_repeats_are_the_same_request_with_the_same_key() -> None:
    mix = Mix(send, ["acc_1"], random.Random(1), repeats=0.5)
    sent = [mix.next().content for _ in range(1_000)]
    assert 300 < len(sent) - len(set(sent)) < 600


async def test_a_rate_is_kept() -> None:
    async with loaded(lambda _: (200, b"{}")) as load:
        posts = [send("/", b"")] * 10_000
        answers, _ = await load.run(Listed(posts), seconds=0.5, rate=200)
    assert 80 <= answers.requests <= 101


async def test_a_connection_that_closes_under_a_request_ends_the_run() -> None:
    async with loaded(lambda _: None) as load:
        with pytest.raises(ConnectionError, match="before it answered"):
            await load.run(Listed([send("/", b"")]), seconds=None)


async def test_a_connection_that_closed_while_idle_is_opened_again() -> None:
    async with loaded(lambda _: (200, b"{}"), connections=1) as load:
        await load.run(Listed([send("/", b"")]), seconds=None)
        load._connections[0].close()
        await asyncio.sleep(0)
        answers, _ = await load.run(Listed([send("/", b"")]), seconds=None)
    assert answers.operations == 1


def test_the_bytes_of_a_request() -> None:
    assert send("/v1/bulk", b"{}", b"idempotency-key: k\r\n") == (
        b"POST /v1/bulk HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n"
        b"authorization: Bearer secret\r\nidempotency-key: k\r\ncontent-length: 2\r\n\r\n{}"
    )
    assert Request(b"x").operations == 1
    assert id_in(b'{"id":"txn_1","account_id":"acc_1"}') == "txn_1"
