"""Every route of every dialect: no two collide, and each path is owned by the dialect it is of."""

from __future__ import annotations

import itertools
import re

from litestar import Litestar
from litestar.routes import HTTPRoute

from stampbook.edge.framework import DIALECTS, NATIVE

_VARIABLE = re.compile(r"{[^}]+}")


def paths_of(routes: object) -> dict[tuple[str, str], str]:
    """(method, pattern) → path; a variable part is written `{}`."""
    app = Litestar(route_handlers=list(routes), openapi_config=None, logging_config=None)  # type: ignore[call-overload]
    return {
        (method, _VARIABLE.sub("{}", route.path)): route.path
        for route in app.routes
        if isinstance(route, HTTPRoute)
        for method in route.methods - {"OPTIONS"}
    }


def may_meet(one: str, other: str) -> bool:
    """Whether some path fits both patterns."""
    ours, theirs = one.split("/"), other.split("/")
    return len(ours) == len(theirs) and all(
        mine == its or "{}" in (mine, its) for mine, its in zip(ours, theirs, strict=True)
    )


def test_no_two_routes_of_different_dialects_collide() -> None:
    tables = [paths_of(dialect.routes) for dialect in DIALECTS]
    assert all(tables)
    for one, other in itertools.combinations(tables, 2):
        met = [
            (ours, theirs)
            for (method, ours), (its_method, theirs) in itertools.product(one, other)
            if method == its_method and may_meet(ours, theirs)
        ]
        assert met == []


def test_each_route_is_owned_by_its_dialect_and_no_other() -> None:
    for dialect in DIALECTS:
        for path in paths_of(dialect.routes).values():
            concrete = _VARIABLE.sub("1", path)
            owners = [each for each in DIALECTS if each.owns(concrete)]
            assert owners in ([dialect], []) if dialect is NATIVE else owners == [dialect], concrete


def test_patterns_meet() -> None:
    assert may_meet("/v1/a/{}", "/v1/a/{}")
    assert may_meet("/v1/{}/x", "/v1/a/{}")
    assert not may_meet("/v1/a/{}", "/v1/b/{}")
    assert not may_meet("/v1/a", "/v1/a/{}")
