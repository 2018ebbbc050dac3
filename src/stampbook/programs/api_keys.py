"""API keys: who may call, for which tenant and program, and what they may do.

A secret is shown once. The database keeps only its SHA-256: the secret is 32 random bytes, so
it cannot be guessed, and a slow hash would add nothing.
"""

from collections.abc import Collection, Iterable, Mapping
from hashlib import sha256
from secrets import token_urlsafe
from typing import Final, NamedTuple

from stampbook.domain.model import MICROSECONDS
from stampbook.networks import network
from stampbook.programs import auditing, tenants
from stampbook.programs.faults import Gone, Invalid, LastAdmin
from stampbook.storage.store import Row, Transacting

SCOPES = ("read", "ledger:write", "ledger:cancel", "admin", "metrics")
SECRET_PREFIX = "sbk_"  # noqa: S105 - how a secret begins, so that scanners can find a leaked one
TOKEN_PREFIX = "oat_"  # noqa: S105 - how an OAuth token begins
SECRET_BYTES = 32

SHOWN: Final = 8
"""Characters of a secret that are kept, so that people can tell keys apart."""

MAX_NAME: Final = 255
MAX_RATE_LIMIT: Final = 1_000_000
MAX_ADDRESSES: Final = 100

MAX_OVERLAP_S: Final = 604_800
OVERLAP_S: Final = 86_400
"""How long the former secret works after a rotation: at most, and unless it is said."""

USED_EVERY: Final = 60 * MICROSECONDS
"""How often the last use of a key is written; `last_used_at` is exact to that."""


class ApiKey(NamedTuple):
    """A row of `api_keys` without its secrets. `program_id` None: all of the tenant's programs.

    `rate_limit`: requests a minute, None as the setting says, 0 without limit. `addresses`: the
    networks from which it works, none for all. `prefix`: how the secret begins.
    """

    api_key_id: int
    tenant_id: int
    program_id: int | None
    name: str
    scopes: frozenset[str]
    created_at: int
    revoked_at: int | None
    expires_at: int | None
    rate_limit: int | None
    addresses: tuple[str, ...]
    last_used_at: int | None
    prefix: str | None
    old_secret_until: int | None

    def works_at(self, now: int) -> bool:
        """Whether it is neither revoked nor expired at the instant."""
        return self.revoked_at is None and (self.expires_at is None or self.expires_at > now)


class Proven(NamedTuple):
    """The key that a secret or a token belongs to, and the instant at which that one ends."""

    key: ApiKey
    until: int | None


_COLUMNS: Final = """
    api_key_id, tenant_id, program_id, name, scopes, created_at, revoked_at, expires_at,
    rate_limit, addresses, last_used_at, prefix, old_secret_until
"""


