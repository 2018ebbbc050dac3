"""Changes of tiers: by points, by cancels, by time, by orders and segments; each announced once."""

from __future__ import annotations

import asyncio
from typing import Any

from stampbook.ledger.engine import Ledger
from stampbook.loyalty.tiers.heralding import herald
from tests.http.native.asking import Api, Clock, fine, made

METALS = [{"name": "Silver", "threshold": "100"}, {"name": "Gold", "threshold": "500"}]


async def announced(api: Api, ledger: Ledger) -> list[Any]:
    """All changes so far, after the work of two heralds at once."""
    while any(await asyncio.gather(*(herald(ledger, ledger.clock) for _ in range(2)))):
        pass
    page = fine(await api.get("/events", types="tier.changed"))
    assert not page["has_more"]
    return list(page["data"])


def moves(events: list[Any]) -> list[tuple[str | None, str | None, str]]:
    return [
        (
            each["data"]["from"] and each["data"]["from"]["name"],
            each["data"]["to"] and each["data"]["to"]["name"],
            each["data"]["cause"],
        )
        for each in events
    ]


async def club(api: Api, **fields: Any) -> tuple[str, str, str, str]:
    """A program with metals, one member and their account."""
    program = (await api.program())["id"]
    currency = (await api.currency(program))["id"]
    body = {"name": "Metals", "currency_id": currency, "tiers": METALS, **fields}
    made(await api.post(f"/programs/{program}/tier_groups", body))
    member = (await api.member(program))["id"]
    opened = await api.post("/accounts", {"member_id": member, "currency_id": currency})
    return program, currency, member, made(opened)["id"]


async def test_points_and_cancels(api: Api, ledger: Ledger) -> None:
    program, _, member, account = await club(api)
    assert await announced(api, ledger) == []
    await api.accrue(account, "99")
    assert await announced(api, ledger) == []
    second = await api.accrue(account, "1")
    (event,) = await announced(api, ledger)
    assert moves([event]) == [(None, "Silver", "points")]
    assert (event["program_id"], event["member_id"]) == (program, member)
    assert (event["account_id"], event["sequence"]) == (None, None)
    assert event["data"]["tier"]["transaction_id"] == second["id"]
    assert event["data"]["tier"]["points"] == "100.00"
    await api.accrue(account, "500")
    await api.cancel(second["id"])
    big = await api.accrue(account, "1")
    await api.cancel(big["id"])
    events = await announced(api, ledger)
    assert events[0] == event
    assert moves(events) == [(None, "Silver", "points"), ("Silver", "Gold", "points")]


async def test_what_a_cancel_takes(api: Api, ledger: Ledger) -> None:
    _, _, _, account = await club(api)
    gift = await api.accrue(account, "600")
    await api.cancel(gift["id"], {"amount": "300"})
    await api.cancel(gift["id"])
    assert moves(await announced(api, ledger)) == [
        (None, "Gold", "points"),
        ("Gold", "Silver", "cancel"),
        ("Silver", None, "cancel"),
    ]


async def test_time_alone(api: Api, ledger: Ledger, clock: Clock) -> None:
    _, _, _, account = await club(api, period={"n": 1, "unit": "month"})
    await api.accrue(account, "150")
    assert len(await announced(api, ledger)) == 1
    clock.advance(days=20)
    assert len(await announced(api, ledger)) == 1
    clock.advance(days=40)
    events = await announced(api, ledger)
    assert moves(events[1:]) == [("Silver", None, "window")]
    assert events[1]["data"]["tier"]["entered_at"] == "2026-04-01T00:00:00Z"
    assert events[1]["timestamp"] == clock.text()
    clock.advance(days=400)
    assert await announced(api, ledger) == events


async def test_orders(api: Api, ledger: Ledger) -> None:
    program, _, member, _ = await club(api, basis="spend")
    orders = f"/programs/{program}/orders"
    body = {"external_id": "a", "money": "EUR", "amount": "200.00", "member_id": member}
    order = made(await api.post(orders, {**body, "status": "paid"}))
    assert moves(await announced(api, ledger)) == [(None, "Silver", "points")]
    path = f"{orders}/{order['id']}/refunds"
    refund = fine(await api.post(path, {"external_id": "r", "amount": "150.00"}))
    assert moves(await announced(api, ledger))[1:] == [("Silver", None, "cancel")]
    fine(await api.post(f"{path}/{refund['id']}/void"))
    assert moves(await announced(api, ledger))[2:] == [(None, "Silver", "void")]


async def test_segments(api: Api, ledger: Ledger) -> None:
    tiers = [{"name": "Friends", "threshold": "0", "segment": "friends"}]
    program, _, member, _ = await club(api, tiers=tiers)
    body = {"external_id": "e", "member_id": member, "segment": "friends"}
    fine(await api.post(f"/programs/{program}/segment_entries", body))
    assert moves(await announced(api, ledger)) == [(None, "Friends", "segment")]
    fine(await api.delete(f"/programs/{program}/segments/friends/members/{member}"))
    assert moves(await announced(api, ledger))[1:] == [("Friends", None, "segment")]


async def test_programs_without_tiers_leave_nothing(api: Api, ledger: Ledger) -> None:
    account = await api.account()
    await api.accrue(account, "1000")
    assert await announced(api, ledger) == []
    rows = await ledger.store.fetch("SELECT 1 FROM tier_heralds UNION ALL SELECT 1 FROM tier_due")
    assert rows == []
