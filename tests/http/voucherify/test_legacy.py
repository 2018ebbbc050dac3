"""Legacy v1: cards by their codes: balances, pending points, transfers, redemptions, exports."""

from __future__ import annotations

import asyncio
import csv
import io
from typing import Any

import pytest

from stampbook.dialects.voucherify.core.ids import Prefix, spell
from stampbook.domain.commands import Cancel
from tests.http.voucherify.house import IMMEDIATE, V2, Card, House, error, made

L = "/v1/loyalties"
CODES = {"pattern": "CARD####", "charset": "0123456789"}
EVENT = {
    "type": "EVENT_BASED",
    "event_based": {"event_types": ["ms_1"], "cancel_period": {"value": 3, "unit": "DAY"}},
}
ROLLING = {
    "type": "ROLLING_EXPIRATION",
    "rolling_expiration": {"period": {"value": 30, "unit": "DAY"}},
}


class Club:
    """A program with one definition, as v1 sees it."""

    def __init__(self, house: House, program: Any) -> None:
        self.house = house
        self.program = program
        self.campaign = f"camp_{program['id'][5:]}"

    async def join(self, voucher: str | None = None) -> Any:
        """A new member's voucher."""
        customer = await self.house.customer()
        body = {"customer": customer["id"], "voucher": voucher}
        return made(await self.house.post(f"{L}/{self.campaign}/members", body))

    def card(self, voucher: Any) -> Card:
        return Card(self.program["id"], "", f"lcrd_{voucher['id'][2:]}")


async def club_of(house: House, **parts: Any) -> Club:
    definition = await house.definition(code_config=CODES, **parts)
    return Club(house, await house.program(definition["id"], name="Coffee club"))


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
    for date in (None, "2026-08-05", "soon", "9999-13-31"):
        response = await house.post(path, {**custom, "expiration_date": date})
        assert error(response)[:2] == (400, "invalid_expiration_date")
    for wrong in ({}, {"points": 0}, {"points": "1"}, {"points": 1, "expiration_type": "NEVER"}):
        assert error(await house.post(path, wrong))[:2] == (400, "invalid_payload")
    card = made(await house.get(f"{L}/members/{voucher['code']}"))["loyalty_card"]
    assert (card["points"], card["balance"], card["subtracted_points"]) == (13, 10, 3)
    assert (card["next_expiration_date"], card["next_expiration_points"]) == ("2026-08-06", 1)


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


async def _entry(house: House, club: Club, amount: int = 20) -> tuple[Any, str]:
    """A card with one pending entry, and the path of the entry."""
    voucher = await club.join()
    await house.accrue(club.card(voucher), amount)
    path = f"{L}/members/{voucher['code']}/pending-points"
    (entry,) = made(await house.get(path))["data"]
    return voucher, f"{path}/{entry['id']}"


@pytest.mark.parametrize("rule", [None, EVENT])
async def test_pending_activated(house: House, rule: Any) -> None:
    club = await club_of(house, **({"pending_points": rule} if rule else {}))
    voucher, path = await _entry(house, club)
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
    voucher, path = await _entry(house, club)
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
    voucher, path = await _entry(house, club)
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
    voucher, path = await _entry(house, club)
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


async def test_pending_at_once(house: House) -> None:
    club = await club_of(house)
    _, path = await _entry(house, club)
    responses = await asyncio.gather(
        *(house.post(f"{path}/{verb}") for verb in ("cancel", "activate") * 3)
    )
    codes = sorted(each.status_code for each in responses)
    assert codes[0] in (200, 204)
    assert codes[1:] == [400] * 5


async def test_the_key_of_transfers_is_that_of_all_of_them(house: House) -> None:
    """A repeat moves nothing; a list with other entries, or more or fewer, is refused."""
    club = await club_of(house, pending_points=IMMEDIATE)
    source, receiver = await club.join(), await club.join()
    made(await house.post(f"{L}/members/{source['code']}/balance", {"points": 50}))
    path = f"{L}/{club.campaign}/members/{receiver['code']}/transfers"
    first, second, third = ({"code": source["code"], "points": points} for points in (4, 3, 2))
    for _ in range(2):
        voucher = made(await house.post(path, [first, second], key="gift"))
        assert voucher["loyalty_card"]["balance"] == 7
    for other in ([first], [first, second, third], [first, third], [second, first]):
        refused = error(await house.post(path, other, key="gift"))
        assert refused[:2] == (423, "idempotency_key_reused")
    voucher = made(await house.get(f"{L}/members/{receiver['code']}"))
    assert voucher["loyalty_card"]["balance"] == 7


