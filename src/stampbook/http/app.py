"""The application: every dialect's routes, and who words what goes wrong around them.

A failure that no handler worded (an unknown path, a method, a body that is too large, a bug) is
worded by the dialect that the path belongs to. Under `/v1`, which several share, the caller's
credentials and `Accept` decide first; what belongs to no dialect is the native API's.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple, cast

from litestar import Litestar, Request, Response
from litestar.datastructures import State
from litestar.exceptions import HTTPException, MethodNotAllowedException
from litestar.types import ControllerRouterHandler
from litestar.utils import normalize_path

from stampbook.http.altcraft import answers as altcraft_answers
from stampbook.http.altcraft import routes as altcraft_routes
from stampbook.http.altcraft import short_way as altcraft_short_way
from stampbook.http.altegio import answers as altegio_answers
from stampbook.http.altegio import routes as altegio_routes
from stampbook.http.altegio import short_way as altegio_short_way
from stampbook.http.caller import bearer
from stampbook.http.context import Context
from stampbook.http.names import NamingRequest
from stampbook.http.native import answers as native_answers
from stampbook.http.native import routes as native_routes
from stampbook.http.native import short_way
from stampbook.http.request_ids import new_request_id
from stampbook.http.short_paths import Answer, Recognise, Start, nothing_hot
from stampbook.http.unavailable import told
from stampbook.http.voucherify import answers as voucherify_answers
from stampbook.http.voucherify import routes as voucherify_routes
from stampbook.http.voucherify import short_way as voucherify_short_way
from stampbook.programs.faults import Changed
from stampbook.storage.store import OutcomeUnknown, Unavailable

log = logging.getLogger(__name__)

MAX_BODY = 1024 * 1024
"""Bytes of a request's body; a bulk may have more."""

AnyRequest = Request[Any, Any, Any]


def nobody(headers: Mapping[str, str]) -> bool:
    """Of a dialect whose callers cannot be known by their headers."""
    return False


class Dialect(NamedTuple):
    """What the application must know of a dialect.

    `recognise`: its hot paths, if it has any. `is_spoken`: whether headers are those of its callers
    and of no other dialect's.
    """

    routes: Sequence[ControllerRouterHandler]
    owns: Callable[[str], bool]
    failure: Callable[[AnyRequest, int, str], Response[Any]]
    recognise: Recognise = nothing_hot
    is_spoken: Callable[[Mapping[str, str]], bool] = nobody


NATIVE = Dialect(
    native_routes.routes, native_answers.owns, native_answers.failure, short_way.recognise
)
ALTEGIO = Dialect(
    altegio_routes.routes,
    altegio_answers.owns,
    altegio_answers.failure,
    altegio_short_way.recognise,
    altegio_answers.is_spoken,
)
ALTCRAFT = Dialect(
    altcraft_routes.routes,
    altcraft_answers.owns,
    altcraft_answers.failure,
    altcraft_short_way.recognise,
)
VOUCHERIFY = Dialect(
    voucherify_routes.routes,
    voucherify_answers.owns,
    voucherify_answers.failure,
    voucherify_short_way.recognise,
    voucherify_answers.is_spoken,
)
DIALECTS: Sequence[Dialect] = (NATIVE, ALTCRAFT, ALTEGIO, VOUCHERIFY)
"""In the order in which they are asked whose a path is."""


def recognise(path: str) -> tuple[Start, str] | None:
    """Who serves the path without the framework (http/connection.py); None: nobody does."""
    for dialect in DIALECTS:
        found = dialect.recognise(path)
        if found is not None:
            return found
    return None


class Application(Litestar):
    """The framework, and what it does not do by itself: HEAD, OPTIONS, and exact paths."""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve a request."""
        if scope["type"] == "http":
            method, path = scope["method"], scope["path"]
            if "\0" in path or ("//" in path and not altcraft_answers.owns(path)):
                await _not_found(scope, receive, send)
                return
            if method == "HEAD":  # the server sends the head of what a GET answers
                scope = {**scope, "method": "GET"}
            elif method == "OPTIONS":
                send = partial(_send_with_methods, self._methods_of(path), send)
        await super().__call__(scope, receive, send)

    def _methods_of(self, path: str) -> str:
        """What a path serves, as the value of `Allow`; empty if nothing is there."""
        try:
            self.asgi_router.handle_routing(path=normalize_path(path), method="TRACE")
        except MethodNotAllowedException as error:
            return _with_head((error.headers or {})["allow"])
        except HTTPException:
            pass
        return ""


async def _send_with_methods(methods: str, send: Any, message: Any) -> None:
    """The framework names only the methods of one of a path's handlers."""
    if message["type"] == "http.response.start" and methods:
        kept = [pair for pair in message["headers"] if pair[0].lower() != b"allow"]
        message = {**message, "headers": [*kept, (b"allow", methods.encode())]}
    await send(message)


