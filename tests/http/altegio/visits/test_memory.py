"""What a till's server remembers spares reading, and is never the last word.

The second server works on the same store. What it does to a visit, a card or a record, the first
one does not know.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from stampbook.programs import api_keys, currencies, members, programs, tenants
from stampbook.programs.policies import Terms
from stampbook.storage.store import Row, Store
from tests.http.altegio.asserting import MISSING, assert_invalid
from tests.http.altegio.shop import FOREIGN, NOON, Shop, amounts, data_of
from tests.http.altegio.visits.test_naming_visits import further_record, post


class Counting:
    """A store that keeps what it is asked beside the ledger."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.statements: list[str] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    async def fetch(self, sql: str, *args: object) -> list[Row]:
        self.statements.append(sql)
        return await self._store.fetch(sql, *args)

    async def fetch_one(self, sql: str, *args: object) -> Row | None:
        self.statements.append(sql)
        return await self._store.fetch_one(sql, *args)

    async def execute(self, sql: str, *args: object) -> int:
        self.statements.append(sql)
        return await self._store.execute(sql, *args)


class Server(Shop):
    """Another server of the shop, with nothing in memory."""

    def __init__(self, shop: Shop) -> None:
        self.counting = Counting(shop.store)
        super().__init__(self.counting)
        self.chain, self.location, self.card = shop.chain, shop.location, shop.card

    async def asked(self, what: str, **body: Any) -> int:
        """How many statements a successful request takes, beside the ledger's and those about the
        keys, which are asked for again after a second."""
        self.counting.statements.clear()
        data_of(await self.http.post(self.path(what), json=body))
        return sum("api_keys" not in each for each in self.counting.statements)


@pytest.fixture
async def other(shop: Shop) -> AsyncIterator[Server]:
    server = Server(shop)
    await server.ledger.start()
    yield server
    await server.http.aclose()
    await server.ledger.stop()


async def test_what_tills_read(shop: Shop, other: Server) -> None:
    record, visit = await shop.visit(2_000, 300_000)
    names = {"record_id": record, "visit_id": visit}
    data_of(await shop.apply(record, visit, 1))
    # The location, the card's denomination, the visit; what has paid is read with the journal.
    assert await other.asked("cancel_card_withdrawal", **names) == 3
    assert await other.asked("apply_card_withdrawal", **names, amount=100) == 0
    assert await other.asked("apply_card_withdrawal", **names, amount=50) == 0
    assert await other.asked("cancel_card_withdrawal", **names) == 0
    record, visit = await shop.visit(2_000)
    # The visit; then the card is registered with it.
    names = {"record_id": record, "visit_id": visit}
    assert await other.asked("apply_card_withdrawal", **names, amount=1) == 2
    assert await other.asked("cancel_card_withdrawal", **names) == 0


async def test_a_visit_that_another_till_has_paid(shop: Shop, other: Server) -> None:
    record, visit = await shop.visit(6_000)
    theirs = await shop.new_card(shop.guest, 10_000)
    data_of(await other.apply(record, visit, 1))
    data_of(await shop.apply(record, visit, 55, theirs))
    assert sorted(amounts(data_of(await other.apply(record, visit, 60)))) == [5, 55]
    data_of(await shop.cancel(record, visit, theirs))
    # By memory nothing would be left to pay.
    assert amounts(data_of(await other.apply(record, visit, 60))) == [60]
    assert await shop.balance() == 4_000


async def test_nothing_to_take_back_is_answered_by_the_store(shop: Shop, other: Server) -> None:
    record, visit = await shop.visit(6_000)
    data_of(await other.apply(record, visit, 10))
    data_of(await shop.cancel(record, visit))
    theirs = await shop.new_card(shop.guest, 10_000)
    data_of(await shop.apply(record, visit, 20, theirs))
    for _ in range(2):
        assert amounts(data_of(await other.cancel(record, visit))) == [20]
        assert amounts(data_of(await other.apply(record, visit, 0))) == [20]
    assert await shop.balance() == 10_000


