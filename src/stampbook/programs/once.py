"""Writes outside the ledger, once per idempotency key: the same for every API.

The key is taken first, in the transaction that has the effect. So there is one effect per key even
for concurrent requests, and a crash leaves both or neither. A write that is refused rolls back and
leaves its key free. Keys of movements, which are in the journal, are taken for these writes too:
they are looked for after the key is taken, for which a save with the same key is waited for.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final, NamedTuple

from stampbook.storage.finding import is_of_a_movement
from stampbook.storage.fingerprints import fingerprint
from stampbook.storage.store import Database, Key, Row, Transacting, UniqueViolation

UNFINISHED: Final = 102
"""The status of an answer that must still be made from the effect of the write."""


KEEP: Final = """
    INSERT INTO idempotency_keys (tenant_id, key, fingerprint, status, body, created_at)
    VALUES ($1, $2, $3, $4, $5, $6)
"""
"""Takes a key with its answer; it must be new."""


class Keyed(NamedTuple):
    """A request with a key. `fingerprint` shows whether a later request is the same one.

    `former` is the fingerprint that earlier releases took of the same request (None: they did not
    know such a request), `vague` one of still earlier releases, which other requests share.
    """

    tenant: int
    key: str
    fingerprint: bytes
    former: bytes | None = None
    vague: bytes | None = None


class Kept(NamedTuple):
    """The stored answer of a key: its status and its body.

    `is_vague`: it was found by the request's vague fingerprint, so it may be another's.
    """

    status: int
    body: str
    is_vague: bool = False


class Written(NamedTuple):
    """The answer, and whether it is that of an earlier request."""

    kept: Kept
    replayed: bool


class KeyReused(Exception):
    """The key was used for another request."""


Write = Callable[[Transacting], Awaitable[Kept]]


def mark_of(kind: str, fields: Mapping[str, Any]) -> bytes:
    """The fingerprint of a request: `kind` separates the APIs, `fields` has its content
    (storage.fingerprints.given)."""
    return fingerprint({"request": kind, "fields": fields})


async def write_once(database: Database, keyed: Keyed | None, write: Write, *, now: int) -> Written:
    """Run `write` in a transaction, unless the key was used: then return its earlier answer.
    Raises KeyReused, and everything that `write` raises, which rolls the transaction back."""
    async with database.transaction() as writing:
        known = None if keyed is None else await _claim(writing, keyed, now=now)
        if known is not None:
            return Written(known, replayed=True)
        kept = await write(writing)
        if keyed is not None:
            await amend(writing, keyed, kept)
    return Written(kept, replayed=False)


async def _claim(writing: Transacting, keyed: Keyed, *, now: int) -> Kept | None:
    """Take the key; if it is taken, return its stored answer. Writes; raises KeyReused.

    Waits for an unfinished transaction that has taken the key.
    """
    taken = await writing.execute(
        """
        INSERT INTO idempotency_keys (tenant_id, key, fingerprint, status, body, created_at)
        VALUES ($1, $2, $3, $4, '', $5) ON CONFLICT (tenant_id, key) DO NOTHING
        """,
        keyed.tenant,
        keyed.key,
        keyed.fingerprint,
        UNFINISHED,
        now,
    )
    if taken and await is_of_a_movement(writing, Key(keyed.tenant, keyed.key)):
        raise KeyReused
    return None if taken else await find(writing, keyed)


async def amend(writing: Transacting, keyed: Keyed, kept: Kept) -> None:
    """Store the answer of a key that the caller's request has taken. Writes."""
    await writing.execute(
        """
        UPDATE idempotency_keys SET status = $3, body = $4
        WHERE tenant_id = $1 AND key = $2
        """,
        keyed.tenant,
        keyed.key,
        kept.status,
        kept.body,
    )


async def keep(writing: Transacting, keyed: Keyed, kept: Kept, *, now: int) -> None:
    """Take the key and store the answer at the end of a longer operation, in the transaction of
    its last effect. Writes; raises UniqueViolation if another request has taken the key, for a
    movement too."""
    await writing.execute(KEEP, *kept_row(keyed, kept, now=now))
    if await is_of_a_movement(writing, Key(keyed.tenant, keyed.key)):
        raise UniqueViolation(keyed.key)


def kept_row(keyed: Keyed, kept: Kept, *, now: int) -> tuple[object, ...]:
    """The parameters of KEEP."""
    return keyed.tenant, keyed.key, keyed.fingerprint, kept.status, kept.body, now


async def find(db: Transacting, keyed: Keyed) -> Kept | None:
    """The stored answer of the key. Raises KeyReused if another request has used the key."""
    row = await db.fetch_one(
        "SELECT fingerprint, status, body FROM idempotency_keys WHERE tenant_id = $1 AND key = $2",
        keyed.tenant,
        keyed.key,
    )
    if row is not None:
        return _kept(row, keyed)
    if await is_of_a_movement(db, Key(keyed.tenant, keyed.key)):
        raise KeyReused
    return None


def _kept(row: Row, keyed: Keyed) -> Kept:
    mark = bytes(row["fingerprint"])
    if mark not in (keyed.fingerprint, keyed.former, keyed.vague):
        raise KeyReused
    return Kept(row["status"], row["body"], mark == keyed.vague)
