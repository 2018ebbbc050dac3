"""Fingerprints of requests: 16 bytes, stored with an idempotency key and external ids.

They are taken of a canonical text: JSON with sorted names, without fields that have their default.
So adding a field with a default changes no fingerprint. Renaming a field or changing a default
would turn every stored fingerprint into that of another request: don't.
"""

import json
from collections.abc import Callable, Iterable
from hashlib import blake2b
from operator import attrgetter
from typing import Any, Final, NamedTuple

from msgspec import NODEFAULT, Struct
from msgspec.json import Encoder
from msgspec.structs import FieldInfo
from msgspec.structs import fields as struct_fields

VERSION: Final = b"\x02"
"""The first byte. Earlier releases (former_fingerprints) had none: any byte may be their first."""

DIGEST_BYTES: Final = 15

_PLAIN: Final = frozenset((int, str, bool, float, bytes, type(None)))
_REQUIRED: Final = object()
"""Marks a field without a default: no value equals it."""

_encode: Final = Encoder(order="sorted").encode


class _Plan(NamedTuple):
    """How the fields of a type are read; cached, since every request with a key needs it."""

    names: tuple[str, ...]
    defaults: tuple[object, ...]
    read: Callable[[Any], Iterable[Any]] | None
    """None: a named tuple gives its values by itself."""


_plans: Final[dict[type, _Plan]] = {}


def fingerprint(content: object) -> bytes:
    """16 bytes of a content of plain values (`canonical`), the version in front."""
    try:
        text = _encode(content)
    except UnicodeEncodeError:  # a lone half of a surrogate pair, which JSON can only escape
        text = json.dumps(content, sort_keys=True).encode()
    return VERSION + blake2b(text, digest_size=DIGEST_BYTES).digest()


def named(value: Any) -> dict[str, Any]:
    """The fields of a named tuple or a struct by name, without those that have their default."""
    names, defaults, read = _plans.get(type(value)) or _planned(type(value))
    found: dict[str, Any] = {}
    values = read(value) if read else value
    # As many of each, by the plan; to have that checked would take a third of the time.
    for name, default, each in zip(names, defaults, values):  # noqa: B905
        if each is not default and each != default:
            found[name] = each if type(each) in _PLAIN else canonical(each)
    return found


def given(**values: Any) -> dict[str, Any]:
    """The same for values that get their names here; their default is None."""
    return {name: canonical(each) for name, each in values.items() if each is not None}


def canonical(value: Any) -> Any:
    """The value with names in place of positions, all the way down."""
    kind = type(value)
    if kind in _plans:
        return named(value)
    if kind in _PLAIN:
        return value
    if kind is tuple or kind is list:
        return [canonical(each) for each in value]
    if isinstance(value, Struct) or hasattr(kind, "_fields"):
        return named(value)
    return value


def _planned(kind: type) -> _Plan:
    if issubclass(kind, Struct):
        found = {each.name: _default(each) for each in struct_fields(kind)}
        _plans[kind] = _Plan(tuple(found), tuple(found.values()), _reader(tuple(found)))
    else:
        names: tuple[str, ...] = kind._fields  # type: ignore[attr-defined]
        defaults: dict[str, object] = kind._field_defaults  # type: ignore[attr-defined]
        _plans[kind] = _Plan(names, tuple(defaults.get(each, _REQUIRED) for each in names), None)
    return _plans[kind]


def _default(field: FieldInfo) -> object:
    if field.default_factory is not NODEFAULT:
        return field.default_factory()
    return _REQUIRED if field.default is NODEFAULT else field.default


def _reader(names: tuple[str, ...]) -> Callable[[Any], Iterable[Any]]:
    if len(names) > 1:
        return attrgetter(*names)
    return lambda value: [getattr(value, name) for name in names]