async def test_a_record_that_was_deleted_elsewhere(shop: Shop, other: Server) -> None:
    record, visit = await shop.visit(2_000)
    second = await further_record(shop, visit)
    data_of(await other.apply(second, visit, 10))
    path = f"/api/v1/record/{shop.location.number}/{second}"
    assert (await shop.http.delete(path)).status_code == 204
    for answer in (await other.apply(second, visit, 5), await other.cancel(second, visit)):
        assert (answer.status_code, answer.json()) == (404, MISSING)
    assert amounts(data_of(await other.apply(record, visit, 5))) == [5]


async def test_a_record_that_was_added_elsewhere(shop: Shop, other: Server) -> None:
    record, visit = await shop.visit(2_000)
    data_of(await other.apply(record, visit, 10))
    second = await further_record(shop, visit)
    assert_invalid(await post(other, "cancel_card_withdrawal", visit_id=visit), "record_id")
    assert await shop.balance() == 9_000
    assert sum(amounts(data_of(await other.apply(second, visit, 5)))) == 5


async def test_a_card_that_was_removed_elsewhere(shop: Shop, other: Server) -> None:
    record, visit = await shop.visit(2_000)
    data_of(await other.apply(record, visit, 10))
    path = f"/api/v1/loyalty/cards/{shop.location.number}/{shop.card.account_id}"
    assert (await shop.http.delete(path)).status_code == 204
    for amount in (10, 5, 0):
        refused = await other.apply(record, visit, amount)
        assert (refused.status_code, refused.json()) == (404, MISSING), amount
    assert amounts(data_of(await other.cancel(record, visit))) == []
    assert await shop.balance() == 10_000
    assert (await other.apply(record, visit, 1)).status_code == 404
    # A body that could not be read comes after what the path names.
    assert (await other.apply(record, visit, "much")).json() == MISSING


async def test_a_payment_shows_the_location_as_it_is(shop: Shop, other: Server) -> None:
    """The time zone of a remembered location may have changed."""
    record, visit = await shop.visit(10_000)
    data_of(await other.apply(record, visit, 1))
    body = {"attendance": 0, "comment": "", "new_transactions": [{"amount": 10}]}
    data_of(await other.http.put(f"/api/v1/visits/{visit}/{record}", json=body))
    data_of(await other.apply(record, visit, 2))
    changed = "UPDATE locations SET timezone = 'Asia/Tokyo'"
    await shop.store.execute(changed)
    [payment] = data_of(await other.apply(record, visit, 3))["payment_transactions"]
    tokyo = datetime.fromtimestamp(NOON / 1_000_000, ZoneInfo("Asia/Tokyo"))
    assert payment["date"] == tokyo.strftime("%Y-%m-%d %H:%M:%S")


async def test_another_tenants_till_finds_nothing(shop: Shop) -> None:
    """Though visit and location are in memory, and one of the cards is the till's own."""
    record, visit = await shop.visit(100)
    data_of(await shop.apply(record, visit, 10))
    async with shop.store.transaction() as writing:
        tenant = await tenants.create(writing, name="Elsewhere", now=shop.now)
        chain = await programs.create(
            writing, tenant=tenant.tenant_id, name="Elsewhere", now=shop.now
        )
        points = await currencies.create(
            writing, chain, name="Points", scale=2, terms=Terms(), now=shop.now
        )
        guest = await members.create(writing, chain, phone="79000000009", now=shop.now)
        await api_keys.create(
            writing,
            tenant=tenant.tenant_id,
            name=FOREIGN,
            scopes=["admin"],
            secret=FOREIGN,
            now=shop.now,
        )
    own = await shop.new_card(guest, 0, points)
    headers = {"Authorization": f"Bearer {FOREIGN}, User {FOREIGN}"}
    for card in (shop.card, own):
        for what in ("apply_card_withdrawal", "cancel_card_withdrawal"):
            path = shop.path(what, card)
            for names in ({"record_id": record, "visit_id": visit}, {"visit_id": "none"}):
                answer = await shop.http.post(path, json={**names, "amount": 1}, headers=headers)
                assert answer.json() == MISSING