async def test_transfers(house: House) -> None:
    club = await club_of(house, pending_points=IMMEDIATE)
    one, two, receiver = [await club.join() for _ in range(3)]
    for voucher in (one, two):
        path = f"{L}/members/{voucher['code']}/balance"
        made(await house.post(path, {"points": 10}))
    path = f"{L}/{club.campaign}/members/{receiver['code']}/transfers"
    body = [
        {"code": one["code"], "points": 4, "reason": "gift", "source_id": "t-1"},
        {"code": two["id"], "points": 10},
    ]
    voucher = made(await house.post(path, body))
    assert voucher["id"] == receiver["id"]
    assert voucher["loyalty_card"]["balance"] == 14
    body = [{"code": one["code"], "points": 1}, {"code": two["code"], "points": 1}]
    response = await house.post(path, body)
    assert error(response)[:2] == (400, "loyalty_card_points_exceeded")
    assert response.json()["resource_id"] == two["code"]
    assert made(await house.get(f"{L}/members/{one['code']}"))["loyalty_card"]["balance"] == 6
    wrong: list[tuple[Any, tuple[int, str]]] = [
        ([], (400, "invalid_payload")),
        ({}, (400, "invalid_payload")),
        ([{"code": one["code"], "points": 0}], (400, "invalid_payload")),
        ([{"code": "NO-CARD", "points": 1}], (404, "not_found")),
        ([{"code": receiver["code"], "points": 1}], (400, "invalid_payload")),
    ]
    for each, expected in wrong:
        assert error(await house.post(path, each))[:2] == expected
    found = made(await house.get(f"{L}/members/{receiver['code']}/transactions"))["data"]
    assert [each["type"] for each in found] == ["POINTS_TRANSFER_IN"] * 2
    assert found[1]["source_id"] == "t-1"
    assert found[1]["reason"] == "gift"
    assert found[1]["details"]["source_voucher"]["code"] == one["code"]
    assert found[1]["details"]["destination_voucher"]["code"] == receiver["code"]
    other = made(await house.get(f"{L}/members/{one['code']}/transactions"))["data"][0]
    assert other["type"] == "POINTS_TRANSFER_OUT"
    assert other["id"] == found[1]["related_transaction_id"]


async def test_redemption_and_rollback(house: House) -> None:
    club = await club_of(house)
    voucher = await club.join()
    card = f"{L}/members/{voucher['code']}"
    made(await house.post(card + "/balance", {"points": 100}))
    body = {
        "reward": {"id": "rew_1", "points": 60},
        "order": {"id": "ord_1", "amount": 500},
        "metadata": {"till": 3},
    }
    redemption = made(await house.post(card + "/redemption", body))
    assert redemption["id"].startswith("r_")
    assert {key: redemption[key] for key in ("object", "amount", "result", "customer_id")} == {
        "object": "redemption",
        "amount": 60,
        "result": "SUCCESS",
        "customer_id": voucher["holder_id"],
    }
    assert redemption["order"] == body["order"]
    assert redemption["metadata"] == body["metadata"]
    assert redemption["voucher"]["loyalty_card"]["balance"] == 40
    path = f"/v1/redemptions/{redemption['id']}/rollback"
    rollback = made(await house.post(path, {"reason": "returned", "tracking_id": "t"}))
    assert rollback["id"].startswith("rr_")
    assert {key: rollback[key] for key in ("object", "amount", "redemption", "reason")} == {
        "object": "redemption_rollback",
        "amount": -60,
        "redemption": redemption["id"],
        "reason": "returned",
    }
    assert rollback["order"] == {"id": "ord_1", "amount": 500, "status": "CANCELED"}
    assert rollback["voucher"]["loyalty_card"]["balance"] == 100
    again = await house.post(path)
    assert error(again) == (
        400,
        "already_rolled_back",
        "Already rolled back",
        "Redemption has been already rolled back.",
    )
    assert again.json()["resource_type"] == "redemption_rollback"
    types = [each["type"] for each in await _all(house, card + "/transactions")]
    assert types == ["POINTS_REFUND", "POINTS_REDEMPTION", "POINTS_ADDITION"]


async def _all(house: House, path: str) -> list[Any]:
    """A whole list of v1, two at a time."""
    found: list[Any] = []
    params = {"limit": "2"}
    while True:
        body = made(await house.get(path, params))
        found += body["data"]
        if not body["has_more"]:
            return found
        params["starting_after_id"] = body["more_starting_after"]


