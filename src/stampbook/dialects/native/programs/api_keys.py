"""`/api_keys`. A secret is answered once, and never stored.

A new key's secret is derived from the secret of the key that asks for it and a random salt. With an
idempotency key the salt is kept with the stored answer, so that a retry by the same caller, and by
nobody else, gets the same secret again (docs/decisions/0121-secrets-of-api-keys.md).
"""

import hmac
from base64 import urlsafe_b64encode
from hashlib import sha256
from secrets import token_hex

from msgspec import UNSET, Struct
from msgspec.json import Decoder
from msgspec.structs import replace

from stampbook.dialects.native import finding, ids
from stampbook.dialects.native.bodies import read
from stampbook.dialects.native.call import Call, Reply
from stampbook.dialects.native.problems import Failure, not_found
from stampbook.dialects.native.wire.pages import Page, page_of
from stampbook.dialects.native.wire.programs import ApiKeyBody, ApiKeyShape, api_key_shape
from stampbook.dialects.native.writing import write_once
from stampbook.programs import api_keys
from stampbook.programs.api_keys import SECRET_PREFIX, ApiKey
from stampbook.storage.store import Transacting


class _Stored(Struct, frozen=True):
    """What a retry is answered from: everything but the secret."""

    key: ApiKeyShape
    salt: str


_body = Decoder(ApiKeyBody)
_stored = Decoder(_Stored)


async def create_api_key(call: Call) -> Reply:
    body = read(_body, call.body)
    program = None
    if body.program_id is not None:
        program = finding.body_id(ids.PROGRAM, body.program_id, "/program_id")
    elif call.caller.program is not None:
        raise Failure(403, "forbidden", "the API key is bound to one program")

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
        )
        return _Stored(api_key_shape(key), salt)

    stored, replayed = await write_once(call, write, by_caller=True)
    kept = _stored.decode(stored) if replayed else stored
    # A dry run made no key, so it has no secret to show.
    secret = UNSET if call.dry_run else _derived(call, kept.salt)
    return Reply(replace(kept.key, secret=secret), replayed)


def _derived(call: Call, salt: str) -> str:
    """The new key's secret: 32 bytes that only the caller's secret and the salt give together."""
    digest = hmac.digest(call.secret.encode(), b"stampbook api key\0" + salt.encode(), sha256)
    return SECRET_PREFIX + urlsafe_b64encode(digest).decode().rstrip("=")


async def list_api_keys(call: Call) -> Page[ApiKeyShape]:
    limit = finding.limit(call)
    found = await api_keys.page(
        call.context.store,
        tenant=call.caller.tenant,
        program=call.caller.program,
        after=finding.cursor(call, ids.API_KEY) or 0,
        limit=limit + 1,
    )
    return page_of([api_key_shape(each) for each in found], limit)


async def get_api_key(call: Call) -> ApiKeyShape:
    return api_key_shape(await _find(call, call.context.store))


async def revoke_api_key(call: Call) -> Reply:
    async def write(writing: Transacting) -> ApiKeyShape:
        key = await _find(call, writing)
        now = call.context.clock()
        await api_keys.revoke(writing, key.api_key_id, tenant=call.caller.tenant, now=now)
        return api_key_shape(key._replace(revoked_at=key.revoked_at or now))

    worded = await write_once(call, write)
    call.context.callers.forget_all()
    return worded


async def _find(call: Call, db: Transacting) -> ApiKey:
    key = await api_keys.get(db, call.id(ids.API_KEY), tenant=call.caller.tenant)
    if key is None or call.caller.program not in (None, key.program_id):
        raise not_found("there is no such API key")
    return key
