"""Access: OAuth tokens for those who have an application's headers, and the ping of clients."""

import secrets
from typing import Any, Final

from stampbook.dialects.voucherify.core.calls import TOKENS_WINDOW_S, Call
from stampbook.dialects.voucherify.core.shapes.schema import COUNT, TEXT, object_of, one_of
from stampbook.domain.model import MICROSECONDS
from stampbook.programs.api_keys import TOKEN_PREFIX, hash_secret

LIFETIME_S: Final = TOKENS_WINDOW_S

SHAPE: Final = object_of(
    access_token=TEXT, client_id=TEXT, expires_at=COUNT, expires_in=COUNT, scope=one_of("api")
)


async def create_token(call: Call) -> dict[str, Any]:
    """A bearer token that lives 15 minutes and may do what the application may."""
    token = TOKEN_PREFIX + secrets.token_urlsafe(32)
    expires_at = call.now // MICROSECONDS + LIFETIME_S
    async with call.store.transaction() as writing:
        await writing.execute("DELETE FROM oauth_tokens WHERE expires_at <= $1", call.now)
        await writing.execute(
            "INSERT INTO oauth_tokens (token_hash, api_key_id, expires_at) VALUES ($1, $2, $3)",
            hash_secret(token),
            call.caller.api_key_id,
            expires_at * MICROSECONDS,
        )
    return {
        "access_token": token,
        "client_id": call.app_id,
        "expires_at": expires_at,
        "expires_in": LIFETIME_S,
        "scope": "api",
    }


async def ping(call: Call) -> dict[str, Any]:
    """Whether the server answers. Needs no credentials."""
    return {}
