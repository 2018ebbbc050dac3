"""Members' points pay for orders: what is answered, refused, rejected, and listed afterwards."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.http.voucherify.house import IMMEDIATE, V2, Card, House, error, made

ORDERS = "/v1/orders"
DEEP = "(" * 40 + "1" + ")" * 40
AT = "2026-08-06T14:01:13.346Z"
NO_LIMIT = {"type": "NO_LIMIT", "limits": []}


def ratio(formula: str | float) -> dict[str, Any]:
    return {"type": "EXCHANGE_RATIO", "exchange_ratio": {"formula": formula}}


class Till:
    """A member's card with points, and orders of that member."""

    def __init__(self, house: House, card: Card, definition: str, customer: str) -> None:
        self.house = house
        self.card = card
        self.definition = definition
        self.customer = customer

    @property
    def path(self) -> str:
        return f"{V2}/programs/{self.card.program}/members/{self.card.member}/orders/payments"

    async def order(self, amount: int = 5000, **fields: Any) -> Any:
        body = {"amount": amount, "customer": {"id": self.customer}, **fields}
        return made(await self.house.post(ORDERS, body))

    async def pay(self, order: str, limit: dict[str, Any] | None = None, **rest: Any) -> Any:
        key = {"key": rest.pop("key")} if "key" in rest else {}
        body = {"card_id": self.card.id, "order": {"id": order}, **rest}
        if limit:
            (name,) = limit
            body["payment_limit"] = {"type": name.upper(), name: {"max": limit[name]}}
        return await self.house.post(self.path, body, **key)

    async def rejection(self, order: str, limit: dict[str, Any] | None = None) -> Any:
        """Why a payment was rejected: it is answered as any other, and listed as rejected."""
        answered = made(await self.pay(order, limit))["transaction"]
        assert (answered["status"], answered["details"]["rejection"]) == ("PENDING", None)
        (listed,) = await self.house.all(
            self.path, [("filters[id][conditions][$is]", answered["id"])]
        )
        assert (listed["status"], listed["card_transaction_id"]) == ("REJECTED", None)
        assert listed["updated_at"] == listed["created_at"]
        return listed["details"]["rejection"]


async def till(
    house: House, points: int = 1000, formula: str | float | None = 1, **parts: Any
) -> Till:
    pays = {} if formula is None else {"pay_with_points": ratio(formula)}
    defined = await house.definition(pending_points=IMMEDIATE, **pays, **parts)
    program = await house.program(defined["id"])
    customer = (await house.customer())["id"]
    member = await house.member(program["id"], customer)
    card = Card(program["id"], member["id"], member["cards"][0]["card"]["id"])
    if points:
        made(await house.post(f"{card.path}/points", {"points": points}))
    return Till(house, card, defined["id"], customer)


async def test_payment(house: House) -> None:
    """The call answers a transaction that is pending; from then on it is approved."""
    shop = await till(house)
    order = await shop.order(300)
    body = made(await shop.pay(order["id"]))
    transaction = body["transaction"]
    assert body == {
        "transaction": {
            "id": transaction["id"],
            "program_id": shop.card.program,
            "member_id": shop.card.member,
            "card_id": shop.card.id,
            "card_definition_id": shop.definition,
            "card_transaction_id": transaction["card_transaction_id"],
            "order_id": order["id"],
            "status": "PENDING",
            "type": "PAY_WITH_POINTS",
            "details": {
                "reason": "Points spent on order payment",
                "rejection": None,
                "metadata": {},
                "payment": {"amount": 300, "points_spent": 300, "exchange_ratio": 1},
            },
            "created_at": AT,
            "updated_at": None,
            "object": "order_transaction",
        },
        "status": "TRANSACTION_CREATED",
        "message": "Pay with points transaction created",
    }
    (listed,) = await house.all(shop.path)
    payment = {
        "id": "ordpay_" + transaction["id"].removeprefix("lotx_"),
        **transaction["details"]["payment"],
    }
    details = {**transaction["details"], "payment": payment}
    assert listed == {**transaction, "status": "APPROVED", "updated_at": AT, "details": details}
    assert await house.balance(shop.card) == (700, 0)
    assert made(await house.get(f"{ORDERS}/{order['id']}"))["total_amount"] == 300
    spent = (await house.all(f"{shop.card.path}/transactions"))[0]
    assert (spent["id"], spent["type"]) == (
        transaction["card_transaction_id"],
        "POINTS_SPENT_ON_ORDER",
    )
    assert spent["details"] == {
        "reason": "Points spent on order payment",
        "rejection": None,
        "metadata": {},
        "points": {"total": 300},
        "order": {"id": order["id"]},
        "order_transaction": {"id": transaction["id"]},
    }


