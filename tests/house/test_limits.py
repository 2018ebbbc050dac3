"""The page about limits says what the code has, and nothing that it has is another number."""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path

import pytest

from stampbook.settings import Settings

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "reference" / "limits.md"

UNITS = {"KiB": 1024, "MiB": 1024 * 1024, "s": 1, "ms": 0.001, "each": 1, "": 1}
LIMIT = re.compile(r"([0-9,]+) ?(KiB|MiB|ms|s|)( each)?")
CONSTANT = re.compile(r"`([a-z_0-9/]+)\.py` `([A-Z_0-9]+)`")
SETTING = re.compile(r"`([a-z_]+)`")


def rows() -> list[tuple[str, str, str]]:
    """What, how much, and where it is in the code."""
    found = re.findall(r"^\| (.+?) \| (.+?) \| .*?\| (.+?) \|$", PAGE.read_text("utf-8"), re.M)
    return [row for row in found if LIMIT.fullmatch(row[1])]


@pytest.mark.parametrize("row", rows(), ids=lambda row: row[0])
def test_a_limit_is_as_the_page_says(row: tuple[str, str, str]) -> None:
    what, limit, where = row
    said = LIMIT.fullmatch(limit)
    assert said is not None
    expected = float(said[1].replace(",", "")) * UNITS[said[2]]
    constant, setting = CONSTANT.fullmatch(where), SETTING.fullmatch(where)
    if constant is not None:
        module = import_module("stampbook." + constant[1].replace("/", "."))
        assert getattr(module, constant[2]) == pytest.approx(expected), what
    elif setting is not None:
        assert getattr(Settings(), setting[1]) == expected, what
    else:
        assert where == "`tests/http/test_turns.py` measures it"


def test_every_constant_of_the_edge_is_on_the_page() -> None:
    page = PAGE.read_text("utf-8")
    folder = ROOT / "src" / "stampbook" / "edge"
    files = (folder / "bodies.py", folder / "operations.py", folder / "parsing.py")
    names = [
        name
        for file in files
        for name in re.findall(r"^(MAX_[A-Z_]+): Final", file.read_text("utf-8"), re.M)
    ]
    assert len(names) > 10
    assert [name for name in names if f"`{name}`" not in page] == []
