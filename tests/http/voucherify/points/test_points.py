"""Pending points, transactions, counters and reports of a card."""

from __future__ import annotations

from typing import Any

import pytest

from stampbook.domain.commands import Accrue, Cancel, Commit, Hold, Redeem, Release
from stampbook.domain.model import Kind
from tests.http.voucherify.house import IMMEDIATE, V2, Card, House, error, made, period_based

ROLLING = {
    "type": "ROLLING_EXPIRATION",
    "rolling_expiration": {"period": {"value": 30, "unit": "DAY"}},
}


async def test_pending_list(house: House) -> None:
    card = await house.card()
    for _ in range(3):
        await house.accrue(card, 10)
        house.clock.advance(days=1)
    await house.accrue(card, 10)
    await house.submit(card, Cancel(target=2, amount=4))
    path = card.path + "/pending-points"
    found = await house.all(path, [("limit", "2")])
    assert [each["date"] for each in found] == [f"2026-08-{day}" for day in (16, 17, 18, 19)]
    assert found[1] == {
        "id": card.bucket(2),
        "card_id": card.id,
        "card_definition_id": found[0]["card_definition_id"],
        "program_id": card.program,
        "member_id": card.member,
        "card_type": "INDIVIDUAL",
        "points": {"total": 6},
        "date": "2026-08-17",
        "type": "PERIOD_BASED",
        "status": "PENDING",
        "created_at": "2026-08-07T14:01:13.346Z",
        "updated_at": None,
        "object": "card_pending_points_bucket",
    }
    assert await house.all(path, [("order", "-date"), ("limit", "1")]) == found[::-1]
    made(await house.post(card.cancel_path(1)))
    house.clock.advance(days=8)
    assert await house.all(path) == found[2:]
    for order in ("created_at", "date,-date", "--date", "id"):
        response = await house.get(path, {"order": order})
        assert error(response)[:2] == (400, "invalid_query_params")
    pair = {"filters[id][conditions][$is]": card.bucket(3)}
    assert error(await house.get(path, pair))[:2] == (400, "invalid_query_params")


async def test_activating(house: House) -> None:
    card = await house.card(points_expiration=ROLLING)
    await house.accrue(card, 60)
    path = card.cancel_path().replace("/cancel", "/activate")
    body = made(await house.post(path))
    assert body["message"] == "Points activation transaction created"
    assert body["transaction"]["type"] == "PENDING_POINTS_ACTIVATED"
    assert body["transaction"]["details"] == {
        "reason": "Manual points activation",
        "rejection": None,
        "metadata": {},
        "points": {"total": 60, "date": "2026-08-16", "type": "PERIOD_BASED"},
    }
    assert await house.balance(card) == (60, 0)
    assert error(await house.post(path))[1] == "invalid_pending_points_bucket_status"


async def test_activating_by_date(house: House) -> None:
    card = await house.card()
    await house.accrue(card, 60)
    house.clock.advance(days=20)
    newest, _ = await house.all(card.path + "/transactions")
    assert newest["type"] == "PENDING_POINTS_ACTIVATED"
    assert newest["details"]["reason"] == "Automatic points activation"
    assert newest["created_at"] == newest["updated_at"] == "2026-08-16T00:00:00.000Z"


async def _card(house: House, card: Card) -> Any:
    body = made(await house.get(f"{V2}/programs/{card.program}/members/{card.member}"))
    return body["cards"][0]["card"]


async def _every_kind(house: House) -> Card:
    """A card to which everything has happened."""
    card = await house.card(pending_points=period_based(1), points_expiration=ROLLING)
    await house.accrue(card, 100)
    await house.accrue(card, 40)
    house.clock.advance(seconds=1)
    made(await house.post(card.cancel_path(2)))
    house.clock.advance(days=1)
    await house.submit(card, Redeem(amount=30))
    await house.submit(card, Cancel(target=5, amount=10))
    await house.submit(card, Hold(amount=20), Hold(amount=5))
    await house.submit(card, Commit(target=7, amount=15))
    await house.submit(card, Release(target=8))
    made(await house.post(card.path + "/points", {"points": 7}))
    made(await house.post(card.path + "/points", {"points": -3}))
    made(await house.post(card.path + "/points", {"points": -3000}))
    await house.submit(card, Cancel(target=1))
    return card


