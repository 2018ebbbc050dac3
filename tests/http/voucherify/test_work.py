"""How much the store is asked for: as much as is listed, however long the journal is."""

from __future__ import annotations

import asyncio
import csv
import io
from collections.abc import Sequence
from typing import Any

import httpx
import pytest

from stampbook.domain.commands import Accrue, Command, Redeem
from stampbook.domain.model import Kind
from stampbook.edge.context import Context
from stampbook.ledger.engine import Ledger
from stampbook.storage.store import AccountFound, Demand, Row, Store
from tests.http.in_process import InProcess, application
from tests.http.voucherify.house import IMMEDIATE, Clock, House, made
from tests.http.voucherify.v1.club import Club, L, club_of


class Counting:
    """A store that counts the rows it brings, and keeps what was asked."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.rows = 0
        self.statements: dict[str, tuple[object, ...]] = {}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    async def fetch(self, sql: str, *args: object) -> list[Row]:
        found = await self._store.fetch(sql, *args)
        self.statements[sql] = args
        self.rows += len(found)
        return found

    async def fetch_one(self, sql: str, *args: object) -> Row | None:
        self.statements[sql] = args
        self.rows += 1
        return await self._store.fetch_one(sql, *args)

    async def journal(self, account: int, *, after: int, limit: int) -> Sequence[Any]:
        found = await self._store.journal(account, after=after, limit=limit)
        self.rows += len(found)
        return found

    async def load(self, shard: int, demands: Sequence[Demand]) -> list[AccountFound]:
        found = await self._store.load(shard, demands)
        self.rows += sum(len(each.rows) for each in found)
        return found


class Shop:
    """A house whose server's store counts."""

    def __init__(self, house: House, store: Store, clock: Clock, ledger: Ledger) -> None:
        self.counting = Counting(store)
        context = Context(self.counting, ledger, clock)  # type: ignore[arg-type]
        transport = InProcess(application(context))
        client = httpx.AsyncClient(transport=transport, base_url="http://stampbook")
        self.house = House(client, house.secret, clock, ledger)

    async def fill(self, club: Club, cards: Sequence[Any], rows: int) -> None:
        """Accruals and redemptions, in turn, on each card."""
        commands: list[Command] = [Accrue(amount=2, kind=Kind.ADJUST_CREDIT), Redeem(amount=1)]
        for voucher in cards:
            card = club.card(voucher)
            await asyncio.gather(*(self.house.submit(card, commands[at % 2]) for at in range(rows)))

    async def work(self, doing: Any) -> tuple[int, Any]:
        """How many rows it brought, and what came of it."""
        before = self.counting.rows
        found = await doing
        return self.counting.rows - before, found


@pytest.fixture
def shop(house: House, store: Store, clock: Clock, ledger: Ledger) -> Shop:
    return Shop(house, store, clock, ledger)


async def exported(house: House, path: str, **parameters: Any) -> list[list[str]]:
    body = {"parameters": parameters}
    export = made(await house.post(f"{L}/{path}/transactions/export", body))
    response = await house.get(export["result"]["url"].removeprefix("http://stampbook"))
    assert response.headers["content-type"] == "text/csv; charset=utf-8"
    return list(csv.reader(io.StringIO(response.text)))[1:]


async def listed(house: House, path: str, **params: str) -> list[Any]:
    """A whole list of v1, page by page."""
    found: list[Any] = []
    while True:
        body = made(await house.get(f"{L}/{path}", {"limit": "100", **params}))
        found += body["data"]
        if not body["has_more"]:
            return found
        params["starting_after_id"] = body["more_starting_after"]


@pytest.mark.parametrize("order", ["created_at", "-created_at"])
async def test_an_export_reads_each_row_a_few_times(shop: Shop, order: str) -> None:
    """Three times: for the card's counters, for the page, and for the original."""
    club = await club_of(shop.house, pending_points=IMMEDIATE)
    cards = [await club.join() for _ in range(2)]
    await shop.fill(club, cards, 600)
    work, rows = await shop.work(exported(shop.house, club.campaign, order=order))
    assert len(rows) == 1200
    assert work < 3 * len(rows) + 200
    assert len({row[0] for row in rows}) == len(rows)
    assert [row[0] for row in rows] == sorted(
        (row[0] for row in rows), reverse=order.startswith("-")
    )
    one = await exported(shop.house, f"members/{cards[0]['code']}", order=order)
    assert one == [row for row in rows if row[2] == cards[0]["id"]]


