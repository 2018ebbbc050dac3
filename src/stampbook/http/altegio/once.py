"""Writes beside the ledger, once for an idempotency key (an extension of ours).

The key, a fingerprint of the request and the answer are written together with the change; a
retry is answered from there.
"""

from collections.abc import Awaitable, Callable
from hashlib import blake2b
from typing import Any

import msgspec

from stampbook.domain.refusals import Code, Refusal
from stampbook.http.altegio.access import AnyRequest, Visitor, context_of, idempotency_key
from stampbook.http.altegio.answers import encoded, refused
from stampbook.storage.store import Row, Transacting, UniqueViolation

REUSED = Refusal(Code.IDEMPOTENCY_KEY_REUSED, "the idempotency key was used for another request")

Write = Callable[[Transacting], Awaitable[Any]]
"""Makes the change and gives the data of the answer; None: there is none."""


async def write_once(request: AnyRequest, visitor: Visitor, write: Write) -> Any:
    """The data of `write`, or of the earlier request with the same key. Raises Fault (422)."""
    key = idempotency_key(request)
    if key is None:
        async with context_of(request).store.transaction() as writing:
            return await write(writing)
    mark = await fingerprint(request)
    try:
        return await _with_key(request, visitor.tenant, key, mark, write)
    except UniqueViolation:
        return await _with_key(request, visitor.tenant, key, mark, write)


async def _with_key(request: AnyRequest, tenant: int, key: str, mark: bytes, write: Write) -> Any:
    """Raises UniqueViolation when another request with the key was faster."""
    context = context_of(request)
    async with context.store.transaction() as writing:
        row = await writing.fetch_one(
            "SELECT fingerprint, body FROM idempotency_keys WHERE tenant_id = $1 AND key = $2",
            tenant,
            key,
        )
        if row is not None:
            return _replay(row, mark)
        data = await write(writing)
        await writing.execute(
            """
            INSERT INTO idempotency_keys (tenant_id, key, fingerprint, status, body, created_at)
            VALUES ($1, $2, $3, 200, $4, $5)
            """,
            tenant,
            key,
            mark,
            encoded(data).decode(),
            context.clock(),
        )
        return data


def _replay(row: Row, mark: bytes) -> Any:
    if bytes(row["fingerprint"]) != mark or row["body"] is None:
        raise refused(REUSED)
    return msgspec.json.decode(row["body"])


async def fingerprint(request: AnyRequest) -> bytes:
    """16 bytes that tell whether two requests are the same: method, path and body."""
    parts = (request.method.encode(), request.url.path.encode(), await request.body())
    return blake2b(b"\0".join(parts), digest_size=16, person=b"altegio request").digest()
