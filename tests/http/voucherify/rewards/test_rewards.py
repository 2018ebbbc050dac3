"""Rewards: what is answered of them, how they change, their states."""

from __future__ import annotations

from typing import Any

import pytest

from stampbook.loyalty.rewards import offers, rewards
from stampbook.storage.store import Store
from tests.http.voucherify.house import V2, House, error, made

REWARDS = f"{V2}/rewards"
WRONG_STEP = (400, "invalid_state_transition", "Invalid state transition")
MUG = {"type": "PRODUCT", "product": {"id": "prod_0a"}}
NO_LIMITS = {
    "cooldown": {"type": "NO_COOLDOWN"},
    "frequency": {"type": "NO_LIMIT", "limits": []},
}


async def body_of(house: House, **fields: Any) -> dict[str, Any]:
    definition = await house.definition()
    return {
        "name": "Mug",
        "type": "MATERIAL",
        "material": MUG,
        "costs": [cost(definition["id"])],
        **fields,
    }


def cost(definition: str, points: int = 100, **fields: Any) -> dict[str, Any]:
    return {"spending": [{"points": points, "card_definition_id": definition}], **fields}


async def reward_of(house: House, **fields: Any) -> Any:
    return made(await house.post(REWARDS, await body_of(house, **fields)))


def number_of(reward: Any) -> int:
    return int(reward["id"].removeprefix("lrew_"), 16)


async def test_defaults(house: House) -> None:
    """What is not said is answered all the same; what does not belong to the type is left out."""
    body = await body_of(house, digital=None)
    found = made(await house.post(REWARDS, body))
    assert found.pop("id").startswith("lrew_")
    (priced,) = found["costs"]
    assert priced.pop("id").startswith("lrcst_")
    assert priced["spending"][0].pop("id").startswith("lrspn_")
    del body["digital"]
    assert found == {
        **body,
        "status": "DRAFT",
        "start_date": None,
        "end_date": None,
        "validity_hours": {"type": "ANY_TIME"},
        "refunds": {"type": "NONE"},
        "purchase_limits": NO_LIMITS,
        "metadata": {},
        "created_at": "2026-08-06T14:01:13.346Z",
        "updated_at": None,
        "object": "reward",
    }
    (listed,) = await house.all(REWARDS)
    assert made(await house.get(f"{REWARDS}/{listed['id']}")) == listed


async def test_what_was_sent_is_answered(house: House) -> None:
    limits = {
        "cooldown": {
            "type": "FIXED_COOLDOWN",
            "fixed_cooldown": {"period": {"value": 24, "unit": "HOUR"}},
        },
        "frequency": {
            "type": "LIMITED",
            "limits": [
                {
                    "type": "TIME_BASED",
                    "period": {"type": "CURRENT_PERIOD", "current_period": {"unit": "QUARTER"}},
                    "triggers": {"max": 3},
                }
            ],
        },
    }
    rules = {
        "1": {"name": "customer.segment", "conditions": {"$is": [{"id": "seg_1"}]}},
        "2": {
            "name": "member.metadata",
            "property": "level",
            "conditions": {"$more_than": [3]},
            "error": {"message": "Too low"},
        },
        "logic": "1 or 2",
    }
    daily = [{"days_of_week": [0, 6], "start_time": "09:00", "end_time": "18:30"}]
    body = await body_of(
        house,
        purchase_limits=limits,
        validity_hours={"type": "DAILY", "daily": daily},
        refunds={"type": "REFUNDABLE"},
        start_date="2026-01-01T00:00:00.000Z",
        end_date="2027-01-01T00:00:00.000Z",
        metadata={"a": 1},
        status="ACTIVE",
        material={"type": "SKU", "sku": {"product_id": "prod_1", "id": "sku_2"}},
    )
    body["costs"][0] |= {"rules": rules, "tier_rules": {"type": "NO_REQUIREMENTS"}}
    found = made(await house.post(REWARDS, body))
    (priced,) = found["costs"]
    assert priced["rules"] == rules
    assert "tier_rules" not in priced
    for name in body.keys() - {"costs"}:
        assert found[name] == body[name]


