"""Benefits: what they may give, their states, and what may change."""

from __future__ import annotations

from typing import Any

import pytest

from tests.http.voucherify.house import V2, House, error, made
from tests.http.voucherify.rules.kit import BENEFITS, RULES, rule_body

MUG = {"type": "MATERIAL", "material": {"type": "PRODUCT", "product": {"id": "prod_1a"}}}
COUPON = {
    "type": "DIGITAL",
    "digital": {"type": "DISCOUNT_COUPONS", "discount_coupons": {"campaign_id": "camp_1"}},
}
VOUCHER = {
    "type": "DIGITAL",
    "digital": {"type": "GIFT_VOUCHERS", "gift_vouchers": {"campaign_id": "camp_1", "balance": 10}},
}
SKU = {
    "type": "MATERIAL",
    "material": {"type": "SKU", "sku": {"product_id": "prod_1", "id": "sku_1"}},
}


def of_points(definition: str, value: int = 5) -> dict[str, Any]:
    return {"type": "POINTS", "points": {"value": value, "card_definition_id": definition}}


async def make(house: House, name: str = "Mug", what: dict[str, Any] = MUG, **fields: Any) -> Any:
    return made(await house.post(BENEFITS, {"name": name, **what, **fields}))


async def test_create(house: House) -> None:
    body = await make(house)
    identity = body.pop("id")
    assert body == {
        "name": "Mug",
        "status": "DRAFT",
        "stock": {"type": "UNLIMITED"},
        **MUG,
        "created_at": "2026-08-06T14:01:13.346Z",
        "updated_at": None,
        "object": "benefit",
    }
    assert made(await house.get(f"{BENEFITS}/{identity}")) == {"id": identity, **body}


@pytest.mark.parametrize("what", [MUG, SKU, COUPON, VOUCHER])
async def test_goods_and_codes(house: House, what: dict[str, Any]) -> None:
    stock = {"type": "LIMITED", "limited": {"quantity": 3}}
    body = await make(house, what=what, stock=stock, status="ACTIVE")
    assert {name: body[name] for name in what} == what
    assert (body["stock"], body["status"]) == (stock, "ACTIVE")


async def test_points(house: House) -> None:
    definition = (await house.definition())["id"]
    what = of_points(definition)
    body = made(await house.post(BENEFITS, {"name": "Points", "status": "ACTIVE", **what}))
    assert body["points"] == what["points"]
    part = {
        "calculation_type": "CUSTOMER_METADATA_VALUE",
        "card_definition_id": definition,
        "customer": {"metadata": {"every": 1, "value": 0.5, "property": "age"}},
    }
    what = {"type": "POINTS_PROPORTIONAL", "points_proportional": part}
    body = made(await house.post(BENEFITS, {"name": "By age", **what}))
    assert body["points_proportional"] == part


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"name": ""}, "name"),
        ({"colour": "red"}, "colour"),
        ({"status": "DELETED"}, "status"),
        ({"type": "MONEY"}, "type"),
        ({"type": "POINTS"}, "material"),
        ({"material": None}, "material"),
        ({"digital": COUPON["digital"]}, "digital"),
        ({"material": {"type": "SKU", "product": {"id": "prod_1"}}}, "material.product"),
        ({"material": {"type": "PRODUCT", "product": {"id": "1"}}}, "product.id"),
        ({"stock": {"type": "LIMITED"}}, "stock.limited"),
        ({"stock": {"type": "LIMITED", "limited": {"quantity": -1}}}, "quantity"),
        ({"stock": {"type": "UNLIMITED", "limited": {"quantity": 1}}}, "stock.limited"),
    ],
)
async def test_what_is_refused(house: House, fields: dict[str, Any], named: str) -> None:
    status, key, _, details = error(await house.post(BENEFITS, {"name": "Mug", **MUG, **fields}))
    assert (status, key) == (400, "invalid_payload")
    assert named in details
    assert await house.all(BENEFITS) == []


async def test_names_are_unique(house: House, stranger: House) -> None:
    first = await make(house)
    refused = await house.post(BENEFITS, {"name": "Mug", **COUPON})
    details = "Benefit with name 'Mug' already exists"
    assert error(refused) == (409, "duplicate_found", "Duplicate found", details)
    other = await make(house, "Cup")
    assert (await house.put(f"{BENEFITS}/{other['id']}", {"name": "Mug"})).status_code == 409
    made(await house.put(f"{BENEFITS}/{first['id']}", {"name": "Mug"}))
    await make(stranger)
    made(await house.delete(f"{BENEFITS}/{first['id']}"))
    await make(house)


async def test_points_need_a_definition(house: House) -> None:
    body = {"name": "Points", **of_points("lcdef_1")}
    assert error(await house.post(BENEFITS, body))[0] == 404
    draft = (await house.definition(status="DRAFT"))["id"]
    body = {"name": "Points", **of_points(draft)}
    locked = error(await house.post(BENEFITS, {**body, "status": "ACTIVE"}))
    assert locked[:3] == (423, "resource_locked", "Resource locked")
    benefit = made(await house.post(BENEFITS, body))
    path = f"{BENEFITS}/{benefit['id']}"
    assert error(await house.post(f"{path}/activate"))[:2] == (423, "resource_locked")
    assert error(await house.put(path, of_points(draft, 6)))[:2] == (423, "resource_locked")
    made(await house.post(f"{V2}/card-definitions/{draft}/activate"))
    assert made(await house.put(path, of_points(draft, 6)))["points"]["value"] == 6
    made(await house.post(f"{path}/activate"))


