"""How fast callers may ask: token buckets by key and by address, in every dialect's words."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from stampbook.dialects.table import DIALECTS
from stampbook.programs import users
from stampbook.programs.people import sessions
from stampbook.storage.store import Store
from stampbook.watching.counting import MEMORY
from stampbook.watching.metrics import RATE_LIMITED
from tests.http.keys.door import ABROAD, HOME, SPEECHES, Door, opened

EVERY_DIALECT = pytest.mark.parametrize("dialect", SPEECHES)


@pytest.fixture
async def door(store: Store) -> AsyncIterator[Door]:
    """Keys may make 12 requests a minute, two at once; strangers 30, five at once."""
    async with opened(store, rate_limit_key=12, rate_limit_address=30) as one:
        yield one


def standing(answer: Any) -> tuple[int, int, int]:
    names = ("limit", "remaining", "reset")
    limit, remaining, reset = (int(answer.headers[f"x-ratelimit-{name}"]) for name in names)
    return limit, remaining, reset


def check_slow(answer: Any, dialect: str, wait_s: int) -> None:
    """The answer is the dialect's 429."""
    assert answer.status_code == 429, answer.text
    assert int(answer.headers["retry-after"]) == wait_s
    assert answer.json().items() >= {**SPEECHES[dialect].refusal}.items()


@EVERY_DIALECT
async def test_a_key_has_its_tokens(door: Door, dialect: str) -> None:
    secret, _ = await door.key()
    first, second = [await door.ask(dialect, secret) for _ in range(2)]
    assert 429 not in (first.status_code, second.status_code)
    assert standing(first) == (12, 1, 5)
    assert standing(second) == (12, 0, 10)
    third = await door.ask(dialect, secret)
    check_slow(third, dialect, 5)
    assert standing(third) == (12, 0, 10)
    door.clock.advance(seconds=4)
    check_slow(await door.ask(dialect, secret), dialect, 1)
    door.clock.advance(seconds=1)
    assert (await door.ask(dialect, secret)).status_code == first.status_code
    other, _ = await door.key()
    assert standing(await door.ask(dialect, other)) == (12, 1, 5)


@EVERY_DIALECT
async def test_a_refused_request_costs_no_work_of_the_database(door: Door, dialect: str) -> None:
    secret, _ = await door.key()
    for _ in range(2):
        await door.ask(dialect, secret)
    before = door.counting.asked
    for _ in range(5):
        check_slow(await door.ask(dialect, secret), dialect, 5)
    assert door.counting.asked == before


@EVERY_DIALECT
async def test_a_keys_own_limit(door: Door, dialect: str) -> None:
    free, _ = await door.key(rate_limit=0)
    for _ in range(9):
        answer = await door.ask(dialect, free)
        assert "x-ratelimit-limit" not in answer.headers
    own, _ = await door.key(rate_limit=60)
    assert standing(await door.ask(dialect, own)) == (60, 9, 1)


@EVERY_DIALECT
async def test_strangers_are_limited_by_their_address(door: Door, dialect: str) -> None:
    known, _ = await door.key(rate_limit=0)
    newcomer, _ = await door.key(rate_limit=0)
    fine = (await door.ask(dialect, known)).status_code
    for left in (4, 3, 2):
        answer = await door.ask(dialect, f"wrong {left}")
        assert standing(answer)[:2] == (30, left)
    for left in (1, 0):
        answer = await door.ask(dialect, None)
        assert standing(answer)[:2] == (30, left)
    before = door.counting.asked
    for number in range(5):
        check_slow(await door.ask(dialect, f"wrong again {number}"), dialect, 2)
        check_slow(await door.ask(dialect, None), dialect, 2)
    assert door.counting.asked == before
    door.context.callers.forget_all()
    assert (await door.ask(dialect, known)).status_code == fine  # it was right before
    assert (await door.ask(dialect, newcomer, address=ABROAD)).status_code == fine
    assert (await door.ask(dialect, newcomer)).status_code == fine  # known by now
    door.clock.advance(seconds=2)
    assert (await door.ask(dialect, "wrong")).status_code != 429


async def test_wrong_sessions_beyond_the_limit_cost_nothing(door: Door) -> None:
    async with door.store.transaction() as writing:
        user = await users.create(writing, tenant=1, login="anna", password_hash="-", now=0)
        tokens = [
            (
                await sessions.start(
                    writing,
                    user.user_id,
                    now=door.clock(),
                    lifetime=sessions.Lifetime(),
                    address=None,
                    user_agent=None,
                )
            )[1]
            for _ in range(2)
        ]
    known, newcomer = tokens
    assert (await door.ask("native", known)).status_code == 200
    for left in (4, 3, 2, 1, 0):
        assert standing(await door.ask("native", f"sbs_wrong{left}"))[:2] == (30, left)
    before = door.counting.asked
    for number in range(5):
        check_slow(await door.ask("native", f"sbs_wrong{number}"), "native", 2)
    assert door.counting.asked == before
    door.context.people.forget_all()
    assert (await door.ask("native", known)).status_code == 200  # it was right before
    check_slow(await door.ask("native", newcomer), "native", 2)
    assert (await door.ask("native", newcomer, address=ABROAD)).status_code == 200


async def test_wrong_sessions_of_the_console_beyond_the_limit_cost_nothing(door: Door) -> None:
    async def ask(token: str, address: str = HOME) -> Any:
        cookie = {"cookie": f"stampbook_session={token}"}
        return await door.send("GET", "/console/health", cookie, address)

    for number in range(5):
        assert (await ask(f"sbc_wrong{number}")).status_code == 303
    before = door.counting.asked
    for number in range(5):
        answer = await ask(f"sbc_wrong again{number}")
        assert answer.status_code == 429
        assert int(answer.headers["retry-after"]) == 2
        assert 'data-code="rate_limited"' in answer.text
    assert door.counting.asked == before
    assert (await ask("sbc_wrong", ABROAD)).status_code == 303


