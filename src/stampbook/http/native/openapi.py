"""The OpenAPI 3.1 description, made from the endpoints and the structs that decode and encode."""

import re
from inspect import cleandoc
from typing import Any

from msgspec.json import schema_components

from stampbook import __version__
from stampbook.http.native.call import MAX_ACTOR, MAX_KEY
from stampbook.http.native.endpoints import Endpoint
from stampbook.http.problems import MEDIA_TYPE, Problem

REFERENCE = "#/components/schemas/{name}"

WRITE_PARAMETERS: list[dict[str, Any]] = [
    {
        "name": "Idempotency-Key",
        "in": "header",
        "description": "A retry with the same key is answered as the first request was.",
        "schema": {"type": "string", "minLength": 1, "maxLength": MAX_KEY},
    },
    {
        "name": "Stampbook-Actor",
        "in": "header",
        "description": "Who pressed the button; kept in the journal.",
        "schema": {"type": "string", "minLength": 1, "maxLength": MAX_ACTOR},
    },
    {
        "name": "dry_run",
        "in": "query",
        "description": "true: the full answer, nothing written.",
        "schema": {"type": "boolean", "default": False},
    },
]

NUMBERS = {"limit": {"type": "integer", "minimum": 1, "maximum": 200, "default": 50}}
INSTANT = {"type": "string", "format": "date-time"}
INSTANTS = {"from": INSTANT, "to": INSTANT, "as_of": INSTANT}


def document(endpoints: tuple[Endpoint, ...]) -> dict[str, Any]:
    """The whole description."""
    shapes = [each.answer for each in endpoints] + [each.body for each in endpoints if each.body]
    references, components = schema_components([*shapes, Problem], ref_template=REFERENCE)
    for component in components.values():
        if "description" in component:
            component["description"] = cleandoc(component["description"])
    answers = dict(zip(range(len(endpoints)), references, strict=False))
    bodies = iter(references[len(endpoints) :])
    paths: dict[str, Any] = {}
    for number, endpoint in enumerate(endpoints):
        body = next(bodies) if endpoint.body else None
        path = paths.setdefault(endpoint.path, {})
        path[endpoint.method.value.lower()] = _operation(endpoint, answers[number], body)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Stampbook",
            "version": __version__,
            "description": "The native API of a loyalty points ledger.",
        },
        "security": [{"api_key": []}],
        "paths": paths,
        "components": {
            "securitySchemes": {"api_key": {"type": "http", "scheme": "bearer"}},
            "schemas": components,
        },
    }


def _operation(
    endpoint: Endpoint, answer: dict[str, Any], body: dict[str, Any] | None
) -> dict[str, Any]:
    described: dict[str, Any] = {
        "operationId": endpoint.handler.__name__,
        "tags": [endpoint.path.split("/")[2]],
        "summary": endpoint.summary,
        "description": _description(endpoint),
        "parameters": _parameters(endpoint),
        "responses": {
            str(endpoint.status): {
                "description": "Done.",
                "content": {"application/json": {"schema": answer}},
            },
            "default": {
                "description": "A problem (RFC 9457).",
                "content": {MEDIA_TYPE: {"schema": {"$ref": REFERENCE.format(name="Problem")}}},
            },
        },
    }
    if body is not None:
        described["requestBody"] = {
            "required": bool(_required_fields(endpoint)),
            "content": {"application/json": {"schema": body}},
        }
    return described


def _required_fields(endpoint: Endpoint) -> bool:
    """Whether a body must be sent: one without required fields may be left out by actions."""
    return not endpoint.path.startswith("/v1/transactions/")


def _description(endpoint: Endpoint) -> str:
    scope = endpoint.scope or "ledger:write, and ledger:cancel for cancels"
    text = " ".join((endpoint.handler.__doc__ or "").split())
    if text.startswith("`"):
        text = ""
    return f"{text} Needs the scope {scope}.".strip()


def _parameters(endpoint: Endpoint) -> list[dict[str, Any]]:
    named = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in re.findall(r"{(\w+)}", endpoint.path)
    ]
    asked = [
        {
            "name": name,
            "in": "query",
            "description": sentence,
            "schema": NUMBERS.get(name) or INSTANTS.get(name) or {"type": "string"},
        }
        for name, sentence in endpoint.query.items()
    ]
    return [*named, *asked, *(WRITE_PARAMETERS if endpoint.writes else [])]
