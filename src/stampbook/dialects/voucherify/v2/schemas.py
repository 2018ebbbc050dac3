"""Metadata schemas: the names of custom events, as ids of the form `ms_…`.

An alphanumeric name N is met by `ms_N`. Any other has a number, which its id spells.
"""

from typing import Annotated, Final

from msgspec import Meta

from stampbook.dialects.spelling.voucherify import Prefix, parse, spell
from stampbook.dialects.voucherify.core.calls import Call
from stampbook.dialects.voucherify.core.shapes.schema import (
    COUNT,
    TEXT,
    array_of,
    object_of,
    one_of,
    titled,
)
from stampbook.storage.store import Transacting

MAX_NAME: Final = 300
EventName = Annotated[str, Meta(min_length=1, max_length=MAX_NAME)]

SCHEMA = titled(
    "MetadataSchema",
    object_of(
        id={"type": "string", "pattern": "^ms_[a-zA-Z0-9]+$"},
        related_object=TEXT,
        object=one_of("metadata_schema"),
    ),
)
SCHEMAS = object_of(
    object=one_of("list"), data_ref=one_of("schemas"), schemas=array_of(SCHEMA), total=COUNT
)


def is_plain(name: str) -> bool:
    """Whether `ms_` and the name are an id."""
    return name.isascii() and name.isalnum()


async def event_name(db: Transacting, call: Call, schema: str) -> str:
    """The name of the custom event that a schema's id means."""
    number = parse(Prefix.METADATA_SCHEMA, schema)
    if number is not None:
        row = await db.fetch_one(
            "SELECT name FROM voucherify_event_names WHERE name_id = $1 AND tenant_id = $2",
            number,
            call.tenant,
        )
        if row is not None and not is_plain(row["name"]):
            return str(row["name"])
    return schema.removeprefix(Prefix.METADATA_SCHEMA)


async def is_known(db: Transacting, call: Call, name: str) -> bool:
    """Whether the name has an id."""
    row = await db.fetch_one(
        "SELECT 1 AS found FROM voucherify_event_names WHERE tenant_id = $1 AND name = $2",
        call.tenant,
        name,
    )
    return row is not None


async def schema_id(writing: Transacting, call: Call, name: str) -> str:
    """The id of a name, which is remembered. Writes."""
    row = await writing.fetch_one(
        """
        INSERT INTO voucherify_event_names (tenant_id, name, created_at) VALUES ($1, $2, $3)
        ON CONFLICT (tenant_id, name) DO UPDATE SET name = excluded.name RETURNING name_id
        """,
        call.tenant,
        name,
        call.now,
    )
    assert row is not None
    return _id(row["name_id"], name)


def _id(number: int, name: str) -> str:
    return (
        f"{Prefix.METADATA_SCHEMA}{name}"
        if is_plain(name)
        else spell(Prefix.METADATA_SCHEMA, number)
    )


async def list_names(call: Call, *, limit: int, skip: int) -> list[tuple[str, str]]:
    """The ids and names of the tenant's custom events, the oldest first."""
    rows = await call.store.fetch(
        "SELECT name_id, name FROM voucherify_event_names WHERE tenant_id = $1"
        " ORDER BY name_id LIMIT $2 OFFSET $3",
        call.tenant,
        limit,
        skip,
    )
    return [(_id(row["name_id"], row["name"]), row["name"]) for row in rows]


async def count_names(call: Call) -> int:
    """How many names there are."""
    row = await call.store.fetch_one(
        "SELECT count(*) AS names FROM voucherify_event_names WHERE tenant_id = $1", call.tenant
    )
    assert row is not None
    found: int = row["names"]
    return found
