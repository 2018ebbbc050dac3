"""`doctor` prints a line for each check, and exits with status 1 if one fails."""

from __future__ import annotations

import json
import os
import socket
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from tests.process.conftest import Deployment
from tests.process.forking import Forking

UNUSABLE = ["database", "schema", "writes", "disk", "connections"]

NEVER = 2**62

KEPT_EXPORT = """
    INSERT INTO exports (tenant_id, program_id, kind, format, status, created_at, file, file_until)
    VALUES (1, 1, 'lots', 'csv', 'done', 1, '00000000000000000000000000000000', ?)
"""

NAMES = ["settings", "port", *UNUSABLE, "files", "folder"]


def examined(forking: Forking, folder: Path, url: str, **variables: str) -> tuple[int, Any]:
    ended = forking.command(
        "doctor", "--database", url, "--json", cwd=folder, environment=variables
    )
    found = json.loads(ended.stdout)
    assert list(found["checks"]) == NAMES
    failing = [name for name in NAMES if found["checks"][name]["status"] == "failing"]
    assert found["status"] == ("failing" if failing else "ok")
    assert ended.returncode == (1 if failing else 0)
    return ended.returncode, failing


def test_all_is_well_while_a_server_runs(deployment: Deployment, forking: Forking) -> None:
    with deployment.serve() as server:
        port = server.wait_until_ready().rpartition(":")[2]
        ended = forking.command(
            *("doctor", "--database", deployment.url),
            cwd=deployment.folder,
            environment={"STAMPBOOK_PORT": port, "STAMPBOOK_PROT": "1"},
        )
        assert server.stop() == 0
    lines = [line.split() for line in ended.stdout.splitlines()]
    assert [(status, name) for status, name, *_ in lines] == [("ok", name) for name in NAMES]
    assert "is in use" in ended.stdout
    assert ended.returncode == 0
    assert ended.stderr.startswith("stampbook: warning: STAMPBOOK_PROT is not a setting.")


def test_what_fails_is_named(on_sqlite: Deployment, forking: Forking, tmp_path: Path) -> None:
    file = tmp_path / "points.sqlite"
    file.chmod(0o644)
    assert examined(forking, tmp_path, on_sqlite.url) == (1, ["files"])
    file.chmod(0o600)
    variables = {"STAMPBOOK_HOST": "192.0.2.1"}
    assert examined(forking, tmp_path, on_sqlite.url, **variables) == (1, ["port"])
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute(KEPT_EXPORT, (NEVER,))
    assert examined(forking, tmp_path, on_sqlite.url) == (1, ["folder"])
    Path(f"{file}-files").mkdir()
    Path(f"{file}-files", "0" * 32).touch()
    assert examined(forking, tmp_path, on_sqlite.url) == (0, [])
    for variable, value in (("WORKERS", "2"), ("ANCHOR_KEY_FILE", "none")):
        variables = {f"STAMPBOOK_{variable}": value}
        assert examined(forking, tmp_path, on_sqlite.url, **variables) == (1, ["settings"])
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("DELETE FROM schema_migrations WHERE version > '2026112900'")
    assert examined(forking, tmp_path, on_sqlite.url) == (1, [*UNUSABLE[1:], "folder"])
    os.truncate(file, 4096)
    assert examined(forking, tmp_path, on_sqlite.url) == (1, [*UNUSABLE, "folder"])


def test_a_server_that_does_not_answer(forking: Forking, tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"postgresql://anna@127.0.0.1:{taken.getsockname()[1]}/points"
        assert examined(forking, tmp_path, url) == (1, [*UNUSABLE, "folder"])


def test_an_empty_place(forking: Forking, tmp_path: Path) -> None:
    url = f"sqlite:{tmp_path}/none.sqlite"
    assert examined(forking, tmp_path, url) == (1, [*UNUSABLE, "folder"])
    assert list(tmp_path.iterdir()) == []


def test_only_reading(on_postgres: Deployment, forking: Forking, tmp_path: Path) -> None:
    url = f"{on_postgres.url}?default_transaction_read_only=on"
    assert examined(forking, tmp_path, url) == (1, ["writes"])
