"""The life of a server: its start, its one line, and its end without losing anything."""

from __future__ import annotations

import signal
import socket
import sqlite3
import threading
import time
from contextlib import closing
from http.client import HTTPException
from pathlib import Path

import psutil
import pytest

from tests.process.api import Api, move
from tests.process.conftest import Deployment
from tests.process.running import Running, forked

START_S = 10.0
"""Less than a second on an idle machine; here other work may be running too."""


def test_one_line_when_it_accepts_requests(deployment: Deployment) -> None:
    with deployment.serve() as server:
        url = server.wait_until_ready()
        assert time.monotonic() - server.started_at < START_S
        api = Api(url, deployment.secret)
        assert api.ask("GET", "/healthz").status == 200
        assert api.get("/v1/programs")["data"] == []
        assert server.stop() == 0
        assert server.output == f"Stampbook serves {url} on {_place(deployment)}\n"
        assert server.errors == ""


def _place(deployment: Deployment) -> str:
    if not deployment.is_postgres:
        return deployment.url.removeprefix("sqlite:")
    scheme, _, rest = deployment.url.partition("://")
    user, _, place = rest.rpartition("@")
    return f"{scheme}://{user.partition(':')[0]}@{place}"


def test_without_a_database_it_makes_one_in_the_working_directory(tmp_path: Path) -> None:
    with Running("serve", "--port", "0", cwd=tmp_path, fresh=True) as server:
        url = server.wait_until_ready()
        assert Api(url, "none").ask("GET", "/v1/programs").status == 401
        assert server.stop() == 0
    assert (tmp_path / ".stampbook" / "stampbook.sqlite").is_file()
    assert forked("verify", cwd=tmp_path).returncode == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_finishes_what_it_was_asked_for(deployment: Deployment, number: int) -> None:
    """What was answered is in the journal once, and the server exits with 0."""
    with deployment.serve() as server:
        url = server.wait_until_ready()
        accounts = Api(url, deployment.secret).open_accounts(5)
        answered: list[str] = []
        enough, ended = threading.Event(), threading.Event()

        def ask(account: str) -> None:
            api = Api(url, deployment.secret)
            while not ended.is_set():
                try:
                    body = move("accrue", "1")
                    answer = api.ask("POST", f"/v1/accounts/{account}/transactions", body)
                except (OSError, HTTPException):
                    return
                assert answer.status in (201, 503), answer
                if answer.status == 201:
                    answered.append(answer.body["id"])
                if len(answered) > 200:
                    enough.set()

        clients = [threading.Thread(target=ask, args=(account,)) for account in accounts * 4]
        for client in clients:
            client.start()
        assert enough.wait(60)
        assert server.stop(number) == 0
        ended.set()
        for client in clients:
            client.join()
        assert server.errors == ""
    with deployment.serve() as server:
        api = Api(server.wait_until_ready(), deployment.secret)
        written = [row["id"] for account in accounts for row in api.journal(account)]
        assert len(written) == len(set(written))
        assert set(answered) <= set(written)
        assert server.stop() == 0
    assert deployment.verify()["sound"] is True


def test_an_older_schema_is_refused_with_the_command_to_run(on_sqlite: Deployment) -> None:
    with closing(sqlite3.connect(on_sqlite.url.removeprefix("sqlite:"))) as connection, connection:
        connection.execute(
            "DELETE FROM schema_migrations"
            " WHERE version = (SELECT max(version) FROM schema_migrations)"
        )
    for asked in (("serve", "--port", "0"), ("worker",), ("verify",), ("keys", "list")):
        ended = forked(*asked, "--database", on_sqlite.url, cwd=on_sqlite.folder)
        assert ended.returncode == 2
        assert "Run `stampbook migrate`" in ended.stderr
        assert ended.stdout == ""
    checked = forked("migrate", "--check", "--database", on_sqlite.url, cwd=on_sqlite.folder)
    assert checked.returncode == 1
    assert "pending" in checked.stdout


