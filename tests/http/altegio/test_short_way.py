"""The short way of withdrawals: the same answers, and never by what is out of date."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from stampbook.domain.model import MICROSECONDS
from stampbook.http.altegio import short_way
from stampbook.http.people import People
from stampbook.http.short_paths import Answer, ShortRequest, Waiting
from stampbook.http.trusting import TRUST_S, Trusted
from stampbook.programs import users
from stampbook.settings import Settings
from stampbook.storage.store import Unavailable
from stampbook.visits import cards, locations
from stampbook.visits.locations import Limit
from tests.http.altegio.shop import KEY, PARTNER, RU, Shop, amounts, bearer, data_of


@asynccontextmanager
async def elsewhere(shop: Shop) -> AsyncIterator[Shop]:
    """The same shop in another process."""
    other = Shop(shop.store)
    other.chain, other.location, other.card = shop.chain, shop.location, shop.card
    await other.ledger.start()
    yield other
    await other.http.aclose()
    await other.ledger.stop()


def started(shop: Shop, what: str, **body: Any) -> Answer | Waiting | None:
    """Begin a request as a connection does."""
    path = shop.path(what)
    found = short_way.recognise(path)
    assert found is not None
    headers = [(b"authorization", f"Bearer {PARTNER}, User {KEY}".encode())]
    start, name = found
    content = json.dumps(body).encode()
    return start(ShortRequest(shop.context, path, name, headers, content))


async def test_what_is_remembered_goes_the_short_way(shop: Shop) -> None:
    record, visit = await shop.visit(2_000, 300_000)
    ids = {"record_id": record, "visit_id": visit}
    assert started(shop, "apply_card_withdrawal", **ids, amount=1) is None
    data_of(await shop.apply(record, visit, 100))
    begun = started(shop, "cancel_card_withdrawal", **ids)
    assert isinstance(begun, Waiting)
    await begun.outcome
    answer = begun.finish(begun.outcome)
    assert answer is not None
    told = json.loads(answer.body)
    assert told["loyalty_transactions"] == []
    assert len(told["items"]) == 2


async def test_both_ways_answer_the_same(shop: Shop, ordinary: Callable[..., None]) -> None:
    """The same status, headers and body, whatever is asked for."""
    record, visit = await shop.visit(2_000, 300_000)
    ids = {"record_id": record, "visit_id": visit}
    other, foreign = await shop.visit(500)
    apply, cancel = shop.path("apply_card_withdrawal"), shop.path("cancel_card_withdrawal")
    bodies: list[tuple[str, Any, dict[str, str]]] = [
        (apply, {**ids, "amount": 100}, {}),
        (apply, {**ids, "amount": "70.50"}, {"Accept": "application/json"}),
        (apply, {"appointment_id": record, "visit_id": visit, "amount": 70.5}, {}),
        (apply, {**ids, "amount": 0}, {"Accept": RU}),
        (apply, {**ids, "amount": 1e9}, {"Accept-Language": "ru"}),
        (apply, {**ids, "amount": -1}, {}),
        (apply, {**ids, "amount": 0.001}, {}),
        (apply, {**ids, "amount": 10**30}, {"Accept": RU}),
        (apply, ids, {}),
        (apply, [], {}),
        (apply, {**ids, "amount": 5}, {"Idempotency-Key": "k"}),
        (apply, {**ids, "amount": 5}, {"Idempotency-Key": "k"}),
        (apply, {**ids, "amount": 6}, {"Idempotency-Key": "k"}),
        (apply, {**ids, "amount": 5}, {"Idempotency-Key": "k" * 300}),
        (cancel, {"record_id": other, "visit_id": visit}, {}),
        (cancel, {"record_id": record, "visit_id": foreign}, {}),
        (cancel, {"record_id": str(record), "visit_id": float(visit)}, {}),
        (cancel, ids, {}),
        (cancel, ids, bearer("nobody")),
        (cancel, ids, bearer("reader")),
        (cancel, ids, {"Authorization": f"User {KEY}"}),
        (cancel.replace("/api/v1", "/v1"), ids, {}),
        (apply.replace("/api/v1", "/v1"), {**ids, "amount": 15}, {"Accept": RU}),
        (apply.replace("/api/v1", "/v1"), {**ids, "amount": -1}, {}),
        (cancel + ".0", ids, {}),
        (cancel + "9999", ids, {}),
        (cancel + "x", ids, {}),
    ]
    data_of(await shop.apply(record, visit, 10))
    for path, body, headers in bodies:
        answers = []
        for off in (False, True):
            data_of(await shop.cancel(record, visit))
            data_of(await shop.apply(record, visit, 20))
            ordinary(off=off)
            key = headers.get("Idempotency-Key")
            more = headers if key is None else {"Idempotency-Key": f"{key}{off}"}
            found = await shop.http.post(path, json=body, headers=more)
            ordinary(off=False)
            answers.append((found.status_code, dict(found.headers), told(found)))
        assert answers[0] == answers[1], (path, body)


def told(answer: httpx.Response) -> Any:
    """What it says, without the numbers of transactions: they grow with each."""
    content = answer.json()
    data = content.get("data", content) or {}
    for each in data.get("loyalty_transactions", ()):
        del each["id"]
    return content


async def test_what_it_tells_is_what_is_read_then(shop: Shop) -> None:
    """Of two cards that pay in turn, more and less, for the same visit."""
    record, visit = await shop.visit(2_000, 300_000, 33)
    second = await shop.new_card(shop.guest, 5_000)
    for card, amount in (
        (shop.card, 50), (second, 10), (second, 30), (shop.card, 20.01), (second, 0),
        (shop.card, None), (second, 500), (shop.card, 1), (second, None), (shop.card, None),
    ):  # fmt: skip
        if amount is None:
            state = data_of(await shop.cancel(record, visit, card))
        else:
            state = data_of(await shop.apply(record, visit, amount, card))
        assert state == await shop.details(record, visit)
    assert await shop.balance() == 10_000


async def test_a_paid_visit_tells_of_its_client_and_place_as_they_are(shop: Shop) -> None:
    record, visit = await shop.visit(2_000)
    path = f"/api/v1/company/{shop.location.number}/sale/{visit}/payment"
    payment = {"method": {"slug": "account", "account_id": 1}, "amount": 5}
    data_of(await shop.apply(record, visit, 1))
    data_of(await shop.http.post(path, json={"payment": payment}))
    data_of(await shop.apply(record, visit, 2))
    async with shop.store.transaction() as writing:
        await locations.change(
            writing, shop.location.number, tenant=1, now=shop.now, timezone="Asia/Tokyo"
        )
        await writing.execute("UPDATE members SET name = 'Berta'")
    state = data_of(await shop.cancel(record, visit))
    [paid] = state["payment_transactions"]
    assert paid["client"]["name"] == "Berta"
    assert state == await shop.details(record, visit)


async def test_a_visit_that_was_changed_elsewhere(shop: Shop) -> None:
    record, visit = await shop.visit(2_000)
    data_of(await shop.apply(record, visit, 5))
    async with elsewhere(shop) as other:
        assert amounts(data_of(await other.apply(record, visit, 8))) == [8]
        assert amounts(data_of(await shop.cancel(record, visit))) == []
        assert await shop.balance() == 10_000
        second = await shop.new_card(shop.guest, 5_000)
        assert amounts(data_of(await other.apply(record, visit, 15, second))) == [15]
        assert amounts(data_of(await shop.apply(record, visit, 8))) == [5, 15]
        assert amounts(data_of(await other.cancel(record, visit, second))) == [5]
        assert amounts(data_of(await shop.apply(record, visit, 5))) == [5]
        state = data_of(await shop.apply(record, visit, 9))
        assert state == await other.details(record, visit)
        assert amounts(state) == [9]


async def test_an_appointment_that_was_deleted_elsewhere(shop: Shop) -> None:
    record, visit = await shop.visit(2_000)
    data_of(await shop.apply(record, visit, 5))
    async with shop.store.transaction() as writing:
        await writing.execute("UPDATE guards SET version = version + 1")
        await writing.execute("UPDATE visit_records SET deleted_at = $1", shop.now)
    assert (await shop.cancel(record, visit)).status_code == 404


async def test_a_card_that_was_removed_elsewhere(shop: Shop) -> None:
    record, visit = await shop.visit(2_000)
    data_of(await shop.apply(record, visit, 5))
    async with shop.store.transaction() as writing:
        assert await cards.close(writing, shop.card)
    assert (await shop.apply(record, visit, 6)).status_code == 404
    assert amounts(data_of(await shop.cancel(record, visit))) == []
    assert (await shop.apply(record, visit, 7)).status_code == 404


async def test_tills_that_press_the_button_at_once(shop: Shop) -> None:
    record, visit = await shop.visit(2_000)
    data_of(await shop.apply(record, visit, 5))
    answers = await asyncio.gather(*(shop.apply(record, visit, 6 + n) for n in range(8)))
    told_last = [amounts(data_of(each)) for each in answers]
    assert sorted(told_last) == [[6 + n] for n in range(8)]
    assert amounts(await shop.details(record, visit)) in told_last
    answers = await asyncio.gather(*(shop.cancel(record, visit) for _ in range(8)))
    assert [amounts(data_of(each)) for each in answers] == [[]] * 8
    assert await shop.balance() == 10_000


async def test_a_withdrawal_that_completes_the_visit_earns(shop: Shop) -> None:
    """The second withdrawal goes the short way, and finds that all is paid."""
    record, visit = await shop.visit(2_000)
    async with shop.store.transaction() as writing:
        await writing.execute("UPDATE visits SET attendance = 1")
    data_of(await shop.apply(record, visit, 5))
    state = data_of(await shop.apply(record, visit, 20))
    assert amounts(state) == [20]
    assert state == await shop.details(record, visit)


async def test_the_pace_is_kept(shop: Shop) -> None:
    record, visit = await shop.visit(2_000)
    data_of(await shop.apply(record, visit, 5))
    shop.context.settings = Settings(altegio_rate_limit=40)
    shop.now += MICROSECONDS
    assert (await shop.cancel(record, visit)).status_code == 200
    assert (await shop.cancel(record, visit)).status_code == 429


@pytest.mark.parametrize(("error", "status"), [(Unavailable("gone"), 503), (RuntimeError(), 500)])
async def test_it_words_what_breaks(shop: Shop, error: Exception, status: int) -> None:
    record, visit = await shop.visit(2_000)
    data_of(await shop.apply(record, visit, 5))
    begun = started(shop, "cancel_card_withdrawal", record_id=record, visit_id=visit)
    assert isinstance(begun, Waiting)
    await begun.outcome
    broken: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
    broken.set_exception(error)
    for answer in (begun.finish(broken), await begun.finish_slowly(broken)):
        assert answer is not None
        assert answer.status == status
        assert json.loads(answer.body)["success"] is False
        assert (b"retry-after" in dict(answer.headers)) is (status == 503)


def test_which_paths_are_hot() -> None:
    for begin in ("/api/v1", "/v1"):
        for verb in ("apply", "cancel"):
            found = short_way.recognise(f"{begin}/visit/loyalty/{verb}_card_withdrawal/1/2")
            assert found is not None
            assert found[1] == "1/2"
    for path in (
        "/v1/visit/loyalty/cancel_card_withdrawal/1", "/v1/visit/loyalty/cancel_card_withdrawal//2",
        "/v1/visit/loyalty/cancel_card_withdrawal/1/",
        "/v1/visit/loyalty/apply_card_withdrawal/1/2/",
        "/v1/visit/loyalty/cancel_discount_program/1/2", "/api/v2/visit/loyalty/x/1/2", "/",
    ):  # fmt: skip
        assert short_way.recognise(path) is None


# -- people by their tokens -----------------------------------------------------------------


async def test_limits_changed_elsewhere_hold_within_a_second(shop: Shop) -> None:
    user = await shop.user("anna", ["admin"])
    async with shop.store.transaction() as writing:
        token = await users.issue_token(writing, user.user_id, now=shop.now)
    moment = [100.0]
    people = People(shop.store, now_s=lambda: moment[0])
    found = await people.by_token(token, tenant=1)
    assert found is not None
    assert found.limits == frozenset()
    assert await people.by_token(token, tenant=2) is None
    async with shop.store.transaction() as writing:
        await locations.limit_user(writing, user.user_id, frozenset({Limit(1)}))
    assert people.remembered(token, tenant=1) is found
    assert people.remembered(token, tenant=2) is None
    moment[0] += TRUST_S + 0.001
    assert people.remembered(token, tenant=1) is None
    found = await people.by_token(token, tenant=1)
    assert found is not None
    assert found.limits == {Limit(1)}


async def test_who_calls_often_is_looked_up_meanwhile() -> None:
    """In the second half of its time an answer still stands, and a new one is on its way."""
    moment = [100.0]
    asked = asyncio.Event()

    async def look_up(name: str) -> float:
        asked.set()
        return moment[0]

    trusted = Trusted(look_up, now_s=lambda: moment[0])
    assert await trusted.find("a") == 100
    asked.clear()
    moment[0] += TRUST_S * 0.4
    assert trusted.remembered("a") == 100
    moment[0] += TRUST_S * 0.4
    assert trusted.remembered("a") == 100
    await asked.wait()
    await asyncio.sleep(0)
    moment[0] += TRUST_S * 0.4
    assert trusted.remembered("a") == pytest.approx(100 + TRUST_S * 0.8)


async def test_what_was_asked_before_all_was_forgotten_is_not_believed() -> None:
    asked, told = asyncio.Event(), asyncio.Event()

    async def look_up(name: str) -> int:
        asked.set()
        await told.wait()
        return 7

    trusted = Trusted(look_up)
    asking = asyncio.create_task(trusted.find("a"))
    await asked.wait()
    trusted.forget_all()
    told.set()
    assert await asking == 7
    assert trusted.remembered("a") is None
