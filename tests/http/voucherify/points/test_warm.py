"""Moving points with what the server remembers, and what another has changed since."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest

from stampbook.edge.context import Context
from stampbook.edge.credentials.caller import Callers
from stampbook.ledger.engine import Ledger
from stampbook.storage.store import Store
from tests.http.in_process import InProcess, application
from tests.http.voucherify.house import V2, Card, Clock, House, error, made
from tests.http.voucherify.test_work import Counting


def server(store: Store, ledger: Ledger, house: House) -> House:
    """A server that has just started. It believes a key as long as it runs, and not for a second:
    requests may take longer."""
    context = Context(store, ledger, house.clock)
    context.callers = Callers(store, context.pace, now_s=lambda: 0.0)
    transport = InProcess(application(context))
    client = httpx.AsyncClient(transport=transport, base_url="http://stampbook")
    return House(client, house.secret, house.clock, ledger)


@pytest.fixture
async def other(store: Store, clock: Clock, house: House) -> AsyncIterator[House]:
    """Another server on the same database."""
    ledger = Ledger(store, clock=clock)
    await ledger.start()
    yield server(store, ledger, house)
    await ledger.stop()


async def warm(house: House) -> Card:
    """A card whose first bucket was cancelled a moment ago; the second is pending."""
    card = await house.card()
    for _ in range(2):
        await house.accrue(card)
    made(await house.post(card.cancel_path(1)))
    return card


async def test_a_warm_cancel_reads_nothing(house: House, store: Store) -> None:
    counting = Counting(store)
    shop = server(counting, house.ledger, house)  # type: ignore[arg-type]
    card = await house.card()
    for _ in range(3):
        await house.accrue(card)
    made(await shop.post(card.cancel_path(1)))
    assert any("FROM programs p" in sql for sql in counting.statements)
    counting.statements.clear()
    made(await shop.post(card.cancel_path(2)))
    again = made(await shop.post(card.cancel_path(3), key="click"))
    assert made(await shop.post(card.cancel_path(3), key="click")) == again
    assert error(await shop.post(card.cancel_path(3)))[1] == "invalid_pending_points_bucket_status"
    assert counting.statements == {}


async def test_a_warm_adjustment_reads_nothing(house: House, store: Store) -> None:
    counting = Counting(store)
    shop = server(counting, house.ledger, house)  # type: ignore[arg-type]
    card = await house.card()
    made(await shop.post(f"{card.path}/points", {"points": 5}))
    counting.statements.clear()
    for points in (7, -3):
        made(await shop.post(f"{card.path}/points", {"points": points}, key=f"click {points}"))
    assert counting.statements == {}
    assert await house.balance(card) == (9, 0)


async def test_an_adjustment_of_what_another_server_has_ended(house: House, other: House) -> None:
    card = await house.card()
    path = f"{card.path}/points"
    made(await house.post(path, {"points": 5}))
    made(await other.put(f"{V2}/programs/{card.program}", {"name": "Renamed"}))
    made(await house.post(path, {"points": 5}))
    made(await other.post(f"{V2}/programs/{card.program}/deactivate"))
    _, key, message, _ = error(await house.post(path, {"points": 5}))
    assert (key, message) == (
        "non_active_program",
        "Cannot adjust member's card points when program status is not ACTIVE",
    )


async def test_what_another_server_has_renamed(house: House, other: House) -> None:
    card = await warm(house)
    made(await other.put(f"{V2}/programs/{card.program}", {"name": "Renamed"}))
    made(await house.post(card.cancel_path(2)))


async def test_what_another_server_has_ended(house: House, other: House) -> None:
    card = await warm(house)
    made(await other.post(f"{V2}/programs/{card.program}/deactivate"))
    assert error(await house.post(card.cancel_path(2)))[1] == "non_active_program"
    assert await house.balance(card) == (0, 60)


@pytest.mark.parametrize("what", ["program", "member"])
async def test_what_another_server_has_deleted(house: House, other: House, what: str) -> None:
    card = await warm(house)
    path = f"{V2}/programs/{card.program}"
    made(await other.delete(path if what == "program" else f"{path}/members/{card.member}"))
    response = await house.post(card.cancel_path(2))
    assert (response.status_code, response.json()["resource_type"]) == (404, what)


async def test_what_another_server_has_cancelled(house: House, other: House) -> None:
    card = await warm(house)
    made(await other.post(card.cancel_path(2)))
    status, key, *_ = error(await house.post(card.cancel_path(2)))
    assert (status, key) == (423, "invalid_pending_points_bucket_status")
