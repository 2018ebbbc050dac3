"""A request line that is not one of HTTP is refused in the words of the API whose path it names."""

from __future__ import annotations

from typing import Any

import pytest

from tests.http.test_connection import House, house

__all__ = ["house"]

WORDS = {
    "/v2/loyalties/programs": "voucherify",
    "/api/v1/records/1": "altegio",
    "/api/v1.1/get_accounts/json/": "altcraft",
    "/v1/accounts": "native",
    "/nowhere": "native",
}
"""Paths, and whose they are."""

BROKEN = (
    "GRAB {} HTTP/1.1",
    "get {} HTTP/1.1",
    " GET {} HTTP/1.1",
    "GET\t{} HTTP/1.1",
    "GET {}\x01 HTTP/1.1",
    "GET {}/\x7f HTTP/1.1",
    "GET {} HTTX/1.1",
    "GET {} HTTP/9.9",
    "GET {} and more HTTP/1.1",
    "GET http://stampbook{} HTTX/1.1",
    "GRAB http://stampbook{}?q=1 HTTP/1.1",
    "{}",
)


def whose(reply: Any) -> str:
    """Which API's error the answer is."""
    if "type" in reply:
        return "native"
    if "resource_id" in reply or "key" in reply:
        return "voucherify"
    return "altcraft" if "error_text" in reply else "altegio" if "meta" in reply else str(reply)


@pytest.mark.parametrize("broken", BROKEN)
@pytest.mark.parametrize("path", WORDS)
async def test_words_of_a_broken_line(house: House, path: str, broken: str) -> None:
    line = await house.line()
    line.send(broken.format(path).encode("latin-1"), b"\r\nHost: stampbook\r\n\r\n")
    reply = await line.reply()
    assert (reply.status, whose(reply.body)) == (400, WORDS[path])


@pytest.mark.parametrize("sent", [b"\x16\x03\x01\r\n\r\n", b"GRAB\r\n\r\n", b"GET x HTTP/1.1\r\n"])
async def test_a_line_without_a_path(house: House, sent: bytes) -> None:
    line = await house.line()
    line.send(sent)
    assert whose((await line.reply()).body) == "native"


async def test_a_line_in_pieces(house: House) -> None:
    """Before it, an empty line, which HTTP lets pass; and after a request that was answered."""
    line = await house.line()
    line.send(house.read())
    assert (await line.reply()).status == 200
    for piece in (b"\r\n", b"PO", b"SE /v2/loyalties/pro", b"grams HTTP/1.1\r\n"):
        line.send(piece)
        await line.writer.drain()
    reply = await line.reply()
    assert (reply.status, whose(reply.body)) == (400, "voucherify")
