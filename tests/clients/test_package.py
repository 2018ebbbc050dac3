"""The wheel of the Python client: it has every file, and needs only what it declares."""

from __future__ import annotations

import subprocess
import sys
import tomllib
import zipfile
from importlib.metadata import packages_distributions
from pathlib import Path

import httpx
import pytest

import stampbook
import stampbook_client
from tests.house.test_dependencies import imported_by, name_in

FOLDER = Path(__file__).parents[2] / "clients" / "python"
SOURCE = FOLDER / "src" / "stampbook_client"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=FOLDER, check=True, capture_output=True)
    (built,) = folder.iterdir()
    return built


def test_the_wheel_has_every_file(wheel: Path) -> None:
    assert wheel.name == f"stampbook_client-{stampbook_client.__version__}-py3-none-any.whl"
    with zipfile.ZipFile(wheel) as archive:
        packed = {name for name in archive.namelist() if name.startswith("stampbook_client/")}
    wanted = {
        f"stampbook_client/{file.relative_to(SOURCE)}"
        for file in SOURCE.rglob("*")
        if file.is_file() and "__pycache__" not in file.parts
    }
    assert packed == wanted
    assert "stampbook_client/py.typed" in packed


def test_it_is_imported_from_the_wheel(wheel: Path, tmp_path: Path) -> None:
    """With its libraries, and without this repository."""
    libraries = str(Path(httpx.__file__).parents[1])
    program = (
        f"import sys; sys.path[:0] = [{str(wheel)!r}]; sys.path.append({libraries!r})\n"
        "import stampbook_client; print(stampbook_client.__file__)\n"
        "client = stampbook_client.Stampbook('http://127.0.0.1:1', 'sbk_test')\n"
        "assert callable(client.accounts.redeem)"
    )
    ended = subprocess.run([sys.executable, "-I", "-S", "-c", program], cwd=tmp_path,
                           capture_output=True, text=True, check=False)  # fmt: skip
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.startswith(str(wheel))


def test_what_is_imported_is_declared() -> None:
    project = tomllib.loads((FOLDER / "pyproject.toml").read_text("utf-8"))["project"]
    names = packages_distributions()
    imported = {
        each for path in SOURCE.rglob("*.py") for each in imported_by(path.read_text("utf-8"))
    } - {"stampbook_client"}
    assert {name_in(names[each][0]) for each in imported} == set(
        map(name_in, project["dependencies"])
    )
    assert "stampbook" not in imported


def test_the_version_is_that_of_the_server() -> None:
    assert stampbook_client.__version__ == stampbook.__version__
