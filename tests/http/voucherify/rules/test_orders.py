"""Orders: what they answer, and what their customers earn by them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.http.voucherify.house import IMMEDIATE, Card, House, error, made, period_based
from tests.http.voucherify.rules.kit import RULES, group, make_rule, per_amount, points

ORDERS = "/v1/orders"
REVOKE = {
    "spent_points": {"type": "NONE", "methods": []},
    "earned_points": {
        "type": "REFUNDABLE",
        "methods": [{"type": "REVOKE_FROM_BALANCE", "mode": "REVOKE_TO_ZERO"}],
    },
}


class Shop:
    """A member's card in an active program with one rule."""

    def __init__(self, house: House, card: Card, customer: str) -> None:
        self.house = house
        self.card = card
        self.customer = customer

    async def order(self, amount: int = 1000, **fields: Any) -> Any:
        body = {"amount": amount, "customer": {"id": self.customer}, **fields}
        return made(await self.house.post(ORDERS, body))

    async def balance(self) -> tuple[int, int]:
        return await self.house.balance(self.card)


async def shop(house: House, *effects: Any, earning: Any = None, **parts: Any) -> Shop:
    """`effects` make effects of the id of the definition; without any, a point for each 1.00."""
    definition = (await house.definition(**{"pending_points": IMMEDIATE, **parts}))["id"]
    given = [effect(definition) for effect in effects] or [per_amount(definition)]
    rule = await make_rule(house, earnings=[{"effects": given, **(earning or {})}])
    program = await house.program(definition, earning_rules=[{"id": rule["id"]}])
    customer = (await house.customer(source_id="anna", metadata={"age": "30"}))["id"]
    member = await house.member(program["id"], customer)
    card = Card(program["id"], member["id"], member["cards"][0]["card"]["id"])
    return Shop(house, card, customer)


async def test_create(house: House) -> None:
    customer = (await house.customer(source_id="anna"))["id"]
    body = made(
        await house.post(
            ORDERS,
            {
                "source_id": "o-1",
                "items": [
                    {"product_id": "prod_1", "quantity": 2, "price": 300, "discount_amount": 50},
                    {"source_id": "cake", "amount": 400, "product": {"name": "Cake"}},
                ],
                "discount_amount": 100,
                "customer": {"source_id": "anna", "name": "Anna", "strange": 1},
                "metadata": {"channel": "web"},
                "strange": True,
            },
        )
    )
    identity = body.pop("id")
    assert identity.startswith("ord_")
    assert body == {
        "source_id": "o-1",
        "status": "CREATED",
        "amount": 1000,
        "initial_amount": 1000,
        "discount_amount": 100,
        "items_discount_amount": 50,
        "total_discount_amount": 150,
        "total_amount": 850,
        "items": [
            {
                "product_id": "prod_1",
                "quantity": 2,
                "price": 300,
                "amount": 600,
                "discount_amount": 50,
                "subtotal_amount": 550,
                "object": "order_item",
            },
            {
                "source_id": "cake",
                "quantity": 1,
                "amount": 400,
                "discount_amount": 0,
                "product": {
                    "name": "Cake",
                    "id": None,
                    "source_id": None,
                    "price": None,
                    "metadata": None,
                },
                "subtotal_amount": 400,
                "object": "order_item",
            },
        ],
        "metadata": {"channel": "web"},
        "customer_id": customer,
        "customer": {"id": customer, "object": "customer"},
        "referrer_id": None,
        "redemptions": {},
        "created_at": "2026-08-06T14:01:13.346Z",
        "updated_at": None,
        "object": "order",
    }
    for name in (identity, "o-1"):
        assert made(await house.get(f"{ORDERS}/{name}")) == {"id": identity, **body}
    again = made(await house.post(ORDERS, {"source_id": "o-1", "metadata": {"till": 3}}))
    assert (again["id"], again["metadata"]) == (identity, {"channel": "web", "till": 3})
    listed = made(await house.get(ORDERS))
    assert (listed["total"], listed["orders"]) == (1, [again])