def _with_head(allow: str) -> str:
    """The methods of a path; where there is a GET, there is a HEAD."""
    methods = set(allow.split(", "))
    return ", ".join(sorted(methods | {"HEAD"} if "GET" in methods else methods))


async def _not_found(scope: Any, receive: Any, send: Any) -> None:
    """Two slashes enclose an empty segment: no path has one, but for those that forgive it. And no
    name has a NUL, which PostgreSQL cannot even look for."""
    answer = word(scope, 404, "no such path")
    headers = [*answer.headers, (b"content-length", str(len(answer.body)).encode())]
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body})


def word(scope: dict[str, Any], status: int, detail: str) -> Answer:
    """What the dialect that owns the path answers to a request that never reaches a handler."""
    scope.setdefault("state", {})
    request = AnyRequest(cast(Any, scope))
    worded = _refused(request, HTTPException(detail, status_code=status))
    sent = worded.to_asgi_response(None, request)
    headers = [pair for pair in sent.encode_headers() if pair[0] != b"content-length"]
    return Answer(status, sent.body, tuple(headers))


def create_app(context: Context) -> Litestar:
    """All dialects on one store and ledger. The caller starts and stops the ledger."""
    return Application(
        route_handlers=[route for dialect in DIALECTS for route in dialect.routes],
        state=State({"context": context}),
        before_request=_turn_away,
        exception_handlers={
            HTTPException: _refused,
            Unavailable: _unavailable,
            OutcomeUnknown: _unavailable,
            Changed: _changed,
            Exception: _broken,
        },
        request_class=NamingRequest,
        request_max_body_size=MAX_BODY,
        openapi_config=None,
        logging_config=None,
    )


def _owner(request: AnyRequest) -> Dialect:
    """Who words a failure; see the module."""
    path = request.scope["path"]
    owner = next((dialect for dialect in DIALECTS if dialect.owns(path)), NATIVE)
    is_shared = owner is NATIVE or path.startswith("/v1/")
    return _spoken(request) or owner if is_shared else owner


def _spoken(request: AnyRequest) -> Dialect | None:
    """The vendor's dialect that the caller speaks by its headers, if they name one."""
    return next((each for each in DIALECTS if each.is_spoken(request.headers)), None)


async def _turn_away(request: AnyRequest) -> Response[Any] | None:
    """Answer a vendor's client on a path that only the native API serves, such as `/v1/locations`:
    for that client there is no such path. A request that bears a native key is served."""
    if not NATIVE.owns(request.scope["path"]):
        return None
    dialect = _spoken(request)
    if dialect is None:
        return None
    context: Context = request.app.state.context
    secret = bearer(request.headers.get("authorization"))
    if secret is not None and await context.callers.by_secret(secret) is not None:
        return None
    request.scope["state"]["request_id"] = new_request_id()
    return dialect.failure(request, 404, "Not Found")


def _refused(request: AnyRequest, error: HTTPException) -> Response[Any]:
    """The framework refused the request, or a handler did with one of its exceptions."""
    request.scope["state"]["request_id"] = new_request_id()
    worded = _owner(request).failure(request, error.status_code, error.detail)
    allow = (error.headers or {}).get("allow")
    if allow is not None:
        worded.headers["Allow"] = _with_head(allow)
    return worded


def _unavailable(request: AnyRequest, error: Unavailable | OutcomeUnknown) -> Response[Any]:
    """The database does not answer: everybody may try again."""
    request.scope["state"]["request_id"] = new_request_id()
    return _owner(request).failure(request, 503, told(error))


def _changed(request: AnyRequest, _: Changed) -> Response[Any]:
    """Somebody else was first with an edit of the same thing: the same request may succeed now."""
    request.scope["state"]["request_id"] = new_request_id()
    detail = "somebody else changed it meanwhile; try again"
    return _owner(request).failure(request, 503, detail)


def _broken(request: AnyRequest, error: Exception) -> Response[Any]:
    """A bug: logged whole under the request's id; the caller learns that id and no more."""
    request_id = request.scope["state"]["request_id"] = new_request_id()
    log.error("request %s failed", request_id, exc_info=error)
    detail = f"something went wrong here; it is logged as {request_id}"
    return _owner(request).failure(request, 500, detail)
