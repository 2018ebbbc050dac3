"""OpenAPI 3.1 descriptions, made from the dialects' tables of operations.

What the types say is put right for the generators of clients (decision 0105): a field that may be
left out has no `default`, which some take to mean that it is always there. Its value without it is
in its description.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from inspect import cleandoc, isfunction
from itertools import pairwise
from json import dumps
from pathlib import Path
from typing import Any, Final

from msgspec import convert
from msgspec.json import decode, schema_components

from stampbook import __version__
from stampbook.edge.once import MAX_KEY
from stampbook.edge.operations import Operation
from stampbook.files.cells import table

Schema = dict[str, Any]

REFERENCE: Final = "#/components/schemas/{name}"
JSON: Final = "application/json"
CSV: Final = "text/csv"

FORM: Final = "multipart/form-data"

BYTES: Final = "application/octet-stream"

TEXT: Final = {"type": "string"}
BINARY: Final = {"type": "string", "format": "binary"}
FILE: Final = {"type": "object", "properties": {"file": BINARY}, "required": ["file"]}

GENERAL: Final = frozenset({"core", "v1", "v2", "wire", "model"})
"""Parts of a module's name that do not tell what a schema in it is about."""

ENUMERATED: Final = {str: "string", int: "integer", bool: "boolean", type(None): "null"}

SERVERS: Final = [
    {"url": "/", "description": "The server that this description comes from"},
    {"url": "http://127.0.0.1:8000", "description": "`stampbook serve` without settings"},
]

IDEMPOTENCY_KEY: Final = {
    "name": "Idempotency-Key",
    "in": "header",
    "description": "A retry with the same key is answered as the first request was.",
    "schema": {"type": "string", "minLength": 1, "maxLength": MAX_KEY},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Description:
    """What the description of an API says beside its operations.

    `examples` is a file with a recorded request and answer for each operation, where there is one.
    `tags` are the tags with a sentence each. `failure` is the type or schema of a refusal's body,
    `failures` says which statuses mean one. `write_parameters` belong to all that writes,
    `aged_parameters` and the answers' `aged_headers` to what a replica may answer. `query` has the
    schemas of query parameters (any other is text), `path_examples` has names that a path may
    contain: of `{id}` by the part of the path before it, of others by their own name.
    `optional_bodies` names the operations that may be sent without a body.
    """

    title: str
    text: str
    tags: Mapping[str, str]
    security: Mapping[str, Schema]
    """The security schemes; a request has all of those of one entry of `secured`."""
    secured: Sequence[Sequence[str]]
    failure: Any
    failure_example: Mapping[str, Any]
    failures: Mapping[str, str]
    failure_type: str = JSON
    examples: Path | None = None
    components: Mapping[str, Schema] = field(default_factory=dict)
    write_parameters: Sequence[Mapping[str, Any]] = (IDEMPOTENCY_KEY,)
    aged_parameters: Sequence[Mapping[str, Any]] = ()
    aged_headers: Mapping[str, Schema] = field(default_factory=dict)
    query: Mapping[str, Schema] = field(default_factory=dict)
    path_examples: Mapping[str, str] = field(default_factory=dict)
    optional_bodies: frozenset[str] = frozenset()
    unsecured: frozenset[str] = frozenset()
    """Operations that need no credentials."""


def document(description: Description, operations: Sequence[Operation]) -> dict[str, Any]:
    """The whole description of the API that has these operations."""
    schemas = _Schemas(description, operations)
    recorded = description.examples
    examples = decode(recorded.read_bytes()) if recorded is not None and recorded.exists() else {}
    paths: dict[str, Any] = {}
    for operation in operations:
        described = _operation(description, operation, schemas, examples.get(operation.name, {}))
        paths.setdefault(operation.path, {})[operation.method.lower()] = described
    tags = dict.fromkeys(operation.tag for operation in operations)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": description.title,
            "version": __version__,
            "description": description.text,
            "contact": {"name": "The maintainers of Stampbook"},
            "license": {"name": "Apache License 2.0", "identifier": "Apache-2.0"},
        },
        "servers": SERVERS,
        "tags": [{"name": tag, "description": description.tags.get(tag, tag)} for tag in tags],
        "security": [{name: [] for name in together} for together in description.secured],
        "paths": paths,
        "components": {
            "securitySchemes": description.security,
            "schemas": schemas.components,
        },
    }


