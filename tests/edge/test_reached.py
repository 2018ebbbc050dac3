"""Whose word on the client counts, what links begin with, and the headers of every answer."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import ip_network

import pytest

from stampbook.dialects.table import DIALECTS
from stampbook.edge.bounds.reached import DIRECTLY, Reached
from stampbook.edge.requests import Request
from stampbook.edge.writing import head_of
from stampbook.settings import SETTINGS, Settings
from tests.edge.serving import request, served

NEAR, FAR = "127.0.0.1", "10.1.2.3"


def behind(*networks: str, public_url: str = "") -> Reached:
    return Reached(tuple(map(ip_network, networks)), public_url)


BOTH = behind("127.0.0.1", "10.0.0.0/8", "fd00::/8")


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        (NEAR, "1.1.1.1", "1.1.1.1"),
        (NEAR, "6.6.6.6, 1.1.1.1", "1.1.1.1"),
        (NEAR, "6.6.6.6, 1.1.1.1, 10.1.2.3", "1.1.1.1"),
        (NEAR, "1.1.1.1,10.9.9.9 ,10.1.2.3", "1.1.1.1"),
        (NEAR, "10.1.1.1, 10.1.2.3", "10.1.1.1"),
        (NEAR, "1.1.1.1:4711", "1.1.1.1"),
        (NEAR, "[2001:db8::1]:4711", "2001:db8::1"),
        (NEAR, "2001:DB8::1", "2001:db8::1"),
        (NEAR, "2001:db8::1, fd00::5", "2001:db8::1"),
        (NEAR, "::ffff:1.1.1.1", "1.1.1.1"),
        (NEAR, "1.1.1.1, unknown", NEAR),
        (NEAR, "1.1.1.1, unknown, 10.1.2.3", "10.1.2.3"),
        (NEAR, "1.1.1.1, ", NEAR),
        (NEAR, "", NEAR),
        (NEAR, None, NEAR),
        ("::ffff:10.1.2.3", "1.1.1.1", "1.1.1.1"),
        ("1.1.1.1", "6.6.6.6", "1.1.1.1"),
        ("192.168.0.1", "6.6.6.6", "192.168.0.1"),
        ("", "6.6.6.6", ""),
    ],
)
def test_the_right_most_address_that_is_no_trusted_proxys_counts(
    peer: str, forwarded: str | None, client: str
) -> None:
    assert BOTH.client_of(peer, forwarded) == client


@pytest.mark.parametrize("peer", [NEAR, "::1", FAR, "1.1.1.1"])
def test_nobody_is_believed_unless_the_setting_names_them(peer: str) -> None:
    assert DIRECTLY.client_of(peer, "6.6.6.6") == peer
    assert DIRECTLY.scheme_of(peer, "https") == "http"


@pytest.mark.parametrize(
    ("peer", "named", "scheme"),
    [
        (NEAR, "https", "https"),
        (NEAR, "HTTPS", "https"),
        (NEAR, "http, https", "https"),
        (NEAR, "https, http", "http"),
        (NEAR, "javascript", "http"),
        (NEAR, None, "http"),
        ("1.1.1.1", "https", "http"),
    ],
)
def test_the_scheme_is_a_trusted_proxys_word(peer: str, named: str | None, scheme: str) -> None:
    assert BOTH.scheme_of(peer, named) == scheme


async def test_the_setting_reaches_the_requests() -> None:
    headers = ("X-Forwarded-For: 6.6.6.6, 1.1.1.1", "X-Forwarded-Proto: https")
    asked = request("GET /whence", *headers)
    for reached, expected in (
        (DIRECTLY, b"127.0.0.1 http://test"),
        (behind("10.0.0.0/8"), b"127.0.0.1 http://test"),
        (behind("127.0.0.0/8"), b"1.1.1.1 https://test"),
        (
            behind("127.0.0.0/8", public_url="https://points.example/loyalty"),
            b"1.1.1.1 https://points.example/loyalty",
        ),
    ):
        async with served(reached=reached) as place:
            line = await place.line()
            line.send(asked)
            assert (await line.answer()).endswith(b"\r\n\r\n" + expected)


# -- the settings ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("", ""),
        ("127.0.0.1", "127.0.0.1/32"),
        ("10.0.0.0/8, ::1", "10.0.0.0/8,::1/128"),
        (["10.0.0.0/8", "fd00::/8"], "10.0.0.0/8,fd00::/8"),
        ("::ffff:10.0.0.0/104, ::ffff:10.0.0.7", "10.0.0.0/8,10.0.0.7/32"),
        (",".join(["10.0.0.1"] * 100), ",".join(["10.0.0.1/32"] * 100)),
    ],
)
def test_proxies_are_addresses_or_ranges(given: object, kept: str) -> None:
    assert SETTINGS["trusted_proxies"].read(given) == kept


@pytest.mark.parametrize("given", ["localhost", "10.0.0.1/8", 5, ["x"], ",".join(["::1"] * 101)])
def test_what_is_no_list_of_proxies(given: object) -> None:
    with pytest.raises(ValueError, match="must be"):
        SETTINGS["trusted_proxies"].read(given)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("https://points.example", "https://points.example"),
        ("https://points.example/", "https://points.example"),
        ("http://[::1]:8000/loyalty/", "http://[::1]:8000/loyalty"),
        ("", ""),
    ],
)
def test_a_public_address(given: str, kept: str) -> None:
    assert SETTINGS["public_url"].read(given) == kept


@pytest.mark.parametrize(
    "given",
    [
        "points.example",
        "ftp://points.example",
        "https://",
        "https://a@points.example",
        "https://points.example?a",
        "https://points.example#a",
        "https://points.example:port",
        "https://points.example/a b",
        "https://points.example/\r\nx: y",
        "https://" + "a" * 500,
        5,
    ],
)
def test_what_is_no_public_address(given: object) -> None:
    with pytest.raises(ValueError, match="must"):
        SETTINGS["public_url"].read(given)


# -- the headers of every answer --------------------------------------------------------------


def lines_of(answer: bytes) -> list[bytes]:
    return answer.partition(b"\r\n\r\n")[0].split(b"\r\n")


ASKED = {
    "an answer": request("GET /quick"),
    "none of its body": request("HEAD /quick"),
    "a stream": request("GET /parts", "Connection: close"),
    "no path": request("GET /none"),
    "no method": request("DELETE /quick"),
    "methods": request("OPTIONS /quick"),
    "a bug": request("GET /broken"),
    "garbage": b"\0\r\n\r\n",
    "too large a head": request("GET /quick", *["X: a"] * 200),
}


@pytest.mark.parametrize("what", ASKED)
async def test_every_answer_has_them_once(what: str) -> None:
    async with served(reached=behind(public_url="https://points.example")) as place:
        line = await place.line()
        line.send(ASKED[what])
        head = await line.reader.readuntil(b"\r\n\r\n")
        lines = lines_of(head)
        assert lines.count(b"x-content-type-options: nosniff") == 1
        assert lines.count(b"cache-control: no-store") == 1
        assert lines.count(b"strict-transport-security: max-age=31536000") == 1
        line.reset()


@pytest.mark.parametrize("url", ["", "http://points.example"])
async def test_https_is_not_demanded_where_it_is_not_spoken(url: str) -> None:
    async with served(reached=Reached.by(Settings(public_url=url))) as place:
        line = await place.line()
        line.send(request("GET /quick"))
        assert b"strict-transport-security" not in await line.answer()


async def _answer_of(path: str) -> Sequence[tuple[bytes, bytes]]:
    """The headers of a page that needs neither a key nor a database."""
    site = next(each for each in DIALECTS if each.name == "site")
    operation = next(each for each in site.operations if path in each.paths)
    asked = Request("GET", path.encode(), b"", {})
    answer = await operation.handler(await site.open(None, asked))  # type: ignore[arg-type]
    lines = lines_of(head_of(asked, answer, closes=False))[1:]
    return [(name, value) for name, _, value in (line.partition(b": ") for line in lines)]


async def test_only_the_pages_of_the_reference_may_be_kept() -> None:
    kept = {}
    for path in ("/docs", "/healthz", "/openapi.json"):
        headers = await _answer_of(path)
        assert [value for name, value in headers if name == b"x-content-type-options"] == [
            b"nosniff"
        ]
        [kept[path]] = [value for name, value in headers if name == b"cache-control"]
    assert kept == {
        "/docs": b"max-age=3600",
        "/healthz": b"no-store",
        "/openapi.json": b"no-store",
    }
