"""What a user installs is what the product needs: every import is of a declared dependency, and no
library for tests comes along."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections.abc import Iterable
from importlib.metadata import packages_distributions, requires
from pathlib import Path

import pytest

import stampbook

ROOT = Path(stampbook.__file__).parent
PROJECT = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text("utf-8"))

NOT_IMPORTED = {
    "tzdata": "time zones for zoneinfo, where the system has none",
}
OPTIONAL = {
    "opentelemetry": ["watching/tracing.py"],
    "pygal": ["benchmark/plotting.py"],
}
"""Libraries of extras, and the modules that do without them when they are not installed."""

FOR_TESTS = frozenset(
    {"coverage", "factory-boy", "faker", "hypothesis", "mock", "polyfactory", "pytest"}
)


def name_in(requirement: str) -> str:
    """The distribution that a requirement names, in the normal form."""
    found = re.match(r"[\w.-]+", requirement)
    assert found is not None, requirement
    return re.sub(r"[-_.]+", "-", found.group()).lower()


DECLARED = frozenset(map(name_in, PROJECT["project"]["dependencies"]))


def imported_by(source: str) -> set[str]:
    """The libraries that the source imports anywhere, by their top-level modules."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found.update(alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.partition(".")[0])
    return found - sys.stdlib_module_names - {"stampbook"}


def modules_by_library() -> dict[str, list[str]]:
    """For each library that is imported, the distributions' names and the modules that do."""
    names = packages_distributions()
    found: dict[str, list[str]] = {}
    for path in sorted(ROOT.rglob("*.py")):
        for module in imported_by(path.read_text("utf-8")):
            distributions = names.get(module, [module])
            # A namespace that several distributions share goes by its own name.
            distribution = distributions[0] if len(distributions) == 1 else module
            found.setdefault(name_in(distribution), []).append(path.relative_to(ROOT).as_posix())
    return found


def brought_by(distributions: Iterable[str]) -> set[str]:
    """These distributions, and all that they need to be installed without extras."""
    reached: set[str] = set()
    waiting = list(distributions)
    while waiting:
        name = waiting.pop()
        if name in reached:
            continue
        reached.add(name)
        waiting += [
            name_in(each)
            for each in requires(name) or ()
            if "extra ==" not in each and "python_version <" not in each and "Windows" not in each
        ]
    return reached


def test_every_import_is_declared() -> None:
    imported = modules_by_library()
    optional = {name: imported.pop(name) for name in OPTIONAL}
    assert set(imported) == DECLARED - set(NOT_IMPORTED)
    assert optional == OPTIONAL


def test_no_library_for_tests_is_installed() -> None:
    assert brought_by(DECLARED) & FOR_TESTS == set()


@pytest.mark.parametrize(
    ("source", "libraries"),
    [
        ("import os, httpx.client", {"httpx"}),
        ("def f():\n    from lxml import etree", {"lxml"}),
        ("from stampbook.domain import model", set()),
    ],
)
def test_what_is_imported(source: str, libraries: set[str]) -> None:
    assert imported_by(source) == libraries
