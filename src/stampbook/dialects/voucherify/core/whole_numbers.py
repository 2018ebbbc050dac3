"""Whole numbers that are written with a point: `1.0` and `1e2` are integers, `1.5` is none.

JSON has one kind of number, and clients in JavaScript or PHP write `1.0` where they mean 1. The
decoder refuses that; a body that it refused is read again here. Numbers that may be fractions, and
those of metadata, stay as they were written.
"""

import math
from collections.abc import Iterable
from decimal import Decimal
from functools import cache
from typing import Any, Final, TypeVar

import msgspec
from msgspec import inspect

T = TypeVar("T")

BEYOND: Final = 10**18
"""Above every integer that a body may hold; larger numbers are not spelled out."""

_decoder = msgspec.json.Decoder(float_hook=Decimal)


def decode_again(body: bytes, shape: type[T]) -> T:
    """The body as `shape`, with whole numbers as integers. Raises as the decoder does."""
    named: Any = shape  # a list's or an object's type: it can be hashed
    return msgspec.convert(_read(_decoder.decode(body), (_described(named),)), type=shape)


@cache
def _described(shape: Any) -> inspect.Type:
    return inspect.type_info(shape)


def _read(value: Any, types: tuple[inspect.Type, ...]) -> Any:
    """The value with its numbers as a place of one of these types takes them."""
    types = tuple(_flat(types))
    match value:
        case Decimal():
            return _number(value, types)
        case list():
            items = tuple(item for each in types for item in _items(each))
            return [_read(item, items) for item in value]
        case dict():
            return {name: _read(item, _property(types, name)) for name, item in value.items()}
        case _:
            return value


def _number(value: Decimal, types: tuple[inspect.Type, ...]) -> int | float:
    kinds = {type(each) for each in types}
    whole = inspect.IntType in kinds and inspect.FloatType not in kinds
    # The comparison comes first: 1e999999999 is whole, and nothing to be spelled out.
    if whole and abs(value) < BEYOND and value == value.to_integral_value():
        return int(value)
    found = float(value)
    if not math.isfinite(found):
        raise msgspec.ValidationError("Number out of range")
    return found


def _flat(types: Iterable[inspect.Type]) -> Iterable[inspect.Type]:
    """The types without unions and descriptions around them."""
    for each in types:
        if isinstance(each, inspect.UnionType):
            yield from _flat(each.types)
        elif isinstance(each, inspect.Metadata):
            yield from _flat((each.type,))
        else:
            yield each


def _items(each: inspect.Type) -> tuple[inspect.Type, ...]:
    if isinstance(each, inspect.ListType | inspect.VarTupleType):
        return (each.item_type,)
    return ()


def _property(types: tuple[inspect.Type, ...], name: str) -> tuple[inspect.Type, ...]:
    return tuple(
        field.type
        for each in types
        if isinstance(each, inspect.StructType)
        for field in each.fields
        if field.encode_name == name
    )
