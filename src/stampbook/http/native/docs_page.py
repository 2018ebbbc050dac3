"""`/` and `/docs`: where a caller who knows only the address finds the API reference.

The reference is the OpenAPI description as a page to browse, every byte of it served from here.

Swagger UI 5.35.0 (Apache-2.0), from the npm package swagger-ui-dist, lies in `static/`.
"""

from functools import cache
from pathlib import Path
from typing import Any

from litestar import Request, Response, get
from litestar.response import Redirect
from msgspec.json import encode

from stampbook import __version__

STATIC = Path(__file__).parent / "static"
TYPES = {
    "docs.html": "text/html",
    "start.js": "text/javascript",
    "swagger-ui-bundle.js": "text/javascript",
    "swagger-ui.css": "text/css",
}
POLICY = (
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:;"
    " frame-ancestors 'none'"
)


LINKS = {
    "name": "Stampbook",
    "version": __version__,
    "links": {
        "reference": "/docs",
        "openapi": "/openapi.json",
        "health": "/healthz",
        "readiness": "/readyz",
    },
    "apis": {
        "native": "/v1",
        "altegio": "/api/v1",
        "voucherify": "/v2/loyalties",
        "altcraft": "/api/v1.1",
    },
}
"""What the root answers to programs."""

VARIES = {"Vary": "Accept"}


@get("/", include_in_schema=False, sync_to_thread=False)
def root(request: Request[Any, Any, Any]) -> Response[Any]:
    """The reference for a browser, links for a program."""
    if request.accept.best_match(["application/json", "text/html"]) == "text/html":
        return Redirect("/docs", status_code=303, headers=VARIES)
    return Response(encode(LINKS), media_type="application/json", headers=VARIES)


@get("/docs", include_in_schema=False, sync_to_thread=False)
def docs_page() -> Response[bytes]:
    return _served("docs.html")


@get(
    ["/docs/start.js", "/docs/swagger-ui-bundle.js", "/docs/swagger-ui.css"],
    include_in_schema=False,
    sync_to_thread=False,
)
def docs_part(request: Request[Any, Any, Any]) -> Response[bytes]:
    """A file that the page is made of."""
    return _served(request.scope["path"].rpartition("/")[2])


def _served(name: str) -> Response[bytes]:
    return Response(
        _content(name),
        media_type=TYPES[name],
        headers={
            "Content-Security-Policy": POLICY,
            "X-Content-Type-Options": "nosniff",
            "Cache-Control": "max-age=3600",
        },
    )


@cache
def _content(name: str) -> bytes:
    return (STATIC / name).read_bytes()
