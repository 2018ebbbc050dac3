"""The cancel of a cancel of what belongs to a visit: only if its bill still has room for it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from stampbook.edge.context import Context
from stampbook.ledger.engine import Ledger
from stampbook.storage.store import Store
from stampbook.visits.movements.restoring import VisitGuardian
from tests.http.in_process import InProcess, application
from tests.http.native.asking import Api, fine, made, refused
from tests.http.native.visits.test_visits import GOOD, Place

PAID = "the bill was paid otherwise meanwhile, or costs less: too little is left to pay"


@pytest.fixture
async def place(api: Api) -> Place:
    return await Place(api).build()


@asynccontextmanager
async def elsewhere(place: Place, store: Store) -> AsyncIterator[Place]:
    """The same place in another process."""
    ledger = Ledger(store, clock=place.api.clock, guardian=VisitGuardian(store))
    app = application(Context(store, ledger, place.api.clock))
    await ledger.start()
    async with httpx.AsyncClient(transport=InProcess(app), base_url="http://other") as client:
        other = Place(Api(client, place.api.secret, place.api.clock))
        other.card, other.currency, other.program = place.card, place.currency, place.program
        yield other
    await ledger.stop()


async def bill_of(place: Place, *prices: str) -> Any:
    lines = [{**GOOD, "price": price} for price in prices]
    return await place.visit(*lines)


async def cancelled(place: Place, visit: Any, amount: str) -> list[str]:
    """The cancels of the parts of a withdrawal of that amount."""
    await place.withdraw(visit, amount)
    path = f"/visits/{visit['id']}/withdrawals/{place.card}"
    return [each["id"] for each in fine(await place.api.delete(path))["transactions"]]


async def further_card(place: Place) -> str:
    member = (await place.api.member(place.program))["id"]
    body = {"member_id": member, "currency_id": place.currency}
    card = made(await place.api.post("/accounts", body))["id"]
    await place.api.accrue(card, "100")
    return str(card)


async def test_nothing_has_happened(place: Place) -> None:
    visit = await bill_of(place, "60")
    (back,) = await cancelled(place, visit, "60")
    undone = fine(await place.api.cancel(back, key="k"))
    assert (undone["type"], undone["amount"]) == ("cancel", "60.00")
    assert fine(await place.api.cancel(back, key="k")) == undone
    assert await place.api.active(place.card) == "40.00"
    state = await place.read(visit)
    assert (state["unpaid"], state["payment_status"]) == ("0.00", "paid_full")
    fine(await place.api.cancel(undone["id"]))
    assert (await place.read(visit))["unpaid"] == "60.00"
    assert await place.api.active(place.card) == "100.00"


async def by_money(place: Place, visit: Any) -> None:
    fine(await place.api.post(f"/visits/{visit['id']}/payments", {"amount": "60"}))


async def by_money_too_much(place: Place, visit: Any) -> None:
    fine(await place.api.post(f"/visits/{visit['id']}/payments", {"amount": "600"}))


async def by_the_same_card(place: Place, visit: Any) -> None:
    await place.withdraw(visit, "60")


async def by_another_card(place: Place, visit: Any) -> None:
    body = {"account_id": await further_card(place), "amount": "60"}
    fine(await place.api.post(f"/visits/{visit['id']}/withdrawals", body))


async def by_a_lower_price(place: Place, visit: Any) -> None:
    (line,) = visit["lines"]
    kept = {name: line[name] for name in ("id", "kind", "item", "title")}
    body = {"lines": [{**kept, "price": "59.99"}]}
    fine(await place.api.patch(f"/visits/{visit['id']}", body))


WAYS = [by_money, by_money_too_much, by_the_same_card, by_another_card, by_a_lower_price]


@pytest.mark.parametrize("pay", WAYS)
async def test_the_bill_was_paid_otherwise(place: Place, pay: Any) -> None:
    visit = await bill_of(place, "60")
    (back,) = await cancelled(place, visit, "60")
    await pay(place, visit)
    state, active = await place.read(visit), await place.api.active(place.card)
    undo = {"type": "cancel", "transaction_id": back}
    for params in ({}, {"dry_run": "true"}):
        answer = await place.api.cancel(back, params=params)
        refused(answer, 409, "not_cancellable")
        assert answer.json()["detail"] == PAID
        refused(await bulk(place, undo, atomic=True, params=params), 409, "not_cancellable")
        results = fine(await bulk(place, undo, atomic=False, params=params))["results"]
        assert results[0]["problem"]["code"] == "not_cancellable"
    assert (await place.read(visit), await place.api.active(place.card)) == (state, active)


async def bulk(place: Place, *operations: Any, atomic: bool, **rest: Any) -> httpx.Response:
    body = {"atomic": atomic, "operations": list(operations)}
    answer: httpx.Response = await place.api.post("/bulk", body, **rest)
    return answer


async def test_its_line_is_gone(place: Place) -> None:
    visit = await bill_of(place, "60", "40")
    (first, second) = await cancelled(place, visit, "100")
    kept = {name: visit["lines"][0][name] for name in ("id", "kind", "item", "title", "price")}
    body = {"lines": [kept, {**GOOD, "price": "500"}]}
    fine(await place.api.patch(f"/visits/{visit['id']}", body))
    gone = await place.api.cancel(second)
    refused(gone, 409, "not_cancellable")
    assert gone.json()["detail"] == "the line that it paid for is no longer in the visit"
    fine(await place.api.cancel(first))
    fine(await place.api.patch(f"/visits/{visit['id']}", {"lines": []}))
    assert await place.api.active(place.card) == "100.00"


async def test_in_parts(place: Place) -> None:
    """As much as is left to pay may come back, in one part or in several."""
    visit = await bill_of(place, "60")
    (back,) = await cancelled(place, visit, "60")
    fine(await place.api.post(f"/visits/{visit['id']}/payments", {"amount": "30"}))
    refused(await place.api.cancel(back), 409, "not_cancellable")
    refused(await place.api.cancel(back, {"amount": "30.01"}), 409, "not_cancellable")
    fine(await place.api.cancel(back, {"amount": "20"}))
    refused(await place.api.cancel(back, {"amount": "10.01"}), 409, "not_cancellable")
    fine(await place.api.cancel(back, {"amount": "10"}))
    refused(await place.api.cancel(back, {"amount": "0.01"}), 409, "not_cancellable")
    assert (await place.read(visit))["unpaid"] == "0.00"
    assert await place.api.active(place.card) == "70.00"


@pytest.mark.parametrize("atomic", [True, False])
async def test_both_lines_in_one_bulk(place: Place, atomic: bool) -> None:
    visit = await bill_of(place, "60", "40")
    undo = [
        {"type": "cancel", "transaction_id": back} for back in await cancelled(place, visit, "100")
    ]
    done = fine(await bulk(place, *undo, atomic=atomic))["results"]
    assert [each["status"] for each in done] == [200, 200]
    assert (await place.read(visit))["unpaid"] == "0.00"
    assert await place.api.active(place.card) == "0.00"


@pytest.mark.parametrize("atomic", [True, False])
async def test_two_undos_in_one_bulk_do_not_pay_twice(place: Place, atomic: bool) -> None:
    visit = await bill_of(place, "60")
    (first,) = await cancelled(place, visit, "60")
    (second,) = await cancelled(place, visit, "50")
    await place.api.accrue(place.card, "100")
    undo = [{"type": "cancel", "transaction_id": back} for back in (first, second)]
    answer = await bulk(place, *undo, atomic=atomic)
    if atomic:
        refused(answer, 409, "not_cancellable")
        assert (await place.read(visit))["unpaid"] == "60.00"
    else:
        assert sorted(each["status"] for each in fine(answer)["results"]) == [200, 409]
        assert (await place.read(visit))["withdrawals"] != []
    assert float((await place.read(visit))["unpaid"]) >= 0


async def test_room_that_the_same_bulk_makes(place: Place) -> None:
    """What the same request takes back is not in the way; what it has put back is."""
    visit = await bill_of(place, "60")
    (old,) = await cancelled(place, visit, "60")
    new = (await place.withdraw(visit, "50"))["transactions"][0]["id"]
    undo = {"type": "cancel", "transaction_id": old}
    refused(await bulk(place, undo, atomic=True), 409, "not_cancellable")
    swap = [{"type": "cancel", "transaction_id": new}, undo]
    fine(await bulk(place, *swap, atomic=True, params={"dry_run": "true"}))
    fine(await bulk(place, *swap, atomic=True, key="swap"))
    fine(await bulk(place, *swap, atomic=True, key="swap"))
    state = await place.read(visit)
    assert [each["amount"] for each in state["withdrawals"]] == ["60.00"]
    assert await place.api.active(place.card) == "40.00"


@pytest.mark.parametrize("two_processes", [False, True])
async def test_undos_and_withdrawals_at_once(
    place: Place, store: Store, two_processes: bool
) -> None:
    """In whatever order they come, the bill is never paid twice."""
    other_card = await further_card(place)
    async with elsewhere(place, store) as other:
        second = other if two_processes else place
        for _ in range(6):
            visit = await bill_of(place, "60")
            (back,) = await cancelled(place, visit, "60")
            path = f"/visits/{visit['id']}/withdrawals"
            answers = await asyncio.gather(
                place.api.cancel(back),
                second.api.post(path, {"account_id": other_card, "amount": "35"}),
                second.api.cancel(back),
                place.api.post(f"/visits/{visit['id']}/payments", {"amount": "10"}),
            )
            assert {answer.status_code for answer in answers} <= {200, 409}
            state = await place.read(visit)
            paid = sum(float(each["amount"]) for each in state["withdrawals"] + state["payments"])
            assert paid <= 60 + 10
            assert sum(float(each["amount"]) for each in state["withdrawals"]) <= 60
            for each in state["withdrawals"]:
                account = each["account_id"]
                fine(await place.api.delete(f"{path}/{account}"))
            assert await place.api.active(place.card) == "100.00"
            assert await place.api.active(other_card) == "100.00"


@pytest.mark.parametrize("two_processes", [False, True])
async def test_undos_for_several_cards_at_once(
    place: Place, store: Store, two_processes: bool
) -> None:
    """The cards may be of different shards: one of them pays again, the others are refused."""
    cards = [place.card, *[await further_card(place) for _ in range(4)]]
    async with elsewhere(place, store) as other:
        second = other if two_processes else place
        visit = await bill_of(place, "60")
        backs = []
        for card in cards:
            body = {"account_id": card, "amount": "60"}
            fine(await place.api.post(f"/visits/{visit['id']}/withdrawals", body))
            back = fine(await place.api.delete(f"/visits/{visit['id']}/withdrawals/{card}"))
            backs.append(back["transactions"][0]["id"])
        answers = await asyncio.gather(
            *(
                api.cancel(back)
                for at, back in enumerate(backs)
                for api in [(place, second)[at % 2].api]
            )
        )
        assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409, 409]
        for answer in answers:
            if answer.status_code == 409:
                refused(answer, 409, "not_cancellable")
        assert [each["amount"] for each in (await place.read(visit))["withdrawals"]] == ["60.00"]
