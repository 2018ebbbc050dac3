"""Members buy rewards: what is answered, what is refused, and what is listed afterwards."""

from __future__ import annotations

import asyncio
from typing import Any

from stampbook.storage.store import Store
from tests.http.voucherify.house import V2, House, error, made
from tests.http.voucherify.rewards.shop import open_shop
from tests.http.voucherify.rewards.test_rewards import MUG, REWARDS, cost

COUPON = {"type": "DISCOUNT_COUPONS", "discount_coupons": {"campaign_id": "camp_1"}}
VOUCHER = {"type": "GIFT_VOUCHERS", "gift_vouchers": {"campaign_id": "camp_1", "balance": 500}}


async def test_purchase(house: House, store: Store) -> None:
    """The call answers a transaction that is pending; from then on it is approved."""
    shop = await open_shop(house, store)
    assert made(await house.get(shop.path))["data"] == []
    body = made(await shop.buy())
    transaction = body["transaction"]
    assert transaction["id"].startswith("lrtx_")
    assert body == {
        "transaction": {
            "id": transaction["id"],
            "card_id": shop.card.id,
            "card_transaction_id": transaction["card_transaction_id"],
            "program_id": shop.card.program,
            "member_id": shop.card.member,
            "reward_id": shop.reward["id"],
            "status": "PENDING",
            "type": "PURCHASE",
            "details": {
                "reason": "Points spent on reward",
                "rejection": None,
                "metadata": {},
                "points": {"total": 250},
                "result": None,
            },
            "created_at": "2026-08-06T14:01:13.346Z",
            "updated_at": None,
            "object": "reward_transaction",
        },
        "status": "TRANSACTION_CREATED",
        "message": "Reward purchase transaction created",
    }
    (listed,) = await house.all(shop.path)
    assert listed == {
        **transaction,
        "status": "APPROVED",
        "updated_at": "2026-08-06T14:01:13.346Z",
        "details": {
            **transaction["details"],
            "result": {
                "reward": {"id": shop.reward["id"], "type": "MATERIAL"},
                "quantity": 1,
                "material": MUG,
                "digital": None,
            },
        },
    }
    assert await house.balance(shop.card) == (750, 0)
    assert await shop.stock() == 9


async def test_dry_run(house: House, store: Store) -> None:
    """Everything is checked, and nothing is written."""
    shop = await open_shop(house, store)
    response = await shop.buy("DRY_RUN")
    assert response.status_code == 200
    body = response.json()
    assert (body["status"], body["transaction"]["status"]) == ("DRY_RUN", "SIMULATED")
    assert body["transaction"]["card_transaction_id"] is None
    assert not {"id", "created_at"} & body["transaction"].keys()
    assert await house.all(shop.path) == []
    assert await house.balance(shop.card) == (1000, 0)
    assert await shop.stock() == 10
    made(await house.post(f"{shop.card.path}/points", {"points": -900}))
    assert error(await shop.buy("DRY_RUN"))[:2] == (423, "insufficient_card_balance")


async def test_an_idempotency_key(house: House, store: Store) -> None:
    shop = await open_shop(house, store)
    first = made(await shop.buy(key="once"))
    assert made(await shop.buy(key="once")) == first
    assert await house.balance(shop.card) == (750, 0)
    assert len(await house.all(shop.path)) == 1


async def test_too_few_points(house: House, store: Store) -> None:
    shop = await open_shop(house, store, points=249)
    assert error(await shop.buy()) == (
        423,
        "insufficient_card_balance",
        "Insufficient card balance",
        "Operation exceeds the available card balance",
    )
    assert await house.all(shop.path) == []
    made(await house.post(f"{shop.card.path}/points", {"points": 1}))
    made(await shop.buy())


