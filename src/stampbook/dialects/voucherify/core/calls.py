"""A request to this dialect as values: who asks, when, and what with."""

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from litestar import Request

from stampbook.dialects.voucherify.core.cursors import Cursors
from stampbook.dialects.voucherify.core.faults import (
    Fault,
    forbidden,
    invalid_payload,
    unauthorized,
)
from stampbook.dialects.voucherify.core.rows import cursor_secret
from stampbook.dialects.voucherify.core.schemes import Schemes
from stampbook.dialects.voucherify.core.totals import Totals
from stampbook.edge.bodies import without_mark
from stampbook.edge.caller import Caller, bearer
from stampbook.edge.context import Context
from stampbook.edge.pace import Quota, Standing
from stampbook.storage.store import Store

MAX_KEY: Final = 255
STATE: Final = "voucherify"

CALLS: Final = 3_600_000
"""Calls of an API key in WINDOW_S, a thousand a second on average: it stops a runaway loop and
disturbs nobody else."""

WINDOW_S: Final = 3_600

TOKENS: Final = 1_000
TOKENS_WINDOW_S: Final = 900
"""OAuth tokens that a key may make in the time that one of them lives: a client needs one."""


class Remembered:
    """What the dialect keeps between requests: the cursors' secret, the quota, the schemes,
    sums of journals."""

    def __init__(self) -> None:
        self.quota = Quota(CALLS, window_s=WINDOW_S)
        self.tokens = Quota(TOKENS, window_s=TOKENS_WINDOW_S)
        self.schemes = Schemes()
        self.totals = Totals()
        self._cursors: Cursors | None = None

    async def cursors(self, store: Store) -> Cursors:
        """The cursors of the database, whichever server wrote them."""
        if self._cursors is None:
            self._cursors = Cursors(await cursor_secret(store))
        return self._cursors


class Call(NamedTuple):
    """A request whose caller is known and may do what it asks."""

    context: Context
    caller: Caller
    remembered: Remembered
    now: int
    path: str
    pairs: tuple[tuple[str, str], ...]
    body: bytes
    key: str | None
    standing: Standing
    method: str = "POST"

    @property
    def store(self) -> Store:
        return self.context.store

    @property
    def tenant(self) -> int:
        return self.caller.tenant

    async def cursors(self) -> Cursors:
        return await self.remembered.cursors(self.store)


async def open_call(request: Request[Any, Any, Any], scope: str) -> Call:
    """Find the caller and check what he may do. Raises a Fault: 401, 429, 403, 400."""
    context: Context = request.app.state.context
    remembered = remembered_of(context)
    now = context.clock()
    caller = await find_caller(context, request, now=now)
    standing = take_of(remembered.quota, caller, "The calls of this hour are used up", now=now)
    request.scope["state"][STATE] = standing
    if not caller.may(scope):
        raise forbidden(scope)
    return Call(
        context=context,
        caller=caller,
        remembered=remembered,
        now=now,
        path=request.url.path,
        pairs=tuple(request.query_params.multi_items()),
        body=without_mark(await request.body()),
        key=read_key(request.headers.get("idempotency-key")),
        standing=standing,
        method=request.method,
    )


def take_of(quota: Quota, caller: Caller, used_up: str, *, now: int) -> Standing:
    """Count one call of the caller. Raises a Fault (429) when none is left."""
    standing = quota.take(caller.api_key_id, now=now)
    if standing is None:
        raise Fault(
            429,
            "too_many_requests",
            "Too many requests",
            used_up,
            retry_after_s=quota.wait_s(now),
        )
    return standing


def standing_of(request: Request[Any, Any, Any]) -> Standing | None:
    """What is left to the caller of the request, once that is known."""
    standing: Standing | None = request.scope["state"].get(STATE)
    return standing


def remembered_of(context: Context) -> Remembered:
    """What the dialect keeps in the process."""
    found = context.kept.get(STATE)
    if found is None:
        found = context.kept[STATE] = Remembered()
    assert isinstance(found, Remembered)
    return found


async def find_caller(context: Context, request: Request[Any, Any, Any], *, now: int) -> Caller:
    """Whose credentials the request carries: the two app headers, or a bearer. Raises a Fault.

    The token of either is an API key's secret; the bearer may be an OAuth token as well. An
    application id has no meaning of its own here: it must be given, and may be anything.
    """
    headers = request.headers
    caller = await find_app(context, request)
    token = bearer(headers.get("authorization"))
    if caller is None and token is not None:
        caller = await context.callers.by_secret(token)
        caller = caller or await context.callers.by_oauth_token(token, now=now)
    if caller is None:
        raise unauthorized()
    return with_actor(caller, headers.get("stampbook-actor"))


def with_actor(caller: Caller, actor: str | None) -> Caller:
    """The caller with who pressed the button, as far as that is told."""
    return caller._replace(actor=actor[:MAX_KEY]) if actor else caller


async def find_app(context: Context, request: Request[Any, Any, Any]) -> Caller | None:
    """The caller of `X-App-Id` and `X-App-Token`."""
    token = request.headers.get("x-app-token")
    if not token or not request.headers.get("x-app-id"):
        return None
    return await context.callers.by_secret(token)


def read_key(text: str | None) -> str | None:
    """The idempotency key. Raises a Fault (400)."""
    if text is not None and (not 0 < len(text) <= MAX_KEY or not text.isprintable()):
        raise invalid_payload(f"Idempotency-Key must have 1 to {MAX_KEY} printable characters")
    return text


def single(pairs: Sequence[tuple[str, str]], name: str) -> str | None:
    """A query parameter by its last value."""
    return next((value for key, value in reversed(pairs) if key == name), None)
