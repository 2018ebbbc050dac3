"""Idempotency keys of methods that are not the ledger's: the answer is kept with the key."""

from collections.abc import Awaitable, Callable
from hashlib import blake2b

from msgspec.json import decode, encode

from stampbook.domain.refusals import Code, Refusal
from stampbook.http.altcraft.answers import Answer, refused
from stampbook.http.altcraft.exchange import Call
from stampbook.http.altcraft.faults import Fault
from stampbook.storage.store import Transacting, UniqueViolation


async def once(call: Call, asked: object, work: Callable[[], Awaitable[Answer]]) -> Answer:
    """The answer of `work`, or of the earlier request with the same key and the same `asked`.

    `asked` is what the request asks for, as values, so that it is the same in both formats.
    `work` notes its answer with `remember`, in the transaction that has the effect.
    """
    earlier = await _earlier(call, asked)
    if earlier is not None:
        return earlier
    try:
        return await work()
    except (Fault, UniqueViolation):
        meanwhile = await _earlier(call, asked)
        if meanwhile is None:
            raise
        return meanwhile


async def remember(call: Call, writing: Transacting, asked: object, answer: Answer) -> None:
    """Note the key, if there is one, with its answer. Writes; raises UniqueViolation."""
    if call.key is None:
        return
    await writing.execute(
        """
        INSERT INTO idempotency_keys (tenant_id, key, fingerprint, status, body, created_at)
        VALUES ($1, $2, $3, 200, $4, $5)
        """,
        call.caller.tenant,
        call.key,
        _fingerprint(asked),
        encode(answer).decode(),
        call.now,
    )


async def _earlier(call: Call, asked: object) -> Answer | None:
    """The answer that the key was given. Raises Fault (409) if it was for something else."""
    if call.key is None:
        return None
    row = await call.context.store.fetch_one(
        "SELECT fingerprint, body FROM idempotency_keys WHERE tenant_id = $1 AND key = $2",
        call.caller.tenant,
        call.key,
    )
    if row is None:
        return None
    if bytes(row["fingerprint"]) != _fingerprint(asked) or row["body"] is None:
        raise refused(Refusal(Code.IDEMPOTENCY_KEY_REUSED, "used for another request"))
    data, beside, has_data = decode(row["body"])
    return Answer(data, beside, has_data)


def _fingerprint(asked: object) -> bytes:
    content = repr(asked).encode("utf-8", "surrogatepass")
    return blake2b(content, digest_size=16, person=b"altcraft request").digest()
