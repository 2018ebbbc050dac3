"""`ledger:write` alone gives no points back: an edit that lowers what was paid needs a cancel."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.http.native.asking import Api, fine, refused
from tests.http.native.visits.test_visits import GOOD, Place


@pytest.fixture
async def place(api: Api) -> Place:
    return await Place(api).build()


class Edits:
    def __init__(self, place: Place, visit: Any) -> None:
        self.place = place
        self.path = f"/visits/{visit['id']}"
        self.line = {name: visit["lines"][0][name] for name in ("id", "kind", "item", "title")}

    async def price(self, api: Api, price: str, **rest: Any) -> httpx.Response:
        return await api.patch(self.path, {"lines": [{**self.line, "price": price}]}, **rest)

    async def empty(self, api: Api, **rest: Any) -> httpx.Response:
        return await api.patch(self.path, {"lines": []}, **rest)

    async def money(self, api: Api, **rest: Any) -> httpx.Response:
        return await api.post(f"{self.path}/payments", {"amount": "1"}, **rest)

    async def withdraw(self, api: Api, amount: str, **rest: Any) -> httpx.Response:
        body = {"account_id": self.place.card, "amount": amount}
        return await api.post(f"{self.path}/withdrawals", body, **rest)


EDITS: dict[str, Any] = {
    "a lower price": lambda edits, api, **rest: edits.price(api, "59.99", **rest),
    "a price of 0": lambda edits, api, **rest: edits.price(api, "0", **rest),
    "no lines": lambda edits, api, **rest: edits.empty(api, **rest),
    "money beyond the bill": lambda edits, api, **rest: edits.money(api, **rest),
    "a smaller withdrawal": lambda edits, api, **rest: edits.withdraw(api, "59.99", **rest),
}


@pytest.mark.parametrize("name", EDITS)
async def test_what_gives_back_needs_the_scope_of_cancels(
    place: Place, key_with: Any, name: str
) -> None:
    till = await key_with("ledger:write", program=None)
    office = await key_with("ledger:write", "ledger:cancel")
    visit = await place.visit({**GOOD, "price": "60"})
    edits = Edits(place, visit)
    fine(await edits.withdraw(till, "40"))
    fine(await edits.withdraw(till, "60"))
    before = await place.read(visit)
    for rest in ({}, {"params": {"dry_run": "true"}}, {"key": "k"}):
        refused(await EDITS[name](edits, till, **rest), 403, "forbidden")
    assert await place.read(visit) == before
    assert await place.api.active(place.card) == "40.00"
    fine(await EDITS[name](edits, office, key="k"))
    assert float(await place.api.active(place.card)) > 40


async def test_what_gives_nothing_back_does_not(place: Place, key_with: Any) -> None:
    till = await key_with("ledger:write")
    visit = await place.visit({**GOOD, "price": "60"})
    edits = Edits(place, visit)
    fine(await edits.withdraw(till, "30"))
    fine(await edits.price(till, "31"))
    fine(await edits.money(till))
    fine(await till.patch(edits.path, {"comment": "late"}))
    fine(await edits.withdraw(till, "30"))
    assert await place.api.active(place.card) == "70.00"
