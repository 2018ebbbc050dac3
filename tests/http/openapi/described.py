"""The OpenAPI descriptions of all APIs, as clients read them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from typing import Any

from stampbook.dialects.describing import document
from stampbook.dialects.site.descriptions import DESCRIPTIONS
from stampbook.dialects.table import APIS

OPERATIONS = {api.name: api.operations for api in APIS}
NAMES = tuple(OPERATIONS)


@cache
def description_of(name: str) -> Any:
    """After a pass through JSON."""
    return json.loads(json.dumps(document(DESCRIPTIONS[name], OPERATIONS[name])))


def operations_in(description: Any) -> Iterator[Any]:
    """All operations of all paths."""
    for methods in description["paths"].values():
        yield from methods.values()


def schemas_in(value: Any, path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every object of the description, with the way to it; examples are no schemas."""
    if isinstance(value, dict):
        yield path, value
        for name, each in value.items():
            if name not in ("example", "examples"):
                yield from schemas_in(each, f"{path}/{name}")
    elif isinstance(value, list):
        for index, each in enumerate(value):
            yield from schemas_in(each, f"{path}/{index}")
