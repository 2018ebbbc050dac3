"""Discounts of packages and by thresholds: recounted on unpaid bills, kept on settled ones."""

from __future__ import annotations

from typing import Any

import pytest

from tests.http.altegio.programs.offering import create, discount, pay
from tests.http.altegio.shop import KEY, Shop, amounts, data_of

A, B, C = 11, 12, 13
COSTS = {A: 1_000, B: 2_000, C: 500}

Bill = tuple[int, int]


def lines(*services: int, **costs: int) -> list[dict[str, Any]]:
    return [{"id": each, "first_cost": COSTS[each], "cost": COSTS[each]} for each in services]


async def book(shop: Shop, *services: int) -> Bill:
    body = {
        "staff_id": 7,
        "services": lines(*services),
        "client": {"phone": "79000000001"},
        "datetime": "2027-01-15T10:00:00+03:00",
    }
    path = f"/api/v1/records/{shop.location.number}"
    [record] = data_of(await shop.http.post(path, json=body))
    return record["id"], record["visit_id"]


async def package(shop: Shop, **changes: Any) -> int:
    rules = [{"value": 10, "service_id": A}, {"value": 10, "service_id": B}]
    return await create(shop, **{"type": "package_discount", "rules": rules, **changes})


async def apply(shop: Shop, number: int, bill: Bill) -> list[float]:
    return amounts(data_of(await discount(shop, "apply_discount_program", number, *bill)))


async def given(shop: Shop, bill: Bill) -> list[float]:
    return amounts(await shop.details(*bill))


async def with_services(shop: Shop, bill: Bill, *services: int, **changes: Any) -> None:
    body = {"attendance": 0, "comment": "", "services": lines(*services), **changes}
    answer = await shop.http.put(f"/api/v1/visits/{bill[1]}/{bill[0]}", json=body)
    assert answer.status_code == 200, answer.text


async def test_each_service_of_a_package_gets_its_value(shop: Shop) -> None:
    rules = [{"value": 10, "service_id": A}, {"value": 25, "service_id": B}]
    number = await package(shop, rules=rules)
    bill = await book(shop, A, B, C)
    for _ in range(2):
        assert await apply(shop, number, bill) == [100, 500]
    for _ in range(2):
        left = await discount(shop, "cancel_discount_program", number, *bill)
        assert amounts(data_of(left)) == []


async def test_amounts_of_money(shop: Shop) -> None:
    rules = [{"value": 70, "service_id": A}, {"value": 3_000, "service_id": B}]
    number = await package(shop, value_unit="amount", rules=rules)
    assert await apply(shop, number, await book(shop, B, A)) == [2_000, 70]


async def test_a_bill_without_one_of_the_services(shop: Shop) -> None:
    number = await package(shop)
    bill = await book(shop, A, C)
    assert await apply(shop, number, bill) == []
    await with_services(shop, bill, A, B)
    assert await apply(shop, number, bill) == [100, 200]


async def test_a_package_that_names_no_service_gives_nothing(shop: Shop) -> None:
    number = await package(shop, rules=[{"value": 10}])
    assert await apply(shop, number, await book(shop, A)) == []


async def test_one_gone_all_gone(shop: Shop) -> None:
    """Hard case 28, unpaid: 300, then 0."""
    number = await package(shop)
    bill = await book(shop, A, B)
    assert sum(await apply(shop, number, bill)) == 300
    await with_services(shop, bill, A)
    assert await given(shop, bill) == []
    await with_services(shop, bill, A, B)
    assert await given(shop, bill) == []
    assert await apply(shop, number, bill) == [100, 200]


async def test_a_service_at_its_full_price_belongs_to_the_package(shop: Shop) -> None:
    rules = [{"value": 0, "service_id": A}, {"value": 50, "service_id": B}]
    number = await package(shop, rules=rules)
    bill = await book(shop, A, B, C)
    assert await apply(shop, number, bill) == [1_000]
    await with_services(shop, bill, A, B)
    assert await given(shop, bill) == [1_000]
    await with_services(shop, bill, B)
    assert await given(shop, bill) == []


async def test_other_discounts_stay(shop: Shop) -> None:
    number, other = await package(shop), await create(shop, rules=[{"value": 1}])
    bill = await book(shop, A, B)
    await apply(shop, number, bill)
    assert await apply(shop, other, bill) == [100, 200, 10, 20]
    await with_services(shop, bill, A)
    assert await given(shop, bill) == [10]


