"""Large answers are compressed for those who accept it, and for nobody else."""

from __future__ import annotations

import gzip
from collections.abc import AsyncIterator

import pytest

from stampbook.edge.answers import Answer, Streamed
from stampbook.edge.compressing import AT_ONCE, LEAST, accepts_gzip, compressed


@pytest.mark.parametrize(
    ("value", "accepted"),
    [
        (None, False),
        (b"", False),
        (b"identity", False),
        (b"gzip", True),
        (b"deflate, GZIP;q=0.5", True),
        (b"br, gzip", True),
        (b"gzip;q=0", False),
        (b"gzip; q=0.000", False),
        (b"x-gzip", False),
    ],
)
def test_who_accepts_it(value: bytes | None, accepted: bool) -> None:
    assert accepts_gzip(value and value.lower()) is accepted


@pytest.mark.parametrize("size", [LEAST, AT_ONCE + 1])
async def test_a_large_answer(size: int) -> None:
    body = b"0123456789abcdef" * (size // 16 + 1)
    sent = await compressed(Answer(200, body), b"gzip, deflate")
    assert isinstance(sent, Answer)
    assert gzip.decompress(sent.body) == body
    assert len(sent.body) < size // 2
    assert (b"content-encoding", b"gzip") in sent.headers
    assert (b"vary", b"accept-encoding") in sent.headers


async def test_an_answer_that_may_be_compressed_says_so_to_caches() -> None:
    sent = await compressed(Answer(200, b"a" * LEAST), None)
    assert sent == Answer(
        200, b"a" * LEAST, (*Answer(200, b"").headers, (b"vary", b"accept-encoding"))
    )


async def test_a_small_answer_stays() -> None:
    answer = Answer(200, b"a" * (LEAST - 1))
    assert await compressed(answer, b"gzip") is answer


async def test_parts_are_compressed_as_they_come() -> None:
    made: list[int] = []

    async def parts() -> AsyncIterator[bytes]:
        for number in range(50):
            made.append(number)
            yield b"%d;" % number * 1_000

    sent = await compressed(Streamed(200, parts(), ()), b"gzip")
    assert isinstance(sent, Streamed)
    came = [part async for part in sent.parts]
    assert gzip.decompress(b"".join(came)) == b"".join(b"%d;" % n * 1_000 for n in range(50))
    assert all(came)
