"""Arguments as the API takes them, and answers as values."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from typing import Any, Final, TypeVar, cast
from urllib.parse import quote

import msgspec

T = TypeVar("T")

OPTIONS: Final = ("idempotency_key", "actor", "dry_run", "expected_seq")


def part(name: str) -> str:
    """A part of a path. Raises ValueError for an empty one, which would lead elsewhere."""
    if not name or name in (".", ".."):
        raise ValueError(f"an id must be a text, not {name!r}")
    return quote(name, safe="")


def named(params: Mapping[str, object]) -> dict[str, Any]:
    """Arguments by the names of the wire, as JSON has them."""
    return {
        name.removesuffix("_"): plain(value, name)
        for name, value in params.items()
        if name not in OPTIONS
    }


def plain(value: Any, name: str = "", *, is_free: bool = False) -> Any:
    """A value as JSON has it. `is_free`: within metadata, where a float is what it is.

    Raises TypeError for a float elsewhere, since no float is exactly 0.10; ValueError for a number
    that is not finite, and for a naive datetime.
    """
    match value:
        case Decimal():
            if not value.is_finite():
                raise ValueError(f"{name} must be a finite number")
            return format(value, "f")
        case float() if not is_free:
            raise TypeError(
                f'{name} must be a Decimal, an int or a text such as "12.50", not a float'
            )
        case datetime():
            if value.tzinfo is None:
                raise ValueError(f"{name} must have a time zone")
            return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
        case Mapping():
            return {
                key: plain(each, str(key), is_free=is_free or name == "metadata")
                for key, each in value.items()
            }
        case list() | tuple():
            return [plain(each, name, is_free=is_free) for each in value]
        case msgspec.Struct():
            return plain(msgspec.structs.asdict(value), name, is_free=is_free)
        case _:
            return value


def asked(name: str, value: Any) -> str:
    """A query parameter."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(plain(value, name))


encode: Final = msgspec.json.encode


@cache
def _decoder(kind: Any) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(kind)


def decode(content: bytes, kind: type[T]) -> T:
    """A JSON text as a value of the type. Raises msgspec.DecodeError, also if it is none."""
    value: T = _decoder(cast(Hashable, kind)).decode(content)
    return value