async def test_the_last_piece(house: House, store: Store) -> None:
    """One of several buyers at once gets it."""
    shop = await open_shop(house, store, stock=1)
    answers = await asyncio.gather(*(shop.buy() for _ in range(3)))
    refused = [error(each) for each in answers if not each.is_success]
    assert (
        refused
        == [
            (
                423,
                "reward_out_of_stock",
                "Cannot purchase reward when stock is not available",
                "Reward stock is not available",
            )
        ]
        * 2
    )
    assert await house.balance(shop.card) == (750, 0)
    assert await shop.stock() == 0


async def test_states(house: House, store: Store) -> None:
    """In the documented order: program, member, reward."""
    shop = await open_shop(house, store)
    program = f"{V2}/programs/{shop.card.program}"
    member = f"{program}/members/{shop.card.member}"
    reward = f"{REWARDS}/{shop.reward['id']}"
    for path, key, message in (
        (reward, "non_active_reward", "Invalid reward status"),
        (member, "non_active_member", "Invalid member status"),
        (program, "non_active_program", "Invalid program status"),
    ):
        made(await house.post(f"{path}/deactivate"))
        status, found, said, details = error(await shop.buy())
        assert (status, found, said) == (423, key, message)
        assert details.startswith("Cannot purchase reward when ")
    for path in (reward, member, program):
        made(await house.post(f"{path}/activate"))
    made(await house.put(reward, {"end_date": "2026-08-06T14:01:13.346Z"}))
    assert error(await shop.buy())[:2] == (423, "non_active_reward")
    hours = {
        "type": "DAILY",
        "daily": [{"days_of_week": [5], "start_time": "09:00", "end_time": "10:00"}],
    }
    made(await house.put(reward, {"end_date": None, "validity_hours": hours}))
    assert error(await shop.buy())[:2] == (423, "non_active_reward")


async def test_what_is_not_there(house: House, store: Store, stranger: House) -> None:
    shop = await open_shop(house, store)
    other = {"name": "x", "type": "MATERIAL", "material": MUG, "status": "ACTIVE"}
    other = made(await house.post(REWARDS, {**other, "costs": [cost(shop.definition)]}))
    for named in (other["id"], "lrew_000000000000000fff", "lrew"):
        response = await house.post(shop.path, {"reward_id": named})
        assert error(response)[0] == 404
        assert response.json()["resource_type"] == "reward"
    nobody = shop.path.replace(shop.card.member, "lmbr_000000000000000fff")
    for response in (
        await house.post(nobody, {"reward_id": shop.reward["id"]}),
        await stranger.post(shop.path, {"reward_id": shop.reward["id"]}),
        await house.get(nobody),
    ):
        assert error(response)[0] == 404
    for body in ({}, {"reward_id": 1}, {"reward_id": "x", "mode": "TRY"}, {"reward": "x"}):
        assert error(await house.post(shop.path, body))[:2] == (400, "invalid_payload")


async def test_costs(house: House, store: Store) -> None:
    """The first whose rules hold for the customer and the member."""
    shop = await open_shop(house, store)

    def ruled(name: str, points: int) -> Any:
        rule = {"name": name, "property": "level", "conditions": {"$is": ["gold"]}}
        return cost(shop.definition, points, rules={"1": rule, "logic": "1"})

    costs = [ruled("customer.metadata", 100), ruled("member.metadata", 200)]
    made(await house.put(f"{REWARDS}/{shop.reward['id']}", {"costs": costs}))
    assert error(await shop.buy())[:2] == (423, "no_matching_cost")
    member = f"{V2}/programs/{shop.card.program}/members/{shop.card.member}"
    body = made(await house.put(member, {"metadata": {"level": "gold"}}))
    assert made(await shop.buy())["transaction"]["details"]["points"] == {"total": 200}
    made(await house.put(f"/v1/customers/{body['customer_id']}", {"metadata": {"level": "gold"}}))
    assert made(await shop.buy())["transaction"]["details"]["points"] == {"total": 100}


