"""Whether an answer has the structure that its operation declares."""

from __future__ import annotations

from functools import cache
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker

from stampbook.dialects.voucherify.core.shapes.schema import Schema


@cache
def _validator(name: int) -> Draft202012Validator:
    return Draft202012Validator(_schemas[name], format_checker=FormatChecker())


_schemas: dict[int, Schema] = {}


def check(body: Any, schema: Schema) -> None:
    """Raises an AssertionError that says where the body is not as the schema has it."""
    _schemas[id(schema)] = schema
    errors = list(_validator(id(schema)).iter_errors(body))
    assert not errors, [(each.json_path, each.message) for each in errors[:5]]