class _Schemas:
    """The schemas of bodies and answers: `of` refers to those that `components` has by name."""

    def __init__(self, description: Description, operations: Sequence[Operation]) -> None:
        shapes = [each for operation in operations for each in (operation.body, operation.answer)]
        types = [
            each
            for each in (*shapes, description.failure)
            if each is not None and not isinstance(each, dict)
        ]
        references, found = schema_components(types, ref_template=REFERENCE)
        short = {name: _short(name) for name in found}
        assert len(set(short.values())) == len(short), "two schemas have one name"
        self._references = list(zip(types, _renamed(references, short), strict=True))
        self.components = {
            **description.components,
            **{short[name]: _tidy(_titled(each, short, name)) for name, each in found.items()},
        }

    def of(self, shape: Any) -> Schema:
        """The schema of a type, or of what is a schema; of None that of any object."""
        if shape is None:
            return {"type": "object", "additionalProperties": True}
        if isinstance(shape, dict):
            named = self._with_names(_tidy(shape))
            return named if isinstance(named, dict) else {}
        return next(found for each, found in self._references if each is shape or each == shape)

    def _with_names(self, schema: Any) -> Any:
        """The schema with references to its parts that have a title, which become components."""
        if isinstance(schema, list):
            return [self._with_names(each) for each in schema]
        if not isinstance(schema, dict):
            return schema
        named = {name: self._with_names(each) for name, each in schema.items()}
        title = named.get("title")
        if not isinstance(title, str):
            return named
        assert self.components.setdefault(title, named) == named, f"two schemas are called {title}"
        return {"$ref": REFERENCE.format(name=title)}


def _short(name: str) -> str:
    """A name for a generator: of types that share a name msgspec gives the module, too, of which
    only what it is about is kept: `…voucherify.v2.rewards.wire.Sku` becomes `RewardsSku`."""
    *module, own = name.split(".")
    about = [each for each in module[3:] if each not in GENERAL]
    return "".join(word.capitalize() for each in about for word in each.split("_")) + own


def _titled(schema: Any, short: Mapping[str, str], name: str) -> Any:
    """A component under its short name, which generators take from the title."""
    found = _renamed(schema, short)
    return {**found, "title": short[name]} if short[name] != name else found


def _renamed(schema: Any, short: Mapping[str, str]) -> Any:
    """The schema with short names in its references."""
    if isinstance(schema, list | tuple):
        return [_renamed(each, short) for each in schema]
    if isinstance(schema, dict):
        return {name: _renamed(each, short) for name, each in schema.items()}
    if isinstance(schema, str) and schema.startswith(REFERENCE.format(name="")):
        name = schema.removeprefix(REFERENCE.format(name=""))
        return REFERENCE.format(name=short.get(name, name))
    return schema


