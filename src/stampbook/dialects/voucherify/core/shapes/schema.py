"""What operations answer, as JSON Schemas: every field always, and no other.

`object_of` closes an object and requires all of its fields; a name that ends in `_` is optional.
"""

from typing import Any

Schema = dict[str, Any]


def object_of(**fields: Any) -> Schema:
    required = [name for name in fields if not name.endswith("_")]
    return {
        "type": "object",
        "properties": {name.removesuffix("_"): each for name, each in fields.items()},
        "required": required,
        "additionalProperties": False,
    }


def array_of(item: Schema, **limits: int) -> Schema:
    return {"type": "array", "items": item, **limits}


def one_of(*words: str | None) -> Schema:
    return {"enum": list(words)}


def or_null(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"type": "null"}]}


def id_of(prefix: str) -> Schema:
    return {"type": "string", "pattern": f"^{prefix}_[a-f0-9]{{18}}$"}


def merged(*schemas: Schema) -> Schema:
    """One object with the fields of several."""
    return {
        "type": "object",
        "properties": {k: v for each in schemas for k, v in each["properties"].items()},
        "required": list(dict.fromkeys(name for each in schemas for name in each["required"])),
        "additionalProperties": False,
    }


def titled(title: str, schema: Schema) -> Schema:
    """The schema under a name of its own in the OpenAPI description."""
    return {"title": title, **schema}


TEXT: Schema = {"type": "string"}
FLAG: Schema = {"type": "boolean"}
COUNT: Schema = {"type": "integer", "minimum": 0}
POINTS: Schema = {"title": "Amount", "description": "Points", "type": "integer"}
DATE: Schema = {"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}$", "format": "date"}
TIME: Schema = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$"}
OPEN: Schema = {"type": "object"}
CUSTOMER_ID: Schema = {"type": "string", "pattern": "^cust_[a-zA-Z0-9]+$"}
INDIVIDUAL = one_of("INDIVIDUAL")


def list_of(item: Schema, prefix: str) -> Schema:
    """A page of a list whose cursors begin so."""
    cursor = object_of(next={"type": "string", "pattern": f"^{prefix}[a-f0-9]+$"}, expires_at=TIME)
    return object_of(object=one_of("list"), data=array_of(item), cursor=or_null(cursor))


ERROR = object_of(
    code={"type": "integer"},
    key={"type": "string", "pattern": "^[a-z0-9_]+$"},
    message=TEXT,
    details=TEXT,
    request_id={"type": "string", "pattern": "^v-[a-f0-9]{18}$"},
    resource_id_=TEXT,
    resource_type_=TEXT,
    related_object_ids_=array_of(TEXT),
    related_object_type_=TEXT,
)
TOO_LARGE = object_of(statusCode=one_of(413), error=TEXT, message=TEXT)  # type: ignore[arg-type]
