"""Requests that are sent again have one effect, and what cannot be answered is said in time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import httpx
import pytest

from stampbook_client import (
    AsyncStampbook,
    NoAnswerError,
    ProblemError,
    Retries,
    Stampbook,
    TimedOutError,
    UnexpectedAnswerError,
)
from stampbook_client.problems import (
    BY_CODE,
    IdempotencyKeyReusedError,
    InsufficientPointsError,
    InvalidRequestError,
    NotFoundError,
    OverloadedError,
    RateLimitedError,
    UnauthenticatedError,
)
from stampbook_client.retrying import asked_for
from tests.clients.conftest import FAST, Shop
from tests.clients.serving import Line

WRITES: dict[str, Callable[[AsyncStampbook, Shop], Any]] = {
    "accrue": lambda client, shop: client.accounts.accrue(shop.account, 5),
    "member": lambda client, shop: client.members.create(shop.program, name="Ben"),
    "bulk": lambda client, shop: client.bulk.run(
        operations=[{"op": "accrue", "account_id": shop.account, "amount": "5.00"}]
    ),
}


@pytest.mark.parametrize("kind", WRITES)
async def test_lost_answers_have_one_effect(shop: Shop, kind: str) -> None:
    """For a write of the ledger, of what is administered, and of many in one request."""
    async with Line(shop.server.url, losing={1, 2, 3}) as line:
        # A connection for each attempt: the line counts them.
        limits = httpx.Limits(max_keepalive_connections=0)
        async with httpx.AsyncClient(limits=limits) as http:
            client = AsyncStampbook(line.url, shop.server.secret, retries=FAST, http_client=http)
            await WRITES[kind](client, shop)
    assert line.connections == 4
    rows = [each async for each in shop.client.accounts.transactions(shop.account)]
    members = [each async for each in shop.client.members.list(shop.program)]
    assert (len(rows), len(members)) == ((0, 2) if kind == "member" else (1, 1))


async def test_of_threads_too(shop: Shop) -> None:
    async with Line(shop.server.url, losing={1, 2}) as line:

        def act() -> Decimal:
            limits = httpx.Limits(max_keepalive_connections=0)
            with httpx.Client(limits=limits) as http:
                client = Stampbook(line.url, shop.server.secret, retries=FAST, http_client=http)
                return client.accounts.accrue(shop.account, Decimal("7.50")).balance_after

        assert await asyncio.to_thread(act) == Decimal("7.50")
    assert line.connections == 3
    assert (await shop.client.accounts.balance(shop.account)).active == Decimal("7.50")


async def test_a_call_that_had_no_answer_can_be_repeated(shop: Shop) -> None:
    async with Line(shop.server.url, losing={1, 2}) as line:
        once = Retries(most=0)
        async with AsyncStampbook(line.url, shop.server.secret, retries=once) as client:
            with pytest.raises(NoAnswerError) as lost:
                await client.accounts.accrue(shop.account, 5)
            key = lost.value.idempotency_key
            assert key
            await shop.client.accounts.accrue(shop.account, 5, idempotency_key=key)
            with pytest.raises(NoAnswerError) as read:
                await client.accounts.get(shop.account)
            assert read.value.idempotency_key is None
    rows = [each async for each in shop.client.accounts.transactions(shop.account)]
    assert [each.amount for each in rows] == [Decimal("5.00")]
    with pytest.raises(IdempotencyKeyReusedError):
        await shop.client.accounts.accrue(shop.account, 6, idempotency_key=key)


class Answers(httpx.AsyncBaseTransport):
    """What a proxy or a busy server answers, one after the other; it notes what was asked."""

    def __init__(self, *answers: httpx.Response | Exception) -> None:
        self.answers = list(answers)
        self.asked: list[httpx.Request] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """See httpx."""
        self.asked.append(request)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


def problem(status: int, code: str, **headers: str) -> httpx.Response:
    body = {"type": "", "title": "", "status": status, "detail": "", "code": code, "errors": []}
    return httpx.Response(status, json=body, headers=headers)


PROGRAM: dict[str, Any] = {
    "id": "prg_1", "name": "Coffee club", "timezone": "UTC", "status": "active", "starts_at": None,
    "ends_at": None, "metadata": {}, "created_at": "2026-03-01T12:00:00Z", "new_field": [1.5],
    "updated_at": "2026-03-01T12:00:00.000001Z",
}  # fmt: skip


def of(answers: Answers, retries: Retries = FAST) -> AsyncStampbook:
    http = httpx.AsyncClient(transport=answers)
    return AsyncStampbook("http://test", "sbk_test", retries=retries, http_client=http)


async def test_what_passes_is_tried_again_with_the_same_key() -> None:
    answers = Answers(
        httpx.ConnectError("refused"),
        httpx.ReadTimeout("late"),
        problem(503, "overloaded", **{"Retry-After": "0"}),
        httpx.Response(502, text="<html>bad gateway"),
        httpx.Response(201, json=PROGRAM),
    )
    program = await of(answers).programs.create(name="Coffee club")
    assert program.updated_at.microsecond == 1
    assert program.updated_at.utcoffset() is not None
    keys = {each.headers["Idempotency-Key"] for each in answers.asked}
    assert len(answers.asked) == 5
    assert len(keys) == 1
    await_next = Answers(httpx.Response(201, json=PROGRAM))
    await of(await_next).programs.create(name="Coffee club")
    assert await_next.asked[0].headers["Idempotency-Key"] not in keys


async def test_what_does_not_pass_is_raised() -> None:
    """After as many attempts as were asked for; what asks for too long a wait at once."""
    most = Answers(*(problem(503, "overloaded") for _ in range(5)))
    with pytest.raises(OverloadedError):
        await of(most).programs.get("prg_1")
    assert most.answers == []
    late = Answers(problem(429, "rate_limited", **{"Retry-After": "3600"}))
    with pytest.raises(RateLimitedError) as limited:
        await of(late).programs.get("prg_1")
    assert limited.value.retry_after_s == 3600
    slow = Answers(httpx.ReadTimeout("late"))
    with pytest.raises(TimedOutError):
        await of(slow, Retries(most=0)).programs.get("prg_1")
    for strange in (httpx.Response(200, text="hello"), httpx.Response(404, text="<html>"),
                    httpx.Response(302, headers={"Location": "/"}),
                    httpx.Response(200, json={"id": 7})):  # fmt: skip
        with pytest.raises(UnexpectedAnswerError):
            await of(Answers(strange)).programs.get("prg_1")
    with pytest.raises(ProblemError) as later:
        await of(Answers(problem(409, "a_later_code"))).programs.get("prg_1")
    assert (type(later.value), later.value.code) == (ProblemError, "a_later_code")


def test_waits() -> None:
    """They double up to a bound, are shortened by at most a half, and obey the server."""
    retries = Retries(most=6, first_s=1, longest_s=8)
    for failures, most in enumerate((1, 2, 4, 8, 8, 8), 1):
        for _ in range(50):
            wait_s = retries.wait_s(failures)
            assert wait_s is not None
            assert most / 2 <= wait_s <= most
    assert retries.wait_s(7) is None
    assert retries.wait_s(1, 20) == 20
    assert retries.wait_s(1, 61) is None
    assert [asked_for(each) for each in (None, "7", "soon", "-1")] == [None, 7, None, None]


async def test_problems_are_exceptions_of_their_codes(shop: Shop) -> None:
    await shop.client.accounts.accrue(shop.account, "12.50")
    with pytest.raises(InsufficientPointsError) as refused:
        await shop.client.accounts.redeem(shop.account, 1000)
    assert (refused.value.active, refused.value.status) == (Decimal("12.50"), 409)
    assert refused.value.request_id
    with pytest.raises(NotFoundError):
        await shop.client.accounts.get("acc_ffff")
    with pytest.raises(InvalidRequestError) as invalid:
        await shop.client.accounts.accrue(shop.account, "1.005")
    assert [each.pointer for each in invalid.value.problem.errors] == ["/amount"]
    with pytest.raises(UnauthenticatedError):
        await shop.client.signed_in("sbk_wrong").programs.get(shop.program)
    assert all(BY_CODE[code].__mro__[1] is ProblemError for code in BY_CODE)


async def test_options_of_writes(shop: Shop) -> None:
    accounts = shop.client.accounts
    tried = await accounts.accrue(shop.account, 5, dry_run=True)
    assert tried.balance_after == 5
    assert (await accounts.balance(shop.account)).active == 0
    done = await accounts.accrue(
        shop.account, 5, actor="anna@till-3", expected_seq={shop.account: 0}, metadata={"kg": 0.5}
    )
    assert (done.actor, done.metadata) == ("anna@till-3", {"kg": 0.5})
    with pytest.raises(ProblemError, match="account_moved"):
        await accounts.accrue(shop.account, 5, expected_seq={shop.account: 0})
