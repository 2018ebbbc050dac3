"""The description of the native API as values that a printer can walk through."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

from clients.generator.names import PARTS, singular

OPTIONS: Final = frozenset({"Idempotency-Key", "Stampbook-Actor", "Stampbook-Expected-Seq"})
PAGING: Final = "cursor"
PLAIN: Final = ("An RFC 3339 instant", "Any JSON object", "A plain decimal number")
"""How descriptions begin that a type says already."""


@dataclass(frozen=True, slots=True)
class Named:
    """An object, or an enumeration, of the description."""

    schema: str


@dataclass(frozen=True, slots=True)
class Scalar:
    """`text`, `instant`, `when` (an instant or a word), `amount`, `number` (a decimal), `whole`,
    `flag`, `null`, `anything` or `bytes`."""

    kind: str


@dataclass(frozen=True, slots=True)
class Words:
    """An enumeration without a name."""

    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Many:
    item: Type


@dataclass(frozen=True, slots=True)
class Mapped:
    """An object with any names."""

    value: Type


@dataclass(frozen=True, slots=True)
class Either:
    """One of several. `by` is the field that says which of them an object is."""

    options: tuple[Type, ...]
    by: str = ""


Type = Named | Scalar | Words | Many | Mapped | Either

NULL: Final = Scalar("null")
ANYTHING: Final = Scalar("anything")


@dataclass(frozen=True, slots=True)
class Field:
    name: str
    type: Type
    required: bool
    text: str = ""


@dataclass(frozen=True, slots=True)
class Object:
    """An object, or with `words` an enumeration. `tag` is the value of the field `type` where that
    tells it from others of a union."""

    schema: str
    text: str
    fields: tuple[Field, ...] = ()
    words: tuple[str, ...] = ()
    tag: str = ""


@dataclass(frozen=True, slots=True)
class Operation:
    """An operation under its names in the clients.

    `path` has the names of `ids` in braces. `body` is the schema of its body. `answer` is what a
    success has; `item` that of one page of a list. `content` says that the answer is no JSON,
    `file` that the body is one.
    """

    name: str
    part: str
    resource: str
    method: str
    verb: str
    path: str
    ids: tuple[str, ...]
    query: tuple[Field, ...]
    body: str
    answer: Type
    item: Type | None
    text: str
    writes: bool
    accepted: bool
    content: bool
    file: bool


@dataclass(frozen=True, slots=True)
class Api:
    objects: dict[str, Object]
    operations: tuple[Operation, ...]
    codes: tuple[str, ...]
    tags: dict[str, str]


def read(description: Any) -> Api:
    """All that the clients need. Raises ValueError for an operation without a name in them, and
    for a name without an operation."""
    schemas = description["components"]["schemas"]
    tags = dict(_tags(schemas))
    objects = {
        name: _object(name, schema, tags.get(name, ""))
        for name, schema in schemas.items()
        if not name.startswith("Page_") and name not in ("Amount", "ProblemCode")
    }
    described = {
        each["operationId"]: (verb, path, each)
        for path, methods in description["paths"].items()
        for verb, each in methods.items()
    }
    named = dict(_names())
    if named.keys() != described.keys():
        odd = sorted(named.keys() ^ described.keys())
        raise ValueError(f"names.py and the description disagree about {', '.join(odd)}")
    operations = tuple(
        _operation(name, place, *described[name], schemas) for name, place in named.items()
    )
    codes = tuple(schemas["ProblemCode"]["x-extensible-enum"])
    about = {each["name"]: each["description"] for each in description["tags"]}
    return Api(objects, operations, codes, about)


def _names() -> Iterator[tuple[str, tuple[str, str, str]]]:
    """Operations with their part, resource and method."""
    for part, resources in PARTS.items():
        for resource, methods in resources.items():
            for each in methods.split():
                method, _, operation = each.partition("=")
                yield operation, (part, resource, method)


def _tags(schemas: Any) -> Iterator[tuple[str, str]]:
    """Objects that a field tells from others, with its value."""
    for schema in _within(schemas):
        for value, reference in schema.get("discriminator", {}).get("mapping", {}).items():
            yield _named(reference), value


def _within(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
        for each in value.values():
            yield from _within(each)
    elif isinstance(value, list):
        for each in value:
            yield from _within(each)


def _named(reference: str) -> str:
    return reference.rsplit("/", 1)[1]


def _object(name: str, schema: Any, tag: str) -> Object:
    required = schema.get("required", ())
    fields = tuple(
        Field(each, type_of(shape, each), each in required, _text(shape))
        for each, shape in schema.get("properties", {}).items()
        if not (tag and each == "type")
    )
    words = tuple(schema.get("enum", ()))
    return Object(name, schema.get("description", ""), fields, words, tag)


def _text(shape: Any) -> str:
    """What is said of a field beside its type."""
    said = shape.get("description", "") or "".join(
        each.get("description", "") for each in shape.get("anyOf", ())[:1]
    )
    if said.startswith(PLAIN):
        _, _, said = said.partition(". ")
    return said


def type_of(schema: Any, name: str = "") -> Type:
    """The type of a schema that a field of this name has."""
    if "$ref" in schema:
        found = _named(schema["$ref"])
        plain = {"Amount": Scalar("amount"), "ProblemCode": Scalar("text")}
        return plain.get(found) or Named(found)
    if "anyOf" in schema:
        if schema.get("format") == "decimal":
            return Scalar("number")
        options = tuple(dict.fromkeys(type_of(each, name) for each in schema["anyOf"]))
        return Either(options, schema.get("discriminator", {}).get("propertyName", ""))
    if "enum" in schema:
        return Words(tuple(schema["enum"]))
    match schema.get("type"):
        case "array":
            return Many(type_of(schema.get("items", {}), name))
        case "object":
            more = schema.get("additionalProperties")
            return Mapped(type_of(more) if isinstance(more, dict) else ANYTHING)
        case "string":
            return Scalar(_kind_of_text(schema.get("format"), name))
        case "integer":
            return Scalar("whole")
        case "boolean":
            return Scalar("flag")
        case "null":
            return NULL
        case None:
            return ANYTHING
    raise ValueError(f"{name} has a type that no client knows: {schema}")


def _kind_of_text(form: str | None, name: str) -> str:
    kinds = {"date-time": "instant", "decimal": "number", "binary": "bytes"}
    if form is not None:
        return kinds[form]
    return "when" if name in ("activates_at", "expires_at") else "text"


def _operation(
    name: str, place: tuple[str, str, str], verb: str, path: str, described: Any, schemas: Any
) -> Operation:
    parameters = described["parameters"]
    contents = described.get("requestBody", {}).get("content", {})
    body = contents.get("application/json", {}).get("schema", {}).get("$ref", "")
    status = next(each for each in described["responses"] if each.startswith("2"))
    answers = described["responses"][status]["content"]
    is_json = "application/json" in answers
    answer = answers["application/json"]["schema"] if is_json else {"type": "string"}
    is_list, item = _paged(answer, schemas, name)
    query = tuple(
        Field(each["name"], type_of(each["schema"]), each["required"], each["description"])
        for each in map(_asked, parameters)
        if each["in"] == "query" and each["name"] not in ((PAGING if is_list else ""), "dry_run")
    )
    spelled, ids = _path(path)
    return Operation(
        name=name, part=place[0], resource=place[1], method=place[2],
        verb=verb.upper(), path=spelled, ids=ids, query=query,
        body=_named(body) if body else "",
        answer=type_of(answer), item=item if is_list and verb == "get" else None,
        text=_sentence(described),
        writes=any(each["name"] in OPTIONS for each in parameters),
        accepted=status == "202", content=not is_json,
        file="application/octet-stream" in contents,
    )  # fmt: skip


def _asked(parameter: Any) -> Any:
    return {"required": False, "description": "", **parameter}


def _sentence(described: Any) -> str:
    """What the operation does, and which scope it takes."""
    return f"{described['summary']}.\n\n{described['description']}".strip()


def _paged(answer: Any, schemas: Any, operation: str) -> tuple[bool, Type | None]:
    """Whether an answer is a page of a list that ends, and what is in it."""
    fields = schemas.get(_named(answer.get("$ref", "/")), {}).get("properties", {})
    if fields.keys() != {"data", "next_cursor"}:
        return False, None
    return True, type_of(fields["data"]["items"], operation)


def _path(path: str) -> tuple[str, tuple[str, ...]]:
    """The path with names that say what an id is of: `/v1/members/{member_id}`."""
    names = []
    for owner, segment in pairwise(path.split("/")):
        if segment.startswith("{"):
            own = segment[1:-1]
            names.append({"id": f"{singular(owner)}_id", "reward": "reward_id"}.get(own, own))
    found = iter(names)
    return re.sub(r"{\w+}", lambda _: f"{{{next(found)}}}", path), tuple(names)
