"""Writes that are not the ledger's: one transaction with the change and its idempotency key.

The key, a fingerprint of the request, and the answer's status and body are written together with
the change; a retry is answered from there. A request that is refused leaves nothing behind.
"""

from collections.abc import Awaitable, Callable
from hashlib import blake2b

from stampbook.http.native.call import REPLAYED, Call
from stampbook.http.problems import Failure
from stampbook.http.short_paths import JSON, Answer
from stampbook.storage.store import Row, Transacting, UniqueViolation

Write = Callable[[Transacting], Awaitable[Answer]]


class _DryRun(Exception):
    """Leaves the transaction, which is rolled back, with the answer it would have had."""

    def __init__(self, worded: Answer) -> None:
        super().__init__()
        self.worded = worded


async def write_once(call: Call, write: Write, *, by_caller: bool = False) -> Answer:
    """Run `write` in a transaction, once for the request's idempotency key.

    A dry run is rolled back, and neither reads nor uses the key. What `write` raises rolls
    everything back. `by_caller`: a retry by another API key is another request.
    """
    key = call.headers.idempotency_key
    if call.dry_run:
        return await _try_out(call, write)
    if key is None:
        async with call.context.store.transaction() as writing:
            return await write(writing)
    fingerprint = fingerprint_of(call, call.caller.api_key_id if by_caller else None)
    try:
        return await _write_with_key(call, fingerprint, write)
    except UniqueViolation:
        return await _write_with_key(call, fingerprint, write)


async def _write_with_key(call: Call, fingerprint: bytes, write: Write) -> Answer:
    """Raises UniqueViolation when another request with the key was faster: its answer is there
    for the next attempt."""
    async with call.context.store.transaction() as writing:
        known = await find_answer(call, writing, fingerprint)
        if known is not None:
            return known
        worded = await write(writing)
        await remember(call, writing, fingerprint, worded)
        return worded


async def find_answer(call: Call, db: Transacting, fingerprint: bytes) -> Answer | None:
    """What was answered to the earlier use of the request's key, if there was one.

    Raises Failure (422) when that was another request.
    """
    row = await db.fetch_one(
        "SELECT fingerprint, status, body FROM idempotency_keys WHERE tenant_id = $1 AND key = $2",
        call.caller.tenant,
        call.headers.idempotency_key,
    )
    return None if row is None else _replay(row, fingerprint)


async def remember(call: Call, writing: Transacting, fingerprint: bytes, worded: Answer) -> None:
    """Keep the answer under the request's key. Writes; raises UniqueViolation if it is taken."""
    await writing.execute(
        """
        INSERT INTO idempotency_keys (tenant_id, key, fingerprint, status, body, created_at)
        VALUES ($1, $2, $3, $4, $5, $6)
        """,
        call.caller.tenant,
        call.headers.idempotency_key,
        fingerprint,
        worded.status,
        worded.body.decode(),
        call.context.clock(),
    )


def _replay(row: Row, fingerprint: bytes) -> Answer:
    """The stored answer. A key of a ledger write has another fingerprint and no body."""
    if bytes(row["fingerprint"]) != fingerprint or row["body"] is None:
        raise Failure(
            422, "idempotency_key_reused", "the idempotency key was used for another request"
        )
    return Answer(row["status"], row["body"].encode(), (JSON, REPLAYED))


async def _try_out(call: Call, write: Write) -> Answer:
    try:
        async with call.context.store.transaction() as writing:
            raise _DryRun(await write(writing))
    except _DryRun as end:
        return end.worded


def fingerprint_of(call: Call, api_key: int | None = None) -> bytes:
    """16 bytes that tell whether two requests are the same: method, path and body."""
    content = b"\0".join(
        (str(api_key).encode(), call.method.encode(), call.url.encode(), call.body)
    )
    return blake2b(content, digest_size=16, person=b"native request").digest()
