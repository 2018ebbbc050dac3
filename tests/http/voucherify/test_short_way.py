"""Buckets past the framework: a plain yes comes of it, and everything else is as it was."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from stampbook.domain.commands import Activate, Cancel
from stampbook.http.context import Context
from stampbook.http.short_paths import Answer, ShortRequest, Waiting
from stampbook.http.voucherify import short_way
from stampbook.ledger.engine import Ledger
from stampbook.storage.store import OutcomeUnknown, Store, Unavailable
from tests.http.in_process import InProcess, application
from tests.http.voucherify.conftest import secret_of
from tests.http.voucherify.house import V2, Card, Clock, House, error, made

ALWAYS = {"type": "ANY_TIME"}
NEVER_OPEN = {
    "type": "DAILY",
    "daily": [{"days_of_week": [0], "start_time": "03:00", "end_time": "03:01"}],
}


@pytest.fixture
async def elsewhere(store: Store, clock: Clock) -> AsyncIterator[House]:
    """The same project asked through another process: another ledger on the same store."""
    ledger = Ledger(store, clock=clock)
    await ledger.start()
    transport = InProcess(application(Context(store, ledger, clock)))
    async with httpx.AsyncClient(transport=transport, base_url="http://elsewhere") as asking:
        yield House(asking, await secret_of(store), clock, ledger)
    await ledger.stop()


async def warm(house: House, card: Card) -> None:
    """Let the dialect learn of the card's program."""
    made(await house.get(card.path + "/pending-points"))


def begin(house: House, context: Context, path: str, *more: tuple[bytes, bytes]) -> Any:
    """The start of a request on the short way."""
    found = short_way.recognise(path)
    assert found is not None
    start, name = found
    headers = [(b"x-app-id", b"app"), (b"x-app-token", house.secret.encode()), *more]
    return start(ShortRequest(context, path, name, headers, b""))


async def ended(begun: Any) -> Answer:
    assert isinstance(begun, Waiting)
    await begun.outcome
    return begun.finish(begun.outcome) or await begun.finish_slowly(begun.outcome)


def plain(answer: httpx.Response, *cards: Card) -> tuple[int, dict[str, str], str]:
    """What must agree: all but the lengths, the count of calls, and the ids."""
    headers = dict(answer.headers)
    del headers["content-length"]
    headers.pop("x-rate-limit-remaining", None)
    text = re.sub(r'"request_id":"v-[0-9a-f]+"', "", answer.text)
    text = re.sub(r'"id":"lctx_[0-9a-f]+"', "", text)
    for card in cards:
        text = text.replace(card.member, "").replace(card.id, "").replace(card.bucket(), "")
    return answer.status_code, headers, text


async def test_a_yes_is_worded_alike(house: House, context: Context, ordinary: Any) -> None:
    one = await house.card()
    other = await house.card_in(one.program)
    await warm(house, one)
    for path in (Card.cancel_path, lambda card, lot: card.cancel_path(lot)[:-6] + "activate"):
        answers = []
        for card, off in ((one, False), (other, True)):
            lot = await house.accrue(card)
            ordinary(off=off)
            key = f"{card.id}{lot}"
            first = await house.post(path(card, lot), key=key)
            again = await house.post(path(card, lot), key=key)
            ordinary(off=not off)
            turned = await house.post(path(card, lot), key=key)
            assert made(first) == made(again) == made(turned)
            answers.append(plain(first, card))
        assert answers[0] == answers[1]
    ordinary(off=False)
    lot = await house.accrue(one)
    answer = await ended(begin(house, context, one.cancel_path(lot)))
    assert answer.status == 200


async def test_a_no_is_worded_alike(house: House, store: Store, ordinary: Any) -> None:
    """Nothing of it moves anything, so both ways can be asked of one card."""
    card = await house.card()
    await house.accrue(card)
    cancelled = await house.accrue(card)
    await warm(house, card)
    made(await house.post(card.cancel_path(cancelled), key="used"))
    other = await house.card()
    reader = await secret_of(store, "read")
    confined = await secret_of(store, "admin", program=int(other.program[5:], 16))
    path = card.cancel_path()
    asked: list[tuple[str, Any]] = [
        (card.cancel_path(cancelled), {}),
        (path, {"key": "used"}),
        (path, {"key": "x" * 300}),
        (path, {"headers": {"X-App-Token": reader}}),
        (path, {"headers": {"X-App-Token": confined}}),
        (path, {"headers": {"X-App-Token": "wrong"}}),
        (path, {"headers": {"X-App-Id": ""}}),
        (path, {"content": b"[]"}),
        (card.cancel_path(99), {}),
        (path.replace(card.bucket(), "lcppb_x"), {}),
        (path.replace(card.bucket(), other.bucket()), {}),
        (path.replace(card.member, other.member), {}),
        (path.replace(card.program, other.program), {}),
        (path.replace(card.id, other.id), {}),
        (path.replace(card.program, "lprg_x"), {}),
    ]
    for secret in (reader, confined):
        made(await house.ask("GET", f"{V2}/programs", headers={"X-App-Token": secret}))
    for url, more in asked:
        answers = []
        for off in (False, True):
            ordinary(off=off)
            answers.append(plain(await house.post(url, **more)))
        assert answers[0] == answers[1], (url, more)
        assert answers[0][0] >= 400, (url, more)
    ordinary(off=False)
    assert await house.balance(card) == (0, 60)


async def _inactive_program(house: House, card: Card) -> None:
    made(await house.post(f"{V2}/programs/{card.program}/deactivate"))


async def _ended_program(house: House, card: Card) -> None:
    made(await house.put(f"{V2}/programs/{card.program}", {"end_date": "2026-08-06T14:01:13Z"}))


