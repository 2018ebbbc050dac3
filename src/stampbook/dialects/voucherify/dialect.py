"""Voucherify v2 and v1 as a dialect: credentials, quota and scope; errors in its envelope."""

from collections.abc import Sequence
from typing import Any, Final
from urllib.parse import parse_qsl

from stampbook.dialects.voucherify.answers import (
    PREFLIGHT,
    owns,
    print_failure,
    print_fault,
    print_result,
)
from stampbook.dialects.voucherify.core.calls import KEPT, Call, Simulation, remembered_of
from stampbook.dialects.voucherify.core.faults import (
    REFUSED,
    fault_of,
    forbidden,
    unauthorized,
)
from stampbook.dialects.voucherify.core.operations import Access
from stampbook.dialects.voucherify.routes import OPERATIONS
from stampbook.edge.answers import Answer, HeaderPair, Streamed
from stampbook.edge.bodies import BYTE_ORDER_MARK
from stampbook.edge.context import Context
from stampbook.edge.credentials.caller import Caller, bearer
from stampbook.edge.once import HEADER, read_key
from stampbook.edge.operations import MAX_BODY, Operation
from stampbook.edge.pace.pace import TooFast
from stampbook.edge.pace.quota import Quota
from stampbook.edge.requests import Request
from stampbook.ledger.origin import current
from stampbook.programs.api_keys import TOKEN_PREFIX

MAX_ACTOR: Final = 255

CALLERS: Final = (
    b"x-app-id",
    b"x-app-token",
    b"x-client-application-id",
    b"x-client-token",
    b"x-voucherify-channel",
    b"x-voucherify-api-version",
)
"""Headers that only this API's callers send."""

ACTOR: Final = b"stampbook-actor"

NOBODY: Final = Caller(tenant=0, program=None, scopes=frozenset(), api_key_id=0)
"""Who asks without credentials."""


class Voucherify:
    """See the module, and edge/operations.py."""

    name = "voucherify"
    operations: Sequence[Operation] = OPERATIONS
    refusals = REFUSED
    forgives_slashes = False

    def owns(self, path: str) -> bool:
        return owns(path)

    def is_spoken(self, request: Request) -> bool:
        """A bearer that is an API key's secret is no sign: the native API takes such tokens too."""
        token = bearer(request.headers.get(b"authorization")) or ""
        return token.startswith(TOKEN_PREFIX) or any(name in request.headers for name in CALLERS)

    async def open(self, context: Context, request: Request) -> Call:
        """Who asks, and whether they may. Raises what `refusals` names: 401, 403, 400; TooFast."""
        assert request.route is not None
        operation = request.route.operation
        access, scope = operation.extra, operation.scope
        remembered, now = context.kept.get(KEPT) or remembered_of(context), context.clock()
        caller = await _find_caller(context, request, access)
        if caller is not NOBODY:
            current().api_key_id = caller.api_key_id
        actor = request.text(ACTOR) if ACTOR in request.headers else None
        if actor:
            caller = caller._replace(actor=actor[:MAX_ACTOR])
        standing = None
        if scope is not None:
            request.state = standing = remembered.quota.take(caller.api_key_id, now=now)
            if standing is None:
                raise _too_fast(remembered.quota, "The calls of this hour are used up", now)
            if scope not in caller.scopes:
                raise forbidden(scope)
        elif access is Access.APPLICATION and not remembered.tokens.take(
            caller.api_key_id, now=now
        ):
            raise _too_fast(remembered.tokens, "Use a token until it expires", now)
        key = read_key(request) if HEADER in request.headers else None
        if access is Access.TENANT and caller.program is not None:
            raise forbidden("of the whole tenant")
        return Call(
            context=context,
            caller=caller,
            remembered=remembered,
            now=now,
            operation=operation,
            request=request,
            parameters=request.parameters,
            pairs=_pairs(request.query) if request.query else (),
            body=request.body.removeprefix(BYTE_ORDER_MARK),
            key=key,
            standing=standing,
        )

    def print(self, call: Call, result: Any) -> Answer | Streamed:
        if isinstance(result, Simulation):
            return print_result(result.body, 200, call.standing)
        return print_result(result, call.operation.status, call.standing)

    def refuse(self, request: Request, refusal: Exception) -> Answer:
        return print_fault(fault_of(refusal), request.state)

    def fail(self, request: Request, status: int, detail: str) -> Answer:
        route = request.route
        most = MAX_BODY if route is None else route.operation.max_body
        return print_failure(status, detail, most)

    async def postpone(
        self, context: Context, request: Request, refusal: Exception
    ) -> Answer | None:
        return None

    def preflight(self, request: Request) -> Sequence[HeaderPair]:
        return PREFLIGHT


async def _find_caller(context: Context, request: Request, access: Access) -> Caller:
    """Whose credentials the request carries: the two app headers, or a bearer. Raises a Fault,
    TooFast.

    The token of either is an API key's secret; the bearer may be an OAuth token as well. An
    application id has no meaning of its own here: it must be given, and may be anything.
    """
    if access is Access.ANYBODY:
        return NOBODY
    caller, headers = None, request.headers
    token = headers.get(b"x-app-token")
    has_pair = bool(token and headers.get(b"x-app-id"))
    by_bearer = access is not Access.APPLICATION and b"authorization" in headers
    if has_pair or not by_bearer:
        secret = token.decode("latin-1") if token and has_pair else None
        caller = await context.callers.admit(request, secret)
    if caller is None and by_bearer:
        secret = bearer(request.headers.get(b"authorization"))
        caller = await context.callers.admit(request, secret, tokens=True)
    if caller is None:
        raise unauthorized()
    return caller


def _too_fast(quota: Quota, used_up: str, now: int) -> TooFast:
    """What is said when no call of the quota is left."""
    return TooFast("key", quota.wait_s(now), used_up)


def _pairs(query: bytes) -> tuple[tuple[str, str], ...]:
    return tuple(parse_qsl(query.decode(errors="replace"), keep_blank_values=True))


VOUCHERIFY: Final = Voucherify()
