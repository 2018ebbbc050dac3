"""Several processes: one answer of `/metrics` for all, which outlives each; and their budget."""

from __future__ import annotations

import json
import re
import time
import urllib.request
from pathlib import Path

import psutil
import pytest

from tests.process.api import Api
from tests.process.conftest import Deployment
from tests.process.running import Running, forked
from tests.watching.reading import Metrics

PATIENCE_S = 30.0

SETTINGS = {"STAMPBOOK_LOG_FORMAT": "json", "STAMPBOOK_ACCESS_LOG": "all"}


def metrics_of(url: str) -> Metrics:
    """What a process says that the kernel chooses: each request has a connection of its own."""
    with urllib.request.urlopen(f"{url}/metrics", timeout=PATIENCE_S) as answer:  # noqa: S310
        return Metrics(answer.read().decode())


def asked(url: str, times: int) -> None:
    for _ in range(times):
        urllib.request.urlopen(f"{url}/healthz", timeout=PATIENCE_S).close()  # noqa: S310


def healthy(found: Metrics) -> float:
    return found.value("stampbook_http_requests_total", dialect="site", route="/healthz")


def until(condition: object) -> None:
    end = time.monotonic() + PATIENCE_S
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < end
        time.sleep(0.05)


def test_one_answer_for_all_processes_that_outlives_them(on_postgres: Deployment) -> None:
    arguments = ("serve", "--port", "0", "--workers", "3", "--database", on_postgres.url)
    with Running(*arguments, cwd=on_postgres.folder, environment=SETTINGS) as server:
        url = server.wait_until_ready()
        asked(url, 60)
        assert {healthy(metrics_of(url)) for _ in range(10)} == {60}
        lines = [json.loads(line) for line in server.errors.splitlines()]
        assert {line["status"] for line in lines if line["msg"].startswith("GET")} == {200}
        family = psutil.Process(server.process.pid)
        until(lambda: metrics_of(url).value("process_open_fds") > 30)
        killed = family.children()[0]
        killed.kill()
        errors = server.wait_for_error("is being replaced")
        (said,) = [line for line in errors.splitlines() if "is being replaced" in line]
        line = json.loads(said)
        assert f"(pid {killed.pid}) died of SIGKILL" in line["msg"]
        assert (line["level"], line["logger"]) == ("error", "stampbook.commands.processes")
        until(lambda: len(family.children()) == 3)
        asked(url, 40)
        assert {healthy(metrics_of(url)) for _ in range(10)} == {100}
        # The worker of this server is in the first process, which was replaced.
        api = Api(url, on_postgres.secret)
        (account,) = api.open_accounts(1)
        api.move(account, "accrue", "1")
        found = metrics_of(url)
        assert found.value("stampbook_ledger_transactions_total", dialect="native") == 1
        assert found.value("stampbook_build_info", store="postgresql") == 1
        until(lambda: metrics_of(url).value("stampbook_db_connections", state="limit") == 48)
        assert server.stop() == 0


def test_connections_must_fit_into_the_server(on_postgres: Deployment, tmp_path: Path) -> None:
    environment = {"STAMPBOOK_POOL_SIZE": "400"}
    arguments = ("--port", "0", "--workers", "2", "--database", on_postgres.url)
    ended = forked("serve", *arguments, cwd=tmp_path, environment=environment)
    assert (ended.returncode, ended.stdout) == (2, "")
    (line,) = ended.stderr.splitlines()
    found = re.search(r"are (\d+) connections, .*max_connections is (\d+)\. (.*)", line)
    assert found is not None, line
    assert (int(found[1]), found[3]) == (
        2 * 400 + 3,
        "Lower workers or pool_size, or raise max_connections.",
    )
    assert int(found[2]) < 803


@pytest.mark.parametrize("size", [4, 7])
def test_a_small_pool_is_enough(on_postgres: Deployment, size: int) -> None:
    environment = {"STAMPBOOK_POOL_SIZE": str(size)}
    arguments = ("serve", "--port", "0", "--database", on_postgres.url)
    with Running(*arguments, cwd=on_postgres.folder, environment=environment) as server:
        url = server.wait_until_ready()
        api = Api(url, on_postgres.secret)
        (account,) = api.open_accounts(1)
        api.move(account, "accrue", "1")
        found = metrics_of(url)
        assert found.value("stampbook_db_connections", state="limit") == size
        ready = api.get("/readyz")["checks"]
        assert ready["connections"]["status"] == "ok"
        assert server.stop() == 0
