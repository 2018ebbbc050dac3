"""A backup made under load holds one instant; restored, it is the same database."""

from __future__ import annotations

import json
import stat
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from stampbook.storage.postgres.temporary import TemporaryPostgres
from tests.operating.lines import lines_of
from tests.process.api import Api, move
from tests.process.conftest import Deployment
from tests.process.forking import Forking


@pytest.fixture
def target(deployment: Deployment, request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of a database that does not exist yet, of the same kind."""
    if not deployment.is_postgres:
        yield f"sqlite:{deployment.folder}/restored.sqlite"
        return
    server: TemporaryPostgres = request.getfixturevalue("durable_postgres_server")
    yield server.database_url("restored")
    server.drop_database("restored")


@contextmanager
def load(url: str, secret: str, account: str) -> Iterator[list[dict[str, object]]]:
    """Accrue without a pause; the answers."""
    stopping = threading.Event()
    answers: list[dict[str, object]] = []
    api = Api(url, secret)

    def run() -> None:
        while not stopping.is_set():
            path = f"/v1/accounts/{account}/transactions"
            answer = api.ask("POST", path, move("accrue", "1"), key=f"load-{len(answers)}")
            assert answer.status == 201
            answers.append(answer.body)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield answers
    finally:
        stopping.set()
        thread.join()


def test_a_backup_under_load(deployment: Deployment, target: str, forking: Forking) -> None:
    file = deployment.folder / "points.backup"
    place = ("--database", deployment.url)
    with deployment.serve() as server:
        url = server.wait_until_ready()
        api = Api(url, deployment.secret)
        (account,) = api.open_accounts(1)
        first = api.move(account, "accrue", "100")
        with load(url, deployment.secret, account):
            ended = forking.command("backup", str(file), *place, "--json", cwd=deployment.folder)
        assert ended.returncode == 0, ended
        assert server.stop() == 0
    manifest = json.loads(ended.stdout)
    beside = file.with_name("points.backup.manifest.json")
    assert json.loads(beside.read_text("utf-8")) == manifest
    assert {stat.S_IMODE(each.stat().st_mode) for each in (file, beside)} == {0o600}
    restored = forking.command(
        "restore", str(file), "--database", target, "--json", cwd=deployment.folder
    )
    assert restored.returncode == 0, restored
    assert json.loads(restored.stdout) == {**manifest, "sound": True}
    rows = manifest["rows"]["transactions"]
    copy = Deployment(target, deployment.folder, deployment.secret)
    assert (copy.verify()["sound"], copy.verify()["transactions"]) == (True, rows)
    with copy.serve() as server:
        api = Api(server.wait_until_ready(), deployment.secret)
        assert first.items() <= api.get(f"/v1/transactions/{first['id']}").items()
        assert api.balance(account)["active"] == str(100 + rows - 1)
        # The key of a request that came before the backup still answers with its row.
        if rows > 1:
            path = f"/v1/accounts/{account}/transactions"
            again = api.ask("POST", path, move("accrue", "1"), key="load-0")
            assert again.headers["idempotency-replayed"] == "true"
        api.move(account, "accrue", "1")
        assert server.stop() == 0
    assert copy.verify()["transactions"] == rows + 1


def test_what_is_refused(deployment: Deployment, target: str, forking: Forking) -> None:
    folder = deployment.folder
    place = ("--database", deployment.url)
    assert forking.command("backup", "a", *place, cwd=folder).returncode == 0
    (line,) = lines_of(forking, [("backup", "a", *place)], folder)
    assert "a exists. Name a new file" in line
    (line,) = lines_of(forking, [("restore", "a", *place)], folder)
    assert "is not empty. Name an empty database" in line
    (line,) = lines_of(forking, [("restore", "b", "--database", target)], folder)
    assert "b.manifest.json does not exist" in line
    (line,) = lines_of(forking, [("backup", "none/a", *place)], folder)
    assert "No such file" in line
    other = (
        f"sqlite:{folder}/o.sqlite" if deployment.is_postgres else "postgresql://x@127.0.0.1:1/x"
    )
    (line,) = lines_of(forking, [("restore", "a", "--database", other)], folder)
    assert "Name an empty database of that kind" in line


def changed_file(folder: Path) -> None:
    with (folder / "a").open("r+b") as stream:
        stream.seek(-1, 2)
        (last,) = stream.read()
        stream.seek(-1, 2)
        stream.write(bytes([last ^ 1]))


def cut_file(folder: Path) -> None:
    with (folder / "a").open("r+b") as stream:
        stream.truncate(1_000)


def changed_manifest(folder: Path) -> None:
    place = folder / "a.manifest.json"
    place.write_text(place.read_text("utf-8").replace('"accounts": 0', '"accounts": 1'), "utf-8")


def cut_manifest(folder: Path) -> None:
    (folder / "a.manifest.json").write_text("{", "utf-8")


@pytest.mark.parametrize("change", [changed_file, cut_file, changed_manifest, cut_manifest])
def test_a_backup_that_does_not_verify(
    change: object, deployment: Deployment, target: str, forking: Forking
) -> None:
    folder = deployment.folder
    assert forking.command("backup", "a", "--database", deployment.url, cwd=folder).returncode == 0
    change(folder)  # type: ignore[operator]
    ended = forking.command("restore", "a", "--database", target, cwd=folder)
    assert (ended.returncode, ended.stdout) == (1, ""), ended
    assert len(ended.stderr.splitlines()) == 1


def test_no_program(on_postgres: Deployment, forking: Forking, tmp_path: Path) -> None:
    asked = ("backup", "a", "--database", on_postgres.url, "--programs", str(tmp_path))
    (line,) = lines_of(forking, [asked], tmp_path)
    assert "there is no pg_dump in" in line
    assert list(tmp_path.iterdir()) == []
