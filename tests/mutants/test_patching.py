"""Mutants must take effect where we say that they do; otherwise they seem to survive."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from pathlib import Path

import pytest

from tests.mutants.patching import Original, Substituted, without_annotations

SOURCE = """\
from __future__ import annotations

LIMIT = 10

def below(number: int | None, limit: int = 5) -> bool:
    return number is not None and number < limit

class Account:
    rate = 2

    @property
    def points(self) -> int:
        return sum(each + 1 for each in (1, 2))

    @points.setter
    def points(self, value: int) -> None:
        self.value = value * 2
"""

WITHIN = [("number < limit", "number <= limit"), ("each + 1", "each - 1"), ("value * 2", "value")]
OUTSIDE = [
    ("LIMIT = 10", "LIMIT = 11"),
    ("limit: int = 5", "limit: int = 6"),
    ("rate = 2", "rate = 3"),
]


@pytest.fixture
def module(tmp_path: Path) -> Original:
    """The source as a loaded module, and as what is mutated."""
    path = tmp_path / "mutated.py"
    path.write_text(SOURCE, encoding="utf-8")
    return Original(path)


def test_functions_are_told_from_what_an_import_evaluates(module: Original) -> None:
    for old, new in WITHIN:
        assert module.is_patchable(module.code_of(SOURCE.replace(old, new))), new
    for old, new in OUTSIDE:
        assert not module.is_patchable(module.code_of(SOURCE.replace(old, new))), new


def test_a_loaded_module_does_what_the_mutant_does(module: Original) -> None:
    spec = importlib.util.spec_from_file_location("mutated", module.path)
    assert spec is not None
    assert spec.loader is not None
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    account = loaded.Account()
    assert (loaded.below(5), account.points) == (False, 5)

    text = SOURCE
    for old, new in WITHIN:
        text = text.replace(old, new)
    assert module.put(module.code_of(text)) == 3
    account.points = 7
    assert (loaded.below(5), account.points, account.value) == (True, 1, 7)


def test_a_mutant_is_imported_in_place_of_the_module(
    module: Original, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "meta_path", list(sys.meta_path))
    monkeypatch.delitem(sys.modules, "mutated", raising=False)
    mutant = module.code_of(SOURCE.replace("LIMIT = 10", "LIMIT = 11"))
    Substituted("mutated", module.path, mutant).install()
    try:
        assert importlib.import_module("mutated").LIMIT == 11
    finally:
        sys.modules.pop("mutated", None)


def test_lines_belong_to_the_outermost_function(module: Original) -> None:
    assert [module.function_at(line) for line in (3, 6, 9, 13)] == [
        None,
        "below",
        None,
        "Account.points",
    ]


def test_annotations_are_no_faults() -> None:
    plain = without_annotations(SOURCE)
    assert without_annotations(SOURCE.replace("int | None", "int & None")) == plain
    assert without_annotations(SOURCE.replace("LIMIT = 10", "LIMIT = 11")) != plain
