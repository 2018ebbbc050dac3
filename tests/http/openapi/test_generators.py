"""The OpenAPI descriptions as others use them: two generators of clients and a linter take each as
it is, without a warning, and what they make of the native one works.

The tools for Python live in a folder of their own: the generator needs an older typer than ours.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.http.openapi.described import NAMES, description_of, operations_in
from tests.kept import kept
from tests.node import installed
from tests.process.api import Api
from tests.process.conftest import deploy

TOOLS = Path(__file__).parent / "generators"
CLIENT = Path(__file__).parents[3] / "clients" / "typescript"
NOT_REACHED = ("NewConnectionError", "ConnectTimeoutError", "Could not find a version", "Retry(")
"""What pip says on a machine without a way to a package registry."""

OF_THE_VENDORS = ("no-ambiguous-paths",)
"""Rules of the linter that paths of a vendor break, which are as they are."""

every = pytest.mark.parametrize("name", NAMES)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the descriptions in it, indented so that a linter can show a line."""
    made = tmp_path_factory.mktemp("generators")
    for name in NAMES:
        (made / f"{name}.json").write_text(json.dumps(description_of(name), indent=1), "utf-8")
    return made


def run(*words: str, cwd: Path, environment: Mapping[str, str] | None = None) -> str:
    """What a program printed, which must end with status 0."""
    ended = subprocess.run(
        words,
        cwd=cwd,
        env={**os.environ, "NO_COLOR": "1", "CI": "true", **(environment or {})},
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout + ended.stderr


# -- Python --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def python_tools() -> dict[str, str]:
    """The environment in which the generator for Python is found."""
    lock = TOOLS / "python.lock"

    def install(made: Path) -> None:
        pip = (sys.executable, "-m", "pip", "--disable-pip-version-check", "install", "--quiet",
               "--require-hashes", "--no-deps", "--no-compile", "--target", str(made),
               "--requirement", str(lock))  # fmt: skip
        ended = subprocess.run(pip, capture_output=True, text=True, timeout=240, check=False)
        if ended.returncode and any(word in ended.stderr for word in NOT_REACHED):
            pytest.skip("NOT RUN: pip reaches no registry, the generator for Python was not tried")
        assert ended.returncode == 0, ended.stderr

    interpreter = f"{sys.executable} {sys.version}".encode()
    made = kept("python", lock.read_bytes(), interpreter, install=install)
    return {"PYTHONPATH": str(made), "PATH": f"{made / 'bin'}{os.pathsep}{os.environ['PATH']}"}


def plain(name: str) -> str:
    """A name without its capitals, which the generator spells with underscores."""
    return name.replace("_", "").lower()


GENERATE = """
import sys
from openapi_python_client.cli import app
for name in sys.argv[1:]:
    app(["generate", "--path", f"{name}.json", "--meta", "none", "--fail-on-warning",
         "--output-path", f"{name}_client"], standalone_mode=False)
"""
"""The command, once for each description: to import the generator takes longer."""


@pytest.fixture(scope="module")
def python_clients(folder: Path, python_tools: dict[str, str]) -> str:
    """What the generator has printed."""
    return run(sys.executable, "-c", GENERATE, *NAMES, cwd=folder, environment=python_tools)


def test_openapi_python_client(folder: Path, python_clients: str) -> None:
    """It keeps every operation."""
    assert python_clients.split() == [
        word for name in NAMES for word in ("Generating", f"{name}_client")
    ]
    for name in NAMES:
        made = {module.stem for module in (folder / f"{name}_client" / "api").glob("*/*.py")}
        wanted = {each["operationId"] for each in operations_in(description_of(name))}
        assert {plain(each) for each in made - {"__init__"}} == {plain(each) for each in wanted}


def test_the_python_client_works(folder: Path, python_clients: str, tmp_path: Path) -> None:
    """It does what a newcomer's first hour needs."""
    deployment = deploy(f"sqlite:{tmp_path}/points.sqlite", tmp_path)
    with deployment.serve() as server:
        url = server.wait_until_ready()
        use = (sys.executable, str(TOOLS / "use.py"), url, deployment.secret)
        assert run(*use, cwd=folder, environment={"PYTHONPATH": str(folder)}) == ""
        assert Api(url, deployment.secret).ask("GET", "/readyz").status == 200


# -- Node ----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def node_tools(folder: Path) -> Path:
    return installed(TOOLS, folder)


@every
def test_openapi_typescript(node_tools: Path, name: str) -> None:
    bin_ = node_tools / "node_modules" / ".bin"
    said = run(str(bin_ / "openapi-typescript"), f"{name}.json", "-o", f"{name}.ts", cwd=node_tools)
    assert "warn" not in said.lower()


def test_the_types_compile(node_tools: Path) -> None:
    """Those of the native API say what may be left out."""
    for name in NAMES:
        if not (node_tools / f"{name}.ts").exists():
            test_openapi_typescript(node_tools, name)
    used = ["use.ts", *(f"{name}.ts" for name in NAMES if name != "native")]
    run(str(node_tools / "node_modules" / ".bin" / "tsc"), "--noEmit", "--strict",
        "--exactOptionalPropertyTypes", "--skipLibCheck", *used, cwd=node_tools)  # fmt: skip


def test_our_typescript_client_compiles(node_tools: Path) -> None:
    """With the settings of its package."""
    run(str(node_tools / "node_modules" / ".bin" / "tsc"), "--noEmit", "--project",
        str(CLIENT / "tsconfig.json"), cwd=node_tools)  # fmt: skip


@pytest.mark.parametrize(
    ("names", "broken"),
    [(("native",), ()), (tuple(name for name in NAMES if name != "native"), OF_THE_VENDORS)],
    ids=["native", "vendors"],
)
def test_redocly_finds_nothing(
    node_tools: Path, names: tuple[str, ...], broken: tuple[str, ...]
) -> None:
    """One run for all of one kind: to start it takes longer."""
    command = (
        "lint",
        *(f"{name}.json" for name in names),
        "--format=json",
        *(f"--skip-rule={each}" for each in broken),
    )
    said = run(str(node_tools / "node_modules" / ".bin" / "redocly"), *command, cwd=node_tools,
               environment={"REDOCLY_TELEMETRY": "off"})  # fmt: skip
    found = list(_objects_in(said))
    assert len(found) == len(names), said
    for each in found:
        assert each["totals"] == {"errors": 0, "warnings": 0, "ignored": 0}, each
        assert each["problems"] == []


def _objects_in(text: str) -> Iterator[Any]:
    """The JSON objects in a text, of which one is printed for each file."""
    while (at := text.find("{")) >= 0:
        found, end = json.JSONDecoder().raw_decode(text[at:])
        yield found
        text = text[at + end :]


def test_the_lock_files_name_no_registry() -> None:
    lock = json.loads((TOOLS / "package-lock.json").read_text("utf-8"))
    packages = [each for name, each in lock["packages"].items() if name]
    assert packages
    assert all("resolved" not in each and each["integrity"] for each in packages)
    assert "://" not in (TOOLS / "python.lock").read_text("utf-8")
