"""The route tree: what a path names, and what must not start."""

from __future__ import annotations

import re
from typing import Any

import pytest

from stampbook.dialects.table import DIALECTS
from stampbook.edge import serving
from stampbook.edge.operations import Operation
from stampbook.edge.requests import Request
from stampbook.edge.serving import Ambiguous, Edge, Routes
from tests.edge.serving import of_strangers


async def _nothing(call: Any) -> None:
    return None


class Talk:
    """A dialect that has nothing but routes."""

    name = "talk"
    forgives_slashes = False

    def __init__(self, *rows: tuple[str, str]) -> None:
        self.operations = [
            Operation(name=f"{method} {path}", method=method, paths=(path,), handler=_nothing)
            for method, path in rows
        ]


def routes(*rows: tuple[str, str]) -> Routes:
    return Routes([Talk(*rows)])  # type: ignore[list-item]


def named(found: Routes, path: bytes, method: str = "GET") -> tuple[str, tuple[str, ...]] | None:
    at = found.find(path)
    if at is None or method not in at.by_method:
        return None
    return at.by_method[method].operation.name, tuple(at.values)


THINGS = routes(
    ("GET", "/things"),
    ("POST", "/things"),
    ("GET", "/things/{id}"),
    ("GET", "/things/new"),
    ("GET", "/things/{id}/parts/{part}"),
    ("GET", "/things/new/parts/all"),
    ("GET", "/{kind}/{id}/odd"),
)


@pytest.mark.parametrize(
    ("path", "name", "values"),
    [
        (b"/things", "GET /things", ()),
        (b"/things/", "GET /things", ()),
        (b"/things/7", "GET /things/{id}", ("7",)),
        (b"/things/new", "GET /things/new", ()),
        (b"/things/new/parts/1", "GET /things/{id}/parts/{part}", ("new", "1")),
        (b"/things/new/parts/all", "GET /things/new/parts/all", ()),
        (b"/things/new/odd", "GET /{kind}/{id}/odd", ("things", "new")),
        (b"/things/a%2Fb", "GET /things/{id}", ("a/b",)),
        (b"/things/%E2%9C%93/parts/%2f", "GET /things/{id}/parts/{part}", ("✓", "/")),
    ],
)
def test_a_path_names_an_operation_and_its_values(
    path: bytes, name: str, values: tuple[str, ...]
) -> None:
    """A word wins over a name, and where the word leads nowhere, the name is tried."""
    assert named(THINGS, path) == (name, values)


@pytest.mark.parametrize(
    "path", [b"/", b"/thing", b"/things//parts/1", b"//things", b"/things/a/parts", b"/things/%00"]
)
def test_what_is_no_path(path: bytes) -> None:
    assert THINGS.find(path) is None


def test_a_path_knows_all_of_its_methods() -> None:
    found = THINGS.find(b"/things")
    assert found is not None
    assert found.methods == "GET, HEAD, OPTIONS, POST"


@pytest.mark.parametrize("other", ["/things/{id}", "/things/{name}"])
def test_two_operations_for_one_path_do_not_start(other: str) -> None:
    with pytest.raises(Ambiguous, match=r"GET /things/.*: .* and "):
        routes(("GET", "/things/{id}"), ("GET", other))


def test_the_dialects_share_no_path() -> None:
    """`Routes` raises if they do; and every operation is found at each of its addresses."""
    tree = Routes(DIALECTS)
    for dialect in DIALECTS:
        for operation in dialect.operations:
            for path in operation.paths:
                found = tree.find(path.replace("{", "x").replace("}", "x").encode())
                assert found is not None
                assert found.by_method[operation.method].operation is operation, path


def test_names_of_operations_are_unique() -> None:
    for dialect in DIALECTS:
        names = [operation.name for operation in dialect.operations]
        assert len(names) == len(set(names)), dialect.name


async def test_every_path_of_every_dialect_names_its_methods() -> None:
    edge = Edge(of_strangers(), DIALECTS)
    paths = {path for each in DIALECTS for row in each.operations for path in row.paths}
    assert len(paths) > 40
    for path in paths:
        raw = re.sub("{[^}]+}", "x", path).encode()
        for method, status in (("OPTIONS", 204), ("TRACE", 405)):
            request = Request(method, raw, b"", {})
            edge.route(request)
            answer = await edge.answer(request)
            assert answer.status == status, path
            (allow,) = (value.decode() for name, value in answer.headers if name == b"allow")
            allowed = allow.split(", ")
            assert allowed == sorted(set(allowed))
            assert "OPTIONS" in allowed
            assert ("HEAD" in allowed) is ("GET" in allowed)
            for served in set(allowed) - {"OPTIONS"}:
                other = Request(served, raw, b"", {})
                edge.route(other)
                assert other.route is not None


def test_a_path_of_many_segments_is_not_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    """64 KiB of `/%41` would take as long as a thousand requests."""
    decoded: list[str] = []
    monkeypatch.setattr(serving, "unquote", decoded.append)
    assert THINGS.find(b"/%41" * 16_000) is None
    assert not decoded
