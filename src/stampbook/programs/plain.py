"""Values of the domain as JSON has them: by the names of their fields."""

from collections.abc import Mapping, Set
from dataclasses import fields, is_dataclass
from enum import Enum
from typing import Any

from msgspec import DecodeError, Struct
from msgspec.json import decode

_JSON = frozenset({"metadata", "origin"})
"""Columns that hold JSON text."""


def plain(value: Any) -> Any:
    """The value of named tuples, structs, sets and enumerations, at whatever depth."""
    if value is None or (
        isinstance(value, bool | int | float | str) and not isinstance(value, Enum)
    ):
        return value
    if isinstance(value, Enum):
        return value.value if isinstance(value.value, str) else value.name.lower()
    if isinstance(value, bytes):
        return value.hex()
    named = _fields(value)
    if named is not None:
        return {str(name): _field(str(name), each) for name, each in named.items()}
    if isinstance(value, Set):
        return sorted((plain(each) for each in value), key=repr)
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    return str(value)


def _fields(value: Any) -> Mapping[Any, Any] | None:
    if isinstance(value, Mapping):
        return value
    if isinstance(value, tuple) and hasattr(value, "_asdict"):
        named: dict[str, Any] = value._asdict()
        return named
    if isinstance(value, Struct):
        return {name: getattr(value, name) for name in value.__struct_fields__}
    if is_dataclass(value):
        return {each.name: getattr(value, each.name) for each in fields(value)}
    return None


def _field(name: str, value: Any) -> Any:
    if name in _JSON and isinstance(value, str):
        try:
            return decode(value)
        except DecodeError:
            return value
    return plain(value)
