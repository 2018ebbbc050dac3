"""Many callers at once, on one server and on two with one database."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from typing import Any

import pytest

from tests.process.api import Answer, Api, move
from tests.process.conftest import Deployment

AT_ONCE = 20


@pytest.fixture(params=[1, 2], ids=["one server", "two servers"])
def urls(request: pytest.FixtureRequest, deployment: Deployment) -> Iterator[list[str]]:
    """One or two servers on the deployment's database; they shut down gracefully."""
    with ExitStack() as running:
        servers = [running.enter_context(deployment.serve()) for _ in range(request.param)]
        yield [server.wait_until_ready() for server in servers]
        assert [server.stop() for server in servers] == [0] * request.param
        assert [server.errors for server in servers] == [""] * request.param
    assert deployment.verify()["sound"] is True


def at_once(
    deployment: Deployment, urls: Sequence[str], ask: Callable[[Api, int], Answer]
) -> list[Answer]:
    """The answers to AT_ONCE callers who send their requests at the same moment."""
    answers: list[Answer] = []
    together = threading.Barrier(AT_ONCE)

    def run(place: int) -> None:
        api = Api(urls[place % len(urls)], deployment.secret)
        api.get("/v1/programs")
        together.wait(60)
        answers.append(ask(api, place))

    threads = [threading.Thread(target=run, args=(place,)) for place in range(AT_ONCE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == AT_ONCE
    return answers


def test_twenty_cancels_have_one_effect_and_one_answer(
    deployment: Deployment, urls: list[str]
) -> None:
    api = Api(urls[0], deployment.secret)
    (account,) = api.open_accounts(1)
    api.move(account, "accrue", "100")
    redeemed = api.move(account, "redeem", "60")["id"]
    path = f"/v1/transactions/{redeemed}/cancel"
    answers = at_once(deployment, urls, lambda each, _: each.ask("POST", path, {}))
    assert {answer.status for answer in answers} == {200}
    assert len({answer.body["id"] for answer in answers}) == 1
    assert {answer.body["amount"] for answer in answers} == {"60"}
    assert Counter(bool(answer.body.get("already_cancelled")) for answer in answers) == {
        True: AT_ONCE - 1,
        False: 1,
    }
    assert api.balance(account)["active"] == "100"
    assert [row["type"] for row in api.journal(account)] == ["cancel", "redeem", "accrue"]


def test_twenty_retries_of_one_cancel_get_the_same_answer(
    deployment: Deployment, urls: list[str]
) -> None:
    api = Api(urls[0], deployment.secret)
    (account,) = api.open_accounts(1)
    api.move(account, "accrue", "100")
    redeemed = api.move(account, "redeem", "60")["id"]
    path = f"/v1/transactions/{redeemed}/cancel"
    answers = at_once(deployment, urls, lambda each, _: each.ask("POST", path, {}, key="once"))
    assert {answer.status for answer in answers} == {200}
    assert all(answer.body == answers[0].body for answer in answers)
    replayed = Counter("idempotency-replayed" in answer.headers for answer in answers)
    assert replayed == {True: AT_ONCE - 1, False: 1}
    assert len(list(api.journal(account))) == 3


def test_the_last_points_are_spent_once(deployment: Deployment, urls: list[str]) -> None:
    api = Api(urls[0], deployment.secret)
    (account,) = api.open_accounts(1)
    api.move(account, "accrue", "100")
    path = f"/v1/accounts/{account}/transactions"
    answers = at_once(deployment, urls, lambda each, _: each.ask("POST", path, move("redeem", "9")))
    assert Counter(answer.status for answer in answers) == {201: 11, 409: AT_ONCE - 11}
    codes = {answer.body["code"] for answer in answers if answer.status == 409}
    assert codes == {"insufficient_points"}
    assert api.balance(account)["active"] == "1"


def test_the_same_accounts_through_all_servers(deployment: Deployment, urls: list[str]) -> None:
    """All callers add to and take from the same three accounts; the sums are right."""
    api = Api(urls[0], deployment.secret)
    accounts = api.open_accounts(3)
    rounds = 10

    def ask(each: Api, place: int) -> Answer:
        for turn in range(rounds):
            account = accounts[(place + turn) % len(accounts)]
            each.move(account, "accrue", "3")
            last = each.ask(
                "POST", f"/v1/accounts/{account}/transactions", move("redeem", "1", reason="x")
            )
            assert last.status == 201
        return last

    at_once(deployment, urls, ask)
    balances = [int(api.balance(account)["active"]) for account in accounts]
    assert sum(balances) == AT_ONCE * rounds * 2
    rows: list[Any] = [row for account in accounts for row in api.journal(account)]
    assert len(rows) == AT_ONCE * rounds * 2


def test_twenty_registrations_are_one_member(deployment: Deployment, urls: list[str]) -> None:
    """Registrations of one person, whichever process gets them."""
    api = Api(urls[0], deployment.secret)
    program = api.post("/v1/programs", {"name": "Club"})["id"]
    body = {
        "loyalty_program_id": int(program.removeprefix("prg_"), 16),
        "matching": "phone",
        "phone": "+7 900 000-00-01",
    }
    path = "/api/v1.1/loyalty/register_member"
    answers = at_once(deployment, urls, lambda each, _: each.ask("POST", path, body))
    assert Counter(answer.body["error"] for answer in answers) == {0: AT_ONCE}
    assert len({answer.body["profile_id"] for answer in answers}) == 1
    assert len(api.get(f"/v1/programs/{program}/members")["data"]) == 1
