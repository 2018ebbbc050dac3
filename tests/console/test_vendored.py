"""The files of others in the repository are those that VENDORED.md and the pinned versions name."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.browser.vendoring import FOLDERS, ICONS, SPRITE, STATIC, described, sprite

SOURCE = STATIC.parents[1]


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.parent.name)
def test_every_file_is_described(folder: Path) -> None:
    assert (folder / "VENDORED.md").read_text("utf-8") == described(folder, FOLDERS[folder])
    names = {name for package in FOLDERS[folder] for name in package.files}
    assert {path.name for path in folder.iterdir()} == names | {"VENDORED.md"}


def test_the_sprite_has_the_icons() -> None:
    text = (STATIC / SPRITE).read_text("utf-8")
    assert re.findall(r'<symbol id="([\w-]+)"', text) == list(ICONS)
    assert len(ICONS) <= 30
    assert list(ICONS) == sorted(set(ICONS))
    assert sprite(text) == text


def test_what_is_served_is_small() -> None:
    sizes = {path.name: path.stat().st_size for path in STATIC.parent.rglob("*") if path.is_file()}
    assert sum(sizes.values()) <= 400_000, sizes
    assert sizes["stampbook.css"] <= 12 * 1024
    assert sizes["stampbook.js"] <= 16 * 1024