@pytest.mark.parametrize(
    "digital",
    [
        {"type": "DISCOUNT_COUPONS", "discount_coupons": {"campaign_id": "camp_1"}},
        {"type": "GIFT_VOUCHERS", "gift_vouchers": {"campaign_id": "camp_1", "balance": 9.5}},
        {"type": "LOYALTY_CARD_POINTS", "loyalty_card_points": {"points": 5}},
    ],
)
async def test_digital(house: House, digital: dict[str, Any]) -> None:
    body = await body_of(house, type="DIGITAL", material=None)
    if "loyalty_card_points" in digital:
        definition = body["costs"][0]["spending"][0]["card_definition_id"]
        digital["loyalty_card_points"]["card_definition_id"] = definition
    found = made(await house.post(REWARDS, {**body, "digital": digital}))
    assert found["digital"] == digital
    assert "material" not in found


@pytest.mark.parametrize(
    "parts",
    [
        {"name": ""},
        {"type": "GIFT"},
        {"material": None},
        {"digital": {"type": "DISCOUNT_COUPONS", "discount_coupons": {"campaign_id": "camp_1"}}},
        {"material": {"type": "PRODUCT", "product": {"id": "cup"}}},
        {"material": {"type": "SKU", "product": {"id": "prod_1"}}},
        {"material": {**MUG, "sku": {"product_id": "prod_1", "id": "sku_1"}}},
        {"costs": []},
        {"costs": [{"spending": []}]},
        {"costs": [cost("lcdef_1", 0)]},
        {"costs": [cost("lcdef_1", colour="red")]},
        {"costs": [cost("lcdef_1", id="lrcst_1")]},
        {"costs": [cost("lcdef_1", rules={"logic": "1"})]},
        {
            "costs": [
                cost(
                    "lcdef_1",
                    rules={
                        "1": {"name": "order.amount", "conditions": {"$is": [1]}},
                        "logic": "1",
                    },
                )
            ]
        },
        {"costs": [cost("lcdef_1")] * 11},
        {"status": "INACTIVE"},
        {"refunds": {"type": "PARTIAL"}},
        {"validity_hours": {"type": "DAILY"}},
        {
            "validity_hours": {
                "type": "DAILY",
                "daily": [{"days_of_week": [1], "start_time": "18:00", "end_time": "09:00"}],
            }
        },
        {"start_date": "tomorrow"},
        {"start_date": "2027-01-01", "end_date": "2026-01-01"},
        {"purchase_limits": {"cooldown": {"type": "FIXED_COOLDOWN"}}},
        {
            "purchase_limits": {
                "cooldown": {
                    "type": "FIXED_COOLDOWN",
                    "fixed_cooldown": {"period": {"value": 25, "unit": "HOUR"}},
                }
            }
        },
        {"purchase_limits": {"frequency": {"type": "LIMITED", "limits": []}}},
        {"colour": "red"},
    ],
)
async def test_bad_rewards(house: House, parts: dict[str, Any]) -> None:
    body = await body_of(house, **parts)
    assert error(await house.post(REWARDS, body))[:2] == (400, "invalid_payload")
    assert await house.all(REWARDS) == []


async def test_card_definitions(house: House) -> None:
    """They must exist, and be active where the reward is to be active."""
    nowhere = "lcdef_000000000000000fff"
    bought = {
        "type": "LOYALTY_CARD_POINTS",
        "loyalty_card_points": {"points": 5, "card_definition_id": nowhere},
    }
    for parts in (
        {"costs": [cost(nowhere)]},
        {"type": "DIGITAL", "material": None, "digital": bought},
    ):
        response = await house.post(REWARDS, await body_of(house, **parts))
        assert error(response)[0] == 404
        assert response.json()["resource_type"] == "card_definition"
    draft = await house.definition(status="DRAFT")
    body = await body_of(house, costs=[cost(draft["id"])])
    response = await house.post(REWARDS, {**body, "status": "ACTIVE"})
    assert error(response)[:2] == (409, "non_active_card_definition")
    reward = made(await house.post(REWARDS, body))
    response = await house.post(f"{REWARDS}/{reward['id']}/activate")
    assert error(response)[:2] == (409, "non_active_card_definition")


