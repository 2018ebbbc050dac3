"""The OpenAPI 3.1 description, made from the endpoints and the structs that decode and encode.

What the structs say is put right for the generators of clients (decision 0105): an amount is a
schema with a name of its own, and a field that may be left out has no `default`, which some take
to mean that it is always there. Its value without it is in its description.
"""

import re
from collections.abc import Sequence
from inspect import cleandoc
from json import dumps
from pathlib import Path
from typing import Any

from msgspec.json import decode, schema_components

from stampbook import __version__

MAX_ACTOR, MAX_KEY = 255, 255
from stampbook.dialects.native.problems import MEDIA_TYPE, Problem
from stampbook.edge.operations import Operation

EXAMPLES = Path(__file__).with_name("examples.json")
"""For each operation a request and its answer, as tests/http/native/examples.py recorded them."""

REFERENCE = "#/components/schemas/{name}"

AMOUNT = {
    "title": "Amount",
    "description": (
        "A plain decimal in the currency's scale. Requests may also send a whole number as a JSON"
        " number."
    ),
    "type": "string",
    "pattern": r"^-?[0-9]+(\.[0-9]{1,6})?$",
    "examples": ["399.50"],
}

SERVERS = [
    {"url": "/", "description": "The server that this description comes from"},
    {"url": "http://127.0.0.1:8000", "description": "`stampbook serve` without settings"},
]

TAGS = {
    "programs": "Programs, and what belongs to one: currencies, members, promotions, tiers",
    "currencies": "What is counted, and the rules that the ledger decides by",
    "members": "People in a program",
    "accounts": "What a member holds of a currency: balance, lots, transactions",
    "transactions": "One transaction: read, commit, release, cancel, activate, expire",
    "transfers": "Points that move to another account",
    "bulk": "Many writes in one request",
    "api_keys": "Keys for applications",
    "promotions": "Offers by which points are accrued or redeemed",
    "tier_groups": "Tiers that qualification points lead to",
    "locations": "Places of business",
    "users": "What a person may see",
    "visits": "Visits, and what pays for them",
}

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
        "schema": {"type": "boolean"},
    },
]

INSTANT = {"type": "string", "format": "date-time"}
QUERY = {
    "limit": {"type": "integer", "minimum": 1, "maximum": 200},
    "from": INSTANT,
    "to": INSTANT,
    "as_of": INSTANT,
    "active": {"type": "boolean"},
}
"""Schemas of query parameters; any other is text."""

IDS = {
    "programs": "prg_1",
    "currencies": "cur_1",
    "members": "mbr_1",
    "accounts": "acc_1",
    "transactions": "txn_800001",
    "api_keys": "key_1",
    "promotions": "prm_1",
    "tier_groups": "tgr_1",
    "locations": "loc_1",
    "visits": "vis_1",
    "login": "olga@example.com",
    "payment_id": "pay_1",
    "account_id": "acc_1",
}
"""What a path may name: `id` by the part of the path before it, others by their own name."""

PROBLEM = {
    "type": "urn:stampbook:problem:insufficient_points",
    "title": "Insufficient points",
    "status": 409,
    "detail": "the active balance does not suffice",
    "code": "insufficient_points",
    "errors": [],
    "request_id": "req_5f0c1a9e77d31",
    "active": "12.50",
}

FAILURES = {
    "4XX": "The request was refused: a problem (RFC 9457).",
    "default": "The server could not answer: a problem (RFC 9457).",
}