async def test_redemptions_refused(house: House, stranger: House) -> None:
    club = await club_of(house, balance_settings={"allow_negative": True})
    voucher = await club.join()
    card = f"{L}/{club.campaign}/members/{voucher['code']}"
    made(await house.post(card + "/balance", {"points": 10}))
    path = card + "/redemption"
    reward = {"id": "rew_1", "points": 10}
    for body, expected in (
        ({}, (400, "missing_reward")),
        ({"reward": {"points": 1}}, (400, "missing_reward")),
        ({"reward": {"id": "rew_1"}}, (404, "not_found")),
        ({"reward": {"id": "rew_1", "points": 0}}, (400, "invalid_payload")),
        ({"reward": {"id": "rew_1", "points": 11}}, (400, "loyalty_card_points_exceeded")),
    ):
        assert error(await house.post(path, body))[:2] == expected
    redemption = made(await house.post(path, {"reward": reward, "order": {"id": "ord_1"}}))
    one = f"/v1/redemptions/{redemption['id']}/rollback"
    for sent, key in (
        ({"customer": {"id": "cust_1"}}, "invalid_customer"),
        ({"order": {"id": "ord_2"}}, "invalid_order"),
        ({"reason": 7}, "invalid_payload"),
    ):
        assert error(await house.post(one, sent))[:2] == (400, key)
    added = spell(Prefix.REDEMPTION, (int(redemption["id"][2:], 16) & ~0x7FFFFF) + 1)
    for name, expected in (
        ("r_1", (404, "not_found")),
        (f"r_{'f' * 18}", (404, "not_found")),
        (added, (400, "invalid_redemption")),
    ):
        assert error(await house.post(f"/v1/redemptions/{name}/rollback"))[:2] == expected
    assert error(await stranger.post(one))[0] == 404
    house.clock.advance(days=93)
    assert error(await house.post(one))[:2] == (400, "invalid_redemption")


async def test_a_stack_of_one(house: House) -> None:
    club = await club_of(house)
    voucher = await club.join()
    card = f"{L}/members/{voucher['code']}"
    made(await house.post(card + "/balance", {"points": 10}))
    body = {"reward": {"id": "rew_1", "points": 10}}
    redemption = made(await house.post(card + "/redemption", body))
    response = await house.post(f"/v1/redemptions/{redemption['id']}/rollbacks")
    assert [each["amount"] for each in made(response)["rollbacks"]] == [-10]


async def test_transactions(house: House) -> None:
    club = await club_of(house, points_expiration=ROLLING)
    voucher = await club.join()
    card = club.card(voucher)
    path = f"{L}/members/{voucher['code']}"
    await house.accrue(card, 10)
    await house.accrue(card, 20)
    await house.submit(card, Cancel(target=2))
    house.clock.advance(days=10)
    body = {"points": 5, "source_id": "mine", "reason": "more"}
    made(await house.post(path + "/balance", body))
    made(await house.post(path + "/balance", {"points": -2}))
    house.clock.advance(days=40)
    found = await _all(house, path + "/transactions")
    summary = [
        (
            each["type"],
            each["details"]["balance"]["points"],
            each["details"]["balance"]["balance"],
            each["details"]["balance"]["total"],
        )
        for each in found[::-1]
    ]
    assert summary == [
        ("PENDING_POINTS_ACTIVATION", 10, 10, 10),
        ("POINTS_ADDITION", 5, 15, 15),
        ("POINTS_REMOVAL", -2, 13, 15),
        ("POINTS_EXPIRATION", -8, 5, 15),
        ("POINTS_EXPIRATION", -5, 0, 15),
    ]
    addition = found[-2]
    assert (addition["source_id"], addition["reason"], addition["source"]) == (
        "mine",
        "more",
        "API",
    )
    assert addition["voucher_id"] == voucher["id"]
    for other in (f"{club.campaign}/members/{voucher['id']}", club.campaign):
        assert await _all(house, f"{L}/{other}/transactions") == found
    ascending = made(await house.get(path + "/transactions", {"order": "id"}))["data"]
    assert ascending == found[::-1]
    params = {"filters[id][conditions][$is]": addition["id"]}
    assert made(await house.get(path + "/transactions", params))["data"] == [addition]


async def test_activity(house: House) -> None:
    club = await club_of(house)
    voucher, path = await _entry(house, club)
    made(await house.post(path + "/activate"))
    body = {"reward": {"id": "rew_1", "points": 10}}
    made(await house.post(f"{L}/members/{voucher['code']}/redemption", body))
    found = await _all(house, f"{L}/members/{voucher['code']}/activity")
    assert [each["type"] for each in found] == [
        "customer.redemption.succceeded",
        "customer.voucher.loyalty_card.pending_points.activated",
        "customer.voucher.loyalty_card.pending_points.added",
    ]
    other = f"{L}/{club.campaign}/members/{voucher['code']}/activity"
    assert await _all(house, other) == found


