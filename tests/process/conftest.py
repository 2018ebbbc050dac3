"""Databases that survive a crash, with a schema and an admin's key."""

from __future__ import annotations

import itertools
import json
import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import pytest
from typer.testing import CliRunner

from stampbook.cli import app
from stampbook.storage.address import sqlite_path
from stampbook.storage.postgres.temporary import TemporaryPostgres
from tests.process.running import Running

DEPLOYED = "deployed"

_numbers = itertools.count(1)


class Deployment(NamedTuple):
    """A database of the test's own, the folder in which commands run, and a key's secret."""

    url: str
    folder: Path
    secret: str

    @property
    def is_postgres(self) -> bool:
        return self.url.startswith("postgresql:")

    def serve(self, *more: str) -> Running:
        """A server on a free port, or the one given."""
        port = () if "--port" in more else ("--port", "0")
        return Running("serve", "--database", self.url, *port, *more, cwd=self.folder)

    def verify(self) -> dict[str, object]:
        """What `verify --json` prints; its status must agree."""
        status, told = run("verify", "--database", self.url)
        assert told["sound"] is (status == 0)
        return told


def run(*arguments: str) -> tuple[int, dict[str, Any]]:
    """The status of a command and what it prints with `--json`.

    It runs in this process: to start another takes ten times as long as most commands do, and
    tests/commands and test_serving.py do it.
    """
    ended = CliRunner().invoke(app, [*arguments, "--json"])
    assert ended.exit_code in (0, 1), ended.output
    return ended.exit_code, json.loads(ended.stdout)


def deploy(url: str, folder: Path) -> Deployment:
    """A database with a schema and a key. Of a SQLite file, it is a copy: migrations take longer
    than most tests."""
    if not url.startswith("sqlite:"):
        return _made(url, folder)
    content, secret = _deployed_file()
    file = sqlite_path(url)
    file.touch(0o600)
    file.write_bytes(content)
    return Deployment(url, folder, secret)


@cache
def _deployed_file() -> tuple[bytes, str]:
    """A SQLite file with a schema and a key, and the key's secret."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        made = _made(f"sqlite:{folder}/points.sqlite", folder)
        (file,) = folder.iterdir()
        return file.read_bytes(), made.secret


def _made(url: str, folder: Path) -> Deployment:
    """Migrate the database and make a key."""
    status, _ = run("migrate", "--database", url)
    assert status == 0
    status, made = run(
        *("keys", "create", "--name", "tests", "--scope", "admin", "--database", url)
    )
    assert status == 0
    return Deployment(url, folder, made["secret"])


@pytest.fixture(scope="session")
def deployed(
    durable_postgres_server: TemporaryPostgres, tmp_path_factory: pytest.TempPathFactory
) -> Deployment:
    """A deployment on PostgreSQL, to be copied."""
    # Folders that share this fixture have one each.
    address = durable_postgres_server.create_database(f"{DEPLOYED}_{next(_numbers)}")
    return deploy(address, tmp_path_factory.mktemp(DEPLOYED))


@pytest.fixture
def on_postgres(request: pytest.FixtureRequest, tmp_path: Path) -> Deployment:
    return copied(request, f"deployment_{next(_numbers)}", tmp_path)


def copied(request: pytest.FixtureRequest, name: str, folder: Path) -> Deployment:
    """A copy of the deployment on PostgreSQL, dropped with the fixture that asks for it."""
    server: TemporaryPostgres = request.getfixturevalue("durable_postgres_server")
    original: Deployment = request.getfixturevalue("deployed")
    address = server.create_database(name, template=urlsplit(original.url).path[1:])
    request.addfinalizer(lambda: server.drop_database(name))
    return Deployment(address, folder, original.secret)


@pytest.fixture
def durable_database(durable_postgres_server: TemporaryPostgres) -> Iterator[str]:
    """The address of an empty PostgreSQL database in the cluster that survives a crash."""
    name = f"process_{next(_numbers)}"
    yield durable_postgres_server.create_database(name)
    durable_postgres_server.drop_database(name)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def deployment(request: pytest.FixtureRequest, tmp_path: Path) -> Deployment:
    """A deployment on each of the two databases."""
    if request.param == "sqlite":
        return deploy(f"sqlite:{tmp_path}/points.sqlite", tmp_path)
    on_postgres: Deployment = request.getfixturevalue("on_postgres")
    return on_postgres


@pytest.fixture
def on_sqlite(tmp_path: Path) -> Deployment:
    return deploy(f"sqlite:{tmp_path}/points.sqlite", tmp_path)
