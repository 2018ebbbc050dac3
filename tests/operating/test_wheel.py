"""What is released: the two files have what they must have, and the version is right everywhere."""

from __future__ import annotations

import re
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from pathlib import Path

import pytest

import stampbook
from tests.operating.installed import supported
from tests.process.running import command

ROOT = Path(__file__).parents[2]
SOURCE = Path(stampbook.__file__).parent


@pytest.fixture(scope="module")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-t", "sdist", "-d", folder],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    return folder


@pytest.fixture(scope="module")
def wheel(dist: Path) -> Path:
    (built,) = dist.glob("*.whl")
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


KEPT = ("src", "tests", "docs", "deploy")
ROOTS = ("*.md", "*.lock", "*.toml", "Makefile", "Dockerfile", "compose.yaml", "LICENSE")
"""What a source distribution is for: building, testing, reading and deploying."""


def test_the_source_distribution_has_every_file(dist: Path) -> None:
    (source,) = dist.glob("*.tar.gz")
    name = f"stampbook-{stampbook.__version__}"
    assert source.name == f"{name}.tar.gz"
    with tarfile.open(source) as archive:
        packed = {member.name.removeprefix(f"{name}/") for member in archive if member.isfile()}
    found = [file for folder in KEPT for file in (ROOT / folder).rglob("*")]
    found += [file for pattern in ROOTS for file in ROOT.glob(pattern)]
    wanted = {
        str(file.relative_to(ROOT))
        for file in found
        if file.is_file() and "__pycache__" not in file.parts and file.suffix != ".so"
    }
    assert wanted - {"stampbook.toml"} - packed == set()
    assert not [name for name in packed if name.startswith((".venv", "build/", "dist/", ".git/"))]


def test_the_versions_of_python_are_those_of_the_policy() -> None:
    page = (ROOT / "docs" / "operating" / "support.md").read_text("utf-8")
    named = ", ".join(f"{major}.{minor}" for major, minor in supported())
    assert f"| Python | {named} |" in page
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert project["requires-python"] == f">={named.partition(',')[0]}"


def test_the_version_is_that_of_the_changelog(tmp_path: Path) -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text("utf-8")
    versions = re.findall(r"^## \[(\d+\.\d+\.\d+)\]", changelog, re.MULTILINE)
    printed = command("--version", cwd=tmp_path).stdout
    assert printed == f"stampbook {stampbook.__version__}\n"
    assert versions[:1] == [stampbook.__version__]
