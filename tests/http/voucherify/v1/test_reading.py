"""Legacy v1: campaigns, their cards, vouchers and redemptions, read."""

from __future__ import annotations

from typing import Any

import pytest

from stampbook.dialects.spelling.voucherify import Prefix, spell
from stampbook.domain.commands import Commit, Hold
from tests.http.voucherify.house import IMMEDIATE, V2, House, error, made
from tests.http.voucherify.v1.club import Club, L, club_of

MONTHS = {
    "type": "ROLLING_EXPIRATION",
    "rolling_expiration": {
        "period": {"value": 12, "unit": "MONTH"},
        "rounding": {"type": "END_OF_PARTICULAR_MONTH", "value": 3},
    },
}
ONE_DAY = {
    "type": "CALENDAR_EXPIRATION",
    "calendar_expiration": {"expiration_dates": [{"day": 31, "month": 12}]},
}


async def test_a_campaign(house: House, stranger: House) -> None:
    club = await club_of(house, points_expiration=MONTHS)
    await club.join()
    body = made(await house.get(f"{L}/{club.campaign}"))
    assert body["voucher"].pop("code_config")["pattern"] == "CARD####"
    validity = {
        "start_date": None,
        "expiration_date": None,
        "validity_timeframe": None,
        "validity_day_of_week": None,
        "validity_hours": None,
    }
    assert body == {
        "id": club.campaign,
        "name": "Coffee club",
        "description": None,
        "campaign_type": "LOYALTY_PROGRAM",
        "type": "AUTO_UPDATE",
        "voucher": {
            "type": "LOYALTY_CARD",
            "loyalty_card": {
                "points": 0,
                "expiration_rules": {
                    "period_type": "MONTH",
                    "period_value": 12,
                    "rounding_type": "PARTICULAR_MONTH",
                    "rounding_value": 3,
                },
            },
            "redemption": {"quantity": None},
            "is_referral_code": False,
            **validity,
        },
        "auto_join": False,
        "join_once": True,
        "use_voucher_metadata_schema": False,
        **validity,
        "activity_duration_after_publishing": None,
        "vouchers_count": 1,
        "active": True,
        "metadata": {},
        "created_at": "2026-08-06T14:01:13.346Z",
        "updated_at": None,
        "category": None,
        "category_id": None,
        "categories": [],
        "creation_status": "DONE",
        "vouchers_generation_status": "DONE",
        "protected": False,
        "validation_rules_assignments": {
            "object": "list",
            "data_ref": "data",
            "data": [],
            "total": 0,
        },
        "object": "campaign",
    }
    assert made(await house.get(f"{L}/Coffee club"))["id"] == club.campaign
    for asking, name in ((stranger, club.campaign), (house, "nothing")):
        response = await asking.get(f"{L}/{name}")
        assert error(response)[3] == f"Cannot find campaign with id {name}"


async def test_a_campaign_that_rests(house: House) -> None:
    """Hours, dates and expiry in the words of v1; a draft has no definition yet."""
    hours = {
        "type": "DAILY",
        "daily": [{"days_of_week": [0], "start_time": "08:00", "end_time": "09:00"}],
    }
    definition = await house.definition(points_expiration=ONE_DAY)
    body = {"status": "DRAFT", "start_date": "2026-01-01", "validity_hours": hours}
    program = await house.program(definition["id"], **body)
    empty = await house.program(status="DRAFT")
    found = made(await house.get(f"{L}/camp_{program['id'][5:]}"))
    assert (found["active"], found["creation_status"]) == (False, "DRAFT")
    assert found["start_date"] == "2026-01-01T00:00:00.000Z"
    assert found["validity_hours"] == {
        "daily": [{"start_time": "08:00", "days_of_week": [0], "expiration_time": "09:00"}]
    }
    assert found["voucher"]["loyalty_card"]["expiration_rules"] == {
        "period_type": "FIXED_DAY_OF_YEAR",
        "fixed_month": 12,
        "fixed_day": 31,
    }
    found = made(await house.get(f"{L}/camp_{empty['id'][5:]}"))
    assert found["voucher"]["loyalty_card"]["expiration_rules"] is None
    assert found["vouchers_count"] == 0


async def _members(club: Club, *pairs: tuple[str, str]) -> list[str]:
    body = made(await club.house.get(f"{L}/{club.campaign}/members", pairs))
    assert (body["object"], body["data_ref"]) == ("list", "vouchers")
    return [each["code"] for each in body["vouchers"]]


