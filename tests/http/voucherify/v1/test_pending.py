"""Pending points: listed, activated, cancelled, changed."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.http.voucherify.house import IMMEDIATE, V2, Card, House, error, made, period_based
from tests.http.voucherify.rules import kit
from tests.http.voucherify.v1.club import (
    EVENT,
    Club,
    L,
    club_of,
    entry_of,
)


async def test_pending_list(house: House) -> None:
    club = await club_of(house)
    vouchers = [await club.join() for _ in range(2)]
    for voucher in vouchers:
        for amount in (10, 20):
            await house.accrue(club.card(voucher), amount)
    first = vouchers[0]
    body = made(await house.get(f"{L}/members/{first['code']}/pending-points", {"limit": "1"}))
    assert (body["object"], body["data_ref"], body["has_more"]) == ("list", "data", True)
    (entry,) = body["data"]
    assert body["more_starting_after"] == entry["id"]
    assert entry["id"].startswith("lopp_")
    assert entry == {
        "id": entry["id"],
        "voucher_id": first["id"],
        "campaign_id": club.campaign,
        "customer_id": first["holder_id"],
        "order_id": None,
        "points": 10,
        "activates_at": "2026-08-16",
        "details": {},
        "created_at": "2026-08-06T14:01:13.346Z",
        "updated_at": None,
    }
    path = f"{L}/{club.campaign}/members/{first['id']}/pending-points"
    body = made(await house.get(path, {"starting_after_id": entry["id"]}))
    assert [each["points"] for each in body["data"]] == [20]
    assert body["has_more"] is False
    assert "more_starting_after" not in body
    body = made(await house.get(f"{L}/{club.campaign}/pending-points", {"order": "-id"}))
    assert [each["points"] for each in body["data"]] == [20, 10, 20, 10]
    house.clock.advance(days=11)
    body = made(await house.get(f"{L}/{club.campaign}/pending-points"))
    assert body["data"] == []
    for query in ("order=points", "limit=0", "starting_after_id=lopp_1", "starting_after_id=x"):
        response = await house.ask("GET", f"{L}/members/{first['code']}/pending-points?{query}")
        assert error(response)[:2] == (400, "invalid_query_params")


@pytest.mark.parametrize("rule", [None, EVENT])
async def test_pending_activated(house: House, rule: Any) -> None:
    club = await club_of(house, **({"pending_points": rule} if rule else {}))
    voucher, path = await entry_of(house, club)
    body = made(await house.post(path + "/activate"))
    assert (body["points"], body["total"], body["balance"]) == (20, 20, 20)
    assert body["related_object"]["id"] == voucher["id"]
    for verb, participle in (
        ("activate", "activated"),
        ("cancel", "canceled"),
        ("balance", "updated"),
    ):
        sent = {"points": 1} if verb == "balance" else None
        assert error(await house.post(f"{path}/{verb}", sent)) == (
            400,
            "invalid_pending_points_state",
            "Invalid pending points state",
            f"Only pending points in 'PENDING' status can be {participle}."
            " Current status: 'ACTIVATED'.",
        )


async def test_pending_cancelled(house: House) -> None:
    club = await club_of(house)
    voucher, path = await entry_of(house, club)
    response = await house.post(path + "/cancel")
    assert (response.status_code, response.content) == (204, b"")
    assert error(await house.post(path + "/activate"))[3].endswith("status: 'CANCELED'.")
    house.clock.advance(days=30)
    assert made(await house.get(f"{L}/members/{voucher['id']}"))["loyalty_card"]["balance"] == 0
    wrong = path.rpartition("/")[0] + "/lopp_1/cancel"
    response = await house.post(wrong)
    assert (response.status_code, response.json()["resource_type"]) == (404, "pending_points")


async def test_pending_adjusted(house: House) -> None:
    """What is added waits with the entry, and what is taken leaves something."""
    club = await club_of(house)
    voucher, path = await entry_of(house, club)
    body = made(await house.post(path + "/balance", {"points": 5}))
    assert body == {
        "points": 5,
        "total": 25,
        "object": "balance",
        "related_object": {"type": "voucher", "id": voucher["id"]},
        "operation_type": "MANUAL",
    }
    listing = path.rpartition("/")[0]
    (entry,) = made(await house.get(listing))["data"]
    assert entry["points"] == 25
    assert made(await house.post(path + "/balance", {"points": -7}))["total"] == 18
    (entry,) = made(await house.get(listing))["data"]
    assert (entry["id"], entry["points"]) == (path.rpartition("/")[2], 18)
    for points in (-18, -19, 0):
        assert error(await house.post(path + "/balance", {"points": points})) == (
            400,
            "invalid_amount",
            "Invalid Amount",
            "Amount has to be a valid positive number",
        )
    assert error(await house.post(path + "/balance", {}))[:2] == (400, "invalid_payload")
    made(await house.post(path + "/balance", {"points": 2}))
    body = made(await house.post(path + "/activate"))
    assert (body["points"], body["balance"]) == (20, 20)


@pytest.mark.parametrize("rule", [None, EVENT])
async def test_what_was_added_goes_with_its_entry(house: House, rule: Any) -> None:
    club = await club_of(house, **({"pending_points": rule} if rule else {}))
    voucher, path = await entry_of(house, club)
    house.clock.advance(days=1)
    made(await house.post(path + "/balance", {"points": 5}))
    card = f"{L}/members/{voucher['id']}"
    house.clock.advance(days=1, seconds=86_399)
    assert made(await house.get(card))["loyalty_card"]["pending_points"] == 25
    if rule is None:
        assert (await house.post(path + "/cancel")).status_code == 204
    house.clock.advance(days=20)
    figures = made(await house.get(card))["loyalty_card"]
    assert (figures["balance"], figures["pending_points"]) == (0, 0)


@pytest.mark.parametrize("rule", [IMMEDIATE, EVENT, period_based(10)])
async def test_nothing_is_added_to_a_temporary_accrual(house: House, rule: Any) -> None:
    """It would be there before the commit, and outlive the entry."""
    club = await club_of(house, pending_points=rule)
    voucher = await club.join()
    await house.accrue(club.card(voucher), 20, temporary=True, timeout_s=60)
    path = f"{L}/members/{voucher['code']}/pending-points"
    (entry,) = made(await house.get(path))["data"]
    added = await house.post(f"{path}/{entry['id']}/balance", {"points": 5})
    activated = await house.post(f"{path}/{entry['id']}/activate")
    assert error(added) == error(activated)
    assert error(added)[:2] == (423, "insufficient_points")
    less = made(await house.post(f"{path}/{entry['id']}/balance", {"points": -7}))
    assert less["total"] == 13
    house.clock.advance(seconds=60)
    figures = made(await house.get(f"{L}/members/{voucher['code']}"))["loyalty_card"]
    assert (figures["balance"], figures["pending_points"]) == (0, 0)


async def test_pending_at_once(house: House) -> None:
    club = await club_of(house)
    _, path = await entry_of(house, club)
    responses = await asyncio.gather(
        *(house.post(f"{path}/{verb}") for verb in ("cancel", "activate") * 3)
    )
    codes = sorted(each.status_code for each in responses)
    assert codes[0] in (200, 204)
    assert codes[1:] == [400] * 5


async def test_a_repeat_is_answered_as_the_first_time(house: House) -> None:
    """Whatever has become of the entry and of the card meanwhile: the key is judged before the
    entry, and the figures are those of the first time."""
    club = await club_of(house)
    voucher, path = await entry_of(house, club)
    added = made(await house.post(path + "/balance", {"points": 5}, key="a"))
    activated = made(await house.post(path + "/activate", key="b"))
    balance = f"{L}/members/{voucher['code']}/balance"
    less = made(await house.post(balance, {"points": -3}, key="less"))
    more = made(await house.post(balance, {"points": 9}, key="more"))
    assert (added["total"], activated["balance"], less["balance"]) == (25, 25, 22)
    assert (less["total"], more["total"]) == (25, 34)
    assert made(await house.post(path + "/balance", {"points": 5}, key="a")) == added
    assert made(await house.post(path + "/activate", key="b")) == activated
    assert made(await house.post(balance, {"points": -3}, key="less")) == less
    assert made(await house.post(balance, {"points": 9}, key="more")) == more
    response = await house.post(path + "/balance", {"points": 6}, key="a")
    assert error(response)[:2] == (423, "idempotency_key_reused")
    assert error(await house.post(path + "/activate", key="c"))[:2] == (
        400,
        "invalid_pending_points_state",
    )


async def test_where_pending_points_come_from(house: House) -> None:
    """An entry names the order, the event and the rule that gave it."""
    definition = await house.definition()
    rule = await kit.make_rule(house, kit.points(definition["id"], 20), name="Purchases")
    program = await house.program(definition["id"], earning_rules=[{"id": rule["id"]}])
    club = Club(house, program)
    voucher = await club.join()
    path = f"{L}/members/{voucher['code']}/pending-points"
    body = {"source_id": "o-1", "status": "PAID", "customer": {"id": voucher["holder_id"]}}
    order = made(await house.post("/v1/orders", body))
    await house.accrue(club.card(voucher), 5)
    given, other = made(await house.get(path))["data"]
    (joined,) = made(await house.get(f"{V2}/memberships/{voucher['holder_id']}"))["memberships"]
    card = Card(program["id"], joined["member"]["id"], joined["cards"][0]["card"]["id"])
    rows = await house.all(f"{card.path}/transactions")
    (added,) = [each for each in rows if each["details"]["metadata"]]
    assert given["order_id"] == order["id"]
    assert given["details"] == {
        "event": {
            "id": added["details"]["metadata"]["event_id"],
            "type": "customer.order.paid",
            "created_at": "2026-08-06T14:01:13.346Z",
        },
        "earning_rule": {"id": rule["id"], "source": {"banner": "Purchases"}},
        "order": {"id": order["id"], "source_id": "o-1"},
    }
    assert (other["order_id"], other["details"]) == (None, {})
    listed = made(await house.get(f"{L}/{club.campaign}/pending-points"))["data"]
    assert listed == [given, other]
