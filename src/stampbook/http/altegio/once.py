"""Writes beside the ledger, once for an idempotency key (an extension of ours).

The key, a fingerprint of the request and the answer are written together with the change; a
retry is answered from there.
"""

from collections.abc import Awaitable, Callable
from hashlib import blake2b
from typing import Any, NamedTuple

import msgspec

from stampbook.domain.refusals import Code, Refusal
from stampbook.http.altegio.access import AnyRequest, Visitor, context_of, idempotency_key
from stampbook.http.altegio.answers import encoded, refused
from stampbook.storage.store import Row, Transacting, UniqueViolation
from stampbook.visits.model import Visit
from stampbook.visits.paying import Bill, Edit, House, change
from stampbook.visits.recording import Numbers
from stampbook.visits.withdrawing import Ask

REUSED = Refusal(Code.IDEMPOTENCY_KEY_REUSED, "the idempotency key was used for another request")

Write = Callable[[Transacting], Awaitable[Any]]
"""Makes the change and gives the data of the answer; None: there is none."""


class Earlier(NamedTuple):
    """An earlier request with the same key, and what it answered."""

    data: Any


async def earlier(request: AnyRequest, visitor: Visitor) -> Earlier | None:
    """The request that used this one's key. Raises Fault (422) if it asked for something else."""
    key = idempotency_key(request)
    if key is None:
        return None
    row = await _row(context_of(request).store, visitor.tenant, key)
    return None if row is None else Earlier(_replay(row, await fingerprint(request)))


async def change_once(
    request: AnyRequest,
    visitor: Visitor,
    house: House,
    bill: Bill,
    edit: Edit,
    ask: Ask,
    *,
    data: Callable[[Numbers], Any] = lambda numbers: None,
) -> Any:
    """Change a bill once for the request's key; `data` is what a retry is given again.

    Raises Fault when the change is refused, or the key was used for something else.
    """
    known = await earlier(request, visitor)
    if known is not None:
        return known.data
    key = idempotency_key(request)
    mark = await fingerprint(request)
    found: list[Any] = [None]

    async def seal(writing: Transacting, numbers: Numbers, after: Visit) -> None:
        found[0] = data(numbers)
        if key is not None:
            await _remember(writing, request, visitor.tenant, key, mark, found[0])

    try:
        outcome = await change(house, bill, edit, ask, seal=seal)
    except UniqueViolation:
        known = await earlier(request, visitor)
        if known is None:
            raise
        return known.data
    if isinstance(outcome, Refusal):
        raise refused(outcome)
    return found[0]


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
    async with context_of(request).store.transaction() as writing:
        row = await _row(writing, tenant, key)
        if row is not None:
            return _replay(row, mark)
        data = await write(writing)
        await _remember(writing, request, tenant, key, mark, data)
        return data


async def _row(db: Transacting, tenant: int, key: str) -> Row | None:
    return await db.fetch_one(
        "SELECT fingerprint, body FROM idempotency_keys WHERE tenant_id = $1 AND key = $2",
        tenant,
        key,
    )


async def _remember(
    writing: Transacting, request: AnyRequest, tenant: int, key: str, mark: bytes, data: Any
) -> None:
    """Raises UniqueViolation when another request with the key was faster."""
    await writing.execute(
        """
        INSERT INTO idempotency_keys (tenant_id, key, fingerprint, status, body, created_at)
        VALUES ($1, $2, $3, 200, $4, $5)
        """,
        tenant,
        key,
        mark,
        encoded(data).decode(),
        context_of(request).clock(),
    )


def _replay(row: Row, mark: bytes) -> Any:
    if bytes(row["fingerprint"]) != mark or row["body"] is None:
        raise refused(REUSED)
    return msgspec.json.decode(row["body"])


async def fingerprint(request: AnyRequest) -> bytes:
    """16 bytes that tell whether two requests are the same: method, path and body."""
    parts = (request.method.encode(), request.url.path.encode(), await request.body())
    return blake2b(b"\0".join(parts), digest_size=16, person=b"altegio request").digest()