async def test_update(house: House) -> None:
    benefit = await make(house)
    path = f"{BENEFITS}/{benefit['id']}"
    changed = made(await house.put(path, COUPON))
    assert "material" not in changed
    assert changed["digital"] == COUPON["digital"]
    assert error(await house.put(path, {"type": "MATERIAL"}))[1] == "invalid_payload"
    made(await house.post(f"{path}/activate"))
    stock = {"type": "LIMITED", "limited": {"quantity": 0}}
    changed = made(await house.put(path, {"name": "Now", "stock": stock, **COUPON}))
    assert (changed["name"], changed["stock"], changed["status"]) == ("Now", stock, "ACTIVE")
    refused = error(await house.put(path, MUG))
    assert refused[:2] == (400, "invalid_payload")
    assert refused[3] == "Property .digital cannot be changed when status is ACTIVE"


async def test_steps(house: House) -> None:
    benefit = await make(house)
    path = f"{BENEFITS}/{benefit['id']}"
    assert (await house.post(f"{path}/draft")).status_code == 400
    assert made(await house.post(f"{path}/activate"))["status"] == "ACTIVE"
    assert error(await house.post(f"{path}/activate"))[1] == "invalid_state_transition"
    assert made(await house.post(f"{path}/draft", {}))["status"] == "DRAFT"
    found = await house.all(f"{path}/activities")
    assert [each["type"] for each in found] == [
        "vl.benefit.drafted",
        "vl.benefit.activated",
        "vl.benefit.created",
    ]
    assert found[0]["data"]["benefit"]["status"] == "DRAFT"


async def test_what_rules_give_is_in_use(house: House) -> None:
    benefit = await make(house)
    path = f"{BENEFITS}/{benefit['id']}"
    effect = {"type": "BENEFIT", "benefit": {"id": benefit["id"]}}
    inactive = error(await house.post(RULES, {**rule_body(effect), "status": "ACTIVE"}))
    assert inactive[:2] == (423, "non_active_benefit")
    made(await house.post(f"{path}/activate"))
    rule = made(await house.post(RULES, {**rule_body(effect), "status": "ACTIVE"}))
    refused = error(await house.post(f"{path}/draft"))
    assert refused[:3] == (423, "connected_active_earning_rule", "Resource locked")
    response = await house.delete(path)
    assert error(response)[:2] == (400, "resource_in_use")
    assert response.json()["related_object_ids"] == [rule["id"]]
    assert response.json()["related_object_type"] == "earning_rule"
    made(await house.post(f"{RULES}/{rule['id']}/draft"))
    made(await house.post(f"{path}/draft"))
    assert (await house.delete(path)).status_code == 400
    made(await house.delete(f"{RULES}/{rule['id']}"))
    assert made(await house.delete(path))["status"] == "DELETED"
    assert (await house.get(path)).status_code == 404


async def test_lists(house: House) -> None:
    await make(house, "b")
    house.clock.advance(seconds=1)
    await make(house, "a", COUPON, status="ACTIVE")
    assert [each["name"] for each in await house.all(BENEFITS)] == ["a", "b"]
    assert [each["name"] for each in await house.all(BENEFITS, [("order", "name")])] == ["a", "b"]
    assert [each["name"] for each in await house.all(BENEFITS, [("order", "-type")])] == ["b", "a"]
    for name, value in (("type", "DIGITAL"), ("status", "ACTIVE"), ("name", "a")):
        found = await house.all(BENEFITS, [(f"filters[{name}][conditions][$is]", value)])
        assert [each["name"] for each in found] == ["a"]


async def test_their_former_name(house: House) -> None:
    """Clients that are older than the name of benefits say `/incentives`."""
    former = BENEFITS.replace("/benefits", "/incentives")
    made_ = made(await house.post(former, {"name": "Mug", **MUG}))
    for path in (BENEFITS, former):
        one = f"{path}/{made_['id']}"
        assert await house.all(path) == [made_]
        assert made(await house.get(one)) == made_
        assert made(await house.put(one, {"name": "Mug"}))["name"] == "Mug"
        assert made(await house.post(f"{one}/activate"))["status"] == "ACTIVE"
        made_ = made(await house.post(f"{one}/draft"))
        assert made(await house.get(f"{one}/activities"))["data"]
    assert made(await house.delete(f"{former}/{made_['id']}"))["id"] == made_["id"]
    assert (await house.get(f"{BENEFITS}/{made_['id']}")).status_code == 404
    definition = await house.definition()
    program = await house.program(definition["id"])
    card = await house.card_in(program["id"])
    path = f"{V2}/programs/{card.program}/members/{card.member}/incentives/transactions"
    assert made(await house.get(path))["data"] == []
