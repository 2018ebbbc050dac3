"""Every operation of every dialect: no two meet, and each path is owned by the dialect it is of."""

from __future__ import annotations

import itertools
import re

from stampbook.dialects.native.dialect import NATIVE
from stampbook.dialects.table import DIALECTS
from stampbook.edge.requests import Dialect

_VARIABLE = re.compile(r"{[^}]+}")


def paths_of(dialect: Dialect) -> set[tuple[str, str]]:
    """Methods and paths; a variable part is written `{}`."""
    return {
        (operation.method, _VARIABLE.sub("{}", path))
        for operation in dialect.operations
        for path in operation.paths
    }


def may_meet(one: str, other: str) -> bool:
    """Whether some path fits both patterns."""
    ours, theirs = one.split("/"), other.split("/")
    return len(ours) == len(theirs) and all(
        mine == its or "{}" in (mine, its) for mine, its in zip(ours, theirs, strict=True)
    )


def test_no_two_operations_of_different_dialects_meet() -> None:
    tables = [paths_of(dialect) for dialect in DIALECTS]
    assert all(tables)
    for one, other in itertools.combinations(tables, 2):
        met = [
            (ours, theirs)
            for (method, ours), (its_method, theirs) in itertools.product(one, other)
            if method == its_method and may_meet(ours, theirs)
        ]
        assert met == []


SHARED = {"/v1/events": next(each for each in DIALECTS if each.name == "voucherify")}
"""Paths that two dialects serve with different methods, and whose words it is if the method is
neither's."""


def test_each_path_is_owned_by_its_dialect_and_no_other() -> None:
    for dialect in DIALECTS:
        for _, path in paths_of(dialect):
            concrete = path.replace("{}", "1")
            owners = [each for each in DIALECTS if each.owns(concrete)]
            if dialect.name == "site":
                assert owners == [], concrete
            elif concrete in SHARED:
                assert owners == [SHARED[concrete]], concrete
            elif dialect is NATIVE:
                assert owners in ([dialect], []), concrete
            else:
                assert owners == [dialect], concrete


def test_names_of_operations_are_unique_in_their_dialect() -> None:
    for dialect in DIALECTS:
        names = [operation.name for operation in dialect.operations]
        assert len(names) == len(set(names))


def test_patterns_meet() -> None:
    assert may_meet("/v1/a/{}", "/v1/a/{}")
    assert may_meet("/v1/{}/x", "/v1/a/{}")
    assert not may_meet("/v1/a/{}", "/v1/b/{}")
    assert not may_meet("/v1/a", "/v1/a/{}")