@pytest.mark.parametrize(
    "fields",
    [
        {"status": "LOST"},
        {"amount": -1},
        {"amount": 1.5},
        {"amount": 100, "discount_amount": 101},
        {"items": [{"quantity": 0}]},
        {"items": [{"price": 10, "discount_amount": 11}]},
        {"items": [{}] * 501},
        {"source_id": ""},
        {"source_id": "ord_000000000000000001"},
        {"created_at": "yesterday"},
        {"customer": {}},
    ],
)
async def test_what_is_refused(house: House, fields: dict[str, Any]) -> None:
    assert error(await house.post(ORDERS, fields))[:2] == (400, "invalid_payload")
    assert made(await house.get(ORDERS))["total"] == 0


async def test_what_is_not_there(house: House, stranger: House) -> None:
    response = await house.get(f"{ORDERS}/x")
    assert error(response)[3] == "Cannot find order with id x"
    assert response.json()["resource_type"] == "order"
    assert error(await house.post(ORDERS, {"id": "ord_1"}))[0] == 404
    assert error(await house.post(ORDERS, {"customer": {"id": "cust_1"}}))[0] == 404
    order = made(await house.post(ORDERS, {"amount": 1}))
    assert (await stranger.get(f"{ORDERS}/{order['id']}")).status_code == 404


async def test_a_paid_order_earns_once(house: House) -> None:
    here = await shop(house)
    order = await here.order(1234)
    assert await here.balance() == (0, 0)
    path = f"{ORDERS}/{order['id']}"
    assert made(await house.put(path, {"status": "FULFILLED"}))["status"] == "FULFILLED"
    assert await here.balance() == (0, 0)
    for _ in range(2):
        assert made(await house.put(path, {"status": "PAID"}))["status"] == "PAID"
        assert await here.balance() == (12, 0)
    made(await house.put(path, {"status": "FULFILLED"}))
    assert made(await house.put(path, {"amount": 9000}))["amount"] == 9000
    assert await here.balance() == (12, 0)
    assert error(await house.put(path, {"status": "CREATED"}))[0] == 400


async def test_every_program_of_the_customer_earns(house: House) -> None:
    """One definition in two programs is a card in each."""
    definition = (await house.definition(pending_points=IMMEDIATE))["id"]
    rule = await make_rule(house, points(definition, 7))
    customer = (await house.customer())["id"]
    cards = []
    for _ in range(2):
        program = await house.program(definition, earning_rules=[{"id": rule["id"]}])
        member = await house.member(program["id"], customer)
        cards.append(Card(program["id"], member["id"], member["cards"][0]["card"]["id"]))
    here = Shop(house, cards[0], customer)
    await here.order(status="PAID")
    assert [await house.balance(card) for card in cards] == [(7, 0), (7, 0)]


async def test_items(house: House) -> None:
    def of_items(definition: str) -> Any:
        wanted = [
            {"type": "product", "product": {"id": "prod_1"}},
            {"type": "products_collection", "products_collection": {"id": "pc_tea"}},
        ]
        part = {"every": 100, "value": 2, "applicable_to": wanted}
        return {
            "type": "POINTS_PROPORTIONAL",
            "points_proportional": {
                "calculation_type": "POST_DISCOUNT_ORDER_ITEMS_AMOUNT",
                "card_definition_id": definition,
                "order_items": {"subtotal_amount": part},
            },
        }

    here = await shop(house, of_items)
    items = [
        {"product_id": "prod_1", "price": 500, "discount_amount": 50},
        {"source_id": "t", "price": 60, "product": {"metadata": {"collections": ["pc_tea"]}}},
        {"product_id": "prod_2", "price": 900},
    ]
    body = {"items": items, "customer": {"id": here.customer}, "status": "PAID"}
    made(await house.post(ORDERS, body))
    assert await here.balance() == (10, 0)


@pytest.mark.parametrize(
    ("rule", "earns"),
    [
        ({"name": "order.amount", "conditions": {"$more_than": [999]}}, True),
        ({"name": "order.amount", "conditions": {"$more_than": [1000]}}, False),
        ({"name": "order.metadata", "property": "n", "conditions": {"$is": [5]}}, True),
        ({"name": "order.metadata", "property": "x", "conditions": {"$is_not": [5]}}, True),
        ({"name": "customer.metadata", "property": "age", "conditions": {"$from": [30]}}, True),
        ({"name": "customer.metadata", "property": "age", "conditions": {"$from": [31]}}, False),
        ({"name": "customer.segment", "conditions": {"$is": ["seg_1"]}}, False),
        ({"name": "order.items.count", "conditions": {"$is": [0]}}, True),
        ({"name": "order.amount", "conditions": {"$dow": [4]}}, True),
    ],
)
async def test_conditions(house: House, rule: dict[str, Any], earns: bool) -> None:
    here = await shop(house, points, earning={"rules": group(rule)})
    await here.order(status="PAID", metadata={"n": "5"})
    assert await here.balance() == (100 if earns else 0, 0)


