"""Cards by their codes: published, read, their balances."""

from __future__ import annotations

import pytest

from tests.http.voucherify.house import V2, House, error, made
from tests.http.voucherify.v1.club import (
    ROLLING,
    L,
    club_of,
    entry_of,
)


async def test_cards(house: House) -> None:
    club = await club_of(house)
    customer = await house.customer(source_id="anna", name="Anna")
    body = {"customer": {"source_id": "anna"}, "metadata": {"shop": 1}, "channel": "web"}
    voucher = made(await house.post(f"{L}/{club.campaign}/members", body))
    assert voucher["code"].startswith("CARD")
    assert {key: voucher[key] for key in ("campaign", "campaign_id", "type", "object")} == {
        "campaign": "Coffee club",
        "campaign_id": club.campaign,
        "type": "LOYALTY_CARD",
        "object": "voucher",
    }
    assert voucher["loyalty_card"] == {
        "points": 0,
        "balance": 0,
        "next_expiration_date": None,
        "next_expiration_points": 0,
        "pending_points": 0,
        "expired_points": 0,
        "subtracted_points": 0,
    }
    assert voucher["holder_id"] == customer["id"]
    assert voucher["metadata"] == {"shop": 1}
    for path in (
        f"members/{voucher['code']}",
        f"members/{voucher['id']}",
        f"{club.campaign}/members/{voucher['code']}",
        f"Coffee club/members/{voucher['id']}",
    ):
        assert made(await house.get(f"{L}/{path}")) == voucher


async def test_publishing(house: House) -> None:
    club = await club_of(house)
    path = f"{L}/{club.campaign}/members"
    voucher = await club.join("MY-CARD")
    assert voucher["code"] == "MY-CARD"
    other = await house.customer()
    response = await house.post(path, {"customer": other["id"], "voucher": "MY-CARD"})
    assert error(response)[:2] == (400, "voucher_already_published")
    response = await house.post(path, {"customer": voucher["holder_id"]})
    assert error(response)[:2] == (400, "voucher_already_published")
    made(await house.post(path, {"customer": {"source_id": "new", "name": "New"}}))
    assert made(await house.get("/v1/customers/new"))["name"] == "New"
    for body, expected in (
        ({}, (400, "invalid_payload")),
        ({"customer": 7}, (400, "invalid_payload")),
        ({"customer": {"source_id": 7}}, (400, "invalid_payload")),
        ({"customer": "nobody"}, (404, "not_found")),
        ({"customer": {"id": "cust_1"}}, (404, "not_found")),
    ):
        assert error(await house.post(path, body))[:2] == expected
    two = [(await house.definition())["id"] for _ in range(2)]
    program = await house.program(*two, name="Two cards")
    response = await house.post(f"{L}/Two cards/members", {"customer": other["id"]})
    assert error(response)[:2] == (400, "no_voucher_suitable_for_publication")
    made(await house.post(f"{V2}/programs/{program['id']}/deactivate"))
    response = await house.post(f"{L}/Two cards/members", {"customer": other["id"]})
    assert error(response)[:2] == (423, "non_active_program")


async def test_what_does_not_exist(house: House, stranger: House) -> None:
    club, other = await club_of(house), await club_of(house)
    voucher = await club.join("MY-CARD")
    for asking, path, kind, name in (
        (house, "members/NO-CARD", "voucher", "NO-CARD"),
        (house, "members/NO-CARD/transactions", "voucher", "NO-CARD"),
        (house, "members/v_1", "voucher", "v_1"),
        (house, "nothing/members/MY-CARD", "campaign", "nothing"),
        (house, f"{other.campaign}/members/MY-CARD", "voucher", "MY-CARD"),
        (stranger, "members/MY-CARD", "voucher", "MY-CARD"),
        (stranger, f"members/{voucher['id']}", "voucher", voucher["id"]),
        (stranger, f"{club.campaign}/members/MY-CARD", "campaign", club.campaign),
    ):
        response = await asking.get(f"{L}/{path}")
        assert error(response)[3] == f"Cannot find {kind} with id {name}"
        assert response.json()["resource_type"] == kind
        assert response.status_code == 404


