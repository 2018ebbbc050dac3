"""Access: OAuth tokens for those who have an application's headers, and the ping of clients."""

import secrets
from typing import Any, Final

from litestar import Request, Response, get, post

from stampbook.dialects.voucherify.core.answers import OAUTH_PREFIX, respond
from stampbook.dialects.voucherify.core.calls import (
    TOKENS_WINDOW_S,
    find_app,
    remembered_of,
    take_of,
)
from stampbook.dialects.voucherify.core.faults import unauthorized
from stampbook.domain.model import MICROSECONDS
from stampbook.edge.context import Context
from stampbook.programs.api_keys import hash_secret

LIFETIME_S: Final = TOKENS_WINDOW_S


@post("/v1/oauth/token", status_code=200)
async def create_token(request: Request[Any, Any, Any]) -> Response[bytes]:
    """A bearer token that lives 15 minutes and may do what the application may."""
    context: Context = request.app.state.context
    caller = await find_app(context, request)
    if caller is None:
        raise unauthorized()
    remembered, now = remembered_of(context), context.clock()
    take_of(remembered.tokens, caller, "Use a token until it expires", now=now)
    token = OAUTH_PREFIX + secrets.token_urlsafe(32)
    expires_at = now // MICROSECONDS + LIFETIME_S
    async with context.store.transaction() as writing:
        await writing.execute("DELETE FROM oauth_tokens WHERE expires_at <= $1", now)
        await writing.execute(
            "INSERT INTO oauth_tokens (token_hash, api_key_id, expires_at) VALUES ($1, $2, $3)",
            hash_secret(token),
            caller.api_key_id,
            expires_at * MICROSECONDS,
        )
    return respond(
        {
            "access_token": token,
            "client_id": request.headers.get("x-app-id"),
            "expires_at": expires_at,
            "expires_in": LIFETIME_S,
            "scope": "api",
        }
    )


@get("/ping")
async def ping() -> Response[bytes]:
    """Whether somebody is there. Needs no credentials."""
    return respond({})
