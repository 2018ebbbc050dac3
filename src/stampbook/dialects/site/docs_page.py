"""`/` and `/docs`: where a caller who knows only the address finds the API reference.

The reference is the OpenAPI descriptions as a page to browse, every byte of it served from here.

Swagger UI 5.35.0 (Apache-2.0), from the npm package swagger-ui-dist, lies in `static/`.
"""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from msgspec.json import encode

from stampbook import __version__
from stampbook.dialects.site.call import PageCall
from stampbook.edge.answers import JSON, Answer

STATIC = Path(__file__).parent / "static"
TYPES = {
    "docs.html": "text/html",
    "start.js": "text/javascript",
    "swagger-ui-bundle.js": "text/javascript",
    "swagger-ui.css": "text/css",
}
PARTS = tuple(f"/docs/{name}" for name in TYPES if name != "docs.html")

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

VARIES = (b"vary", b"accept")


async def root(descriptions: Mapping[str, str], landing: str, call: PageCall) -> Answer:
    """To the console; links for a program that asks for JSON. `descriptions` are those of the
    APIs, `landing` the first page."""
    if not _prefers_json(call.request.header(b"accept") or ""):
        return Answer(303, b"", ((b"location", landing.encode()), VARIES))
    return Answer(200, encode({**LINKS, "descriptions": descriptions}), (JSON, VARIES))


def _prefers_json(accept: str) -> bool:
    """Whether an `Accept` header names JSON, and not HTML before it, as browsers do."""
    weights = {"text/html": 0.0, "application/json": 0.0}
    for part in accept.lower().split(","):
        kind, *parameters = (piece.strip() for piece in part.split(";"))
        if kind in weights:
            found = [each[2:] for each in parameters if each.startswith("q=")]
            weights[kind] = (
                float(found[0]) if found and found[0].replace(".", "", 1).isdigit() else 1
            )
    return weights["application/json"] > weights["text/html"]


async def docs_page(call: PageCall) -> Answer:
    """The page itself."""
    return _served("docs.html")


async def docs_part(call: PageCall) -> Answer:
    """A file that the page is made of."""
    return _served(call.request.path.rstrip("/").rpartition("/")[2])


def _served(name: str) -> Answer:
    return Answer(
        200,
        _content(name),
        (
            (b"content-type", f"{TYPES[name]}; charset=utf-8".encode()),
            (b"content-security-policy", POLICY.encode()),
            (b"cache-control", b"max-age=3600"),
        ),
    )


@cache
def _content(name: str) -> bytes:
    return (STATIC / name).read_bytes()