@pytest.mark.parametrize(
    ("points", "formula", "amount", "paid", "taken"),
    [
        (1000, 3, 5000, 333, 999),
        (1000, "111", 5000, 9, 999),
        (1000, 0.5, 5, 5, 3),
        (1000, 'ORDER_METADATA("rate")', 100, 100, 250),
        (1000, '(ORDER_METADATA("rate") + 0.5) * 2 / -(1 - 4)', 50, 50, 100),
    ],
)
async def test_exchange(
    house: House, points: int, formula: str | float, amount: int, paid: int, taken: int
) -> None:
    """The formula gives the points for the smallest unit of money."""
    shop = await till(house, points, formula)
    order = await shop.order(amount, metadata={"rate": "2.5"})
    payment = made(await shop.pay(order["id"]))["transaction"]["details"]["payment"]
    assert (payment["amount"], payment["points_spent"]) == (paid, taken)
    assert await house.balance(shop.card) == (points - taken, 0)


@pytest.mark.parametrize(
    "formula",
    ["", "0", "-1", "NaN", "1e99", "1 +", "(1", "1)", "x", 'ORDER_METADATA("")', "1 1", DEEP],
)
async def test_no_formula(house: House, formula: str) -> None:
    body = {"name": "Points", "type": "INDIVIDUAL", "pay_with_points": ratio(formula)}
    found = error(await house.post(f"{V2}/card-definitions", body))
    assert found[:2] == (400, "invalid_payload")


@pytest.mark.parametrize("rate", [None, "much", 0, -3, True, "1e5", [1], 10**20])
async def test_a_formula_without_a_value_pays_nothing(house: House, rate: Any) -> None:
    shop = await till(house, formula='1 / ORDER_METADATA("rate")')
    order = await shop.order(metadata={} if rate is None else {"rate": rate})
    found = error(await shop.pay(order["id"]))
    assert found[:2] == (423, "pay_with_points_not_enabled")


async def test_limits(house: House) -> None:
    """What is asked for is the most; the transaction tells it."""
    shop = await till(house, formula=3)
    order = await shop.order(500)
    body = made(await shop.pay(order["id"], {"points_limit": 100}))["transaction"]
    assert body["details"]["metadata"] == {"points_limit": 100}
    assert body["details"]["payment"] == {"amount": 33, "points_spent": 99, "exchange_ratio": 3}
    body = made(await shop.pay(order["id"], {"amount_limit": 67}))["transaction"]
    assert body["details"]["metadata"] == {"amount_limit": 67}
    assert body["details"]["payment"]["points_spent"] == 201
    body = made(await shop.pay(order["id"]))["transaction"]
    assert body["details"]["payment"] == {"amount": 233, "points_spent": 699, "exchange_ratio": 3}
    listed = await house.all(shop.path, [("limit", "1"), ("order", "created_at")])
    assert [each["details"]["payment"]["amount"] for each in listed] == [33, 67, 233]


async def test_dry_run(house: House) -> None:
    shop = await till(house)
    order = await shop.order(300)
    response = await shop.pay(order["id"], mode="DRY_RUN")
    body = made(response)
    assert (response.status_code, body["status"]) == (200, "DRY_RUN")
    assert body["transaction"]["status"] == "SIMULATED"
    assert not {"id", "created_at"} & set(body["transaction"])
    assert body["transaction"]["card_transaction_id"] is None
    assert body["transaction"]["details"]["payment"]["points_spent"] == 300
    body = made(await shop.pay(order["id"], {"amount_limit": 301}, mode="DRY_RUN"))
    reason = body["transaction"]["details"]["rejection"]["reason"]
    assert reason == "PAYMENT_EXCEEDS_ORDER_TOTAL_AMOUNT"
    assert await house.balance(shop.card) == (1000, 0)
    assert await house.all(shop.path) == []


async def test_rejected(house: House) -> None:
    """What cannot be paid is listed, and moves nothing."""
    shop = await till(house, 100, 111)
    order = await shop.order(50)
    beyond = {"reason": "PAYMENT_EXCEEDS_ORDER_TOTAL_AMOUNT", "details": None}
    few = {"reason": "NOT_ENOUGH_BALANCE", "details": None}
    assert await shop.rejection(order["id"]) == few
    assert await shop.rejection(order["id"], {"amount_limit": 51}) == beyond
    assert await house.balance(shop.card) == (100, 0)
    made(await house.post(f"{shop.card.path}/points", {"points": 10_000}))
    made(await shop.pay(order["id"]))
    assert await shop.rejection(order["id"]) == beyond
    assert len(await house.all(shop.path)) == 4
    gone = await shop.order(50)
    made(await house.put(f"{ORDERS}/{gone['id']}", {"status": "CANCELED"}))
    assert await shop.rejection(gone["id"]) == beyond


