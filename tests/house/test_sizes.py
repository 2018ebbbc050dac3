"""A reader can survey a folder and a file: neither grows past what one page of a listing shows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).parents[2]

FILES = 20
"""Source files that one folder may have, not counting folders within it."""

LINES = 400
"""Lines that one source file may have."""

SOURCES = frozenset({".py", ".js", ".ts", ".sql", ".html", ".css"})
"""What people write and read. Recorded exchanges, databases and scenarios are data: there may be
as many as there are cases."""

HISTORY = ("src/stampbook/storage/migrations", "src/stampbook/storage/schema")
"""Migrations grow in number for as long as the schema changes, and the schema is made of them."""

TO_COME: tuple[str, ...] = ()
"""What has not been divided yet."""


def sources(exempt: Iterable[str] = (*HISTORY, *TO_COME)) -> list[Path]:
    """All source files of the product and its tests, by their paths below the repository."""
    found = (
        path.relative_to(ROOT)
        for folder in ("src", "tests", "clients", "examples")
        for path in (ROOT / folder).rglob("*")
        if path.suffix in SOURCES and "node_modules" not in path.parts
    )
    return sorted(path for path in found if not path.as_posix().startswith(tuple(exempt)))


def crowded(paths: Iterable[Path]) -> dict[str, int]:
    """Folders with too many of these files, and how many they have."""
    counted = Counter(path.parent.as_posix() for path in paths)
    return {folder: files for folder, files in counted.items() if files > FILES}


def long(paths: Iterable[Path], root: Path = ROOT) -> dict[str, int]:
    """Files that are too long, and how many lines they have."""
    counted = {
        path.as_posix(): len((root / path).read_text("utf-8").splitlines()) for path in paths
    }
    return {path: lines for path, lines in counted.items() if lines > LINES}


def test_folders_can_be_surveyed() -> None:
    paths = sources()
    assert Path("src/stampbook/domain/book.py") in paths
    assert Path("tests/house/test_sizes.py") in paths
    assert crowded(paths) == {}


def test_files_can_be_surveyed() -> None:
    assert long(sources()) == {}


def test_what_is_exempt_is_there_and_needs_it() -> None:
    everything = sources(exempt=())
    for exempt in TO_COME:
        within = [path for path in everything if path.is_relative_to(exempt)]
        assert crowded(within) or long(within), f"{exempt} is in order: take it off the list"
    assert all((ROOT / folder).is_dir() for folder in HISTORY)


def test_what_is_too_much(tmp_path: Path) -> None:
    paths = [Path(f"{number}.py") for number in range(FILES + 1)]
    for path in paths:
        (tmp_path / path).write_text("x = 1\n" * LINES)
    (tmp_path / "0.py").write_text("x = 1\n" * (LINES + 1))
    assert crowded(paths) == {".": FILES + 1}
    assert crowded(paths[1:]) == {}
    assert long(paths, tmp_path) == {"0.py": LINES + 1}