def _api_key(row: Row) -> ApiKey:
    return ApiKey(
        api_key_id=row["api_key_id"],
        tenant_id=row["tenant_id"],
        program_id=row["program_id"],
        name=row["name"],
        scopes=frozenset(row["scopes"].split()),
        created_at=row["created_at"],
        revoked_at=row["revoked_at"],
        expires_at=row["expires_at"],
        rate_limit=row["rate_limit"],
        addresses=tuple(row["addresses"].split()),
        last_used_at=row["last_used_at"],
        prefix=row["prefix"],
        old_secret_until=row["old_secret_until"],
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


def check_addresses(addresses: Collection[str]) -> tuple[str, ...]:
    """Networks in their canonical form; an address alone is a network of one. Raises Invalid."""
    if len(addresses) > MAX_ADDRESSES:
        raise Invalid("addresses", f"must have at most {MAX_ADDRESSES} networks")
    try:
        return tuple(dict.fromkeys(str(network(each)) for each in addresses))
    except ValueError:
        detail = "must be networks such as 203.0.113.0/24 or 2001:db8::/48, without bits of a host"
        raise Invalid("addresses", detail) from None


async def create(
    writing: Transacting,
    *,
    tenant: int,
    name: str,
    scopes: Iterable[str],
    secret: str,
    now: int,
    program: int | None = None,
    expires_at: int | None = None,
    rate_limit: int | None = None,
    addresses: Collection[str] = (),
) -> ApiKey:
    """A new key whose secret is `secret` (usually `new_secret()`). Writes; raises Invalid.

    The program must be one of the tenant's; the caller has checked that.
    """
    if not name.strip() or len(name) > MAX_NAME:
        raise Invalid("name", f"must have 1 to {MAX_NAME} characters")
    if expires_at is not None and expires_at <= now:
        raise Invalid("expires_at", "must be in the future")
    if rate_limit is not None and not 0 <= rate_limit <= MAX_RATE_LIMIT:
        raise Invalid("rate_limit", f"must be a number from 0 to {MAX_RATE_LIMIT}")
    row = await writing.fetch_one(
        f"""
        INSERT INTO api_keys (
            tenant_id, program_id, name, scopes, secret_hash, created_at, expires_at, rate_limit,
            addresses, prefix
        )
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
        RETURNING {_COLUMNS}
        """,  # noqa: S608 - a constant
        tenant,
        program,
        name,
        check_scopes(scopes),
        hash_secret(secret),
        now,
        expires_at,
        rate_limit,
        " ".join(check_addresses(addresses)),
        secret[:SHOWN],
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


async def by_secret_hash(db: Transacting, secret_hash: bytes) -> Proven | None:
    """The key of that secret, or of that former secret, unless it is revoked."""
    row = await db.fetch_one(
        f"SELECT {_COLUMNS} FROM api_keys WHERE secret_hash = $1 AND revoked_at IS NULL",  # noqa: S608
        secret_hash,
    )
    if row is not None:
        key = _api_key(row)
        return Proven(key, key.expires_at)
    row = await db.fetch_one(
        f"SELECT {_COLUMNS} FROM api_keys WHERE old_secret_hash = $1 AND revoked_at IS NULL",  # noqa: S608
        secret_hash,
    )
    if row is None:
        return None
    key = _api_key(row)
    return Proven(key, _first(key.expires_at, key.old_secret_until))


async def by_oauth_token_hash(db: Transacting, token_hash: bytes) -> Proven | None:
    """The key for which that token was issued, unless it is revoked."""
    row = await db.fetch_one(
        """
        SELECT k.api_key_id, k.tenant_id, k.program_id, k.name, k.scopes, k.created_at,
               k.revoked_at, k.expires_at, k.rate_limit, k.addresses, k.last_used_at, k.prefix,
               k.old_secret_until, t.expires_at AS until
        FROM oauth_tokens t JOIN api_keys k ON k.api_key_id = t.api_key_id
        WHERE t.token_hash = $1 AND k.revoked_at IS NULL
        """,
        token_hash,
    )
    if row is None:
        return None
    key = _api_key(row)
    return Proven(key, _first(key.expires_at, row["until"]))


def _first(*ends: int | None) -> int | None:
    return min((end for end in ends if end is not None), default=None)


async def get(db: Transacting, api_key: int, *, tenant: int) -> ApiKey | None:
    """The tenant's key of that number, also a revoked one."""
    row = await db.fetch_one(
        f"SELECT {_COLUMNS} FROM api_keys WHERE api_key_id = $1 AND tenant_id = $2",  # noqa: S608
        api_key,
        tenant,
    )
    return None if row is None else _api_key(row)


async def names(db: Transacting, api_keys: Collection[int], *, tenant: int) -> dict[int, str]:
    """What the tenant's keys of these numbers are for, also revoked ones."""
    if not api_keys:
        return {}
    listed = ", ".join(str(each) for each in sorted(api_keys))
    rows = await db.fetch(
        "SELECT api_key_id, name FROM api_keys"  # noqa: S608 - numbers of our own
        f" WHERE api_key_id IN ({listed}) AND tenant_id = $1",
        tenant,
    )
    return {row["api_key_id"]: row["name"] for row in rows}


async def page(db: Transacting, *, tenant: int, after: int = 0, limit: int) -> list[ApiKey]:
    """The tenant's keys by number, those above `after`."""
    rows = await db.fetch(
        f"""
        SELECT {_COLUMNS} FROM api_keys
        WHERE tenant_id = $1 AND api_key_id > $2 ORDER BY api_key_id LIMIT $3
        """,  # noqa: S608 - a constant
        tenant,
        after,
        limit,
    )
    return [_api_key(row) for row in rows]


async def rotate(
    writing: Transacting, key: ApiKey, *, secret: str, overlap_s: int, now: int
) -> ApiKey:
    """The key with a new secret; its former one works `overlap_s` longer. Writes.

    A secret that was rotated out before ends at once: a key never has more than two. Raises Gone
    if the key was revoked meanwhile.
    """
    row = await writing.fetch_one(
        f"""
        UPDATE api_keys
        SET old_secret_hash = secret_hash, old_secret_until = $4, secret_hash = $3, prefix = $5
        WHERE api_key_id = $1 AND tenant_id = $2 AND revoked_at IS NULL
        RETURNING {_COLUMNS}
        """,  # noqa: S608 - a constant
        key.api_key_id,
        key.tenant_id,
        hash_secret(secret),
        now + overlap_s * MICROSECONDS,
        secret[:SHOWN],
    )
    if row is None:
        raise Gone
    rotated = _api_key(row)
    await auditing.record(
        writing,
        tenant=key.tenant_id,
        action="api_key.rotated",
        now=now,
        entity=auditing.entity_of(auditing.API_KEY, key.api_key_id),
        program=key.program_id,
        changes=auditing.diff(key, rotated),
    )
    return rotated


async def revoke(writing: Transacting, api_key: int, *, tenant: int, now: int) -> None:
    """Revoke a key permanently; a second time changes nothing. Writes; raises Gone, LastAdmin.

    The last key that has `admin` for the whole tenant cannot be revoked: nobody could make another
    one over the wire.
    """
    # Nobody else revokes a key until this is committed: two keys must not spare each other.
    await tenants.hold(writing, tenant)
    key = await get(writing, api_key, tenant=tenant)
    if key is None:
        raise Gone
    if key.revoked_at is not None:
        return
    if _is_admin(key, now) and not await _has_other_admin(writing, key, now):
        raise LastAdmin
    await writing.execute(
        """
        UPDATE api_keys SET revoked_at = $3
        WHERE api_key_id = $1 AND tenant_id = $2 AND revoked_at IS NULL
        """,
        api_key,
        tenant,
        now,
    )
    await auditing.record(
        writing,
        tenant=tenant,
        action="api_key.revoked",
        now=now,
        entity=auditing.entity_of(auditing.API_KEY, api_key),
        program=key.program_id,
    )


def _is_admin(key: ApiKey, now: int) -> bool:
    return key.works_at(now) and key.program_id is None and "admin" in key.scopes


async def _has_other_admin(writing: Transacting, key: ApiKey, now: int) -> bool:
    row = await writing.fetch_one(
        """
        SELECT 1 AS one FROM api_keys
        WHERE tenant_id = $1 AND api_key_id <> $2 AND program_id IS NULL AND revoked_at IS NULL
          AND (expires_at IS NULL OR expires_at > $3) AND scopes LIKE '%admin%'
        LIMIT 1
        """,
        key.tenant_id,
        key.api_key_id,
        now,
    )
    return row is not None


async def note_used(writing: Transacting, used: Mapping[int, int]) -> None:
    """Write when keys were last used, by their numbers, unless something newer is there. Writes."""
    for api_key, at in sorted(used.items()):
        await writing.execute(
            """
            UPDATE api_keys SET last_used_at = $2
            WHERE api_key_id = $1 AND COALESCE(last_used_at, 0) <= $3
            """,
            api_key,
            at,
            at - USED_EVERY,
        )