async def test_a_settled_bill_keeps_its_package(shop: Shop) -> None:
    """Hard case 28, paid: the service that stays keeps its discount."""
    number = await package(shop)
    bill = await book(shop, A, B)
    await apply(shop, number, bill)
    await with_services(shop, bill, A, B, attendance=1, fast_payment=1)
    await with_services(shop, bill, A, attendance=1)
    assert await given(shop, bill) == [100]


async def test_the_sale_document_offers_packages(shop: Shop) -> None:
    number = await package(shop)
    _, visit = await book(shop, A, B)
    path = f"/api/v1/company/{shop.location.number}/sale/{visit}"
    methods = data_of(await shop.http.get(path))["payment_methods"]
    [method] = [each for each in methods if each["slug"] == "loyalty_program"]
    assert (method["loyalty_program_id"], method["applicable_amount"]) == (number, 300)


# -- by thresholds -------------------------------------------------------------------

RULES = [{"parameter": 0, "value": 1}, {"parameter": 50, "value": 10}]


async def cancelled(shop: Shop, bill: Bill) -> None:
    path = f"/api/v1/record/{shop.location.number}/{bill[0]}"
    assert (await shop.http.delete(path)).status_code == 204


async def not_attended(shop: Shop, bill: Bill) -> None:
    assert (await pay(shop, *bill, attendance=-1)).status_code == 200


async def unpaid_natively(shop: Shop, bill: Bill) -> None:
    key = {"Authorization": f"Bearer {KEY}"}
    path = f"/v1/visits/vis_{bill[1]}"
    for payment in (await shop.http.get(path, headers=key)).json()["payments"]:
        gone = await shop.http.delete(f"{path}/payments/{payment['id']}", headers=key)
        assert gone.status_code == 200


@pytest.mark.parametrize("lose", [cancelled, not_attended, unpaid_natively])
async def test_an_unpaid_bill_is_recounted(shop: Shop, lose: Any) -> None:
    number = await create(shop, type="discount_accumulative_paid", rules=RULES)
    first = await shop.visit(6_000)
    await pay(shop, *first)
    unpaid, paid = await shop.visit(6_000, 30_000), await shop.visit(6_000)
    assert await apply(shop, number, unpaid) == [6, 30]
    assert await apply(shop, number, paid) == [6]
    await pay(shop, *paid, attendance=0)
    before = await shop.details(*unpaid)
    await lose(shop, first)
    assert await given(shop, unpaid) == [0.6, 3]
    assert [each["id"] for each in (await shop.details(*unpaid))["loyalty_transactions"]] == [
        each["id"] for each in before["loyalty_transactions"]
    ]
    assert await given(shop, paid) == [6]
    await pay(shop, *first)
    assert await given(shop, unpaid) == [0.6, 3]


async def test_a_discount_that_is_not_reached_any_more_goes(shop: Shop) -> None:
    number = await create(
        shop, type="discount_accumulative_visits", rules=[{"parameter": 1, "value": 10}]
    )
    first = await shop.visit(6_000)
    await pay(shop, *first)
    bill = await shop.visit(6_000)
    assert await apply(shop, number, bill) == [6]
    assert amounts(data_of(await shop.apply(*bill, 10))) == [6, 10]
    await cancelled(shop, first)
    assert await given(shop, bill) == [10]
    assert await apply(shop, number, bill) == [10]


async def test_others_are_left_alone(shop: Shop) -> None:
    """Static discounts, bills of others, and totals that still suffice."""
    number = await create(shop, type="discount_accumulative_paid", rules=RULES)
    static = await create(shop, rules=[{"value": 2}])
    friend = await shop.member("79000000002")
    card = await shop.new_card(friend, 0)
    enough = [await shop.visit(6_000) for _ in range(2)]
    theirs = await shop.visit(6_000, member=friend)
    for bill in (*enough, theirs):
        await pay(shop, *bill)
    bill, other = await shop.visit(6_000), await shop.visit(6_000, member=friend)
    await apply(shop, number, bill)
    assert await apply(shop, static, bill) == [6, 1.2]
    path = f"{shop.path('apply_discount_program', card)}/{number}"
    names = {"record_id": other[0], "visit_id": other[1]}
    assert amounts(data_of(await shop.http.post(path, json=names))) == [6]
    await cancelled(shop, enough[0])
    assert await given(shop, bill) == [6, 1.2]
    await cancelled(shop, enough[1])
    assert await given(shop, bill) == [0.6, 1.2]
    assert await given(shop, other) == [6]