async def test_an_initial_amount_is_another_figure_than_the_amount(house: House) -> None:
    """What the order was worth at first, as it was sent; else its amount. A cancel and its undo
    change nothing of it."""
    rule = {"name": "order.initial_amount", "conditions": {"$more_than": [1000]}}
    here = await shop(house, points, earning={"rules": group(rule)}, refunds=REVOKE)
    await here.order(1200, status="PAID", initial_amount=900)
    await here.order(1000, status="PAID")
    assert await here.balance() == (0, 0)
    await here.order(1200, status="PAID")
    order = await here.order(800)
    await here.house.put(f"{ORDERS}/{order['id']}", {"initial_amount": 1001})
    assert await here.balance() == (100, 0)
    for status, left in (("PAID", 200), ("CANCELED", 100), ("PAID", 200)):
        told = made(await house.put(f"{ORDERS}/{order['id']}", {"status": status}))
        assert (told["amount"], told["initial_amount"]) == (800, 1001)
        assert await here.balance() == (left, 0)


async def test_a_cancel_takes_nothing_unless_the_definition_says_so(house: House) -> None:
    here = await shop(house)
    order = await here.order(status="PAID", discount_amount=0)
    cancelled = made(await house.put(f"{ORDERS}/{order['id']}", {"status": "CANCELED"}))
    assert cancelled["status"] == "CANCELED"
    assert await here.balance() == (10, 0)


async def test_a_cancel_that_revokes(house: House) -> None:
    here = await shop(house, refunds=REVOKE)
    items = [{"price": 700, "product_id": "prod_1"}, {"price": 500, "product_id": "prod_2"}]
    order = await here.order(1200, status="PAID", items=items, discount_amount=200)
    assert await here.balance() == (10, 0)
    path = f"{ORDERS}/{order['id']}"
    made(await house.put(path, {"status": "CANCELED"}))
    assert await here.balance() == (0, 0)
    made(await house.put(path, {"status": "PAID"}))
    assert await here.balance() == (10, 0)
    refunded, earned = (await house.all(f"{here.card.path}/transactions"))[-2:]
    assert (refunded["type"], earned["type"]) == ("POINTS_REFUNDED", "POINTS_EARNED")
    assert refunded["details"]["reason"] == "Points revoked after refund"
    assert refunded["details"]["points"] == {"total": 10}
    details = earned["details"]
    assert details["reason"] == "Bonus / Purchases"
    assert details["metadata"].pop("event_id").startswith("evcus_")
    rule = made(await house.get(f"{RULES}/{details['metadata']['earning_rule_id']}"))
    assert details["metadata"] == {
        "member_id": here.card.member,
        "program_id": here.card.program,
        "earning_rule_id": rule["id"],
        "earning_item_id": rule["earnings"][0]["id"],
    }


async def test_a_cancel_that_revokes_pending_points(house: House) -> None:
    methods = [{"type": "REVOKE_FROM_PENDING"}]
    refunds = {**REVOKE, "earned_points": {"type": "REFUNDABLE", "methods": methods}}
    here = await shop(house, pending_points=period_based(10), refunds=refunds)
    first, second = [await here.order(status="PAID") for _ in range(2)]
    assert await here.balance() == (0, 20)
    made(await house.put(f"{ORDERS}/{first['id']}", {"status": "CANCELED"}))
    assert await here.balance() == (0, 10)
    revoked, *added = await house.all(f"{here.card.path}/transactions")
    assert revoked["type"] == "PENDING_POINTS_CANCELED"
    assert revoked["details"]["reason"] == "Points revoked after refund"
    assert revoked["details"]["points"]["total"] == 10
    assert {each["type"] for each in added} == {"PENDING_POINTS_ADDED"}
    assert {each["details"]["reason"] for each in added} == {"Bonus / Purchases"}
    assert all("earning_item_id" in each["details"]["metadata"] for each in added)
    house.clock.advance(days=11)
    made(await house.put(f"{ORDERS}/{second['id']}", {"status": "CANCELED"}))
    assert await here.balance() == (10, 0)