async def test_balance(house: House) -> None:
    club = await club_of(house, points_expiration=ROLLING)
    voucher = await club.join()
    path = f"{L}/members/{voucher['code']}/balance"
    body = made(await house.post(path, {"points": 10, "reason": "Welcome"}))
    assert body == {
        "points": 10,
        "total": 10,
        "balance": 10,
        "type": "loyalty_card",
        "object": "balance",
        "related_object": {"type": "voucher", "id": voucher["id"]},
        "operation_type": "MANUAL",
    }
    other = f"{L}/{club.campaign}/members/{voucher['code']}/balance"
    body = made(await house.post(other, {"points": -3}))
    assert (body["points"], body["total"], body["balance"]) == (-3, 10, 7)
    response = await house.post(path, {"points": -8})
    assert error(response)[:2] == (400, "loyalty_card_points_exceeded")
    custom = {"points": 1, "expiration_type": "CUSTOM_DATE"}
    made(await house.post(path, {**custom, "expiration_date": "2026-08-06"}))
    made(await house.post(path, {"points": 2, "expiration_type": "NON_EXPIRING"}))
    found = made(await house.get(f"{L}/{club.campaign}/members/{voucher['id']}/points-expiration"))
    assert [(each["bucket"]["total_points"], each["expires_at"]) for each in found["data"]] == [
        (1, "2026-08-06"),
        (7, "2026-09-05"),
    ]
    assert found["total"] == 2
    second = made(
        await house.get(
            f"{L}/{club.campaign}/members/{voucher['id']}/points-expiration",
            {"limit": "1", "page": "2"},
        )
    )
    assert second["data"] == found["data"][1:]
    for date in (None, "2026-08-05", "soon", "9999-13-31", "2026-09-01soon", "2026-09-01T25:00Z"):
        response = await house.post(path, {**custom, "expiration_date": date})
        assert error(response)[:2] == (400, "invalid_expiration_date")
        if date is not None:
            response = await house.post(path, {"points": 1, "expiration_date": date})
            assert error(response)[:2] == (400, "invalid_expiration_date")
    for wrong in ({}, {"points": 0}, {"points": "1"}, {"points": 1, "expiration_type": "NEVER"}):
        assert error(await house.post(path, wrong))[:2] == (400, "invalid_payload")
    card = made(await house.get(f"{L}/members/{voucher['code']}"))["loyalty_card"]
    assert (card["points"], card["balance"], card["subtracted_points"]) == (13, 10, 3)
    assert (card["next_expiration_date"], card["next_expiration_points"]) == ("2026-08-06", 1)


async def test_a_date_without_a_type_is_a_custom_date(house: House) -> None:
    """With another type it is left aside."""
    club = await club_of(house, points_expiration=ROLLING)
    voucher = await club.join()
    for more in ({}, {"expiration_type": "PROGRAM_RULES"}, {"expiration_type": "NON_EXPIRING"}):
        body = {"points": 5, "expiration_date": "2026-08-20", **more}
        made(await house.post(f"{L}/members/{voucher['code']}/balance", body))
    found = made(await house.get(f"{L}/{club.campaign}/members/{voucher['id']}/points-expiration"))
    assert [each["expires_at"] for each in found["data"]] == ["2026-08-20", "2026-09-05"]


@pytest.mark.parametrize("never", ["9999-12-31", "9999-12-31T23:59:59-05:00", "9500-01-01"])
async def test_a_date_that_means_never(house: House, never: str) -> None:
    club = await club_of(house, points_expiration=ROLLING)
    voucher = await club.join()
    body = {"points": 5, "expiration_type": "CUSTOM_DATE", "expiration_date": never}
    made(await house.post(f"{L}/members/{voucher['code']}/balance", body))
    found = made(await house.get(f"{L}/{club.campaign}/members/{voucher['id']}/points-expiration"))
    assert found["data"] == []
    card = made(await house.get(f"{L}/members/{voucher['code']}"))["loyalty_card"]
    assert (card["balance"], card["next_expiration_date"]) == (5, None)


async def test_a_removed_member(house: House) -> None:
    """His card is gone, and leaves the lists of the campaign."""
    club = await club_of(house)
    voucher = await club.join()
    await house.accrue(club.card(voucher), 5)
    made(await house.post(f"{L}/members/{voucher['code']}/balance", {"points": 1}))
    (member,) = await house.all(f"{V2}/programs/{club.program['id']}/members")
    made(await house.delete(f"{V2}/programs/{club.program['id']}/members/{member['id']}"))
    assert (await house.get(f"{L}/members/{voucher['code']}")).status_code == 404
    for path in ("transactions", "pending-points"):
        assert made(await house.get(f"{L}/{club.campaign}/{path}"))["data"] == []


async def test_a_program_that_is_not_active(house: House) -> None:
    club = await club_of(house)
    voucher, path = await entry_of(house, club)
    made(await house.post(f"{V2}/programs/{club.program['id']}/deactivate"))
    response = await house.post(f"{L}/members/{voucher['code']}/balance", {"points": 1})
    assert error(response)[:2] == (423, "non_active_program")
    assert error(await house.post(path + "/activate"))[:2] == (423, "non_active_program")
