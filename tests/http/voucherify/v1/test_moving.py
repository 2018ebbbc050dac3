"""Transfers between cards; redemptions and their rollbacks."""

from __future__ import annotations

from typing import Any

import pytest

from stampbook.dialects.spelling.voucherify import Prefix, spell
from stampbook.storage.store import Store
from tests.http.voucherify.house import IMMEDIATE, V2, House, error, made
from tests.http.voucherify.v1.club import ROLLING, L, club_of, whole_list


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
    reused = (423, "idempotency_key_reused")
    assert error(await house.post("/v1/customers", {}, key="gift"))[:2] == reused
    made(await house.post("/v1/customers", {}, key="guest"))
    assert error(await house.post(path, [first], key="guest"))[:2] == reused
    voucher = made(await house.get(f"{L}/members/{receiver['code']}"))
    assert voucher["loyalty_card"]["balance"] == 7


async def test_a_key_of_transfers_of_earlier_releases(house: House, store: Store) -> None:
    """They numbered the first transfer's key as well: its repeat still moves nothing."""
    club = await club_of(house, pending_points=IMMEDIATE)
    source, receiver = await club.join(), await club.join()
    made(await house.post(f"{L}/members/{source['code']}/balance", {"points": 50}))
    path = f"{L}/{club.campaign}/members/{receiver['code']}/transfers"
    sent = [{"code": source["code"], "points": points} for points in (4, 3)]
    first = made(await house.post(path, sent, key="gift"))
    async with store.transaction() as writing:
        await writing.execute("UPDATE idempotency_keys SET key = 'gift/0' WHERE key = 'gift'")
    assert made(await house.post(path, sent, key="gift")) == first


async def test_a_repeat_has_the_points_of_its_time(house: House) -> None:
    """All figures of the voucher, whatever was added, spent, pending and expired since."""
    club = await club_of(house, points_expiration=ROLLING)
    source, receiver = await club.join(), await club.join()
    for voucher in (source, receiver):
        made(await house.post(f"{L}/members/{voucher['code']}/balance", {"points": 50}))
    card = f"{L}/members/{receiver['code']}"
    house.clock.advance(days=1)
    await house.accrue(club.card(receiver), 20)
    sent = [{"code": source["code"], "points": 4}, {"code": source["code"], "points": 3}]
    transfer = f"{L}/{club.campaign}/members/{receiver['code']}/transfers", sent
    spending = card + "/redemption", {"reward": {"id": "rew_1", "points": 10}}
    first = [made(await house.post(*request, key=request[0])) for request in (transfer, spending)]
    return_ = f"/v1/redemptions/{first[1]['id']}/rollback", {"reason": "returned"}
    first.append(made(await house.post(*return_, key=return_[0])))
    told = [each.get("voucher", each) for each in first]
    assert [each["loyalty_card"]["balance"] for each in told] == [57, 47, 57]
    assert [each["redemption"]["redeemed_points"] for each in told] == [0, 10, 0]
    assert [each["loyalty_card"]["pending_points"] for each in told] == [20] * 3
    assert told[1]["loyalty_card"]["next_expiration_points"] == 47

    made(await house.post(card + "/balance", {"points": 9}))
    made(await house.post(card + "/balance", {"points": -6}))
    made(await house.post(spending[0], {"reward": {"id": "rew_2", "points": 2}}))
    await house.accrue(club.card(receiver), 30)
    house.clock.advance(days=30)
    assert made(await house.get(card))["loyalty_card"]["expired_points"] > 0
    again = [
        made(await house.post(*request, key=request[0]))
        for request in (transfer, spending, return_)
    ]
    assert again == first


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
    types = [each["type"] for each in await whole_list(house, card + "/transactions")]
    assert types == ["POINTS_REFUND", "POINTS_REDEMPTION", "POINTS_ADDITION"]


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


async def test_what_a_rollback_names(house: House) -> None:
    """The customer and the order by an id, a source id or both; and what is kept of it."""
    club = await club_of(house)
    customer = await house.customer(source_id="anna")
    published = await house.post(f"{L}/{club.campaign}/members", {"customer": customer["id"]})
    card = f"{L}/members/{made(published)['code']}"
    made(await house.post(card + "/balance", {"points": 100}))
    spent = {"reward": {"id": "r", "points": 10}, "order": {"id": "ord_1", "source_id": "o-1"}}
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"customer": {"source_id": "else"}}, "invalid_customer"),
        ({"customer": {"id": customer["id"], "source_id": "else"}}, "invalid_customer"),
        ({"customer": "else"}, "invalid_customer"),
        ({"order": {"source_id": "o-2"}}, "invalid_order"),
        ({"order": {"id": "ord_1", "source_id": "o-2"}}, "invalid_order"),
    ]
    right: list[dict[str, Any]] = [
        {"customer": "anna"},
        {"customer": {"source_id": "anna"}, "order": {"source_id": "o-1"}},
        {"customer": {"id": customer["id"]}, "tracking_id": "till-1", "metadata": {"a": 1}},
    ]
    for named in right:
        redemption = made(await house.post(card + "/redemption", spent))
        path = f"/v1/redemptions/{redemption['id']}/rollback"
        for body, key in wrong:
            assert error(await house.post(path, body))[:2] == (400, key)
        rollback = made(await house.post(path, named))
        read = made(await house.get(f"/v1/redemptions/{rollback['id']}"))
        for field in ("tracking_id", "metadata", "reason"):
            assert read[field] == rollback[field]
        assert rollback["tracking_id"] == named.get("tracking_id")
        assert rollback["metadata"] == named.get("metadata", {})


async def test_texts_of_a_rollback_in_the_query(house: House) -> None:
    club = await club_of(house)
    card = f"{L}/members/{(await club.join())['code']}"
    made(await house.post(card + "/balance", {"points": 100}))
    redemption = made(await house.post(card + "/redemption", {"reward": {"id": "r", "points": 1}}))
    path = f"/v1/redemptions/{redemption['id']}/rollback"
    for query in ("reason=%00", "tracking_id=%00", f"reason={'x' * 256}"):
        assert error(await house.post(f"{path}?{query}"))[:2] == (400, "invalid_query_params")
    first = made(await house.post(f"{path}?reason=r&tracking_id=t", key="k"))
    assert (first["reason"], first["tracking_id"]) == ("r", "t")
    assert made(await house.post(f"{path}?reason=r&tracking_id=t", key="k")) == first


@pytest.mark.parametrize("first", [None, "t"])
async def test_a_rollback_repeated_with_another_tracking_id(
    house: House, first: str | None
) -> None:
    """It is another request, whose key is used, as if another reason were given."""
    club = await club_of(house)
    card = f"{L}/members/{(await club.join())['code']}"
    made(await house.post(card + "/balance", {"points": 100}))
    redemption = made(await house.post(card + "/redemption", {"reward": {"id": "r", "points": 1}}))
    path = f"/v1/redemptions/{redemption['id']}/rollback"

    async def ask(tracking_id: str | None) -> Any:
        body = {"reason": "r", "metadata": {"a": 1}}
        given = body if tracking_id is None else {**body, "tracking_id": tracking_id}
        return await house.post(path, given, key="k")

    answer = made(await ask(first))
    assert (answer["tracking_id"], answer["metadata"]) == (first, {"a": 1})
    for other in {None, "t", "u"} - {first}:
        assert error(await ask(other))[:2] == (423, "idempotency_key_reused")
    assert made(await ask(first)) == answer
    assert made(await house.get(f"/v1/redemptions/{answer['id']}"))["tracking_id"] == first