async def test_trigger_limits(house: House) -> None:
    definition = (await house.definition(pending_points=IMMEDIATE))["id"]
    once_a_day = {
        "type": "TIME_BASED",
        "period": {"type": "CURRENT_PERIOD", "current_period": {"unit": "DAY"}},
        "triggers": {"max": 1},
    }
    limits = {"frequency": {"type": "LIMITED", "limits": [once_a_day]}}
    rule = await make_rule(house, points(definition), trigger_limits=limits)
    program = await house.program(definition, earning_rules=[{"id": rule["id"]}])
    customer = (await house.customer())["id"]
    member = await house.member(program["id"], customer)
    card = Card(program["id"], member["id"], member["cards"][0]["card"]["id"])
    here = Shop(house, card, customer)
    for _ in range(2):
        await here.order(status="PAID")
    assert await here.balance() == (100, 0)
    house.clock.advance(days=1)
    await here.order(status="PAID")
    assert await here.balance() == (200, 0)


async def test_earning_limits(house: House) -> None:
    """A transaction above its limit earns nothing; the balance is filled up and no further."""
    limits = {
        "global": {"type": "LIMITED", "limits": [{"type": "BALANCE_BASED", "max": 25}]},
        "transactions": {"type": "LIMITED", "limits": [{"type": "POINTS", "max": 20}]},
    }
    here = await shop(house, earning_limits=limits)
    for amount, balance in ((2100, 0), (2000, 20), (2000, 25), (100, 25)):
        await here.order(amount, status="PAID")
        assert await here.balance() == (balance, 0)


async def test_a_repeat_with_a_key_is_harmless(house: House) -> None:
    """It is answered as the first request was, whatever has become of the order since."""
    here = await shop(house, refunds=REVOKE)
    body = {"amount": 1000, "customer": {"id": here.customer}, "status": "PAID"}
    first = made(await house.post(ORDERS, body, key="k"))
    assert made(await house.post(ORDERS, body, key="k")) == first
    assert await here.balance() == (10, 0)
    found = error(await house.post(ORDERS, {**body, "amount": 5}, key="k"))
    assert found[:2] == (423, "idempotency_key_reused")
    path = f"{ORDERS}/{first['id']}"
    cancel = await house.ask("PUT", path, json={"status": "CANCELED"}, key="c")
    made(await house.put(path, {"status": "PAID"}))
    again = await house.ask("PUT", path, json={"status": "CANCELED"}, key="c")
    assert made(again) == made(cancel)
    assert await here.balance() == (10, 0)
    bad = {"amount": 1, "discount_amount": 2}
    assert error(await house.post(ORDERS, bad, key="free"))[0] == 400
    assert made(await house.post(ORDERS, body, key="free"))["id"] != first["id"]


async def test_a_cancelled_order_is_paid_again_once(house: House) -> None:
    """The void of its cancel, the rest of the body and the key are one commit."""
    here = await shop(house, refunds=REVOKE)
    order = await here.order(status="PAID", discount_amount=0)
    path = f"{ORDERS}/{order['id']}"
    made(await house.put(path, {"status": "CANCELED"}))
    again = {"status": "PAID", "metadata": {"note": "came back"}}
    paid = made(await house.ask("PUT", path, json=again, key="p"))
    assert (paid["status"], paid["metadata"]) == ("PAID", {"note": "came back"})
    assert await here.balance() == (10, 0)
    made(await house.put(path, {"status": "CANCELED"}))
    assert made(await house.ask("PUT", path, json=again, key="p")) == paid
    assert await here.balance() == (0, 0), "the repeat of a request has no second effect"
    assert made(await house.get(path))["status"] == "CANCELED"


async def test_an_order_below_the_least_amount_earns_nothing(house: House) -> None:
    limits = {
        "global": {"type": "NO_LIMIT", "limits": []},
        "transactions": {"type": "LIMITED", "limits": [{"type": "SPENDING", "min_amount": 900}]},
    }
    here = await shop(house, earning_limits=limits)
    await here.order(1000, status="PAID", discount_amount=101)
    assert await here.balance() == (0, 0)
    await here.order(1000, status="PAID", discount_amount=100)
    assert await here.balance() == (9, 0)
