"""A database in the place where commands look for it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from stampbook.storage.address import DATA_FOLDER


@pytest.fixture
def folder(sqlite_template: Path, tmp_path: Path) -> Path:
    """A folder for commands, with what `stampbook migrate` makes in it, which takes longer than
    any of them."""
    kept = tmp_path / DATA_FOLDER
    kept.mkdir(0o700)
    shutil.copyfile(sqlite_template, kept / "stampbook.sqlite")
    (kept / "stampbook.sqlite").chmod(0o600)
    return tmp_path
