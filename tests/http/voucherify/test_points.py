"""The points of a card: adjusting, pending and expiring, transactions, reports, counters."""

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
CALENDAR = {
    "type": "CALENDAR_EXPIRATION",
    "calendar_expiration": {"expiration_dates": [{"day": 31, "month": 12}]},
}
SLIDING = {
    "type": "SLIDING_EXPIRATION",
    "sliding_expiration": {
        "period": {"value": 10, "unit": "DAY"},
        "earning_activity": True,
        "spending_activity": True,
    },
}


async def test_adjusting(house: House) -> None:
    """Added points can be used at once, whatever the definition says of pending ones."""
    card = await house.card(points_expiration=ROLLING)
    response = await house.post(card.path + "/points", {"points": 100, "reason": "Welcome"})
    body = made(response)
    assert body["message"] == "Points addition transaction created"
    assert body["status"] == "TRANSACTION_CREATED"
    assert body["transaction"]["type"] == "ADMIN_CREDIT"
    assert body["transaction"]["status"] == "PENDING"
    assert body["transaction"]["updated_at"] is None
    assert body["transaction"]["details"] == {
        "reason": "Welcome",
        "rejection": None,
        "metadata": {},
        "points": {"total": 100, "expiration_date": "2026-09-05"},
    }
    assert await house.balance(card) == (100, 0)
    body = made(await house.post(card.path + "/points", {"points": -30}))
    assert body["message"] == "Points subtraction transaction created"
    assert body["transaction"]["type"] == "ADMIN_DEBIT"
    assert body["transaction"]["details"] == {
        "reason": None,
        "rejection": None,
        "metadata": {},
        "points": {"total": -30},
    }
    assert await house.balance(card) == (70, 0)
    assert made(await house.post(card.path + "/points", {"points": 0})) == {
        "transaction": None,
        "status": "NO_CHANGE",
        "message": "Provided amount is zero, transaction was not created",
    }
    assert len(await house.all(card.path + "/transactions")) == 2


async def test_below_the_balance(house: House) -> None:
    """Answered as created, stored as rejected, without effect."""
    card = await house.card()
    made(await house.post(card.path + "/points", {"points": 10}))
    body = made(await house.post(card.path + "/points", {"points": -11, "reason": "too much"}))
    created = body["transaction"]
    assert (created["status"], created["details"]["rejection"]) == ("PENDING", None)
    assert body["status"] == "TRANSACTION_CREATED"
    stored, added = await house.all(card.path + "/transactions")
    rejection = {
        "reason": "NOT_ENOUGH_BALANCE",
        "details": "Operation exceeds the available card balance",
    }
    assert stored == created | {
        "status": "REJECTED",
        "updated_at": created["created_at"],
        "details": created["details"] | {"rejection": rejection},
    }
    assert added["status"] == "APPROVED"
    assert await house.balance(card) == (10, 0)
    pair = ("filters[id][conditions][$is]", stored["id"])
    assert await house.all(card.path + "/transactions", [pair]) == [stored]


async def test_below_zero(house: House) -> None:
    card = await house.card(balance_settings={"allow_negative": True})
    made(await house.post(card.path + "/points", {"points": -11}))
    assert await house.balance(card) == (-11, 0)
    made(await house.post(card.path + "/points", {"points": 5}))
    assert await house.balance(card) == (-6, 0)


@pytest.mark.parametrize(
    ("body", "details"),
    [
        ({}, "Payload must have required property 'points'"),
        ({"points": "5"}, None),
        ({"points": 5.5}, None),
        ({"points": True}, None),
        ({"points": None}, None),
        ({"points": 2**53}, None),
        ({"points": -(2**53)}, None),
        ({"points": 5, "reason": "x" * 256}, None),
        ({"points": 5, "reason": "a\0b"}, None),
        ({"points": 5, "comment": "x"}, "Payload must NOT have additional properties: 'comment'"),
        ([], None),
    ],
)
async def test_adjusting_refused(house: House, body: Any, details: str | None) -> None:
    card = await house.card()
    found = error(await house.post(card.path + "/points", body))
    assert found[:3] == (400, "invalid_payload", "Invalid payload")
    assert details in (None, found[3])
    assert await house.all(card.path + "/transactions") == []