def test_a_newer_schema_is_refused(on_sqlite: Deployment) -> None:
    with closing(sqlite3.connect(on_sqlite.url.removeprefix("sqlite:"))) as connection, connection:
        connection.execute("INSERT INTO schema_migrations (version) VALUES ('99991231000000')")
    for asked in (("serve", "--port", "0"), ("worker",), ("migrate",)):
        ended = forked(*asked, "--database", on_sqlite.url, cwd=on_sqlite.folder)
        assert ended.returncode == 2
        assert "newer version of Stampbook" in ended.stderr


def test_an_empty_database_is_refused_by_all_that_do_not_serve(tmp_path: Path) -> None:
    for asked in (("worker",), ("verify",), ("keys", "list")):
        ended = forked(*asked, "--database", f"sqlite:{tmp_path}/none.sqlite", cwd=tmp_path)
        assert ended.returncode == 2
        assert "Run `stampbook migrate`" in ended.stderr
    assert not (tmp_path / "none.sqlite").exists()


def test_a_port_that_is_taken_is_said(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = str(other.getsockname()[1])
        ended = forked("serve", "--port", port, cwd=tmp_path)
    assert ended.returncode == 2
    assert f"port {port}" in ended.stderr


def test_a_database_that_does_not_answer_is_said(tmp_path: Path) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        port = nobody.getsockname()[1]
        url = f"postgresql://anna:geheim@127.0.0.1:{port}/points"
        ended = forked("serve", "--port", "0", "--database", url, cwd=tmp_path)
    assert ended.returncode == 2
    assert "Traceback" not in ended.stderr
    assert "geheim" not in ended.stderr


def test_several_processes_need_postgresql(tmp_path: Path) -> None:
    ended = forked("serve", "--workers", "2", "--port", "0", cwd=tmp_path)
    assert ended.returncode == 2
    assert "need PostgreSQL" in ended.stderr


@pytest.mark.postgres
def test_several_processes_share_the_port(on_postgres: Deployment) -> None:
    with on_postgres.serve("--workers", "2") as server:
        url = server.wait_until_ready()
        children = psutil.Process(server.process.pid).children()
        assert len(children) == 2
        api = Api(url, on_postgres.secret)
        (account,) = api.open_accounts(1)
        clients = [Api(url, on_postgres.secret) for _ in range(20)]
        for client in clients * 5:
            client.move(account, "accrue", "1")
        assert api.balance(account)["active"] == "100"

        children[0].kill()
        server_process = psutil.Process(server.process.pid)
        _wait_until(lambda: len(set(server_process.children()) - set(children)) == 1)
        _wait_until(lambda: _answers(url, on_postgres))
        assert server.stop() == 0
        assert server.output.count("\n") == 1
    assert not any(child.is_running() for child in children)
    assert on_postgres.verify()["sound"] is True


@pytest.mark.postgres
def test_children_end_when_their_parent_was_killed(on_postgres: Deployment) -> None:
    with on_postgres.serve("--workers", "2") as server:
        server.wait_until_ready()
        children = psutil.Process(server.process.pid).children()
        server.kill()
        _, alive = psutil.wait_procs(children, timeout=20)
        assert alive == []


def test_the_worker_alone_writes_down_what_is_due(deployment: Deployment) -> None:
    """A server that has gone has left a hold behind; the worker releases it at its deadline."""
    with deployment.serve() as server:
        api = Api(server.wait_until_ready(), deployment.secret)
        (account,) = api.open_accounts(1)
        api.move(account, "accrue", "10")
        api.move(account, "hold", "10", timeout_s=1)
        assert server.stop() == 0
    with Running("worker", "--database", deployment.url, cwd=deployment.folder) as worker:
        worker.wait_for("Stampbook works on")
        _wait_until(lambda: deployment.verify()["transactions"] == 3)
        assert worker.stop() == 0
        assert worker.output == f"Stampbook works on {_place(deployment)}\n"
        assert worker.errors == ""


def _answers(url: str, deployment: Deployment) -> bool:
    try:
        return Api(url, deployment.secret).ask("GET", "/healthz").status == 200
    except (OSError, HTTPException):
        return False


def _wait_until(condition: object, timeout_s: float = 20.0) -> None:
    until = time.monotonic() + timeout_s
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < until
        time.sleep(0.05)
