"""What holds of compiled modules: a class does not keep its annotations, so that msgspec could not
read what is of it, and an enumeration is described by other words than its own; a coroutine that
waits in a handler leaves its exception to all that runs meanwhile.
"""

from __future__ import annotations

import ast
import pkgutil
import tomllib
from collections.abc import Iterator
from enum import Enum
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
        if hasattr(kind, "_fields") or issubclass(kind, msgspec.Struct | Enum):
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


def waits_in_handlers(source: str) -> list[int]:
    """The lines in which a coroutine waits while it handles an exception."""
    return sorted(
        each.lineno
        for block in ast.walk(ast.parse(source))
        if isinstance(block, ast.Try | ast.TryStar)
        for handling in (*block.handlers, *block.finalbody)
        for each in ast.walk(handling)
        if isinstance(each, ast.Await | ast.AsyncFor | ast.AsyncWith)
    )


def test_what_is_compiled_does_not_wait_in_a_handler() -> None:
    sources = {
        each.relative_to(ROOT): each.read_text("utf-8")
        for each in ROOT.rglob("*.py")
        if is_compiled(f"stampbook.{'.'.join(each.relative_to(ROOT).with_suffix('').parts)}")
    }
    assert sum("async def" in each for each in sources.values()) > 5
    waiting = {path: lines for path, each in sources.items() if (lines := waits_in_handlers(each))}
    assert not waiting


def test_waits_in_handlers_are_found() -> None:
    source = """async def wait(it):
    try:
        await it
    except ValueError:
        await it
    finally:
        async with it:
            pass
    """
    assert waits_in_handlers(source) == [5, 7]