async def test_export(house: House, stranger: House) -> None:
    club = await club_of(house)
    voucher = await club.join()
    path = f"{L}/members/{voucher['code']}"
    for points in (5, -2, 7):
        made(await house.post(path + "/balance", {"points": points, "reason": "a, b"}))
        house.clock.advance(seconds=1)
    export = made(await house.post(path + "/transactions/export"))
    assert (export["status"], export["exported_object"]) == ("SCHEDULED", "voucher_transactions")
    house.clock.advance(seconds=1)
    made(await house.post(path + "/balance", {"points": 1}))
    rows = await _fetch(house, export)
    assert [(row["amount"], row["balance"], row["reason"]) for row in rows] == [
        ("7", "10", "a, b"),
        ("-2", "3", "a, b"),
        ("5", "5", "a, b"),
    ]
    body = {"parameters": {"order": "created_at", "fields": ["type", "details"]}}
    for other in (f"{L}/{club.campaign}/members/{voucher['code']}", f"{L}/{club.campaign}"):
        export = made(await house.post(other + "/transactions/export", body))
        rows = await _fetch(house, export)
        assert [row["type"] for row in rows] == [
            "POINTS_ADDITION",
            "POINTS_REMOVAL",
            "POINTS_ADDITION",
            "POINTS_ADDITION",
        ]
        assert list(rows[0]) == ["type", "details"]
    response = await stranger.get(export["result"]["url"])
    assert response.status_code == 404
    assert (await house.get(f"{L}/exports/exp_1")).status_code == 404
    wrong = {"parameters": {"fields": ["colour"]}}
    response = await house.post(path + "/transactions/export", wrong)
    assert error(response)[:2] == (400, "invalid_payload")


async def test_an_export_has_no_formulas(house: House) -> None:
    club = await club_of(house)
    voucher = await club.join()
    path = f"{L}/members/{voucher['code']}"
    evil = '=HYPERLINK("http://example.org","click")'
    for points, reason, source in ((9, evil, "@SUM(A1)"), (-2, "-2+3", "\t=1")):
        body = {"points": points, "reason": reason, "source_id": source}
        made(await house.post(path + "/balance", body))
    rows = await _fetch(house, made(await house.post(path + "/transactions/export")))
    assert {(row["amount"], row["reason"], row["source_id"]) for row in rows} == {
        ("9", f"'{evil}", "'@SUM(A1)"),
        ("-2", "'-2+3", "'\t=1"),
    }


async def _fetch(house: House, export: Any) -> list[dict[str, str]]:
    response = await house.get(export["result"]["url"])
    assert response.headers["content-type"].startswith("text/csv")
    return list(csv.DictReader(io.StringIO(response.text)))


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


async def test_a_rollback_after_the_member_was_removed(house: House) -> None:
    """It is recorded, and the member stays removed."""
    club = await club_of(house)
    voucher = await club.join()
    card = f"{L}/members/{voucher['code']}"
    made(await house.post(card + "/balance", {"points": 100}))
    spent = made(await house.post(card + "/redemption", {"reward": {"id": "r", "points": 60}}))
    (member,) = await house.all(f"{V2}/programs/{club.program['id']}/members")
    made(await house.delete(f"{V2}/programs/{club.program['id']}/members/{member['id']}"))
    path = f"/v1/redemptions/{spent['id']}/rollback"
    rollback = made(await house.post(path))
    assert (rollback["amount"], rollback["result"]) == (-60, "SUCCESS")
    assert rollback["voucher"]["loyalty_card"]["balance"] == 100
    assert error(await house.post(path))[:2] == (400, "already_rolled_back")
    assert (await house.get(card)).status_code == 404
    again = await house.post(card + "/redemption", {"reward": {"id": "r", "points": 1}})
    assert again.status_code == 404


async def test_a_program_that_is_not_active(house: House) -> None:
    club = await club_of(house)
    voucher, path = await _entry(house, club)
    made(await house.post(f"{V2}/programs/{club.program['id']}/deactivate"))
    response = await house.post(f"{L}/members/{voucher['code']}/balance", {"points": 1})
    assert error(response)[:2] == (423, "non_active_program")
    assert error(await house.post(path + "/activate"))[:2] == (423, "non_active_program")
