"""The play of the native API (tests/http/native/play.py), as calls of a client's methods."""

from __future__ import annotations

import keyword
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

from clients.generator.names import PARTS
from tests.http.examples import Step
from tests.http.native.play import PLAY


class Called(NamedTuple):
    """A step as a call: `params` by the names of the wire."""

    step: Step
    resource: str
    method: str
    ids: tuple[str, ...]
    params: dict[str, Any]
    file: bytes | None


def names() -> dict[str, tuple[str, str]]:
    """Resource and method of each operation."""
    return {
        operation: (resource, method)
        for resources in PARTS.values()
        for resource, methods in resources.items()
        for method, _, operation in (each.partition("=") for each in methods.split())
    }


def calls(answers: Mapping[str, Any]) -> Iterator[Called]:
    """All steps. `answers` has what each operation answered last, by then."""
    by_operation = names()
    for step in PLAY:
        is_file = isinstance(step.body, str)
        yield Called(
            step,
            *by_operation[step.operation],
            tuple(_id(answers, each) for each in step.ids),
            {**dict(parse_qsl(step.query)), **({} if is_file else step.body or {})},
            step.body.encode() if is_file else None,
        )


def _id(answers: Mapping[str, Any], each: str) -> str:
    """See Step."""
    if not each.startswith("@"):
        return each
    name, _, part = each[1:].partition(".")
    answer = answers[name]
    return str(answer.codes[0].code if part else answer.id)


def for_python(params: Mapping[str, Any]) -> dict[str, Any]:
    """The same under names that Python accepts."""
    return {f"{name}_" if keyword.iskeyword(name) else name: each for name, each in params.items()}