async def _deleted_program(house: House, card: Card) -> None:
    made(await house.delete(f"{V2}/programs/{card.program}"))


async def _inactive_member(house: House, card: Card) -> None:
    made(await house.post(f"{V2}/programs/{card.program}/members/{card.member}/deactivate"))


async def _deleted_member(house: House, card: Card) -> None:
    made(await house.delete(f"{V2}/programs/{card.program}/members/{card.member}"))


async def _cancelled(house: House, card: Card) -> None:
    await house.submit(card, Cancel(target=1))


async def _activated(house: House, card: Card) -> None:
    await house.submit(card, Activate(target=1))


async def _due(house: House, card: Card) -> None:
    house.clock.advance(days=11)


@pytest.mark.parametrize(
    ("spoil", "status", "key"),
    [
        (_inactive_program, 423, "non_active_program"),
        (_ended_program, 423, "program_outside_validity_window"),
        (_deleted_program, 404, "not_found"),
        (_inactive_member, 423, "non_active_member"),
        (_deleted_member, 404, "not_found"),
        (_cancelled, 423, "invalid_pending_points_bucket_status"),
        (_activated, 423, "invalid_pending_points_bucket_status"),
        (_due, 423, "invalid_pending_points_bucket_status"),
    ],
)
async def test_what_another_process_changed_counts_at_once(
    house: House,
    elsewhere: House,
    context: Context,
    ordinary: Any,
    spoil: Any,
    status: int,
    key: str,
) -> None:
    """Our memory says yes; the save, or the book read anew, says no, in the ordinary words."""
    card = await house.card()
    await house.accrue(card)
    await warm(house, card)
    await spoil(elsewhere, card)
    answer = await ended(begin(house, context, card.cancel_path()))
    assert answer.status == status
    ordinary(off=True)
    response = await house.post(card.cancel_path())
    assert error(response)[:2] == (status, key)
    told = httpx.Response(answer.status, headers=list(answer.headers), content=answer.body)
    assert plain(told)[0::2] == plain(response)[0::2]


async def test_hours_of_another_process(house: House, elsewhere: House, context: Context) -> None:
    """The program was a draft for a while: our memory is of the hours before."""
    definition = await house.definition()
    program = await house.program(definition["id"], validity_hours=ALWAYS)
    card = await house.card_in(program["id"])
    await house.accrue(card)
    await warm(house, card)
    await context.store.execute(
        "UPDATE programs SET status = 'draft' WHERE program_id = $1", int(card.program[5:], 16)
    )
    path = f"{V2}/programs/{card.program}"
    made(await elsewhere.put(path, {"validity_hours": NEVER_OPEN}))
    made(await elsewhere.post(f"{path}/activate"))
    answer = await ended(begin(house, context, card.cancel_path()))
    assert answer.status == 423
    assert b"program_outside_validity_window" in answer.body


async def test_what_is_not_remembered_goes_the_ordinary_way(house: House, context: Context) -> None:
    card = await house.card()
    lot = await house.accrue(card)
    path = card.cancel_path(lot)
    assert begin(house, context, path) is None  # nothing is known of the program
    await warm(house, card)
    assert begin(house, context, path, (b"x-app-token", b"another")) is None
    assert begin(house, context, path, (b"idempotency-key", b"k" * 300)) is None
    context.callers.forget_all()
    assert begin(house, context, path) is None
    await warm(house, card)
    made(await house.post(path))
    assert await house.balance(card) == (0, 0)


async def test_a_call_counts_once(house: House, context: Context) -> None:
    card = await house.card()
    lots = [await house.accrue(card) for _ in range(2)]
    await warm(house, card)
    left = [
        int((await house.post(card.cancel_path(lot))).headers["x-rate-limit-remaining"])
        for lot in (lots[0], lots[1], lots[1], 99)
    ]
    assert left == list(range(left[0], left[0] - 4, -1))


def test_which_paths_are_hot() -> None:
    card = Card("lprg_1", "lmbr_2", "lcrd_3")
    path = f"{card.path}/pending-points/lcppb_4"
    for action in ("cancel", "activate"):
        found = short_way.recognise(f"{path}/{action}")
        assert found is not None
        assert found[0] is short_way.STARTS[action]
    for cold in (
        path, f"{path}/cancel/", f"{path}/other", f"{card.path}/points", f"{path}/x/cancel",
        f"{card.path}/pending-points//cancel", f"{V2}/programs/", "/", path[1:] + "/cancel",
    ):  # fmt: skip
        assert short_way.recognise(cold) is None


@pytest.mark.parametrize(
    ("broken", "status", "key"),
    [
        (Unavailable("gone"), 503, "service_unavailable"),
        (OutcomeUnknown("lost"), 503, "service_unavailable"),
        (RuntimeError("a bug"), 500, "internal_error"),
    ],
)
async def test_what_breaks_is_worded(
    house: House,
    context: Context,
    caplog: pytest.LogCaptureFixture,
    broken: Exception,
    status: int,
    key: str,
) -> None:
    card = await house.card()
    await house.accrue(card)
    await warm(house, card)
    begun = begin(house, context, card.cancel_path())
    await ended(begun)
    failed: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
    failed.set_exception(broken)
    for answer in (begun.finish(failed), await begun.finish_slowly(failed)):
        told = httpx.Response(answer.status, headers=list(answer.headers), content=answer.body)
        assert error(told)[:2] == (status, key)
        assert ("retry-after" in told.headers) is (status == 503)
        assert "a bug" not in told.text
    assert (" failed" in caplog.text) is (status == 500)