async def test_update(house: House) -> None:
    """A draft is changed as it pleases; later what it gives, and how often, stays."""
    reward = await reward_of(house)
    path = f"{REWARDS}/{reward['id']}"
    house.clock.advance(seconds=1)
    digital = {"type": "DISCOUNT_COUPONS", "discount_coupons": {"campaign_id": "camp_1"}}
    changed = made(await house.put(path, {"type": "DIGITAL", "digital": digital}))
    assert changed["digital"] == digital
    assert "material" not in changed
    assert changed["updated_at"] == "2026-08-06T14:01:14.346Z"
    assert changed["costs"] == reward["costs"]
    made(await house.post(path + "/activate"))
    kept = {
        "name": "Cup",
        "metadata": {"a": 1},
        "refunds": {"type": "REFUNDABLE"},
        "start_date": "2026-01-01T00:00:00.000Z",
        "end_date": None,
        "validity_hours": {"type": "ANY_TIME"},
        "digital": digital,
        "purchase_limits": NO_LIMITS,
    }
    changed = made(await house.put(path, kept))
    assert {name: changed[name] for name in kept} == kept
    other = {**digital, "discount_coupons": {"campaign_id": "camp_2"}}
    limits = {"cooldown": {"type": "FIXED_COOLDOWN", "fixed_cooldown": {"period": PERIOD}}}
    for body in ({"digital": other}, {"purchase_limits": limits}):
        (name,) = body
        assert error(await house.put(path, body)) == (
            400,
            "invalid_payload",
            "Invalid payload",
            f"Property .{name} cannot be changed when status is ACTIVE",
        )
    assert made(await house.get(path)) == changed
    response = await house.put(path, {"start_date": "2027-01-01", "end_date": "2026-12-31"})
    assert error(response)[:2] == (400, "invalid_payload")


PERIOD = {"value": 1, "unit": "DAY"}


async def test_costs(house: House) -> None:
    """They are replaced; one that is named keeps its id, and so does what it costs."""
    definition = await house.definition()
    reward = await reward_of(house, costs=[cost(definition["id"]), cost(definition["id"], 200)])
    path = f"{REWARDS}/{reward['id']}"
    first, second = reward["costs"]
    named = {"id": second["id"], **cost(definition["id"], 250, rules=RULES)}
    changed = made(await house.put(path, {"costs": [cost(definition["id"], 50), named]}))
    new, kept = changed["costs"]
    assert new["id"] not in (first["id"], second["id"])
    assert kept["id"] == second["id"]
    assert kept["spending"][0] == {**second["spending"][0], "points": 250}
    assert kept["rules"] == RULES
    for nowhere in (first["id"], "lrcst_000000000000000fff"):
        response = await house.put(path, {"costs": [{"id": nowhere, **cost(definition["id"])}]})
        assert error(response)[0] == 404
    twice = [{"id": kept["id"], **cost(definition["id"])}] * 2
    assert error(await house.put(path, {"costs": twice}))[0] == 404
    assert made(await house.get(path)) == changed


RULES = {
    "1": {"name": "customer.metadata", "property": "vip", "conditions": {"$is": [True]}},
    "logic": "1",
}


async def test_steps(house: House) -> None:
    reward = await reward_of(house)
    path = f"{REWARDS}/{reward['id']}"
    for word in ("draft", "deactivate"):
        assert error(await house.post(f"{path}/{word}"))[:3] == WRONG_STEP
    assert made(await house.post(path + "/activate"))["status"] == "ACTIVE"
    assert made(await house.post(path + "/deactivate"))["status"] == "INACTIVE"
    response = await house.post(path + "/draft")
    assert error(response) == (*WRONG_STEP, "Cannot move reward from INACTIVE to DRAFT")
    assert made(await house.post(path + "/activate"))["status"] == "ACTIVE"
    assert made(await house.post(path + "/draft"))["status"] == "DRAFT"
    found = await house.all(path + "/activities")
    assert [each["type"].removeprefix("vl.reward.") for each in found] == [
        "drafted",
        "activated",
        "deactivated",
        "activated",
        "created",
    ]
    assert found[1]["data"]["reward"]["status"] == "ACTIVE"


