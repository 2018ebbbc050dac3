"""API keys: who may call, for which tenant and program, and what they may do.

A secret is shown once. The database keeps only its SHA-256: the secret is 32 random bytes, so
it cannot be guessed, and a slow hash would add nothing.
"""

from collections.abc import Iterable
from hashlib import sha256
from secrets import token_urlsafe
from typing import NamedTuple

from stampbook.programs import auditing
from stampbook.programs.faults import Gone, Invalid
from stampbook.storage.store import Row, Transacting

SCOPES = ("read", "ledger:write", "ledger:cancel", "admin")
SECRET_PREFIX = "sbk_"  # noqa: S105 - how a secret begins, so that scanners can find a leaked one
SECRET_BYTES = 32


class ApiKey(NamedTuple):
    """A row of `api_keys` without its secret. `program_id` None: all of the tenant's programs."""

    api_key_id: int
    tenant_id: int
    program_id: int | None
    name: str
    scopes: frozenset[str]
    created_at: int
    revoked_at: int | None


def _api_key(row: Row) -> ApiKey:
    return ApiKey(
        api_key_id=row["api_key_id"],
        tenant_id=row["tenant_id"],
        program_id=row["program_id"],
        name=row["name"],
        scopes=frozenset(row["scopes"].split()),
        created_at=row["created_at"],
        revoked_at=row["revoked_at"],
    )


def new_secret() -> str:
    """A secret of 32 random bytes."""
    return SECRET_PREFIX + token_urlsafe(SECRET_BYTES)


def hash_secret(secret: str) -> bytes:
    """The hash that is stored of a secret or of any other opaque token."""
    return sha256(secret.encode("utf-8", "surrogatepass")).digest()


def check_scopes(scopes: Iterable[str]) -> str:
    """The scopes as the column holds them. Raises Invalid for none, or one that is unknown."""
    wanted = frozenset(scopes)
    if not wanted or wanted - set(SCOPES):
        raise Invalid("scopes", f"must be one or more of {', '.join(SCOPES)}")
    return " ".join(scope for scope in SCOPES if scope in wanted)


async def create(
    writing: Transacting,
    *,
    tenant: int,
    name: str,
    scopes: Iterable[str],
    secret: str,
    now: int,
    program: int | None = None,
) -> ApiKey:
    """A new key whose secret is `secret` (usually `new_secret()`). Writes; raises Invalid.

    The program must be one of the tenant's; the caller has checked that.
    """
    row = await writing.fetch_one(
        """
        INSERT INTO api_keys (tenant_id, program_id, name, scopes, secret_hash, created_at)
        VALUES ($1, $2, $3, $4, $5, $6)
        RETURNING api_key_id, tenant_id, program_id, name, scopes, created_at, revoked_at
        """,
        tenant,
        program,
        name,
        check_scopes(scopes),
        hash_secret(secret),
        now,
    )
    assert row is not None
    key = _api_key(row)
    await auditing.record(
        writing,
        tenant=tenant,
        action="api_key.created",
        now=now,
        entity=auditing.entity_of(auditing.API_KEY, key.api_key_id),
        program=program,
        changes=auditing.diff(None, key),
    )
    return key


async def by_secret_hash(db: Transacting, secret_hash: bytes) -> ApiKey | None:
    """The key of that secret, unless it is revoked."""
    row = await db.fetch_one(
        """
        SELECT api_key_id, tenant_id, program_id, name, scopes, created_at, revoked_at
        FROM api_keys WHERE secret_hash = $1 AND revoked_at IS NULL
        """,
        secret_hash,
    )
    return None if row is None else _api_key(row)


async def by_oauth_token_hash(db: Transacting, token_hash: bytes, *, now: int) -> ApiKey | None:
    """The key for which that token was issued, unless either has ended."""
    row = await db.fetch_one(
        """
        SELECT k.api_key_id, k.tenant_id, k.program_id, k.name, k.scopes, k.created_at,
               k.revoked_at
        FROM oauth_tokens t JOIN api_keys k ON k.api_key_id = t.api_key_id
        WHERE t.token_hash = $1 AND t.expires_at > $2 AND k.revoked_at IS NULL
        """,
        token_hash,
        now,
    )
    return None if row is None else _api_key(row)


async def get(db: Transacting, api_key: int, *, tenant: int) -> ApiKey | None:
    """The tenant's key of that number, also a revoked one."""
    row = await db.fetch_one(
        """
        SELECT api_key_id, tenant_id, program_id, name, scopes, created_at, revoked_at
        FROM api_keys WHERE api_key_id = $1 AND tenant_id = $2
        """,
        api_key,
        tenant,
    )
    return None if row is None else _api_key(row)


async def page(
    db: Transacting, *, tenant: int, program: int | None = None, after: int = 0, limit: int
) -> list[ApiKey]:
    """The tenant's keys by number, those above `after`; only those of `program` if given."""
    rows = await db.fetch(
        """
        SELECT api_key_id, tenant_id, program_id, name, scopes, created_at, revoked_at
        FROM api_keys
        WHERE tenant_id = $1 AND api_key_id > $2
          AND (CAST($3 AS bigint) = 0 OR program_id = CAST($3 AS bigint))
        ORDER BY api_key_id LIMIT $4
        """,
        tenant,
        after,
        program or 0,
        limit,
    )
    return [_api_key(row) for row in rows]


async def revoke(writing: Transacting, api_key: int, *, tenant: int, now: int) -> None:
    """Revoke a key permanently; a second time changes nothing. Writes; raises Gone."""
    touched = await writing.execute(
        """
        UPDATE api_keys SET revoked_at = $3
        WHERE api_key_id = $1 AND tenant_id = $2 AND revoked_at IS NULL
        """,
        api_key,
        tenant,
        now,
    )
    found = await get(writing, api_key, tenant=tenant)
    if found is None:
        raise Gone
    if touched:
        await auditing.record(
            writing,
            tenant=tenant,
            action="api_key.revoked",
            now=now,
            entity=auditing.entity_of(auditing.API_KEY, api_key),
            program=found.program_id,
        )