async def test_purchase_limits(house: House, store: Store) -> None:
    limits = {
        "frequency": {
            "type": "LIMITED",
            "limits": [
                {
                    "type": "TIME_BASED",
                    "period": {"type": "CURRENT_PERIOD", "current_period": {"unit": "DAY"}},
                    "triggers": {"max": 1},
                }
            ],
        },
    }
    shop = await open_shop(house, store, purchase_limits=limits)
    made(await shop.buy())
    assert error(await shop.buy())[:2] == (423, "reward_purchase_limit_exceeded")
    house.clock.advance(days=1)
    made(await shop.buy())


async def test_digital(house: House, store: Store) -> None:
    """Codes are made for each purchase, and no two are the same."""
    shop = await open_shop(house, store, type="DIGITAL", digital=COUPON)
    made(await shop.buy())
    made(await shop.buy())
    results = [each["details"]["result"] for each in await house.all(shop.path)]
    coupons = [each["digital"]["discount_coupons"] for each in results]
    assert len({coupon["code"] for (coupon,) in coupons}) == 2
    shop = await open_shop(house, store, type="DIGITAL", digital=VOUCHER)
    made(await shop.buy())
    (listed,) = await house.all(shop.path)
    (voucher,) = listed["details"]["result"]["digital"]["gift_vouchers"]
    assert (voucher["amount"], voucher["balance"]) == (500, 500)
    assert voucher["id"].startswith("v_")


async def test_points_for_points(house: House, store: Store) -> None:
    """Bought points are there at once, and a refund takes them back."""
    shop = await open_shop(house, store, bought=40)
    transaction = made(await shop.buy())["transaction"]
    assert await house.balance(shop.card) == (790, 0)
    (listed,) = await house.all(shop.path)
    assert listed["details"]["result"]["digital"] == {
        "type": "LOYALTY_CARD_POINTS",
        "loyalty_card_points": {
            "points": 40,
            "card_definition_id": shop.definition,
            "card_id": shop.card.id,
        },
    }
    rows = [each["type"] for each in await house.all(f"{shop.card.path}/transactions")]
    assert rows == ["POINTS_PURCHASED", "POINTS_SPENT_ON_REWARD", "ADMIN_CREDIT"]
    made(await shop.refund(transaction["id"]))
    assert await house.balance(shop.card) == (1000, 0)
    rows = await house.all(f"{shop.card.path}/transactions", [("limit", "1")])
    returned, reversed_ = rows[:2]
    assert [returned["type"], reversed_["type"]] == ["POINTS_RETURNED", "POINTS_PURCHASE_REVERSED"]
    assert returned["details"]["reward"] == {"id": shop.reward["id"]}
    assert returned["details"]["purchase"]["reward_transaction"] == {"id": transaction["id"]}
    (card,) = made(await house.get(shop.card.path.partition("/cards")[0]))["cards"]
    counted = card["card"]["lifetime_bucket"]["points"]
    assert (counted["purchased"], counted["purchased_reversed"]) == (40, 40)


async def test_lists(house: House, store: Store) -> None:
    shop = await open_shop(house, store)
    ids = []
    for _ in range(3):
        ids.append(made(await shop.buy())["transaction"]["id"])
        house.clock.advance(seconds=1)
    found = await house.all(shop.path, [("limit", "2")])
    assert [each["id"] for each in found] == ids[::-1]
    found = await house.all(shop.path, [("order", "created_at"), ("limit", "1")])
    assert [each["id"] for each in found] == ids
    one = [("filters[id][conditions][$is]", ids[1])]
    assert [each["id"] for each in await house.all(shop.path, one)] == [ids[1]]
    reward = [("filters[reward_id][conditions][$is_not]", shop.reward["id"])]
    assert await house.all(shop.path, reward) == []
    response = await house.get(shop.path, [("filters[card_id][conditions][$is]", shop.card.id)])
    assert error(response)[:2] == (400, "invalid_query_params")
