"""A compiled class does not keep its annotations: msgspec could not read what is of one."""

from __future__ import annotations

import pkgutil
import tomllib
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any, get_args, get_type_hints

import msgspec

import stampbook

ROOT = Path(stampbook.__file__).parent
PROJECT = Path(__file__).parents[2] / "pyproject.toml"


def is_compiled(module: str) -> bool:
    """Whether a build with compiled modules compiles this one."""
    build = tomllib.loads(PROJECT.read_text("utf-8"))["tool"]["hatch"]["build"]
    hook = build["targets"]["wheel"]["hooks"]["mypyc"]
    path = f"/src/{module.replace('.', '/')}.py"
    return path.startswith(tuple(hook["include"])) and not path.startswith(tuple(hook["exclude"]))


def modules() -> Iterator[str]:
    for found in pkgutil.walk_packages([str(ROOT)], "stampbook."):
        if not found.name.endswith("__main__"):
            yield found.name


def values_of(module: ModuleType) -> Iterator[Any]:
    """Its values, and what is in its lists, tuples and mappings."""
    for value in vars(module).values():
        yield value
        if isinstance(value, dict):
            yield from value.values()
        elif isinstance(value, list | tuple):
            yield from value


@cache
def read_by_msgspec() -> frozenset[type]:
    """The classes of ours that a decoder makes, or that are msgspec's own."""
    found: set[type] = set()

    def walk(kind: Any) -> None:
        for each in get_args(kind):
            walk(each)
        if not isinstance(kind, type) or kind in found or not kind.__module__.startswith("stamp"):
            return
        if hasattr(kind, "_fields") or issubclass(kind, msgspec.Struct):
            found.add(kind)
            for each in get_type_hints(kind).values():
                walk(each)

    for name in modules():
        for value in values_of(import_module(name)):
            decoder = getattr(value, "__self__", value)
            if isinstance(decoder, msgspec.json.Decoder | msgspec.msgpack.Decoder):
                walk(decoder.type)
            elif isinstance(value, type) and issubclass(value, msgspec.Struct):
                walk(value)
    return frozenset(found)


def test_what_msgspec_reads_is_not_compiled() -> None:
    assert len(read_by_msgspec()) > 10
    compiled = [kind for kind in read_by_msgspec() if is_compiled(kind.__module__)]
    assert not compiled


def test_the_ledger_is_compiled() -> None:
    assert is_compiled("stampbook.domain.book")
    assert is_compiled("stampbook.ledger.engine")
    assert not is_compiled("stampbook.domain.model")