async def test_transactions(house: House) -> None:
    card = await _every_kind(house)
    path = card.path + "/transactions"
    found = await house.all(path, [("limit", "3")])
    summary = [
        (each["type"], each["status"], each["details"]["points"]["total"]) for each in found[::-1]
    ]
    assert summary == [
        ("PENDING_POINTS_ADDED", "APPROVED", 100),
        ("PENDING_POINTS_ADDED", "APPROVED", 40),
        ("PENDING_POINTS_CANCELED", "APPROVED", 40),
        ("PENDING_POINTS_ACTIVATED", "APPROVED", 100),
        ("POINTS_SPENT_ON_ORDER", "APPROVED", 30),
        ("POINTS_RETURNED", "APPROVED", 10),
        ("POINTS_SPENT_ON_ORDER", "APPROVED", 20),
        ("POINTS_SPENT_ON_ORDER", "REJECTED", 5),
        ("ADMIN_CREDIT", "APPROVED", 7),
        ("ADMIN_DEBIT", "APPROVED", -3),
        ("POINTS_REFUNDED", "APPROVED", 62),
        ("ADMIN_DEBIT", "REJECTED", -3000),
    ]
    assert await house.all(path, [("order", "created_at"), ("limit", "5")]) == found[::-1]
    assert await house.all(path, [("order", "-id"), ("limit", "4")]) == found
    since = ("filters[created_at][conditions][$after]", found[-3]["created_at"])
    assert await house.all(path, [since]) == found[:-3]
    ids = [("filters[id][conditions][$in][]", each["id"]) for each in found[2:5]]
    assert await house.all(path, ids) == found[2:5]
    pair = ("filters[card_definition_id][conditions][$is]", found[0]["card_definition_id"])
    assert await house.all(path, [pair]) == found
    pair = ("filters[card_definition_id][conditions][$is_not]", found[0]["card_definition_id"])
    assert await house.all(path, [pair]) == []


async def test_what_moves_no_points_is_no_transaction(house: House) -> None:
    """The commit of points that go on waiting, and the cancel of what is all spent or expired."""
    card = await house.card(points_expiration=ROLLING)
    await house.submit(card, Accrue(amount=60, temporary=True))
    await house.submit(card, Commit(target=1))
    expected = [("PENDING_POINTS_ADDED", 60)]
    assert await _told(house, card) == expected
    assert [each["type"][-12:] for each in await _legacy(house, card, "activity")] == [
        "points.added"
    ]
    assert await _legacy(house, card, "transactions") == []
    house.clock.advance(days=10)
    expected.append(("PENDING_POINTS_ACTIVATED", 60))
    assert await _told(house, card) == expected
    await house.submit(card, Redeem(amount=60))
    expected.append(("POINTS_SPENT_ON_ORDER", 60))
    cancel = await house.submit(card, Cancel(target=1))
    assert await _told(house, card) == expected
    await house.submit(card, Cancel(target=cancel.transaction.seq))
    assert await _told(house, card) == expected
    legacy = await _legacy(house, card, "transactions")
    assert [(each["type"], each["details"]["balance"]["points"]) for each in legacy] == [
        ("POINTS_REDEMPTION", -60),
        ("PENDING_POINTS_ACTIVATION", 60),
    ]
    assert len(await _legacy(house, card, "activity")) == len(expected)


async def _told(house: House, card: Card) -> list[tuple[str, int]]:
    """The card's transactions with their totals, the oldest first."""
    found = await house.all(card.path + "/transactions", [("order", "created_at")])
    return [(each["type"], each["details"]["points"]["total"]) for each in found]


async def _legacy(house: House, card: Card, what: str) -> list[Any]:
    body = made(await house.get(f"/v1/loyalties/members/v_{card.id[5:]}/{what}"))
    found: list[Any] = body["data"]
    return found


async def test_counters(house: House) -> None:
    card = await _every_kind(house)
    found = await _card(house, card)
    assert found["lifetime_bucket"] == {
        "points": {
            "total": 107,
            "earned": 0,
            "added": 7,
            "purchased": 0,
            "purchased_reversed": 0,
            "subtracted": 3,
            "expired": 0,
            "spent": 45,
            "refunded": 62,
            "returned": 10,
            "locked": 55,
            "unlocked": 55,
        },
        "pending_points": {"total": 140, "activated": 100, "canceled": 40},
    }
    assert found["balance"] == {"points": 7, "pending_points": 0}


async def test_next_activation(house: House) -> None:
    card = await house.card(pending_points=period_based(1))
    await house.accrue(card, 3)
    await house.accrue(card, 4)
    house.clock.advance(seconds=3_600)
    await house.accrue(card, 5)
    assert (await _card(house, card))["next_activation"] == {
        "points": 12,
        "type": "PERIOD_BASED",
        "date": "2026-08-07",
    }
    rule = {
        "type": "EVENT_BASED",
        "event_based": {"event_types": ["ms_1"], "cancel_period": {"value": 1, "unit": "MONTH"}},
    }
    other = await house.card(pending_points=rule)
    await house.accrue(other, 6)
    assert (await _card(house, other))["next_activation"] == {
        "points": 6,
        "type": "EVENT_BASED",
        "cancel_date": "2026-09-06",
    }


