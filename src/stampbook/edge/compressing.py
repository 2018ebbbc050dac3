"""Large answers are sent compressed to those who accept it."""

import asyncio
import zlib
from collections.abc import AsyncGenerator, AsyncIterator
from functools import lru_cache
from typing import Final

from stampbook.edge.answers import Answer, HeaderPair, Streamed

LEAST: Final = 4 * 1024
"""Bytes from which compressing is worth its time; an answer of a till's request has fewer."""

AT_ONCE: Final = 128 * 1024
"""Bytes up to which compressing is done in the event loop: a millisecond or two."""

KEPT: Final = 8
"""Large answers that are kept with what was made of them: the pages of the reference are asked for
without a key, and compressing the largest takes as long as a hundred redemptions."""

LEVEL: Final = 5

_GZIP: Final = 16 + zlib.MAX_WBITS

ENCODED: Final[HeaderPair] = (b"content-encoding", b"gzip")
VARIES: Final[HeaderPair] = (b"vary", b"accept-encoding")


def accepts_gzip(value: bytes | None) -> bool:
    """Whether an `Accept-Encoding` header admits gzip."""
    if value is None or b"gzip" not in value:
        return False
    for part in value.lower().split(b","):
        name, _, weight = part.partition(b";")
        if name.strip() == b"gzip":
            weight = weight.partition(b";")[0].translate(None, b" \t")
            return weight.rstrip(b"0") not in (b"q=", b"q=0.", b"q=.")
    return False


async def compressed(answer: Answer | Streamed, accepted: bytes | None) -> Answer | Streamed:
    """The answer, compressed if it is large and the caller accepts that."""
    if isinstance(answer, Answer) and len(answer.body) < LEAST:
        return answer
    headers = (*answer.headers, VARIES)
    if not accepts_gzip(accepted):
        return answer._replace(headers=headers)
    headers = (*headers, ENCODED)
    if isinstance(answer, Streamed):
        return answer._replace(parts=_parts(answer.parts), headers=headers)
    if len(answer.body) > AT_ONCE:
        body = await asyncio.to_thread(_kept_gzip, answer.body)
    else:
        body = _gzip(answer.body)
    return answer._replace(body=body, headers=headers)


def _gzip(body: bytes) -> bytes:
    packing = zlib.compressobj(LEVEL, zlib.DEFLATED, _GZIP)
    return packing.compress(body) + packing.flush()


_kept_gzip = lru_cache(KEPT)(_gzip)


async def _parts(parts: AsyncIterator[bytes]) -> AsyncGenerator[bytes, None]:
    packing = zlib.compressobj(LEVEL, zlib.DEFLATED, _GZIP)
    try:
        async for part in parts:
            packed = packing.compress(part)
            if packed:
                yield packed
        yield packing.flush()
    finally:
        if isinstance(parts, AsyncGenerator):
            await parts.aclose()