def _tidy(schema: Any) -> Any:
    """A schema without defaults, with nothing beside a reference, and with what generators need to
    know of enumerations and of objects that may have any fields."""
    if isinstance(schema, list | tuple):
        return [_tidy(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    if isinstance(schema.get("$ref"), str):
        tidy = {"$ref": schema["$ref"]}
    else:
        tidy = {name: _tidy(each) for name, each in schema.items() if name != "default"}
    if "enum" in tidy and "type" not in tidy:
        kinds = dict.fromkeys(ENUMERATED[type(value)] for value in tidy["enum"])
        tidy["type"] = list(kinds) if len(kinds) > 1 else next(iter(kinds))
    if tidy.get("type") == "object" and "properties" not in tidy:
        tidy.setdefault("additionalProperties", True)
    if isinstance(tidy.get("description"), str):
        tidy["description"] = cleandoc(tidy["description"])
    if schema.get("default") is not None:
        without = f"Without it: `{dumps(schema['default'])}`."
        tidy["description"] = (
            f"{tidy['description']}. {without}" if "description" in tidy else without
        )
    return tidy


def _operation(
    description: Description, operation: Operation, schemas: _Schemas, example: dict[str, Any]
) -> dict[str, Any]:
    problem = {"schema": schemas.of(description.failure), "example": description.failure_example}
    described: dict[str, Any] = {
        "operationId": operation.name,
        "tags": [operation.tag],
        "summary": operation.summary,
        "description": _text_of(operation),
        "parameters": _parameters(description, operation),
        "responses": {
            str(operation.status): _success(description, operation, schemas, example),
            **{
                status: {"description": text, "content": {description.failure_type: problem}}
                for status, text in description.failures.items()
            },
        },
    }
    if operation.name in description.unsecured:
        described["security"] = []
    if operation.streams:
        shown = {"schema": FILE, "example": {"file": example.get("request")}}
        content = {BYTES: _content(BINARY, example, "request"), FORM: shown}
        described["requestBody"] = {"required": True, "content": content}
    # An operation without shapes is not described yet: anything may be sent to it.
    is_bare = operation.body is None and operation.answer is None
    if operation.body is not None or (is_bare and operation.method in ("POST", "PUT", "PATCH")):
        described["requestBody"] = {
            "required": not is_bare and operation.name not in description.optional_bodies,
            "content": {JSON: _content(schemas.of(operation.body), example, "request")},
        }
    return described


def _success(
    description: Description, operation: Operation, schemas: _Schemas, example: dict[str, Any]
) -> dict[str, Any]:
    success: dict[str, Any] = {"description": "Done."}
    if operation.status != 204:
        content = _content(schemas.of(operation.answer), example, "answer")
        success["content"] = {operation.media_type or JSON: content}
    if operation.sheet is not None:
        lines = operation.sheet(convert(example["answer"], operation.answer))
        success["content"][CSV] = {"schema": {"type": "string"}, "example": table(lines)}
    if operation.location is not None:
        success["headers"] = {
            "Location": {
                "description": "The address of what was created.",
                "schema": {"type": "string"},
            }
        }
    if operation.aged and description.aged_headers:
        success["headers"] = dict(description.aged_headers)
    return success


def _content(schema: Schema, example: dict[str, Any], part: str) -> dict[str, Any]:
    shown = example.get(part)
    return {"schema": schema} if shown is None else {"schema": schema, "example": shown}


def _text_of(operation: Operation) -> str:
    """The first paragraph of the handler's docstring, and the scope that the operation needs."""
    handler = operation.handler
    whole = cleandoc(handler.__doc__ or "") if isfunction(handler) else ""
    text = " ".join(whole.partition("\n\n")[0].split())
    scope = operation.scope
    return f"{text} Needs the scope {scope}.".strip() if scope else text


def _parameters(description: Description, operation: Operation) -> list[Mapping[str, Any]]:
    named = []
    for owner, segment in pairwise(operation.path.split("/")):
        if not segment.startswith("{"):
            continue
        name = segment[1:-1]
        example = description.path_examples.get(owner if name == "id" else name)
        parameter = {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        named.append(parameter if example is None else {**parameter, "example": example})
    asked = [
        {
            "name": name,
            "in": "query",
            "required": name in operation.required,
            "description": sentence,
            "schema": description.query.get(name, {"type": "string"}),
        }
        for name, sentence in operation.query.items()
    ]
    common = description.write_parameters if operation.writes else []
    return [*named, *asked, *common, *(description.aged_parameters if operation.aged else [])]
