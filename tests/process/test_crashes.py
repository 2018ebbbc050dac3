"""A server is killed under load, again and again. Afterwards everything exists exactly once."""

from __future__ import annotations

import itertools
import json
import os
import random
import socket
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from stampbook.storage.postgres.temporary import TemporaryPostgres
from tests.process.api import Api
from tests.process.conftest import Deployment
from tests.process.forking import environment_of

KILLS = int(os.environ.get("STAMPBOOK_KILLS", "4"))
"""`make kills` raises it."""

LOADERS = 2
PROJECT = Path(__file__).parents[2]


class Loader:
    """A process of tests.process.loading."""

    def __init__(self, url: str, secret: str, seed: str, accounts: list[str]) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.process.loading", url, secret, seed, *accounts],
            cwd=PROJECT,
            env=environment_of(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def wait_for_answers(self, lines: int) -> None:
        """Return after this many more lines of progress."""
        assert self._process.stdout is not None
        for _ in range(lines):
            assert self._process.stdout.readline().startswith("answered ")

    def finish(self) -> list[dict[str, Any]]:
        """All answers that the process got."""
        output, _ = self._process.communicate("stop\n", timeout=120)
        assert self._process.returncode == 0
        answers: list[dict[str, Any]] = json.loads(output.splitlines()[-1])
        return answers

    def abandon(self) -> None:
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()


def free_port() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return str(probe.getsockname()[1])


@pytest.mark.slow
def test_killed_under_load(deployment: Deployment) -> None:
    chance, port = random.Random(7), free_port()
    with deployment.serve("--port", port) as server:
        url = server.wait_until_ready()
        accounts = Api(url, deployment.secret).open_accounts(8)
        server.stop()
    loaders = [Loader(url, deployment.secret, f"l{each}", accounts) for each in range(LOADERS)]
    try:
        for _ in range(KILLS):
            with deployment.serve("--port", port) as server:
                server.wait_until_ready()
                loaders[0].wait_for_answers(chance.randint(1, 8))
                server.kill()
        with deployment.serve("--port", port) as server:
            server.wait_until_ready()
            loaders[0].wait_for_answers(2)
            answers = [each for loader in loaders for each in loader.finish()]
            api = Api(url, deployment.secret)
            check_answers(api, accounts, answers)
            ask_again(api, chance.sample(answers, 100))
            assert server.stop() == 0
            assert server.errors == ""
    finally:
        for loader in loaders:
            loader.abandon()
    told = deployment.verify()
    assert told["sound"] is True, told
    assert any(each["tries"] > 1 for each in answers), "no request was ever cut"


@pytest.mark.slow
@pytest.mark.postgres
def test_the_database_is_killed_under_load(
    on_postgres: Deployment, durable_postgres_server: TemporaryPostgres
) -> None:
    """The server survives, and finds out what became of the commits whose answers were lost."""
    chance = random.Random(11)
    with on_postgres.serve() as server:
        url = server.wait_until_ready()
        accounts = Api(url, on_postgres.secret).open_accounts(8)
        loader = Loader(url, on_postgres.secret, "d", accounts)
        try:
            for _ in range(KILLS):
                loader.wait_for_answers(chance.randint(1, 8))
                durable_postgres_server.crash()
                durable_postgres_server.start()
            loader.wait_for_answers(2)
            answers = loader.finish()
        finally:
            loader.abandon()
        assert "stampbook.ledger.lane: a submission failed" not in server.errors
        api = Api(url, on_postgres.secret)  # a connection that has not been idle for minutes
        check_answers(api, accounts, answers)
        ask_again(api, chance.sample(answers, 100))
        assert server.stop() == 0
    assert on_postgres.verify()["sound"] is True


def check_answers(api: Api, accounts: list[str], answers: list[dict[str, Any]]) -> None:
    """Check that the journal holds each answered transaction once, and nothing else."""
    assert {each["status"] for each in answers} <= {200, 201, 409}
    journal = {
        row["reason"]: row for account in accounts for row in api.journal(account) if row["reason"]
    }
    rows = Counter(row["reason"] for account in accounts for row in api.journal(account))
    assert set(rows.values()) <= {1}
    done = {each["key"]: each for each in answers if each["transaction"]}
    assert journal.keys() == done.keys()
    for key, answer in done.items():
        row = journal[key]
        assert (row["id"], row["amount"]) == (answer["transaction"], answer["amount"])
    for account in accounts:
        _check_chain(list(api.journal(account)), api.balance(account))


def _check_chain(rows: list[Any], balance: Any) -> None:
    assert [row["seq"] for row in rows] == list(range(len(rows), 0, -1))
    for later, earlier in itertools.pairwise(rows):
        assert later["balance_before"] == earlier["balance_after"]
    assert not rows or rows[0]["balance_after"] == balance["active"]


def ask_again(api: Api, answers: list[dict[str, Any]]) -> None:
    """Check that a retry with the key has no second effect and gets the first answer."""
    for each in answers:
        if each["transaction"]:
            again = api.ask("POST", each["path"], each["body"], key=each["key"])
            assert again.status == each["status"]
            assert again.body["id"] == each["transaction"]
            assert again.headers["idempotency-replayed"] == "true"
