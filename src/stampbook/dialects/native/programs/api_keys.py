"""`/api_keys`. A secret is answered once, and never stored.

A new secret is derived from the secret of the key that asks for it and a random salt. With an
idempotency key the salt is kept with the stored answer, so that a retry by the same caller, and by
nobody else, gets the same secret again (docs/decisions/0121-secrets-of-api-keys.md).
"""

import hmac
from base64 import urlsafe_b64encode
from hashlib import sha256
from secrets import token_hex

from msgspec import Struct
from msgspec.json import Decoder
from msgspec.structs import replace

from stampbook.dialects.native import finding, ids
from stampbook.dialects.native.call import Call, Reply, read
from stampbook.dialects.native.problems import Failure, not_found
from stampbook.dialects.native.wire.api_keys import (
    ApiKeyBody,
    ApiKeyShape,
    RotationBody,
    api_key_shape,
)
from stampbook.dialects.native.wire.pages import Page, page_of
from stampbook.dialects.native.wire.values import read_end
from stampbook.dialects.native.writing import write_once
from stampbook.edge.once import KeyReused
from stampbook.programs import api_keys
from stampbook.programs.api_keys import SECRET_PREFIX, ApiKey, hash_secret
from stampbook.programs.faults import LastAdmin
from stampbook.storage.store import Transacting


class _Stored(Struct, frozen=True):
    """What a retry is answered from: everything but the secret. `hashed` is what the database has
    of the secret; "" in answers from before it was kept."""

    key: ApiKeyShape
    salt: str
    hashed: str = ""


_body = Decoder(ApiKeyBody)
_rotation = Decoder(RotationBody)
_stored = Decoder(_Stored)


async def create_api_key(call: Call) -> Reply:
    finding.unbound(call)
    body = read(_body, call.body)
    program = None
    if body.program_id is not None:
        program = finding.body_id(ids.PROGRAM, body.program_id, "/program_id")

    async def write(writing: Transacting) -> _Stored:
        if program is not None:
            await finding.program(call, writing, program)
        salt = token_hex(32)
        key = await api_keys.create(
            writing,
            tenant=call.caller.tenant,
            name=body.name,
            scopes=body.scopes,
            secret=_derived(call, salt),
            now=call.context.clock(),
            program=program,
            expires_at=read_end(body.expires_at, "/expires_at"),
            rate_limit=body.rate_limit,
            addresses=body.addresses,
        )
        return _kept(call, key, salt)

    return _with_secret(call, await write_once(call, write, by_caller=True))


async def rotate_api_key(call: Call) -> Reply:
    finding.unbound(call)
    body = read(_rotation, call.body or b"{}")

    async def write(writing: Transacting) -> _Stored:
        key = await _find(call, writing)
        now = call.context.clock()
        if not key.works_at(now):
            raise Failure(409, "conflict", "the API key is revoked or expired")
        salt = token_hex(32)
        secret = _derived(call, salt)
        rotated = await api_keys.rotate(
            writing, key, secret=secret, overlap_s=body.overlap_s, now=now
        )
        return _kept(call, rotated, salt)

    reply = _with_secret(call, await write_once(call, write, by_caller=True))
    call.context.callers.forget_all()
    return reply


def _kept(call: Call, key: ApiKey, salt: str) -> _Stored:
    return _Stored(api_key_shape(key), salt, hash_secret(_derived(call, salt)).hex())


def _with_secret(call: Call, worded: Reply) -> Reply:
    """The stored answer with its secret. Raises KeyReused for a retry with another secret of the
    same API key: what that one gives is not the secret that was answered."""
    stored, replayed = worded
    kept = _stored.decode(stored) if replayed else stored
    if call.dry_run:  # it made no secret, so it has none to show
        return Reply(kept.key, replayed)
    secret = _derived(call, kept.salt)
    if kept.hashed and hash_secret(secret).hex() != kept.hashed:
        raise KeyReused
    return Reply(replace(kept.key, secret=secret), replayed)


def _derived(call: Call, salt: str) -> str:
    """The new secret: 32 bytes that only the caller's secret and the salt give together."""
    digest = hmac.digest(call.secret.encode(), b"stampbook api key\0" + salt.encode(), sha256)
    return SECRET_PREFIX + urlsafe_b64encode(digest).decode().rstrip("=")


async def list_api_keys(call: Call) -> Page[ApiKeyShape]:
    finding.unbound(call)
    limit = finding.limit(call)
    await call.context.callers.uses.write()
    found = await api_keys.page(
        call.context.store,
        tenant=call.caller.tenant,
        after=finding.cursor(call, ids.API_KEY) or 0,
        limit=limit + 1,
    )
    return page_of([api_key_shape(each) for each in found], limit)


async def get_api_key(call: Call) -> ApiKeyShape:
    finding.unbound(call)
    await call.context.callers.uses.write()
    return api_key_shape(await _find(call, call.context.store))


async def revoke_api_key(call: Call) -> Reply:
    finding.unbound(call)

    async def write(writing: Transacting) -> ApiKeyShape:
        key = await _find(call, writing)
        now = call.context.clock()
        try:
            await api_keys.revoke(writing, key.api_key_id, tenant=call.caller.tenant, now=now)
        except LastAdmin:
            detail = "it is the last API key with the scope admin; create another one first"
            raise Failure(409, "last_admin", detail) from None
        return api_key_shape(key._replace(revoked_at=key.revoked_at or now))

    worded = await write_once(call, write)
    call.context.callers.forget_all()
    return worded


async def _find(call: Call, db: Transacting) -> ApiKey:
    key = await api_keys.get(db, call.id(ids.API_KEY), tenant=call.caller.tenant)
    if key is None:
        raise not_found("there is no such API key")
    return key
