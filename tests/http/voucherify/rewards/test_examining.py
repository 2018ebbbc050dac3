"""What a customer could buy now."""

from __future__ import annotations

from typing import Any

import pytest

from stampbook.storage.store import Store
from tests.http.voucherify.house import V2, House, error, made
from tests.http.voucherify.rewards.shop import Shop, open_shop
from tests.http.voucherify.rewards.test_rewards import REWARDS, cost

EXAMINE = f"{V2}/examine/rewards"


async def examine(shop: Shop, **fields: Any) -> Any:
    named = {"type": "member_id", "member_id": shop.card.member}
    body = {"customer_identification": named, **fields}
    return made(await shop.house.post(EXAMINE, body))


def only(found: Any) -> Any:
    """The one reward of the one card."""
    (membership,) = found["memberships"]
    (card,) = membership["cards"]
    (reward,) = card["rewards"]
    return reward


async def test_examine(house: House, store: Store) -> None:
    shop = await open_shop(house, store, points=200)
    found = await examine(shop)
    (membership,) = found["memberships"]
    assert found["rewards"] == [
        {
            "id": shop.reward["id"],
            "name": "Mug",
            "type": "MATERIAL",
            "metadata": {},
            "purchase_limits": shop.reward["purchase_limits"],
            "object": "reward",
        }
    ]
    assert membership["program"]["id"] == shop.card.program
    assert membership["member"]["id"] == shop.card.member
    assert only(found) == {
        "reward": {"id": shop.reward["id"], "object": "reward"},
        "status": "UNAVAILABLE",
        "cost": {"points": 250, "object": "reward_cost"},
        "unavailability_reasons": [
            {
                "reason": "insufficient_balance",
                "details": {"required": 250, "available": 200, "missing": 50},
                "object": "reward_unavailability_reason",
            }
        ],
        "object": "reward_estimation",
    }
    made(await house.post(f"{shop.card.path}/points", {"points": 50}))
    found = only(await examine(shop))
    assert (found["status"], found["unavailability_reasons"]) == ("AVAILABLE", [])
    assert await house.balance(shop.card) == (250, 0)


async def test_stock_and_states(house: House, store: Store) -> None:
    """Without stock it is unavailable for no named reason; what is not active is left out."""
    shop = await open_shop(house, store, stock=1)
    made(await shop.buy())
    found = only(await examine(shop))
    assert (found["status"], found["unavailability_reasons"]) == ("UNAVAILABLE", [])
    made(await house.post(f"{REWARDS}/{shop.reward['id']}/deactivate"))
    found = await examine(shop)
    assert (found["rewards"], found["memberships"][0]["cards"][0]["rewards"]) == ([], [])
    member = f"{V2}/programs/{shop.card.program}/members/{shop.card.member}"
    made(await house.post(f"{member}/deactivate"))
    assert (await examine(shop))["memberships"] == []


async def test_contexts(house: House, store: Store) -> None:
    """Metadata of the request count for it, and change nothing."""
    shop = await open_shop(house, store)
    rule = {"name": "customer.metadata", "property": "vip", "conditions": {"$is": [True]}}
    costs = [cost(shop.definition, 10, rules={"1": rule, "logic": "1"})]
    made(await house.put(f"{REWARDS}/{shop.reward['id']}", {"costs": costs}))
    assert (await examine(shop))["rewards"] == []
    found = await examine(shop, customer={"metadata": {"vip": True}})
    assert only(found)["cost"]["points"] == 10
    assert (await examine(shop))["rewards"] == []


@pytest.mark.parametrize(
    "named",
    [
        None,
        {"type": "customer_id"},
        {"type": "member_id", "customer_id": "cust_1"},
        {"type": "email", "email": "a@b.c"},
        {"type": "member_id", "member_id": "x"},
        {"type": "member_id", "member_id": "lmbr_1", "customer_id": "cust_1"},
    ],
)
async def test_bad_names(house: House, named: Any) -> None:
    response = await house.post(EXAMINE, {"customer_identification": named})
    assert error(response)[:2] == (400, "invalid_payload")


async def test_nobody(house: House, store: Store, stranger: House) -> None:
    shop = await open_shop(house, store)
    named = {"type": "member_id", "member_id": shop.card.member}
    for asked, body, kind in (
        (stranger, named, "member"),
        (house, {"type": "customer_id", "customer_id": "cust_000000000000000fff"}, "customer"),
        (house, {"type": "customer_source_id", "customer_source_id": 7}, "customer"),
    ):
        response = await asked.post(EXAMINE, {"customer_identification": body})
        assert error(response)[0] == 404
        assert response.json()["resource_type"] == kind