async def test_daily_report(house: House) -> None:
    card = await _every_kind(house)
    path = card.path + "/reports/daily"

    async def rows(start: str, end: str, resolution: str) -> list[Any]:
        params = {"start_date": start, "end_date": end, "resolution": resolution}
        found: list[Any] = made(await house.get(path, params))["data"]
        return found

    by_day = await rows("2026-08-05", "2026-08-08", "day")
    assert [each["date"] for each in by_day] == [f"2026-08-0{day}" for day in (5, 6, 7, 8)]
    figures = [
        (each["pending_points_total"], each["pending_points_canceled"], each["points_total"])
        for each in by_day
    ]
    assert figures == [(0, 0, 0), (140, 40, 0), (0, 0, 107), (0, 0, 0)]
    assert [each["points_refunded"] for each in by_day] == [0, 0, 62, 0]
    by_week = await rows("2026-08-05", "2026-08-12", "week")
    assert [each["date"] for each in by_week] == ["2026-08-05", "2026-08-10"]
    assert [each["points_total"] for each in by_week] == [107, 0]
    by_month = await rows("2026-06-30", "2026-08-31", "month")
    assert [each["date"] for each in by_month] == ["2026-06-30", "2026-07-01", "2026-08-01"]
    by_quarter = await rows("2026-01-01", "2026-12-31", "quarter")
    assert [each["points_spent"] for each in by_quarter] == [0, 0, 45, 0]


@pytest.mark.parametrize(
    "params",
    [
        {},
        {"start_date": "2026-08-01", "end_date": "2026-08-02"},
        {"start_date": "2026-08-01", "end_date": "2026-08-02", "resolution": "year"},
        {"start_date": "2026-08-02", "end_date": "2026-08-01", "resolution": "day"},
        {"start_date": "2026-08-01", "end_date": "2026-10-30", "resolution": "day"},
        {"start_date": "2026-08-03", "end_date": "2026-10-26", "resolution": "week"},
        {"start_date": "2026-01-01", "end_date": "2027-01-01", "resolution": "month"},
        {"start_date": "2026-01-01", "end_date": "2027-01-01", "resolution": "quarter"},
        {"start_date": "2026-02-30", "end_date": "2026-03-01", "resolution": "day"},
        {"start_date": "0001-01-01", "end_date": "9999-12-31", "resolution": "day"},
    ],
)
async def test_report_refused(house: House, params: dict[str, str]) -> None:
    card = await house.card()
    response = await house.get(card.path + "/reports/daily", params)
    assert error(response)[:2] == (400, "invalid_query_params")


async def test_transferred_points_keep_their_dates(house: House) -> None:
    """A transfer's lots are told as an operator's points, each in the bucket of its date."""
    definition = await house.definition(points_expiration=ROLLING, pending_points=IMMEDIATE)
    program = await house.program(definition["id"])
    one, other = [await house.card_in(program["id"]) for _ in range(2)]
    for _ in range(2):
        await house.accrue(one, 10)
        house.clock.advance(days=1)
    await house.transfer(one, other, 15)
    path = other.path + "/expiring-points"
    buckets = await house.all(path)
    assert [each["points"]["total"] for each in buckets] == [10, 5]
    made(await house.post(f"{path}/{buckets[1]['id']}/expire"))
    assert await house.balance(other) == (10, 0)
    types = [each["type"] for each in await house.all(other.path + "/transactions")]
    assert types == ["ADMIN_POINTS_EXPIRATION", "ADMIN_CREDIT"]
    types = [each["type"] for each in await house.all(one.path + "/transactions")]
    assert types == ["ADMIN_DEBIT", "POINTS_EARNED", "POINTS_EARNED"]


async def test_what_an_operator_cancels(house: House) -> None:
    """Cancels of another API, in this one's words."""
    card = await house.card(pending_points=IMMEDIATE)
    made(await house.post(card.path + "/points", {"points": 50}))
    made(await house.post(card.path + "/points", {"points": -20}))
    await house.submit(card, Cancel(target=2))
    await house.submit(card, Cancel(target=1))
    await house.submit(card, Cancel(target=4))
    await house.submit(card, Redeem(amount=1, kind=Kind.REDEEM))
    found = await house.all(card.path + "/transactions", [("order", "created_at")])
    assert [(each["type"], each["details"]["points"]["total"]) for each in found] == [
        ("ADMIN_CREDIT", 50),
        ("ADMIN_DEBIT", -20),
        ("POINTS_RETURNED", 20),
        ("ADMIN_DEBIT", -50),
        ("ADMIN_CREDIT", 50),
        ("POINTS_SPENT_ON_ORDER", 1),
    ]
    assert await house.balance(card) == (49, 0)