async def test_adjusting_answers_message_and_details_swapped(house: House) -> None:
    card = await house.card()
    path = card.path + "/points"
    member = f"{V2}/programs/{card.program}/members/{card.member}"
    aim = "Cannot adjust member's card points when"
    made(await house.post(member + "/deactivate"))
    assert error(await house.post(path, {"points": 0})) == (
        423,
        "non_active_member",
        f"{aim} member status is not ACTIVE",
        "Invalid member status",
    )
    program = f"{V2}/programs/{card.program}"
    made(await house.put(program, {"end_date": "2026-08-01T00:00:00Z"}))
    assert error(await house.post(path, {"points": 1})) == (
        423,
        "program_outside_validity_window",
        "Program is not available at this time",
        f"{aim} program is not active at this time",
    )
    made(await house.post(program + "/deactivate"))
    assert error(await house.post(path, {"points": 1})) == (
        423,
        "non_active_program",
        f"{aim} program status is not ACTIVE",
        "Invalid program status",
    )


async def test_a_key_repeats_an_adjustment(house: House) -> None:
    card = await house.card()
    path = card.path + "/points"
    first = made(await house.post(path, {"points": 5}, key="k"))
    house.clock.advance(seconds=3)
    assert made(await house.post(path, {"points": 5}, key="k")) == first
    assert error(await house.post(path, {"points": 6}, key="k"))[1] == "idempotency_key_reused"
    assert await house.balance(card) == (5, 0)


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


async def test_expiring(house: House) -> None:
    """All points of one date are one bucket, whatever earned them."""
    card = await house.card(points_expiration=ROLLING, pending_points=IMMEDIATE)
    await house.accrue(card, 10)
    made(await house.post(card.path + "/points", {"points": 5}))
    house.clock.advance(days=1)
    await house.accrue(card, 20)
    await house.accrue(card, 1, expires_at=2**63 - 1)
    path = card.path + "/expiring-points"
    first, second = await house.all(path, [("limit", "1")])
    assert (first["points"], first["expiration_date"]) == ({"total": 15}, "2026-09-05")
    assert (second["points"], second["expiration_date"]) == ({"total": 20}, "2026-09-06")
    assert first["expiration_type"] == "ROLLING_EXPIRATION"
    assert await house.all(path, [("order", "-expiration_date")]) == [second, first]
    card_now = await _card(house, card)
    assert card_now["next_expiration"] == {"points": 15, "date": "2026-09-05"}
    body = made(await house.post(f"{path}/{first['id']}/expire"))
    assert body["message"] == "Points expiration transaction created"
    assert body["transaction"]["type"] == "ADMIN_POINTS_EXPIRATION"
    assert body["transaction"]["details"] == {
        "reason": "Manual points expiration",
        "rejection": None,
        "metadata": {},
        "bucket": {
            "id": first["id"],
            "points": {"total": 15},
            "expiration_date": "2026-09-05",
            "expiration_type": "ROLLING_EXPIRATION",
        },
    }
    assert await house.all(path) == [second]
    assert await house.balance(card) == (21, 0)
    newest = (await house.all(card.path + "/transactions"))[0]
    assert newest["details"] == body["transaction"]["details"]
    assert error(await house.post(f"{path}/{first['id']}/expire")) == (
        423,
        "invalid_points_bucket_status",
        "Invalid points bucket status",
        "Points bucket must be in ACTIVE status in order to be expired",
    )
    for wrong in ("lcpeb_1", f"lcpeb_{'f' * 18}", f"lcpeb_{'0' * 18}", "x"):
        response = await house.post(f"{path}/{wrong}/expire")
        assert (response.status_code, response.json()["resource_type"]) == (
            404,
            "card_points_bucket",
        )


async def test_expiring_by_date(house: House) -> None:
    """Dated D: they live to the end of D."""
    card = await house.card(points_expiration=ROLLING, pending_points=IMMEDIATE)
    await house.accrue(card, 10)
    house.clock.advance(days=30, seconds=9 * 3600 + 58 * 60 + 46)
    assert await house.balance(card) == (10, 0)
    house.clock.advance(seconds=1)
    assert await house.balance(card) == (0, 0)
    assert await house.all(card.path + "/expiring-points") == []
    newest = (await house.all(card.path + "/transactions"))[0]
    assert newest["type"] == "POINTS_EXPIRED"
    details = newest["details"]
    assert details["reason"] == "Points expired automatically"
    assert details["points"] == {"total": 10}
    assert details["date"] == "2026-09-05"
    assert [each["points"] for each in details["buckets"]] == [{"total": 10}]
    bucket = details["buckets"][0]["id"]
    response = await house.post(f"{card.path}/expiring-points/{bucket}/expire")
    assert error(response)[1] == "invalid_points_bucket_status"


