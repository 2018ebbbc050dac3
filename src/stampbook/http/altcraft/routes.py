"""The vendor's paths. Every method is a POST; what each does stands in the module named.

A double or a trailing slash is the same path: the router sees to that.
"""

from typing import Any

from litestar import Request, Response, post

from stampbook.http.altcraft import finishing
from stampbook.http.altcraft.answers import BASE, response
from stampbook.http.altcraft.exchange import MAX_BODY, exchange_of
from stampbook.http.altcraft.serving import Operation, serve

HttpRequest = Request[Any, Any, Any]

CANCEL = Operation(finishing.cancel, "ledger:cancel")
COMMIT = Operation(finishing.commit, "ledger:write")
ROLL_BACK = Operation(finishing.roll_back, "ledger:write")


@post(f"{BASE}/loyalty/cancel_transaction", status_code=200, include_in_schema=False)
async def cancel_transaction(request: HttpRequest) -> Response[bytes]:
    return await _serve(CANCEL, request)


@post(f"{BASE}/loyalty/commit_transaction", status_code=200, include_in_schema=False)
async def commit_transaction(request: HttpRequest) -> Response[bytes]:
    return await _serve(COMMIT, request)


@post(f"{BASE}/loyalty/rollback_transaction", status_code=200, include_in_schema=False)
async def rollback_transaction(request: HttpRequest) -> Response[bytes]:
    return await _serve(ROLL_BACK, request)


async def _serve(operation: Operation, request: HttpRequest) -> Response[bytes]:
    """Read the body up to its limit, and answer."""
    exchange = exchange_of(
        request.scope["headers"], request.scope["query_string"], await _body(request)
    )
    return response(await serve(operation, request.app.state.context, exchange))


async def _body(request: HttpRequest) -> bytes:
    """The body; of one that is too large a little more than the limit, so that it is seen."""
    pieces, size = [], 0
    async for piece in request.stream():
        if size <= MAX_BODY:
            pieces.append(piece)
        size += len(piece)
    return b"".join(pieces)


routes = [cancel_transaction, commit_transaction, rollback_transaction]
