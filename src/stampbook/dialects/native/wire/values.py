"""Values that many bodies and answers have: amounts, instants, texts, metadata."""

from typing import Annotated, Any

from msgspec import UNSET, Meta, Raw, Struct
from msgspec.json import encode

from stampbook.dialects import amounts, instants
from stampbook.dialects.native.problems import invalid_field
from stampbook.edge.bodies import MAX_METADATA, MAX_NUMBER, MAX_TEXT

MAX_NAME = 255
MAX_INSTANT = 64
MAX_SMALL_METADATA = 4 * 1024
"""Bytes of metadata that rules may read, or that are kept with what they give."""

Text = Annotated[str, Meta(min_length=1, max_length=MAX_NAME)]
Id = Annotated[str, Meta(max_length=MAX_TEXT)]
Digits = Annotated[str, Meta(max_length=MAX_NUMBER)]
Amount = Annotated[Digits | int, amounts.SCHEMA]
When = Annotated[str, Meta(max_length=MAX_INSTANT)]
"""An instant, or a word that says when."""

Instant = Annotated[
    str,
    Meta(
        max_length=MAX_INSTANT,
        description="An RFC 3339 instant; answers are in UTC with Z",
        examples=["2026-11-21T09:30:00Z"],
        extra_json_schema={"format": "date-time"},
    ),
]
Metadata = Annotated[dict[str, Any], Meta(description="Any JSON object, kept as it is")]
StoredMetadata = Annotated[Raw, Meta(extra_json_schema={"type": "object"})]


def metadata_text(metadata: dict[str, Any], pointer: str = "/metadata") -> str:
    """Metadata as it is stored. Raises Failure (422) for more than MAX_METADATA bytes."""
    text = encode(metadata)
    if len(text) > MAX_METADATA:
        raise invalid_field(pointer, f"must have at most {MAX_METADATA} bytes")
    return text.decode()


def small_metadata(metadata: dict[str, Any], pointer: str = "/metadata") -> str:
    """Metadata that rules may read, or that are kept with what they give, as they are stored.
    Raises Failure (422) for more than MAX_SMALL_METADATA bytes."""
    text = metadata_text(metadata, pointer)
    if len(text.encode()) > MAX_SMALL_METADATA:
        raise invalid_field(pointer, f"must have at most {MAX_SMALL_METADATA} bytes")
    return text


def read_instant(text: str | None, pointer: str) -> int | None:
    """An optional instant of the body. Raises Failure (422)."""
    if text is None:
        return None
    try:
        return instants.read(text)
    except instants.BadInstant as error:
        raise invalid_field(pointer, str(error)) from None


def read_end(text: str | None, pointer: str) -> int | None:
    """As `read_instant`, for when something ends; None also for 9999-12-31, which means "never"."""
    return None if text and instants.is_never(text) else read_instant(text, pointer)


def read_amount(value: str | int, scale: int, pointer: str) -> int:
    """An amount of the body in smallest units, of whatever sign. Raises Failure (422)."""
    try:
        return amounts.read(value, scale)
    except amounts.BadAmount as error:
        raise invalid_field(pointer, str(error)) from None


def given(change: Struct) -> dict[str, Any]:
    """The fields of a change that the request has."""
    fields = ((name, getattr(change, name)) for name in change.__struct_fields__)
    return {name: value for name, value in fields if value is not UNSET}


def write_optional(instant: int | None) -> str | None:
    """An instant that may not be there."""
    return None if instant is None else instants.write(instant)
