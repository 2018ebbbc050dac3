"""What is generated of the clients is what the generator writes now."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from clients.generator.__main__ import ROOT, described, write
from clients.generator.names import PARTS
from clients.generator.reading import read

FOLDERS = ("models", "params", "resources", "async_resources")


def test_it_is_what_the_description_says(tmp_path: Path) -> None:
    """If it is not: `make clients` writes it."""
    written = {path.relative_to(tmp_path) for path in write(tmp_path)}
    assert written
    stale = [str(path) for path in written if not _same(ROOT / path, tmp_path / path)]
    assert stale == []
    there = {
        path.relative_to(ROOT)
        for name in FOLDERS
        for path in ROOT.glob(f"*/src/**/{name}/*.*")
        if path.suffix in (".py", ".ts")
    }
    assert there - written == set()


def _same(one: Path, other: Path) -> bool:
    return one.exists() and one.read_bytes() == other.read_bytes()


def test_an_operation_without_a_name_is_refused() -> None:
    description = described()
    path = description["paths"]["/v1/programs"]
    path["put"] = {**path["post"], "operationId": "put_programs"}
    with pytest.raises(ValueError, match="put_programs"):
        read(description)
    del path["put"], path["post"]
    with pytest.raises(ValueError, match="create_program"):
        read(description)


def test_both_ways_to_call_have_the_same_operations() -> None:
    """Names, arguments, and what is sent; only that one of them waits is different."""
    source = ROOT / "python" / "src" / "stampbook_client"
    for part in PARTS:
        plain = (source / "resources" / f"{part}.py").read_text("utf-8")
        waiting = (source / "async_resources" / f"{part}.py").read_text("utf-8")
        found = waiting.replace("AsyncPages", "Pages").replace("AsyncApi", "Api")
        found = found.replace("class Async", "class ").replace("async def", "def")
        assert _dumped(found.replace("await ", "")) == _dumped(plain), part


def _dumped(source: str) -> str:
    found = ast.parse(source)
    return "".join(ast.dump(each) for each in found.body if not isinstance(each, ast.ImportFrom))
