"""API keys on the wire."""

from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from stampbook.dialects import instants
from stampbook.dialects.native import ids
from stampbook.dialects.native.wire.values import Id, Instant, Text, write_optional
from stampbook.programs.api_keys import (
    MAX_ADDRESSES,
    MAX_OVERLAP_S,
    MAX_RATE_LIMIT,
    OVERLAP_S,
    ApiKey,
)

Scope = Literal["read", "ledger:write", "ledger:cancel", "admin", "metrics"]
RateLimit = Annotated[
    int,
    Meta(
        ge=0,
        le=MAX_RATE_LIMIT,
        description="Requests a minute; 0 is no limit, null what the setting rate_limit_key says",
    ),
]
Addresses = Annotated[
    list[Annotated[str, Meta(max_length=64)]],
    Meta(
        max_length=MAX_ADDRESSES,
        description="Networks from which the key may be used (CIDR); empty: from everywhere",
        examples=[["203.0.113.0/24"]],
    ),
]


class ApiKeyBody(Struct, frozen=True, forbid_unknown_fields=True):
    """A key for an application. With `program_id` it sees that program only."""

    name: Text
    scopes: Annotated[list[Scope], Meta(min_length=1, max_length=10)]
    program_id: Id | None = None
    expires_at: Instant | None = None
    rate_limit: RateLimit | None = None
    addresses: Addresses = []


class RotationBody(Struct, frozen=True, forbid_unknown_fields=True):
    """`overlap_s`: how many seconds the former secret works on."""

    overlap_s: Annotated[int, Meta(ge=0, le=MAX_OVERLAP_S)] = OVERLAP_S


class ApiKeyShape(Struct, frozen=True):
    """`secret` is there once: in the answer to the request that made it. `prefix` is how it
    begins; null for keys that were made before it was kept."""

    id: str
    name: str
    scopes: list[Scope]
    program_id: str | None
    created_at: Instant
    revoked_at: Instant | None
    expires_at: Instant | None = None
    rate_limit: RateLimit | None = None
    addresses: Addresses = []
    last_used_at: Instant | None = None
    prefix: str | None = None
    old_secret_until: Instant | None = None
    secret: str | UnsetType = UNSET


def api_key_shape(key: ApiKey) -> ApiKeyShape:
    program = key.program_id
    return ApiKeyShape(
        id=ids.write(ids.API_KEY, key.api_key_id),
        name=key.name,
        scopes=sorted(key.scopes),  # type: ignore[arg-type]
        program_id=None if program is None else ids.write(ids.PROGRAM, program),
        created_at=instants.write(key.created_at),
        revoked_at=write_optional(key.revoked_at),
        expires_at=write_optional(key.expires_at),
        rate_limit=key.rate_limit,
        addresses=list(key.addresses),
        last_used_at=write_optional(key.last_used_at),
        prefix=key.prefix,
        old_secret_until=write_optional(key.old_secret_until),
    )