async def test_a_secret_that_may_not_come_from_there_counts_as_wrong(door: Door) -> None:
    secret, _ = await door.key(addresses=["198.51.100.0/24"])
    answers = [await door.ask("native", secret, address=ABROAD) for _ in range(6)]
    assert [each.status_code for each in answers] == [401] * 5 + [429]
    assert standing(await door.ask("native", secret)) == (12, 1, 5)


async def test_the_neighbours_in_a_network_of_ipv6_count_together(door: Door) -> None:
    for number in range(5):
        await door.ask("native", None, address=f"2001:db8::{number}")
    assert (await door.ask("native", None, address="2001:db8::77")).status_code == 429
    assert (await door.ask("native", None, address="2001:db8:0:1::7")).status_code == 401


async def test_every_answer_says_what_is_left(door: Door) -> None:
    """Also refusals of what no handler has seen."""
    secret, _ = await door.key(rate_limit=600)
    bearer = {"Authorization": f"Bearer {secret}"}
    asked: tuple[tuple[str, str, dict[str, str], int], ...] = (
        ("GET", "/v1/programs/prg_9", {}, 404),
        ("GET", "/v1/nothing", {}, 404),
        ("PUT", "/v1/programs", {}, 405),
        ("GET", "/v1/programs?no=1", {}, 422),
        ("POST", "/v1/programs", {"content-type": "text/plain"}, 415),
        ("POST", "/v1/programs", {"content-encoding": "gzip"}, 415),
        ("POST", "/v1/programs", {"idempotency-key": "x" * 256}, 422),
        ("GET", "/api/v1/nothing", {}, 404),
        ("GET", "/api/v1/groups", {}, 401),
    )
    for at, (method, path, more, status) in enumerate(asked):
        content = b"x" if method == "POST" else None
        headers = {**bearer, **more}
        answer = await door.send(method, path, headers=headers, address=HOME, content=content)
        assert answer.status_code == status, (path, answer.text)
        if status != 401:
            assert standing(answer)[:2] == (600, 99 - at), path
    large = b"x" * 2_000_000
    answer = await door.send("POST", "/v1/programs", headers=bearer, address=HOME, content=large)
    assert answer.status_code == 413
    assert standing(answer)[0] == 600
    limit, *_ = standing(await door.send("GET", "/v1/nothing", headers={}, address=ABROAD))
    assert limit == 30


async def test_what_needs_no_credentials_counts_for_nobody(door: Door) -> None:
    for path in (*(each.path for each in DIALECTS[-1].operations), "/ping"):
        answer = await door.send("GET", path, headers={}, address=HOME)
        assert "x-ratelimit-limit" not in answer.headers, path
    preflight = await door.send("OPTIONS", "/v1/customers", headers={}, address=HOME)
    assert "x-ratelimit-limit" not in preflight.headers


async def test_oauth_counts_as_its_key(door: Door) -> None:
    secret, _ = await door.key()
    headers = {"X-App-Id": "shop", "X-App-Token": secret}
    answer = await door.send("POST", "/v1/oauth/token", headers=headers, address=HOME)
    assert standing(answer) == (12, 1, 5)
    bearer = {"Authorization": f"Bearer {answer.json()['access_token']}"}
    path = "/v2/loyalties/programs"
    first = await door.send("GET", path, headers=bearer, address=HOME)
    assert standing(first) == (12, 0, 10)
    assert first.headers["x-rate-limit-limit"] == "3600000"
    before = door.counting.asked
    refused = await door.send("GET", path, headers=bearer, address=HOME)
    check_slow(refused, "voucherify", 5)
    assert door.counting.asked == before


async def test_a_wrong_user_token_counts(door: Door) -> None:
    secret, _ = await door.key(rate_limit=0)
    answers = []
    for number in range(6):
        headers = {"Authorization": f"Bearer {secret}, User wrong{number}"}
        answers.append(await door.send("GET", "/api/v1/groups", headers=headers, address=HOME))
    assert [each.status_code for each in answers] == [401] * 5 + [429]


@pytest.mark.parametrize(
    ("settings", "address", "limited"),
    [
        ({}, "127.0.0.1", False),
        ({}, "::1", False),
        ({}, HOME, True),
        ({"rate_limit_address": 30}, "127.0.0.1", True),
        ({"rate_limit_address": 0}, HOME, False),
    ],
)
async def test_who_is_limited_by_default(
    store: Store, settings: dict[str, int], address: str, limited: bool
) -> None:
    async with opened(store, **settings) as door:
        secret, _ = await door.key()
        answer = await door.ask("native", None, address=address)
        assert ("x-ratelimit-limit" in answer.headers) is limited
        answer = await door.ask("native", secret, address=address)
        assert "x-ratelimit-limit" not in answer.headers


async def test_what_is_beyond_a_limit_is_counted(door: Door) -> None:
    before = {by: MEMORY.slab[at] for (by,), at in RATE_LIMITED.at.items()}
    secret, _ = await door.key()
    for _ in range(3):
        await door.ask("native", secret)
    for _ in range(7):
        await door.ask("native", "nobody's")
    after = {by: MEMORY.slab[at] - before[by] for (by,), at in RATE_LIMITED.at.items()}
    assert after == {"key": 1, "address": 2}