async def test_members(house: House) -> None:
    club, other = await club_of(house), await club_of(house)
    await other.join()
    codes = [f"CARD-{letter}" for letter in "BDAC"]
    vouchers = []
    for code in codes:
        vouchers.append(await club.join(code))
        house.clock.advance(seconds=1)
    path = f"{L}/{club.campaign}/members"
    body = made(await house.get(path, {"limit": "3"}))
    assert body["total"] == 4
    assert body["vouchers"] == vouchers[:0:-1]
    assert await _members(club, ("limit", "3"), ("page", "2")) == ["CARD-B"]
    assert await _members(club, ("page", "3")) == []
    assert await _members(club, ("order", "created_at")) == codes
    assert await _members(club, ("order", "code")) == sorted(codes)
    assert await _members(club, ("order", "-code")) == sorted(codes, reverse=True)
    assert await _members(club, ("code", "CARD-A")) == ["CARD-A"]
    assert await _members(club, ("customer", vouchers[1]["holder_id"])) == ["CARD-D"]
    assert await _members(club, ("customer", "nobody")) == []
    ids = [("ids", vouchers[0]["id"]), ("ids", vouchers[3]["id"]), ("ids", "v_1")]
    assert await _members(club, *ids) == ["CARD-C", "CARD-B"]
    second = vouchers[1]["created_at"]
    assert await _members(club, ("created_at[after]", second)) == ["CARD-C", "CARD-A"]
    assert await _members(club, ("[created_at][before]", second)) == ["CARD-B"]
    assert await _members(club, ("updated_at[after]", second)) == []
    member = (await house.all(f"{V2}/programs/{club.program['id']}/members"))[-1]["id"]
    member_path = f"{V2}/programs/{club.program['id']}/members/{member}"
    made(await house.put(member_path, {"metadata": {"a": 1}}))
    assert await _members(club, ("updated_at[after]", second)) == ["CARD-B"]
    assert (await _members(club, ("order", "-updated_at")))[0] == "CARD-B"
    made(await house.delete(member_path))
    assert made(await house.get(path))["total"] == 3
    for name, value in (
        ("order", "points"),
        ("limit", "0"),
        ("limit", "101"),
        ("page", "0"),
        ("page", "x"),
        ("created_at[before]", "soon"),
        ("ids", ",".join(["v_1"] * 101)),
    ):
        assert error(await house.get(path, {name: value}))[:2] == (400, "invalid_query_params")
    assert error(await house.get(f"{L}/nothing/members"))[0] == 404


async def test_a_source_id_of_members(house: House) -> None:
    club = await club_of(house)
    body = {"customer": {"source_id": "anna"}, "voucher": "ANNA"}
    made(await house.post(f"{L}/{club.campaign}/members", body))
    await club.join()
    assert await _members(club, ("customer", "anna")) == ["ANNA"]


async def test_a_voucher(house: House, stranger: House) -> None:
    club = await club_of(house)
    voucher = await club.join("MY-CARD")
    for name in ("MY-CARD", voucher["id"]):
        body = made(await house.get(f"/v1/vouchers/{name}"))
        assert body.pop("validation_rules_assignments")["total"] == 0
        assert body == voucher
    for asking, name in ((stranger, "MY-CARD"), (house, "NO-CARD")):
        response = await asking.get(f"/v1/vouchers/{name}")
        assert error(response)[:2] == (404, "not_found")
        assert response.json()["resource_type"] == "voucher"


async def test_a_redemption(house: House, stranger: House) -> None:
    club = await club_of(house, pending_points=IMMEDIATE)
    voucher = await club.join()
    path = f"{L}/members/{voucher['code']}"
    made(await house.post(path + "/balance", {"points": 100}))
    wanted = {
        "reward": {"id": "rew_1", "points": 30},
        "order": {"id": "ord_1", "amount": 5},
        "metadata": {"a": 1.0},
    }
    redeemed = made(await house.post(path + "/redemption", wanted))
    one = f"/v1/redemptions/{redeemed['id']}"
    body = made(await house.get(one))
    assert body.pop("related_redemptions") == {"rollbacks": []}
    assert body.pop("channel") == {"channel_id": None, "channel_type": "API"}
    redeemed.pop("channel")
    assert body == redeemed
    rolled = made(await house.post(one + "/rollback", {"reason": "wrong", "metadata": {"b": 2}}))
    body = made(await house.get(one))
    assert (body["status"], body["amount"]) == ("ROLLED_BACK", 30)
    assert body["related_redemptions"] == {
        "rollbacks": [{"id": rolled["id"], "date": rolled["date"]}]
    }
    body = made(await house.get(f"/v1/redemptions/{rolled['id']}"))
    for told in (body, rolled):
        told.pop("channel")
    assert body == rolled
    assert (body["object"], body["amount"]) == ("redemption_rollback", -30)
    assert (body["redemption"], body["reason"]) == (redeemed["id"], "wrong")
    assert (await stranger.get(one)).status_code == 404


async def test_a_redemption_of_another_api(house: House) -> None:
    """What a transaction's details call a redemption can be read as one."""
    club = await club_of(house, pending_points=IMMEDIATE)
    voucher = await club.join()
    card, path = club.card(voucher), f"{L}/members/{voucher['code']}"
    made(await house.post(path + "/balance", {"points": 100}))
    await house.submit(card, Hold(amount=10))
    await house.submit(card, Commit(target=2))
    (told,) = [
        each
        for each in made(await house.get(path + "/transactions"))["data"]
        if each["type"] == "POINTS_REDEMPTION"
    ]
    body = made(await house.get(f"/v1/redemptions/{told['details']['redemption']['id']}"))
    assert (body["amount"], body["status"], body["reward"]) == (10, "SUCCEEDED", None)


@pytest.mark.parametrize("seq", [0, 1, 9])
@pytest.mark.parametrize("prefix", [Prefix.REDEMPTION, Prefix.ROLLBACK])
async def test_what_is_no_redemption(house: House, prefix: Prefix, seq: int) -> None:
    club = await club_of(house, pending_points=IMMEDIATE)
    voucher = await club.join()
    made(await house.post(f"{L}/members/{voucher['code']}/balance", {"points": 100}))
    number = club.card(voucher).account << 23 | seq
    wrong: Any
    for wrong in (spell(prefix, number), f"{prefix}1", "x", "%00"):
        response = await house.get(f"/v1/redemptions/{wrong}")
        assert error(response)[:2] == (404, "not_found")
