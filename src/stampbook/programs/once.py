"""Writes beside the ledger, once for an idempotency key: the same for every API.

The key is taken first and in the transaction that has the effect, so there is one effect per key
whatever comes at once, and a crash leaves both or neither. A write that is refused rolls back and
leaves its key free. A key of a movement, which is in the journal, is taken for these writes too.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final, NamedTuple

from stampbook.storage.fingerprints import fingerprint
from stampbook.storage.movement_keys import is_of_a_movement
from stampbook.storage.store import Database, Key, Row, Transacting

UNFINISHED: Final = 102
"""The status of an answer that is still to be made from what the write has left behind."""


class Keyed(NamedTuple):
    """A request that has a key. `fingerprint` tells whether a request is the same one.

    `former` is what earlier releases took of the same request (None: they could not be asked for
    it), `vague` what still earlier ones took of it and of others.
    """

    tenant: int
    key: str
    fingerprint: bytes
    former: bytes | None = None
    vague: bytes | None = None


class Kept(NamedTuple):
    """What is kept under a key: the status and the body of the answer.

    `is_vague`: it was found by the request's vague fingerprint, so it may be another's.
    """

    status: int
    body: str
    is_vague: bool = False


class Written(NamedTuple):
    """What was kept, and whether an earlier request had done it."""

    kept: Kept
    replayed: bool


class KeyReused(Exception):
    """The key was used for another request."""


Write = Callable[[Transacting], Awaitable[Kept]]


def mark_of(kind: str, fields: Mapping[str, Any]) -> bytes:
    """The fingerprint of a request: `kind` separates the APIs, `fields` has what it asks for
    (storage.fingerprints.given)."""
    return fingerprint({"request": kind, "fields": fields})


async def write_once(database: Database, keyed: Keyed | None, write: Write, *, now: int) -> Written:
    """Run `write` in a transaction, unless the key was used: then what it had left. Raises
    KeyReused, and whatever `write` raises, which rolls everything back."""
    async with database.transaction() as writing:
        known = None if keyed is None else await _claim(writing, keyed, now=now)
        if known is not None:
            return Written(known, replayed=True)
        kept = await write(writing)
        if keyed is not None:
            await amend(writing, keyed, kept)
    return Written(kept, replayed=False)


async def _claim(writing: Transacting, keyed: Keyed, *, now: int) -> Kept | None:
    """Take the key; what is kept under it if it is taken. Writes; raises KeyReused.

    Waits for a transaction that has taken the key and is not at its end.
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
    """Keep an answer under a key that the caller's request has taken. Writes."""
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
    """Take the key and keep the answer at the end of a longer operation, in the transaction of its
    last effect. Writes; raises UniqueViolation if another request has taken the key."""
    await writing.execute(
        """
        INSERT INTO idempotency_keys (tenant_id, key, fingerprint, status, body, created_at)
        VALUES ($1, $2, $3, $4, $5, $6)
        """,
        keyed.tenant,
        keyed.key,
        keyed.fingerprint,
        kept.status,
        kept.body,
        now,
    )


async def find(db: Transacting, keyed: Keyed) -> Kept | None:
    """What is kept under the key. Raises KeyReused if that is of another request."""
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
