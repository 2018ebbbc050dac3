"""The OpenAPI description as others use it: two generators of clients and two linters take it as
it is, without a warning, and what they make works.

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
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

from stampbook.dialects.native.openapi import document
from stampbook.dialects.native.routes import OPERATIONS
from tests.node import installed
from tests.process.api import Api
from tests.process.conftest import deploy

TOOLS = Path(__file__).parent / "generators"
NOT_REACHED = ("NewConnectionError", "ConnectTimeoutError", "Could not find a version", "Retry(")
"""What pip says on a machine without a way to a package registry."""


@pytest.fixture(scope="module")
def description() -> Any:
    """As clients read it: after a pass through JSON."""
    return json.loads(json.dumps(document(OPERATIONS)))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, description: Any) -> Path:
    """A folder with the description in it, indented so that a linter can show a line."""
    made = tmp_path_factory.mktemp("generators")
    (made / "openapi.json").write_text(json.dumps(description, indent=1), "utf-8")
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


# -- what every generator relies on ------------------------------------------------------------


def schemas_in(value: Any, path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every object of the description, with the way to it; examples are no schemas."""
    if isinstance(value, dict):
        yield path, value
        for name, each in value.items():
            if name not in ("example", "examples"):
                yield from schemas_in(each, f"{path}/{name}")
    elif isinstance(value, list):
        for index, each in enumerate(value):
            yield from schemas_in(each, f"{path}/{index}")


def test_the_specification_is_kept(description: Any) -> None:
    OpenAPIV31SpecValidator(description).validate()


def test_nothing_optional_has_a_default(description: Any) -> None:
    """A generator may take a field with a default to be always there."""
    found = [path for path, each in schemas_in(description) if "default" in each]
    assert [path for path in found if not path.endswith("/responses")] == []


def test_an_amount_is_one_schema(description: Any) -> None:
    """Every field that the structs call an amount refers to it, in requests and answers."""
    schemas = description["components"]["schemas"]
    assert schemas["Amount"]["type"] == "string"
    amounts = {
        "amount", "active", "pending", "available", "held", "total", "deficit", "issued", "spent",
        "expired", "revoked", "restored", "effect", "balance_before", "balance_after",
        "shortfall", "cancelled_amount", "overdraft", "threshold", "initial_balance", "price",
        "cost", "left", "unpaid", "static_amount", "min_amount", "max_amount",
    }  # fmt: skip
    words = {("CurrencyBody", "pending"), ("CurrencyChange", "pending"),
             ("CurrencyShape", "pending"), ("PromotionShape", "active")}  # fmt: skip
    found = set()
    for name, schema in schemas.items():
        for field, told in schema.get("properties", {}).items():
            if field in amounts and (name, field) not in words:
                found.add(field)
                plain = told["anyOf"][0] if "anyOf" in told else told
                assert plain["$ref"] == "#/components/schemas/Amount", (name, field)
    assert found == amounts


def test_what_is_required_is_said_to_be(description: Any) -> None:
    required = {
        (path, each["name"])
        for path, methods in description["paths"].items()
        for operation in methods.values()
        for each in operation["parameters"]
        if each["in"] == "query" and each.get("required")
    }
    assert required == {("/v1/transactions", "external_id")}


def test_every_operation_has_a_tag_and_examples_that_fit(description: Any) -> None:
    assert description["servers"]
    tags = {each["name"] for each in description["tags"]}
    components = {"components": description["components"]}
    seen = set()
    for methods in description["paths"].values():
        for operation in methods.values():
            seen.update(operation["tags"])
            parts = [operation.get("requestBody"), *operation["responses"].values()]
            for part in filter(None, parts):
                for content in part["content"].values():
                    schema = {**content["schema"], **components}
                    Draft202012Validator(schema).validate(content["example"])
    assert seen == tags


# -- Python --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def python_tools(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment in which the generator for Python is found."""
    made = tmp_path_factory.mktemp("python_tools")
    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check", "install", "--quiet",
           "--require-hashes", "--no-deps", "--no-compile", "--target", str(made),
           "--requirement", str(TOOLS / "python.lock"))  # fmt: skip
    ended = subprocess.run(pip, capture_output=True, text=True, timeout=240, check=False)
    if ended.returncode and any(word in ended.stderr for word in NOT_REACHED):
        pytest.skip("NOT RUN: pip reaches no registry, the generator for Python was not tried")
    assert ended.returncode == 0, ended.stderr
    return {"PYTHONPATH": str(made), "PATH": f"{made / 'bin'}{os.pathsep}{os.environ['PATH']}"}


def test_openapi_python_client(
    description: Any, folder: Path, python_tools: dict[str, str], tmp_path: Path
) -> None:
    """It keeps every operation, and its client does what a newcomer's first hour needs."""
    generate = ("generate", "--path", "openapi.json", "--meta", "none", "--fail-on-warning",
                "--output-path", "stampbook_client")  # fmt: skip
    said = run(sys.executable, "-m", "openapi_python_client", *generate, cwd=folder,
               environment=python_tools)  # fmt: skip
    assert said.split() == ["Generating", "stampbook_client"]
    made = {module.stem for module in (folder / "stampbook_client" / "api").glob("*/*.py")}
    wanted = {
        operation["operationId"]
        for methods in description["paths"].values()
        for operation in methods.values()
    }
    assert made - {"__init__"} == wanted
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


def test_openapi_typescript(node_tools: Path) -> None:
    """The generated types compile, and say what may be left out."""
    bin_ = node_tools / "node_modules" / ".bin"
    said = run(
        str(bin_ / "openapi-typescript"), "openapi.json", "-o", "stampbook.ts", cwd=node_tools
    )
    assert "warn" not in said.lower()
    run(str(bin_ / "tsc"), "--noEmit", "--strict", "--exactOptionalPropertyTypes",
        "--skipLibCheck", "use.ts", cwd=node_tools)  # fmt: skip


def test_redocly_finds_nothing(node_tools: Path) -> None:
    command = ("lint", "openapi.json", "--format=json")
    said = run(str(node_tools / "node_modules" / ".bin" / "redocly"), *command, cwd=node_tools,
               environment={"REDOCLY_TELEMETRY": "off"})  # fmt: skip
    found = json.loads(said[said.index("{") : said.rindex("}") + 1])
    assert (found["totals"], found["problems"]) == ({"errors": 0, "warnings": 0, "ignored": 0}, [])


def test_the_lock_files_name_no_registry() -> None:
    lock = json.loads((TOOLS / "package-lock.json").read_text("utf-8"))
    packages = [each for name, each in lock["packages"].items() if name]
    assert packages
    assert all("resolved" not in each and each["integrity"] for each in packages)
    assert "://" not in (TOOLS / "python.lock").read_text("utf-8")
