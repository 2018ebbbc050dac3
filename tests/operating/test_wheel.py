"""What is installed: the wheel has everything that the program reads, and its version is right."""

from __future__ import annotations

import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import stampbook
from tests.process.running import command

ROOT = Path(__file__).parents[2]
SOURCE = Path(stampbook.__file__).parent


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    (built,) = folder.iterdir()
    return built


def test_the_wheel_has_every_file(wheel: Path) -> None:
    assert wheel.name == f"stampbook-{stampbook.__version__}-py3-none-any.whl"
    with zipfile.ZipFile(wheel) as archive:
        packed = {name for name in archive.namelist() if name.startswith("stampbook/")}
    wanted = {
        f"stampbook/{file.relative_to(SOURCE)}"
        for file in SOURCE.rglob("*")
        if file.is_file() and "__pycache__" not in file.parts and file.suffix != ".so"
    }
    assert packed == wanted
    assert any(name.endswith(".sql") for name in packed)


def test_the_version_is_that_of_the_changelog(tmp_path: Path) -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text("utf-8")
    versions = re.findall(r"^## \[(\d+\.\d+\.\d+)\]", changelog, re.MULTILINE)
    printed = command("--version", cwd=tmp_path).stdout
    assert printed == f"stampbook {stampbook.__version__}\n"
    assert versions[:1] == [stampbook.__version__]