async def test_what_a_program_has(house: House, store: Store) -> None:
    """A reward that a program offers is not deleted, and no draft if the program is none."""
    reward = await reward_of(house, status="ACTIVE")
    definition = reward["costs"][0]["spending"][0]["card_definition_id"]
    program = await house.program(definition)
    path, number = f"{REWARDS}/{reward['id']}", int(program["id"].removeprefix("lprg_"), 16)
    async with store.transaction() as writing:
        place = {"tenant": 1, "program": number, "reward": number_of(reward), "now": 1}
        await offers.put(writing, stock=None, **place)
    assert error(await house.delete(path))[:2] == (400, "resource_in_use")
    response = await house.post(path + "/draft")
    assert error(response)[:2] == (423, "connected_non_draft_program")
    assert made(await house.post(path + "/deactivate"))["status"] == "INACTIVE"
    async with store.transaction() as writing:
        await offers.end(writing, **place)
    assert made(await house.delete(path))["status"] == "DELETED"


async def test_what_the_engine_keeps(house: House, store: Store) -> None:
    """A cost in the currency of each program that has the card definition."""
    reward = await reward_of(house, refunds={"type": "REFUNDABLE"})
    definition = reward["costs"][0]["spending"][0]["card_definition_id"]
    found = await rewards.get(store, number_of(reward), tenant=1)
    assert found is not None
    assert found.is_refundable
    assert found.terms.costs == ()
    for _ in range(2):
        await house.program(definition)
    made(await house.put(f"{REWARDS}/{reward['id']}", {"refunds": {"type": "NONE"}}))
    found = await rewards.get(store, number_of(reward), tenant=1)
    assert found is not None
    assert not found.is_refundable
    assert [each.points for each in found.terms.costs] == [100, 100]
    assert len({each.currency for each in found.terms.costs}) == 2


async def test_delete(house: House) -> None:
    reward = await reward_of(house)
    path = f"{REWARDS}/{reward['id']}"
    assert made(await house.delete(path))["status"] == "DELETED"
    for response in (
        await house.get(path),
        await house.put(path, {"name": "x"}),
        await house.delete(path),
        await house.post(path + "/activate"),
        await house.get(path + "/activities"),
    ):
        assert error(response)[0] == 404
        assert response.json()["resource_type"] == "reward"
    assert await house.all(REWARDS) == []


async def test_lists(house: House) -> None:
    for name in ("a", "b", "c"):
        await reward_of(house, name=name)
        house.clock.advance(seconds=1)
    names = [each["name"] for each in await house.all(REWARDS, [("limit", "2")])]
    assert names == ["c", "b", "a"]
    found = await house.all(REWARDS, [("order", "name"), ("limit", "2")])
    assert [each["name"] for each in found] == ["a", "b", "c"]
    chosen = [("filters[name][conditions][$in]", "a"), ("filters[name][conditions][$in]", "c")]
    assert len(await house.all(REWARDS, chosen)) == 2
    assert len(await house.all(REWARDS, [("filters[type][conditions][$is]", "MATERIAL")])) == 3
    assert await house.all(REWARDS, [("filters[type][conditions][$is]", "DIGITAL")]) == []
    response = await house.get(REWARDS, [("filters[status][conditions][$is]", "DRAFT")])
    assert error(response)[:2] == (400, "invalid_query_params")


async def test_strangers_see_nothing(house: House, stranger: House) -> None:
    reward = await reward_of(house)
    path = f"{REWARDS}/{reward['id']}"
    assert await stranger.all(REWARDS) == []
    for response in (await stranger.get(path), await stranger.delete(path)):
        assert error(response)[0] == 404
