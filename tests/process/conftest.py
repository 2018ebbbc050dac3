"""Databases that survive a crash, with a schema and an admin's key."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from stampbook.storage.postgres.temporary import TemporaryPostgres
from tests.process.running import Running, command

_numbers = itertools.count(1)


class Deployment(NamedTuple):
    """A database for one test, the folder in which commands run, and the secret of a key."""

    url: str
    folder: Path
    secret: str

    @property
    def is_postgres(self) -> bool:
        return self.url.startswith("postgresql:")

    def serve(self, *more: str) -> Running:
        """Start a server on a free port, or the given one."""
        port = () if "--port" in more else ("--port", "0")
        return Running("serve", "--database", self.url, *port, *more, cwd=self.folder)

    def verify(self) -> dict[str, object]:
        """The result of `verify --json`; the exit status must agree with it."""
        ended = command("verify", "--json", "--database", self.url, cwd=self.folder)
        assert ended.returncode in (0, 1), ended.stderr
        told: dict[str, object] = json.loads(ended.stdout)
        assert told["sound"] is (ended.returncode == 0)
        return told


def deploy(url: str, folder: Path) -> Deployment:
    """Migrate the database and create a key."""
    migrated = command("migrate", "--database", url, cwd=folder)
    assert migrated.returncode == 0, migrated.stderr
    made = command(
        *("keys", "create", "--name", "tests", "--scope", "admin", "--database", url, "--json"),
        cwd=folder,
    )
    assert made.returncode == 0, made.stderr
    return Deployment(url, folder, json.loads(made.stdout)["secret"])


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
    return deploy(request.getfixturevalue("durable_database"), tmp_path)


@pytest.fixture
def on_sqlite(tmp_path: Path) -> Deployment:
    return deploy(f"sqlite:{tmp_path}/points.sqlite", tmp_path)


@pytest.fixture
def on_postgres(durable_database: str, tmp_path: Path) -> Deployment:
    return deploy(durable_database, tmp_path)
