"""The processes of one server, each of which owns accounts: killed, stopped, asked at once."""

from __future__ import annotations

import os
import random
import signal
import threading
from collections import Counter
from collections.abc import Iterator
from typing import Any

import psutil
import pytest

from tests.process.api import Answer, Api, move
from tests.process.conftest import Deployment
from tests.process.running import Running
from tests.process.test_concurrency import AT_ONCE, at_once
from tests.process.test_crashes import Loader, ask_again, check_answers

pytestmark = pytest.mark.postgres

KILLS = int(os.environ.get("STAMPBOOK_KILLS", "4"))
"""`make kills` raises it."""


@pytest.fixture
def server(on_postgres: Deployment) -> Iterator[Running]:
    with on_postgres.serve("--workers", "2") as server:
        yield server
        assert server.stop() == 0
    assert on_postgres.verify()["sound"] is True


def children(server: Running) -> list[psutil.Process]:
    """The processes that serve, the oldest first."""
    return psutil.Process(server.process.pid).children()


def end_one(server: Running, number: signal.Signals, chance: random.Random) -> None:
    """Signal one of two processes, and wait until another one has taken its place."""
    before = children(server)
    assert len(before) == 2
    chosen = chance.choice(before)
    chosen.send_signal(number)
    server.wait_for_error(f"(pid {chosen.pid}) ")
    while len(children(server)) < 2:
        pass


@pytest.mark.slow
def test_processes_are_killed_under_load(server: Running, on_postgres: Deployment) -> None:
    """Half of the requests to few accounts are decided by the process that is killed, or were
    handed over by it. With keys, each has one effect, and all that was answered is there."""
    chance = random.Random(19)
    api = Api(server.wait_until_ready(), on_postgres.secret)
    accounts = api.open_accounts(4)
    loaders = [Loader(api.url, on_postgres.secret, f"o{each}", accounts) for each in range(2)]
    try:
        for _ in range(KILLS):
            loaders[0].wait_for_answers(chance.randint(1, 8))
            end_one(server, signal.SIGKILL, chance)
        loaders[0].wait_for_answers(2)
        answers = [each for loader in loaders for each in loader.finish()]
    finally:
        for loader in loaders:
            loader.abandon()
    api = Api(api.url, on_postgres.secret)
    check_answers(api, accounts, answers)
    ask_again(api, chance.sample(answers, 100))
    assert "a submission failed" not in server.errors
    assert any(each["tries"] > 1 for each in answers), "no request was ever cut"


class Nameless(threading.Thread):
    """Sends movements without a key, each once, each with a reason of its own."""

    def __init__(self, api: Api, accounts: list[str], name: str) -> None:
        super().__init__()
        self._api, self._accounts, self._name = api, accounts, name
        self.stopping = False
        self.answers: dict[str, Answer | None] = {}

    def run(self) -> None:
        while not self.stopping:
            reason = f"{self._name}-{len(self.answers)}"
            account = self._accounts[len(self.answers) % len(self._accounts)]
            path = f"/v1/accounts/{account}/transactions"
            answer = None
            try:
                answer = self._api.ask("POST", path, move("accrue", "1", reason=reason))
            except Exception:  # the connection was cut
                answer = None
            self.answers[reason] = answer


@pytest.mark.slow
def test_without_a_key_nothing_has_two_effects(server: Running, on_postgres: Deployment) -> None:
    chance = random.Random(23)
    api = Api(server.wait_until_ready(), on_postgres.secret)
    accounts = api.open_accounts(4)
    clients = [
        Nameless(Api(api.url, on_postgres.secret), accounts, f"n{each}") for each in range(6)
    ]
    for client in clients:
        client.start()
    try:
        for _ in range(KILLS):
            end_one(server, signal.SIGKILL, chance)
    finally:
        for client in clients:
            client.stopping = True
            client.join()
    api = Api(api.url, on_postgres.secret)
    kept = Counter(row["reason"] for account in accounts for row in api.journal(account))
    assert set(kept.values()) == {1}
    answers = {reason: each for client in clients for reason, each in client.answers.items()}
    done = {reason for reason, each in answers.items() if each is not None and each.status == 201}
    unknown = {reason for reason, each in answers.items() if each is None or each.status == 503}
    assert done <= kept.keys()
    assert kept.keys() <= done | unknown
    assert done | unknown == answers.keys()
    for each in answers.values():
        if each is not None and each.status == 503:
            assert "look whether the request has had its effect" in each.body["detail"]


@pytest.mark.slow
def test_a_process_that_stops_in_order_fails_no_request(
    server: Running, on_postgres: Deployment
) -> None:
    """Its connections are closed between requests; what was handed to it is answered."""
    chance = random.Random(29)
    api = Api(server.wait_until_ready(), on_postgres.secret)
    accounts = api.open_accounts(4)
    loaders = [Loader(api.url, on_postgres.secret, f"g{each}", accounts) for each in range(2)]
    try:
        for _ in range(2):
            loaders[0].wait_for_answers(2)
            end_one(server, signal.SIGTERM, chance)
        loaders[0].wait_for_answers(2)
        answers = [each for loader in loaders for each in loader.finish()]
    finally:
        for loader in loaders:
            loader.abandon()
    check_answers(Api(api.url, on_postgres.secret), accounts, answers)
    # A connection that is closed while idle may be used at that moment: no answer, no effect.
    assert not any(each["replayed"] for each in answers)


def test_twenty_requests_with_one_key(server: Running, on_postgres: Deployment) -> None:
    """Over both processes: one effect, one answer."""
    api = Api(server.wait_until_ready(), on_postgres.secret)
    for account in api.open_accounts(4):
        path = f"/v1/accounts/{account}/transactions"
        body: Any = move("accrue", "5")

        def ask(each: Api, _: int, path: str = path, body: Any = body) -> Answer:
            return each.ask("POST", path, body, key=f"one {path}")

        answers = at_once(on_postgres, [api.url], ask)
        assert {each.status for each in answers} == {201}
        assert len({each.body["id"] for each in answers}) == 1
        replayed = Counter("idempotency-replayed" in each.headers for each in answers)
        assert replayed == {True: AT_ONCE - 1, False: 1}
        assert len(list(api.journal(account))) == 1
