"""Pages and probes as a dialect: no credentials; the native API words what goes wrong."""

from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

from msgspec.json import encode

from stampbook.dialects.native.dialect import NATIVE
from stampbook.dialects.native.openapi import document
from stampbook.dialects.site import docs_page, health
from stampbook.edge.answers import JSON, Answer, HeaderPair
from stampbook.edge.context import Context
from stampbook.edge.operations import Operation
from stampbook.edge.requests import Request


@cache
def _description() -> bytes:
    return encode(document(NATIVE.operations))


async def openapi(context: Context, request: Request) -> Answer:
    """The OpenAPI 3.1 description of the native API."""
    return Answer(200, _description(), (JSON,))


class Visit(NamedTuple):
    """A request to a page."""

    context: Context
    request: Request


def _page(name: str, handler: object, *paths: str) -> Operation:
    async def handle(visit: Visit) -> Answer:
        found: Answer = await handler(visit.context, visit.request)  # type: ignore[operator]
        return found

    return Operation(name=name, method="GET", paths=paths, handler=handle)


class Site:
    """See the module."""

    name = "site"
    refusals: tuple[type[Exception], ...] = ()
    forgives_slashes = False
    operations: Sequence[Operation] = (
        _page("root", docs_page.root, "/"),
        _page("healthz", health.healthz, "/healthz"),
        _page("readyz", health.readyz, "/readyz"),
        _page("docs", docs_page.docs_page, "/docs"),
        _page(
            "docs_part",
            docs_page.docs_part,
            "/docs/start.js",
            "/docs/swagger-ui-bundle.js",
            "/docs/swagger-ui.css",
        ),
        _page("openapi", openapi, "/openapi.json"),
    )

    def owns(self, path: str) -> bool:
        return False

    def is_spoken(self, request: Request) -> bool:
        return False

    async def open(self, context: Context, request: Request) -> Visit:
        return Visit(context, request)

    def print(self, call: Visit, result: Answer) -> Answer:
        return result

    def refuse(self, request: Request, refusal: Exception) -> Answer:
        raise refusal

    def fail(self, request: Request, status: int, detail: str) -> Answer:
        return NATIVE.fail(request, status, detail)

    def preflight(self, request: Request) -> Sequence[HeaderPair]:
        return ()


SITE = Site()
