"""Bodies that are read while they come: never whole in memory, and never waited for in vain."""

from __future__ import annotations

from stampbook.edge.parsing import PIECE
from stampbook.edge.uploads.streaming import MOST_UNREAD
from tests.edge.serving import LIMITS, MOST, request, served


async def test_a_body_is_read_as_it_comes() -> None:
    async with served() as place:
        line = await place.line()
        line.send(request("POST /stream", body=bytes(MOST)), request("GET /quick"))
        assert (await line.answer()).endswith(b"%d" % MOST)
        assert (await line.answer()).endswith(b'"quick"')
        assert place.dialect.longest <= MOST_UNREAD + PIECE
        chunk = b"8000\r\n" + bytes(0x8000) + b"\r\n"
        chunks = request("POST /stream", "Transfer-Encoding: chunked")
        line.send(chunks, *[chunk] * 3, b"0\r\n\r\n", request("POST /stream", body=b"x"))
        assert (await line.answer()).endswith(b"%d" % (3 * 0x8000))
        assert (await line.answer()).endswith(b"1")


async def test_the_body_is_asked_for_when_it_is_read() -> None:
    async with served() as place:
        line = await place.line()
        line.send(request("POST /stream", "Expect: 100-continue", "Content-Length: 4"))
        assert b"100 Continue" in await line.reader.readuntil(b"\r\n\r\n")
        line.send(b"four")
        assert (await line.answer()).endswith(b"4")
        line.send(request("POST /stream/refused", "Expect: 100-continue", "Content-Length: 4"))
        assert line.statuses(await line.rest()) == [422]


async def test_an_answer_before_the_end_of_the_body_is_the_last_one() -> None:
    async with served() as place:
        head = request("POST /stream/refused", f"Content-Length: {MOST}")
        assert await place.answers(head, b"some", b"more") == [422]


async def test_a_body_that_is_too_large_is_refused() -> None:
    async with served() as place:
        chunks = request("POST /stream", "Transfer-Encoding: chunked")
        large = b"%x\r\n" % (MOST + 1) + bytes(MOST + 1)
        assert await place.answers(chunks, large) == [413]
        assert await place.answers(request("POST /stream", f"Content-Length: {MOST + 1}")) == [413]
        await place.until(lambda: place.dialect.broken_off == 1)


async def test_a_body_that_does_not_come_is_refused() -> None:
    async with served(limits=LIMITS._replace(body_s=0.05)) as place:
        assert await place.answers(request("POST /stream", "Content-Length: 9"), b"some") == [408]
        line = await place.line()
        line.send(request("POST /stream", "Content-Length: 9"), b"some")
        line.writer.close()
        await place.until(lambda: place.dialect.broken_off == 2)
