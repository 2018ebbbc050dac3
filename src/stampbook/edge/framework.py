"""Temporary: the dialects that are not yet tables of operations, behind the web framework."""

import asyncio
import copy
import logging
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, NamedTuple, cast
from urllib.parse import unquote

from litestar import Litestar, Request, Response
from litestar.datastructures import State
from litestar.exceptions import HTTPException, MethodNotAllowedException
from litestar.utils import normalize_path

from stampbook.dialects.altcraft import answers as altcraft_answers
from stampbook.dialects.altcraft import routes as altcraft_routes
from stampbook.dialects.voucherify import answers as voucherify_answers
from stampbook.dialects.voucherify.v1 import bridge as voucherify_bridge
from stampbook.dialects.voucherify.v1 import old_routes as voucherify_routes
from stampbook.edge.answers import Answer
from stampbook.edge.context import Context
from stampbook.edge.requests import Request as EdgeRequest
from stampbook.edge.unavailable import told
from stampbook.programs.faults import Changed
from stampbook.storage.store import OutcomeUnknown, Unavailable

log = logging.getLogger(__name__)
STAND_IN = "\ue02f"
AnyRequest = Request[Any, Any, Any]


class Old(NamedTuple):
    routes: Any
    owns: Callable[[str], bool]
    failure: Callable[[AnyRequest, int, str], Response[Any]]
    is_spoken: Callable[[Mapping[str, str]], bool] = lambda headers: False


OLD = (
    Old(altcraft_routes.routes, altcraft_answers.owns, altcraft_answers.failure),
    Old(
        voucherify_routes.routes,
        voucherify_answers.owns,
        voucherify_bridge.failure,
    ),
)
"""Dialects still behind the framework; each leaves this tuple when it is ported."""


class NamingRequest(Request[Any, Any, Any]):
    @property
    def path_params(self) -> Mapping[str, Any]:  # type: ignore[override]
        found: Mapping[str, Any] = self.scope["path_params"]
        return {
            name: value.replace(STAND_IN, "/") if isinstance(value, str) else value
            for name, value in found.items()
        }


@cache
def _built() -> Litestar:
    return Litestar(
        route_handlers=[route for each in OLD for route in each.routes],
        exception_handlers={
            HTTPException: _refused,
            Unavailable: lambda request, error: _fail(request, 503, told(error)),
            OutcomeUnknown: lambda request, error: _fail(request, 503, told(error)),
            Changed: lambda request, error: _fail(
                request, 503, "somebody else changed it meanwhile; try again"
            ),
            Exception: _broken,
        },
        request_class=NamingRequest,
        request_max_body_size=1024 * 1024,
        openapi_config=None,
        logging_config=None,
    )


class Framework:
    """Answers what no ported dialect serves."""

    def __init__(self, context: Context) -> None:
        self._app = copy.copy(_built())
        self._app.state = State({"context": context})

    def serves(self, request: EdgeRequest) -> bool:
        return bool(self._methods_of(request.path))

    def is_spoken(self, request: EdgeRequest) -> bool:
        headers = {
            name.decode("latin-1"): value.decode("latin-1")
            for name, value in request.headers.items()
        }
        return any(each.is_spoken(headers) for each in OLD)

    def owns(self, path: str) -> bool:
        return any(each.owns(path) for each in OLD)

    def preflight(self, request: EdgeRequest) -> tuple[()]:
        return ()

    def _methods_of(self, path: str) -> str:
        try:
            self._app.asgi_router.handle_routing(path=normalize_path(path), method="TRACE")
        except MethodNotAllowedException as error:
            return _with_head((error.headers or {})["allow"])
        except HTTPException:
            pass
        return ""

    async def answer(self, request: EdgeRequest) -> Answer:
        scope = self._scope(request)
        path = scope["path"]
        if "\0" in path or ("//" in path and not altcraft_answers.owns(path)):
            return self.fail(request, 404, "no such path")
        if request.method == "HEAD":
            scope["method"] = "GET"
        sent: list[Any] = []

        received: list[bool] = []

        async def receive() -> Any:
            if received:
                await asyncio.Event().wait()  # nobody disconnects
            received.append(True)
            return {"type": "http.request", "body": request.body, "more_body": False}

        async def send(message: Any) -> None:
            sent.append(message)

        await self._app(cast(Any, scope), receive, send)
        body = b"".join(message.get("body", b"") for message in sent[1:])
        headers = [
            (name.lower(), value)
            for name, value in sent[0]["headers"]
            if name.lower() not in (b"content-length", b"x-request-id")
        ]
        if request.method == "OPTIONS" and self._methods_of(path):
            headers = [pair for pair in headers if pair[0] != b"allow"]
            headers.append((b"allow", self._methods_of(path).encode()))
        return Answer(sent[0]["status"], body, tuple(headers))

    def fail(self, request: EdgeRequest, status: int, detail: str) -> Answer:
        scope = self._scope(request)
        old = AnyRequest(cast(Any, scope))
        worded = _fail(old, status, detail)
        sent = worded.to_asgi_response(None, old)
        headers = [
            (name.lower(), value)
            for name, value in sent.encode_headers()
            if name.lower() != b"content-length"
        ]
        return Answer(status, sent.body, tuple(headers))

    def _scope(self, request: EdgeRequest) -> dict[str, Any]:
        path = request.raw_path.decode("latin-1")
        if "%2" in path:
            path = path.replace("%2F", "%2f").replace("%2f", STAND_IN)
        return {
            "type": "http",
            "method": request.method,
            "path": unquote(path),
            "raw_path": request.raw_path,
            "root_path": "",
            "scheme": "http",
            "http_version": "1.1",
            "query_string": request.query,
            "headers": list(request.headers.items()),
            "client": (request.client, 0),
            "server": None,
            "state": {"request_id": request.id},
            "app": self._app,
        }


def _with_head(allow: str) -> str:
    methods = set(allow.split(", "))
    return ", ".join(sorted(methods | {"HEAD"} if "GET" in methods else methods))


def _fail(request: AnyRequest, status: int, detail: str) -> Response[Any]:
    path = request.scope["path"]
    owner = next((each for each in OLD if each.owns(path)), None)
    if owner is None or path.startswith("/v1/"):
        owner = next((each for each in OLD if each.is_spoken(request.headers)), owner)
    if owner is None:
        from stampbook.dialects.native.dialect import NATIVE

        worded = NATIVE.fail(_edge_request(request), status, detail)
        headers = {name.decode(): value.decode() for name, value in worded.headers}
        media_type = headers.pop("content-type")
        return Response(worded.body, status_code=status, media_type=media_type, headers=headers)
    return owner.failure(request, status, detail)


def _edge_request(request: AnyRequest) -> EdgeRequest:
    made = EdgeRequest(request.method, request.scope["raw_path"], b"", {})
    made.id = request.scope["state"].get("request_id", "")
    return made


def _refused(request: AnyRequest, error: HTTPException) -> Response[Any]:
    worded = _fail(request, error.status_code, error.detail)
    allow = (error.headers or {}).get("allow")
    if allow is not None:
        worded.headers["Allow"] = _with_head(allow)
    return worded


def _broken(request: AnyRequest, error: Exception) -> Response[Any]:
    request_id = request.scope["state"]["request_id"]
    log.error("request %s failed", request_id, exc_info=error)
    return _fail(request, 500, f"something went wrong here; it is logged as {request_id}")
