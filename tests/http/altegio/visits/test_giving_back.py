"""`ledger:write` alone gives no points back: that needs the scope of cancels, by whatever way."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from stampbook.programs import api_keys
from tests.http.altegio.asserting import DENIED
from tests.http.altegio.shop import PARTNER, Shop, amounts, bearer, data_of

TILL, OFFICE = "till", "office"


@pytest.fixture
async def keys(shop: Shop) -> None:
    async with shop.store.transaction() as writing:
        for name, scopes in (
            (TILL, ["read", "ledger:write"]),
            (OFFICE, ["read", "ledger:write", "ledger:cancel"]),
        ):
            await api_keys.create(
                writing, tenant=1, name=name, scopes=scopes, secret=name, now=shop.now
            )


def service(cost: Any) -> dict[str, Any]:
    return {"id": 5_000, "first_cost": cost, "discount": 0, "cost": cost}


async def booked(shop: Shop, cost: int) -> tuple[int, int]:
    body = {"staff_id": 7, "services": [service(cost)], "datetime": "2027-01-15T12:00:00+03:00"}
    (made,) = data_of(await shop.http.post(f"/api/v1/records/{shop.location.number}", json=body))
    return made["id"], made["visit_id"]


class Edit:
    """Edits of a record of 60.00 that a card has paid wholly; each gives 10.00 or more back."""

    def __init__(self, shop: Shop, record: int, visit: int) -> None:
        self.shop = shop
        self.one = f"/api/v1/record/{shop.location.number}/{record}"
        self.visits = f"/api/v1/visits/{visit}/{record}"
        self.body = {"staff_id": 7, "datetime": "2027-01-15T12:00:00+03:00"}
        self.names = {"record_id": record, "visit_id": visit}

    async def delete(self, user: str) -> httpx.Response:
        return await self.shop.http.delete(self.one, headers=bearer(user))

    async def put_record(self, user: str, services: list[Any]) -> httpx.Response:
        body = {**self.body, "services": services}
        return await self.shop.http.put(self.one, json=body, headers=bearer(user))

    async def put_visit(self, user: str, **changes: Any) -> httpx.Response:
        body = {"attendance": 1, "comment": "", **changes}
        return await self.shop.http.put(self.visits, json=body, headers=bearer(user))

    async def apply(self, user: str, amount: Any) -> httpx.Response:
        return await self.shop.http.post(
            self.shop.path("apply_card_withdrawal"),
            json={**self.names, "amount": amount},
            headers=bearer(user),
        )

    async def pay_by_card(self, user: str, amount: Any) -> httpx.Response:
        method = {"slug": "loyalty_card", "loyalty_card_id": self.shop.card.account_id}
        return await self.shop.http.post(
            f"/api/v1/company/{self.shop.location.number}/sale/{self.names['visit_id']}/payment",
            json={"payment": {"method": method, "amount": amount}},
            headers=bearer(user),
        )


EDITS: dict[str, Callable[[Edit, str], Any]] = {
    "deleting the record": lambda edit, user: edit.delete(user),
    "a price of 0": lambda edit, user: edit.put_record(user, [service(0)]),
    "a lower price": lambda edit, user: edit.put_record(user, [service("49.99")]),
    "no services": lambda edit, user: edit.put_record(user, []),
    "a price of 0 by the visit": lambda edit, user: edit.put_visit(user, services=[service(0)]),
    "no services by the visit": lambda edit, user: edit.put_visit(user, services=[]),
    "money beyond the bill": lambda edit, user: edit.put_visit(
        user, new_transactions=[{"amount": 10}]
    ),
    "a smaller withdrawal": lambda edit, user: edit.apply(user, 50),
    "a withdrawal of next to nothing": lambda edit, user: edit.apply(user, "0.01"),
    "a smaller payment by card": lambda edit, user: edit.pay_by_card(user, 50),
}


@pytest.mark.usefixtures("keys")
@pytest.mark.parametrize("name", EDITS)
async def test_what_gives_back_needs_the_scope_of_cancels(shop: Shop, name: str) -> None:
    record, visit = await booked(shop, 60)
    edit = Edit(shop, record, visit)
    data_of(await edit.apply(TILL, 40))
    data_of(await edit.apply(TILL, 60))
    before = await shop.details(record, visit)
    denied = await EDITS[name](edit, TILL)
    assert (denied.status_code, denied.json()) == (403, DENIED)
    assert await shop.details(record, visit) == before
    assert await shop.balance() == 4_000
    allowed = await EDITS[name](edit, OFFICE)
    assert allowed.is_success, allowed.text
    assert await shop.balance() >= 5_000


@pytest.mark.usefixtures("keys")
async def test_what_gives_nothing_back_does_not(shop: Shop) -> None:
    record, visit = await booked(shop, 60)
    edit = Edit(shop, record, visit)
    assert amounts(data_of(await edit.apply(TILL, 30))) == [30]
    assert (await edit.put_record(TILL, [service(30)])).is_success
    assert amounts(data_of(await edit.apply(TILL, 30))) == [30]
    assert amounts(data_of(await edit.apply(TILL, 0))) == [30]
    assert amounts(data_of(await edit.apply(TILL, 500))) == [30]
    assert (await edit.put_record(TILL, [service(60), {**service(5), "id": 5_001}])).is_success
    data_of(await edit.put_visit(TILL, fast_payment=1))
    assert await shop.balance() == 7_000
    other, _ = await booked(shop, 60)
    path = f"/api/v1/record/{shop.location.number}/{other}"
    assert (await shop.http.delete(path, headers=bearer(TILL))).status_code == 204


async def test_a_retry_of_a_smaller_withdrawal_is_answered_as_it_was(shop: Shop) -> None:
    """A key that was used asks for no right again that its first use did not need."""
    async with shop.store.transaction() as writing:
        await api_keys.create(
            writing, tenant=1, name=TILL, scopes=["ledger:write"], secret=TILL, now=shop.now
        )
    record, visit = await shop.visit(6_000)
    headers = {"Authorization": f"Bearer {PARTNER}, User {TILL}", "Idempotency-Key": "k"}
    data_of(await shop.apply(record, visit, 10, headers=headers))
    data_of(await shop.apply(record, visit, 30))
    assert amounts(data_of(await shop.apply(record, visit, 10, headers=headers))) == [30]
    assert await shop.balance() == 7_000