async def test_sliding_expiry(house: House) -> None:
    """One bucket for all, put off by every activity to the end of its tenth day."""
    card = await house.card(points_expiration=SLIDING, pending_points=IMMEDIATE)
    await house.accrue(card, 10)
    house.clock.advance(days=5)
    await house.accrue(card, 20)
    path = card.path + "/expiring-points"
    (bucket,) = await house.all(path)
    assert (bucket["points"]["total"], bucket["expiration_date"]) == (30, "2026-08-21")
    assert bucket["expiration_type"] == "SLIDING_EXPIRATION"
    made(await house.post(card.path + "/points", {"points": -1}))
    house.clock.advance(days=10, seconds=9 * 3600)
    assert await house.balance(card) == (29, 0)
    made(await house.post(f"{path}/{bucket['id']}/expire"))
    assert await house.balance(card) == (0, 0)
    assert error(await house.post(f"{path}/{bucket['id']}/expire"))[0] == 423


async def test_no_expiration(house: House) -> None:
    card = await house.card(pending_points=IMMEDIATE)
    await house.accrue(card, 10, expires_at=house.clock.now + 10**13)
    path = card.path + "/expiring-points"
    bucket = f"lcpeb_{card.account << 22 | 20786:018x}"
    found = error(await house.post(f"{path}/{bucket}/expire"))
    assert found[0] == 404
    card_now = await _card(house, card)
    day = (house.clock.now + 10**13 - 1) // (86_400 * 10**6)
    bucket = f"lcpeb_{card.account << 22 | day:018x}"
    assert card_now["next_expiration"]["points"] == 10
    assert [each["id"] for each in await house.all(path)] == [bucket]
    assert error(await house.post(f"{path}/{bucket}/expire"))[1] == "points_expiration_not_enabled"


@pytest.mark.parametrize("rule", [ROLLING, CALENDAR, SLIDING])
async def test_what_will_expire_is_listed_when_the_rule_is_gone(
    house: House, rule: dict[str, Any]
) -> None:
    """Points keep their dates, those of a rule that was removed and those of their own."""
    definition = await house.definition(points_expiration=rule, pending_points=IMMEDIATE)
    program = await house.program(definition["id"])
    card = await house.card_in(program["id"])
    await house.accrue(card, 10)
    (born,) = await house.all(card.path + "/expiring-points")
    for step in (
        f"programs/{program['id']}/deactivate",
        f"card-definitions/{definition['id']}/draft",
    ):
        made(await house.post(f"{V2}/{step}"))
    path = f"{V2}/card-definitions/{definition['id']}"
    made(await house.put(path, {"points_expiration": {"type": "NO_EXPIRATION"}}))
    made(await house.post(path + "/activate"))
    made(await house.post(f"{V2}/programs/{program['id']}/activate"))
    await house.accrue(card, 5)
    own = {"points": 7, "expiration_type": "CUSTOM_DATE", "expiration_date": house.clock.date(2)}
    v1 = f"/v1/loyalties/camp_{program['id'][5:]}/members/v_{card.id[5:]}"
    made(await house.post(f"{v1}/balance", own))
    listed = await house.all(card.path + "/expiring-points")
    expected = [(7, house.clock.date(2)), (10, born["expiration_date"])]
    assert [(each["points"]["total"], each["expiration_date"]) for each in listed] == expected
    assert listed[1]["id"] == born["id"]
    legacy = made(await house.get(f"{v1}/points-expiration"))
    told = [(each["bucket"]["total_points"], each["expires_at"]) for each in legacy["data"]]
    assert (told, legacy["total"]) == (expected, 2)
    assert await house.balance(card) == (22, 0)
    house.clock.advance(days=3)
    assert await house.balance(card) == (15, 0)
    house.clock.advance(days=400)
    assert await house.balance(card) == (5, 0)
    assert await house.all(card.path + "/expiring-points") == []
    assert made(await house.get(f"{v1}/points-expiration"))["data"] == []


@pytest.mark.parametrize("state", ["program", "window", "member"])
async def test_expiring_states(house: House, state: str) -> None:
    card = await house.card(points_expiration=ROLLING, pending_points=IMMEDIATE)
    await house.accrue(card, 10)
    (bucket,) = await house.all(card.path + "/expiring-points")
    program = f"{V2}/programs/{card.program}"
    if state == "program":
        made(await house.post(program + "/deactivate"))
        expected = ("non_active_program", "Cannot expire points when program status is not ACTIVE")
    elif state == "window":
        made(await house.put(program, {"end_date": "2026-08-01T00:00:00Z"}))
        expected = (
            "program_outside_validity_window",
            "Cannot expire points when program is not active at this time",
        )
    else:
        made(await house.post(f"{program}/members/{card.member}/deactivate"))
        expected = ("non_active_member", "Cannot expire points when member status is not ACTIVE")
    found = error(await house.post(f"{card.path}/expiring-points/{bucket['id']}/expire"))
    assert (found[0], found[1], found[3]) == (423, *expected)


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
