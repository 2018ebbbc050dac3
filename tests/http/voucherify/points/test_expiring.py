"""Points that expire together: the list, and expiring them by hand."""

from __future__ import annotations

from typing import Any

import pytest

from tests.http.voucherify.house import IMMEDIATE, V2, House, error, made
from tests.http.voucherify.points.test_points import ROLLING, _card

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
    definition = await house.definition(
        points_expiration=rule, pending_points=IMMEDIATE, status="DRAFT"
    )
    other = await house.definition()
    rules = [{"id": await house.idle_rule(other["id"])}]
    program = await house.program(definition["id"], other["id"], earning_rules=rules)
    card = await house.card_in(program["id"])
    await house.accrue(card, 10)
    (born,) = await house.all(card.path + "/expiring-points")
    made(await house.post(f"{V2}/programs/{program['id']}/deactivate"))
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