async def test_spending_limits(house: House) -> None:
    """Limits cut a payment; where nothing is left of them it is rejected, and says which."""
    most = {
        "global": {"type": "LIMITED", "limits": [{"type": "SPENDING_BASED", "max": 250}]},
        "transactions": {"type": "LIMITED", "limits": [{"type": "POINTS", "max": 200}]},
    }
    shop = await till(house, spending_limits=most)
    order = await shop.order()
    paid = [made(await shop.pay(order["id"]))["transaction"]["details"] for _ in range(2)]
    assert [each["payment"]["amount"] for each in paid] == [200, 50]
    assert await shop.rejection(order["id"]) == {
        "reason": "GLOBAL_SPENDING_LIMIT_EXCEEDED",
        "details": {"type": "SPENDING_BASED", "limit": 250, "spendings": 250},
    }
    one = {"type": "LIMITED", "limits": [{"type": "POINTS", "max": 2}]}
    shop = await till(house, formula=3, spending_limits={"global": NO_LIMIT, "transactions": one})
    order = await shop.order()
    assert await shop.rejection(order["id"]) == {
        "reason": "TRANSACTION_SPENDING_LIMIT_EXCEEDED",
        "details": {"type": "POINTS", "limit": 2},
    }


async def test_refusals_in_order(house: House) -> None:
    """The first check that fails answers."""
    shop = await till(house, 0, None)
    paying = await till(house, 0)
    order = await shop.order()
    unknown = "ord_" + "0" * 18
    program = f"{V2}/programs/{shop.card.program}"
    member = f"{program}/members/{shop.card.member}"
    wrong = shop.path.replace(shop.card.member, "lmbr_1")
    assert error(await house.post(wrong, {}))[:2] == (404, "not_found")
    assert error(await house.post(shop.path, {}))[0] == 400
    assert error(await house.post(shop.path, {"card_id": "lcrd_1", "order": {}}))[0] == 400
    made(await house.post(f"{member}/deactivate"))
    assert error(await shop.pay(unknown))[:2] == (423, "non_active_member")
    made(await house.post(f"{program}/deactivate"))
    assert error(await shop.pay(unknown)) == (
        423,
        "non_active_program",
        "Invalid program status",
        "Cannot pay for order when program status is not ACTIVE",
    )
    made(await house.post(f"{program}/activate"))
    made(await house.post(f"{member}/activate"))
    response = await house.post(shop.path, {"card_id": "lcrd_1", "order": {"id": unknown}})
    assert error(response)[3] == "Cannot find card with id lcrd_1"
    assert error(await shop.pay(unknown)) == (
        423,
        "pay_with_points_not_enabled",
        "Pay with points is not enabled",
        "Card definition does not have pay with points enabled",
    )
    assert error(await paying.pay(unknown))[3] == f"Cannot find order with id {unknown}"
    assert error(await paying.pay(order["id"]))[:2] == (404, "not_found")  # another customer's
    order = await paying.order()
    assert error(await paying.pay(order["id"])) == (
        423,
        "zero_card_balance",
        "Card balance is zero",
        "Operation requires a positive card balance",
    )
    assert await house.all(paying.path) == []


async def test_names_of_orders(house: House) -> None:
    """An order is named by its id or source id; nobody's order is paid too."""
    shop = await till(house)
    order = await shop.order(source_id="o-1")
    other = made(await house.post(ORDERS, {"amount": 10, "source_id": "o-2"}))
    for named, status in (
        ({"source_id": "o-2"}, 202),
        ({"id": order["id"], "source_id": "o-1"}, 202),
        ({"id": other["id"], "source_id": "o-1"}, 400),
        ({"source_id": "o-3"}, 404),
    ):
        body = {"card_id": shop.card.id, "order": named}
        response = await house.post(shop.path, body)
        assert response.status_code == status, response.text


async def test_each_call_is_a_payment_but_for_a_key(house: House) -> None:
    shop = await till(house)
    order = await shop.order()
    limit = {"amount_limit": 100}
    first = made(await shop.pay(order["id"], limit, key="k"))
    assert made(await shop.pay(order["id"], limit, key="k")) == first
    made(await shop.pay(order["id"], limit))
    assert await house.balance(shop.card) == (800, 0)
    beyond = {"amount_limit": 9000}
    first = made(await shop.pay(order["id"], beyond, key="r"))
    assert made(await shop.pay(order["id"], beyond, key="r")) == first
    assert len(await house.all(shop.path)) == 3


async def test_many_at_once_pay_no_more_than_the_order(house: House) -> None:
    shop = await till(house)
    order = await shop.order(300)
    limit = {"points_limit": 20}
    answers = await asyncio.gather(*(shop.pay(order["id"], limit) for _ in range(20)))
    assert {each.status_code for each in answers} == {202}
    statuses = [each["status"] for each in await house.all(shop.path)]
    assert (statuses.count("APPROVED"), statuses.count("REJECTED")) == (15, 5)
    assert await house.balance(shop.card) == (700, 0)
