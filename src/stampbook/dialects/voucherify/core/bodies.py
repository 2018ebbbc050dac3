"""Request bodies: bytes into frozen structs, and what is wrong with them in the dialect's words."""

import re
from collections.abc import Mapping
from typing import Annotated, Any, Final, TypeVar

import msgspec
from msgspec import Meta
from msgspec.structs import force_setattr

from stampbook.dialects.voucherify.core.faults import invalid_payload
from stampbook.dialects.voucherify.core.whole_numbers import decode_again
from stampbook.edge.bodies import (
    MAX_ENTRY,
    MAX_ITEMS,
    MAX_METADATA,
    MAX_NUMBER,
    WORTH_A_LOOK,
    Excess,
    excess_of,
    is_crowded,
    too_large_in,
)

T = TypeVar("T")

MISSING: Final = re.compile(r"Object missing required field `(\w+)`(?: - at `\$\.?(.*)`)?")
UNKNOWN: Final = re.compile(r"Object contains unknown field `(.*)`(?: - at `\$\.?(.*)`)?", re.S)
NUL: Final = b"\\u0000"
NO_BODY: Final = (b"", b"{}")

Entries = Annotated[list[msgspec.Raw], Meta(max_length=MAX_ITEMS)]
Metadata = dict[str, Any]
Id = Annotated[str, Meta(max_length=300)]
Date = Annotated[str, Meta(max_length=100)]
Digits = Annotated[str, Meta(max_length=MAX_NUMBER)]
Name = Annotated[str, Meta(min_length=1, max_length=200)]
Reason = Annotated[str, Meta(max_length=255)]
Points = Annotated[int, Meta(ge=-(2**53) + 1, le=2**53 - 1)]


class Closed(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """An object of the wire that takes no other properties than its own."""


class Listing(Closed, frozen=True):
    """The same, with a list that may be null, which says that it is empty."""

    def __post_init__(self) -> None:
        for name in self.__struct_fields__:
            if getattr(self, name) is None:
                force_setattr(self, name, ())


def read_body(body: bytes, shape: type[T], *, around: int = 0) -> T:
    """The body as `shape`. Raises a Fault that says where it is wrong.

    `around`: how deep it lies in a larger body.
    """
    excess = excess_of(body, around=around)
    if excess is not None:
        raise invalid_payload(f"Payload {excess.value}")
    if NUL in body:
        raise invalid_payload("Payload must not contain the character U+0000")
    found = _decoded(body, shape)
    if len(body) > WORTH_A_LOOK:
        place = too_large_in(found)
        if place is not None:
            place = place.replace("/", ".")
            raise invalid_payload(f"Payload{place} must NOT have more than {MAX_METADATA} bytes")
    return found


def _decoded(body: bytes, shape: type[T]) -> T:
    try:
        try:
            return msgspec.json.decode(body, type=shape)
        except msgspec.ValidationError as error:
            if "got `float`" not in str(error):
                raise
            return decode_again(body, shape)
    except msgspec.ValidationError as error:
        raise invalid_payload(_explained(str(error))) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):  # too deep in what is skipped
        raise invalid_payload("Payload must be a JSON document") from None


def read_entries(body: bytes) -> list[msgspec.Raw]:
    """The entries of a batch, each to be read by itself. Raises a Fault."""
    if is_crowded(body):
        raise invalid_payload(f"Payload {Excess.VALUES.value}")
    return _decoded(body, Entries)


def read_entry(entry: msgspec.Raw, shape: type[T]) -> T:
    """An entry of a batch as `shape`: it may be as large as in a request of its own."""
    body = bytes(entry)
    if len(body) > MAX_ENTRY:
        raise invalid_payload(f"Payload must NOT have more than {MAX_ENTRY} bytes")
    return read_body(body, shape, around=1)


def read_no_body(body: bytes) -> None:
    """For calls without a body: nothing, or an empty object. Raises a Fault."""
    if body.strip() not in NO_BODY:
        read_body(body, Closed)


def read_raw(body: bytes) -> Mapping[str, object]:
    """A body that was read as an object, to see which of its properties are given."""
    return _decoded(body, dict[str, object])


def encode_metadata(metadata: Metadata | None) -> str:
    """Metadata as it is stored. Raises a Fault if there is too much of it."""
    text = msgspec.json.encode(metadata or {})
    if len(text) > MAX_METADATA:
        raise invalid_payload(f"Payload.metadata must NOT have more than {MAX_METADATA} bytes")
    return text.decode()


def merged_metadata(stored: str, given: Metadata | None) -> str:
    """What PUT makes of stored metadata: given keys win, null clears all of it."""
    if given is None:
        return "{}"
    return encode_metadata({**msgspec.json.decode(stored), **given})


def _explained(message: str) -> str:
    """A decoder's message in the words that the vendor's validator uses."""
    missing, unknown = MISSING.fullmatch(message), UNKNOWN.fullmatch(message)
    if missing:
        return f"{_place(missing[2])} must have required property '{missing[1]}'"
    if unknown:
        return f"{_place(unknown[2])} must NOT have additional properties: '{unknown[1][:100]}'"
    what, _, where = message.partition(" - at ")
    return f"{_place(where.strip('`').removeprefix('$').removeprefix('.'))}: {what[:300]}"


def _place(path: str | None) -> str:
    return f"Payload.{path}" if path else "Payload"


def required(value: T | None, place: str) -> T:
    """A property that the kind of its object demands. Raises a Fault."""
    if value is None:
        raise invalid_payload(f"Payload must have required property '{place}'")
    return value


def superfluous(value: object, place: str) -> None:
    """A property that contradicts the kind of its object. Raises a Fault."""
    if value is not None:
        raise invalid_payload(f"Payload.{place} does not belong to this type")
