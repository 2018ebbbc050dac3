"""What one endpoint of the native API is: the route, the OpenAPI page and the tests read this."""

from typing import Any, NamedTuple

from litestar import HttpMethod, Request, Response
from litestar.handlers import HTTPRouteHandler

from stampbook.http.native.answers import response
from stampbook.http.native.perform import Exchange, Handler, Operation, perform
from stampbook.http.request_ids import new_request_id

MAX_BULK_BODY = 10 * 1024 * 1024


class Endpoint(NamedTuple):
    """`body` and `answer` are the structs of the wire; `query` names parameters with a sentence
    each, `required` those that must be given; `scope` is what a key must have, None where that
    depends on the body."""

    method: HttpMethod
    path: str
    handler: Handler
    scope: str | None
    summary: str
    answer: Any
    status: int = 200
    body: Any = None
    query: dict[str, str] = {}  # noqa: RUF012 - a NamedTuple's default is never changed
    max_body: int | None = None
    required: frozenset[str] = frozenset()

    @property
    def writes(self) -> bool:
        return self.method is not HttpMethod.GET

    @property
    def operation(self) -> Operation:
        names = frozenset(self.query) | ({"dry_run"} if self.writes else set())
        return Operation(self.handler, self.scope, names)


def route_of(endpoint: Endpoint) -> HTTPRouteHandler:
    """The framework's route: it reads the request and hands it on."""
    operation = endpoint.operation

    async def handle(request: Request[Any, Any, Any]) -> Response[bytes]:
        body = await request.body() if endpoint.writes else b""
        exchange = Exchange(
            endpoint.method.value,
            request.scope["path"],
            request.path_params,
            request.scope["query_string"],
            request.scope["headers"],
            body,
            new_request_id(),
        )
        return response(await perform(operation, request.app.state.context, exchange))

    extra = {} if endpoint.max_body is None else {"request_max_body_size": endpoint.max_body}
    return HTTPRouteHandler(
        endpoint.path.replace("}", ":str}"),
        http_method=endpoint.method,
        name=f"{endpoint.method} {endpoint.path}",
        status_code=endpoint.status,
        include_in_schema=False,
        **extra,  # type: ignore[arg-type]
    )(handle)