async def test_a_list_of_v1_reads_what_it_shows(shop: Shop) -> None:
    """The rows of its pages, and once all of the journal for what all points ever were."""
    club = await club_of(shop.house, pending_points=IMMEDIATE)
    (card,) = [await club.join()]
    await shop.fill(club, [card], 1100)
    of_card, of_campaign = f"members/{card['code']}/transactions", f"{club.campaign}/transactions"
    for path in (of_card, of_campaign):
        for order in ("-id", "id"):
            work, found = await shop.work(listed(shop.house, path, order=order))
            assert len(found) == 1100
            assert work < len(found) * 10
            totals = [each["details"]["balance"]["total"] for each in found]
            assert totals == sorted(totals, reverse=order == "-id")
            assert totals[0 if order == "-id" else -1] == 1100
    rows = await exported(shop.house, f"members/{card['code']}", fields=["id", "details"])
    assert [each["id"] for each in found] == [row[0] for row in rows][::-1]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_lists_find_their_place_by_an_index(shop: Shop, store: Store) -> None:
    """No statement of a list reads a table from end to end, nor more than one card's rows at once:
    each page begins where the one before ended."""
    club = await club_of(shop.house)
    cards = [await club.join() for _ in range(2)]
    for voucher in cards:
        for _ in range(3):
            await shop.house.accrue(club.card(voucher), 5)
        made(await shop.house.post(f"{L}/members/{voucher['code']}/balance", {"points": 5}))
        made(await shop.house.post(f"{L}/members/{voucher['code']}/balance", {"points": 6}))
    shop.counting.statements.clear()
    for what in ("transactions", "pending-points", "members/{code}/pending-points"):
        path = f"{L}/{club.campaign}/{what.format(code=cards[1]['code'])}"
        assert len(await _one_by_one(shop.house, path)) > 1
    for what in ("transactions", "activity"):
        assert len(await _one_by_one(shop.house, f"{L}/members/{cards[1]['code']}/{what}")) > 1
    lists = of_the_ledger(shop.counting.statements)
    assert len([sql for sql in lists if "LIMIT" in sql]) >= 8
    for sql, args in lists.items():
        plan = [row["detail"] for row in await store.fetch(f"EXPLAIN QUERY PLAN {sql}", *args)]
        for each in plan:
            assert "B-TREE FOR ORDER" not in each, (sql, plan)
            constant = "CONSTANT ROW" in each
            assert not each.startswith("SCAN") or constant or each in BY_STEPS, (sql, plan)
            if each.startswith(("SEARCH t ", "SEARCH l ", "SEARCH r ")):
                assert "(shard=? AND account_id=?" in each, (sql, plan)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("order", ["created_at", "-created_at", "-id"])
async def test_a_list_of_v2_begins_at_its_cursor(shop: Shop, store: Store, order: str) -> None:
    """Of a journal, and of what was rejected, in turn."""
    card = await shop.house.card(pending_points=IMMEDIATE)
    for points in (5, -9, 6, -99, -98, 7, -1):
        made(await shop.house.post(card.path + "/points", {"points": points}))
        shop.house.clock.advance(seconds=points % 2)
    path = card.path + "/transactions"
    whole = await shop.house.all(path, [("order", order), ("limit", "100")])
    assert [each["status"] for each in whole].count("REJECTED") == 3
    shop.counting.statements.clear()
    assert await shop.house.all(path, [("order", order), ("limit", "1")]) == whole
    journalled = of_the_ledger(shop.counting.statements)
    rejected = {
        sql: args
        for sql, args in shop.counting.statements.items()
        if "voucherify_rejections" in sql
    }
    plans = {
        sql: [row["detail"] for row in await store.fetch(f"EXPLAIN QUERY PLAN {sql}", *args)]
        for sql, args in (journalled | rejected).items()
    }
    assert any("AND seq" in each for sql in journalled for each in plans[sql])
    assert rejected
    for sql, plan in plans.items():
        for each in plan:
            constant = "CONSTANT ROW" in each
            assert not each.startswith("SCAN") or constant or each in BY_STEPS, (sql, plan)
            assert sql in rejected or "B-TREE FOR ORDER" not in each, (sql, plan)


BY_STEPS = ("SCAN a", "SCAN h", "SCAN halves", "SCAN wanted")
"""Not tables: the cards of a page, and the steps of a search."""


def of_the_ledger(statements: dict[str, tuple[object, ...]]) -> dict[str, tuple[object, ...]]:
    """Those on the journal and the lots."""
    return {
        sql: args for sql, args in statements.items() if " transactions " in sql or " lots " in sql
    }


async def _one_by_one(house: House, path: str) -> list[Any]:
    """The whole list, one entry a page."""
    found: list[Any] = []
    params = {"limit": "1"}
    while True:
        body = made(await house.get(path, params))
        found += body["data"]
        if not body["has_more"]:
            return found
        params["starting_after_id"] = body["more_starting_after"]