def document(endpoints: Sequence[Operation]) -> dict[str, Any]:
    """The whole description."""
    shapes = [each.answer for each in endpoints] + [each.body for each in endpoints if each.body]
    references, found = schema_components([*shapes, Problem], ref_template=REFERENCE)
    components = {"Amount": AMOUNT, **{name: _tidy(each) for name, each in found.items()}}
    bodies = iter(references[len(endpoints) :])
    examples = decode(EXAMPLES.read_bytes())
    paths: dict[str, Any] = {}
    for endpoint, answer in zip(endpoints, references, strict=False):
        body = next(bodies) if endpoint.body else None
        path = paths.setdefault(endpoint.path, {})
        example = examples.get(endpoint.handler.__name__, {})
        path[endpoint.method.lower()] = _operation(endpoint, answer, body, example)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Stampbook",
            "version": __version__,
            "description": "The native API of a loyalty points ledger.",
            "contact": {"name": "The maintainers of Stampbook"},
            "license": {"name": "Apache License 2.0", "identifier": "Apache-2.0"},
        },
        "servers": SERVERS,
        "tags": [{"name": name, "description": text} for name, text in TAGS.items()],
        "security": [{"api_key": []}],
        "paths": paths,
        "components": {
            "securitySchemes": {
                "api_key": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "The secret of an API key: `stampbook keys create`.",
                }
            },
            "schemas": components,
        },
    }


def _tidy(schema: Any) -> Any:
    """A schema without defaults, with amounts by their name, and with what generators need to
    know of enumerations and of objects that may have any fields."""
    if isinstance(schema, list):
        return [_tidy(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    if schema.get("$ref") == REFERENCE.format(name="Amount"):
        tidy = {"$ref": schema["$ref"]}
    else:
        tidy = {name: _tidy(each) for name, each in schema.items() if name != "default"}
    if "enum" in tidy and "type" not in tidy:
        tidy["type"] = "string"
    if tidy.get("type") == "object" and "properties" not in tidy:
        tidy["additionalProperties"] = True
    if isinstance(tidy.get("description"), str):
        tidy["description"] = cleandoc(tidy["description"])
    if schema.get("default") is not None:
        without = f"Without it: `{dumps(schema['default'])}`."
        tidy["description"] = (
            f"{tidy['description']}. {without}" if "description" in tidy else without
        )
    return tidy


def _operation(
    endpoint: Operation,
    answer: dict[str, Any],
    body: dict[str, Any] | None,
    example: dict[str, Any],
) -> dict[str, Any]:
    problem = {"schema": {"$ref": REFERENCE.format(name="Problem")}, "example": PROBLEM}
    described: dict[str, Any] = {
        "operationId": endpoint.handler.__name__,
        "tags": [endpoint.path.split("/")[2]],
        "summary": endpoint.summary,
        "description": _description(endpoint),
        "parameters": _parameters(endpoint),
        "responses": {
            str(endpoint.status): {
                "description": "Done.",
                "content": {
                    "application/json": {"schema": answer, "example": example.get("answer")}
                },
            },
            **{
                status: {"description": text, "content": {MEDIA_TYPE: problem}}
                for status, text in FAILURES.items()
            },
        },
    }
    if body is not None:
        described["requestBody"] = {
            "required": bool(_required_fields(endpoint)),
            "content": {"application/json": {"schema": body, "example": example.get("request")}},
        }
    return described


def _required_fields(endpoint: Operation) -> bool:
    """Whether a body must be sent: one without required fields may be left out by actions."""
    return not endpoint.path.startswith("/v1/transactions/")


def _description(endpoint: Operation) -> str:
    scope = endpoint.scope or "ledger:write, and ledger:cancel for cancels"
    text = " ".join((endpoint.handler.__doc__ or "").split())
    if text.startswith("`"):
        text = ""
    return f"{text} Needs the scope {scope}.".strip()


def _parameters(endpoint: Operation) -> list[dict[str, Any]]:
    named = [
        {
            "name": name,
            "in": "path",
            "required": True,
            "schema": {"type": "string"},
            "example": IDS[owner if name == "id" else name],
        }
        for owner, name in re.findall(r"(\w+)/{(\w+)}", endpoint.path)
    ]
    asked = [
        {
            "name": name,
            "in": "query",
            "required": name in endpoint.required,
            "description": sentence,
            "schema": QUERY.get(name, {"type": "string"}),
        }
        for name, sentence in endpoint.query.items()
    ]
    return [*named, *asked, *(WRITE_PARAMETERS if endpoint.writes else [])]
