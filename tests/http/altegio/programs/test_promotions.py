"""Programs, the discounts they give, cashback, and referrals."""

from __future__ import annotations

from typing import Any

import pytest

from tests.http.altegio.asserting import MISSING, assert_invalid, assert_no_card_type
from tests.http.altegio.programs.offering import (
    create,
    discount,
    offer,
    pay,
    programs,
    refer,
    referral,
)
from tests.http.altegio.shop import RU, Shop, amounts, data_of


async def test_a_program_is_made_read_changed_and_removed(shop: Shop) -> None:
    number = await create(shop, usage_limit=3, expiration_timeout_unit="month")
    include = {"include": "rules,companies,loyalty_card_types,applicable_items"}
    found = data_of(await shop.http.get(programs(shop, number), params=include))
    assert (found["title"], found["type"], found["usage_limit"]) == (
        "Ten percent",
        "discount_static",
        3,
    )
    assert [(rule["value"], rule["parameter"]) for rule in found["rules"]] == [(10, 0)]
    assert [each["title"] for each in found["companies"]] == ["Main street"]
    assert found["loyalty_card_types"] == [{"id": shop.points.currency_id, "title": "Bonus"}]
    assert found["applicable_items"] == []
    changed = data_of(
        await shop.http.put(
            programs(shop, number), json={"title": "Twenty", "rules": [{"value": 20.5}]}
        )
    )
    assert changed["title"] == "Twenty"
    again = data_of(await shop.http.get(programs(shop, number), params=[("include", "rules")]))
    assert again["rules"][0]["value"] == 20.5
    assert (await shop.http.delete(programs(shop, number))).status_code == 204
    for method in ("GET", "PUT", "DELETE"):
        gone = await shop.http.request(method, programs(shop, number), json={})
        assert gone.json() == MISSING


async def test_the_locations_programs(shop: Shop) -> None:
    number = await create(shop, service_item_type="custom_allowed", allowed_service_ids=[1])
    await create(shop, title="Back", type="cashback_static_sold", loyalty_card_type_ids=[])
    path = f"/api/v1/company/{shop.location.number}/loyalty/programs/search"
    answer = await shop.http.get(path)
    assert answer.json()["meta"] == {"count": 2}
    only = data_of(await shop.http.get(path, params={"type": "discount_static"}))
    assert [(each["id"], each["loyalty_type_id"], each["item_type_id"]) for each in only] == [
        (number, 1, 4)
    ]
    include = {"include": "first_transaction_date"}
    assert data_of(await shop.http.get(path, params=include))[0]["first_transaction_date"] is None


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"type": "x"}, ["type"]),
        ({"type": "referral"}, ["type"]),
        ({"value_unit": None}, ["value_unit"]),
        ({"rules": None}, ["rules"]),
        ({"rules": []}, ["rules"]),
        ({"rules": [{"value": 1}, {"value": 2}]}, ["rules"]),
        ({"rules": [{"value": 101}]}, ["rules.0.value"]),
        ({"rules": ["x"]}, ["rules.0", "rules"]),
        ({"rules": {}}, ["rules"]),
        ({"company_ids": ["x"]}, ["company_ids"]),
        ({"usage_limit": -1}, ["usage_limit"]),
        ({"on_changed_notification_template": 5}, ["on_changed_notification_template"]),
        ({"title": None, "service_item_type": 5}, ["title", "service_item_type"]),
    ],
)
async def test_malformed_programs(shop: Shop, changes: Any, fields: list[str]) -> None:
    answer = await shop.http.post(programs(shop), json=offer(shop, **changes))
    assert_invalid(answer, *fields)


async def test_programs_of_what_is_not_the_chains(shop: Shop) -> None:
    path = programs(shop, await create(shop))
    for send in (shop.http.post, shop.http.put):
        target = programs(shop) if send == shop.http.post else path
        answer = await send(target, json=offer(shop, company_ids=[999]))
        assert answer.json() == MISSING
        assert_no_card_type(await send(target, json=offer(shop, loyalty_card_type_ids=[999])))


async def test_a_percentage_discounts_every_line_once(shop: Shop) -> None:
    number = await create(shop, rules=[{"value": 12.5}])
    record, visit = await shop.visit(2_001, 300_000)
    state = data_of(await discount(shop, "apply_discount_program", number, record, visit))
    assert amounts(state) == [2.5, 375]
    first = state["loyalty_transactions"][0]
    assert (first["type_id"], first["is_discount"], first["is_loyalty_withdraw"]) == (
        1,
        True,
        False,
    )
    assert (first["program_id"], first["card_id"]) == (number, shop.card.account_id)
    assert first["goods_transaction_id"] == state["items"][0]["id"]
    assert state["items"][0]["cost"] == 20.01
    again = await discount(shop, "apply_discount_program", number, record, visit)
    assert data_of(again) == state
    listed = data_of(await shop.http.get(f"/api/v1/visit/loyalty/transactions/{visit}"))
    assert listed[0]["program"] == {
        "id": number,
        "title": "Ten percent",
        "value": 12.5,
        "loyalty_type_id": 1,
        "item_type_id": 0,
        "value_unit_id": 1,
        "group_id": shop.chain.program_id,
    }
    for _ in range(2):
        left = await discount(shop, "cancel_discount_program", number, record, visit)
        assert data_of(left)["loyalty_transactions"] == []


async def test_a_fixed_value_is_spread_and_capped(shop: Shop) -> None:
    number = await create(shop, value_unit="amount", rules=[{"value": 100}])
    record, visit = await shop.visit(2_000, 300_000)
    state = data_of(await discount(shop, "apply_discount_program", number, record, visit))
    assert amounts(state) == [0.66, 99.34]
    small_record, small = await shop.visit(2_000)
    state = data_of(await discount(shop, "apply_discount_program", number, small_record, small))
    assert amounts(state) == [20]


async def test_a_discount_lowers_what_can_be_withdrawn(shop: Shop) -> None:
    number = await create(shop, rules=[{"value": 50}])
    record, visit = await shop.visit(2_000)
    await discount(shop, "apply_discount_program", number, record, visit)
    assert amounts(data_of(await shop.apply(record, visit, 100))) == [10, 10]


async def test_only_eligible_lines(shop: Shop) -> None:
    number = await create(
        shop,
        service_item_type="not_allowed",
        good_item_type="custom_allowed",
        allowed_good_ids=[5_002],
    )
    record, visit = await shop.visit(2_000, 3_000, 4_000)
    state = data_of(await discount(shop, "apply_discount_program", number, record, visit))
    assert [(each["item_id"], each["amount"]) for each in state["loyalty_transactions"]] == [
        (5_002, 4)
    ]


async def test_accumulative_thresholds(shop: Shop) -> None:
    rules = [{"parameter": 0, "value": 1}, {"parameter": 50, "value": 10}]
    number = await create(shop, type="discount_accumulative_paid", rules=rules)
    first_record, first = await shop.visit(6_000)
    state = data_of(await discount(shop, "apply_discount_program", number, first_record, first))
    assert amounts(state) == [0.6]
    assert (await pay(shop, first_record, first)).status_code == 200
    record, visit = await shop.visit(6_000)
    state = data_of(await discount(shop, "apply_discount_program", number, record, visit))
    assert amounts(state) == [6]


async def test_programs_that_are_not_linked(shop: Shop) -> None:
    record, visit = await shop.visit(2_000)
    unlinked = await create(shop, loyalty_card_type_ids=[])
    cashback = await create(shop, type="cashback_static_sold")
    elsewhere = await create(shop, company_ids=[])
    for number in (unlinked, cashback, elsewhere, 999):
        answer = await discount(shop, "apply_discount_program", number, record, visit)
        assert answer.json() == MISSING


async def test_cashback_is_earned_when_the_visit_is_paid(shop: Shop) -> None:
    number = await create(shop, type="cashback_static_sold", rules=[{"value": 5}])
    record, visit = await shop.visit(10_000)
    await pay(shop, record, visit, attendance=0)
    assert await shop.balance() == 10_000
    await pay(shop, record, visit)
    assert await shop.balance() == 10_500
    listed = data_of(await shop.http.get(f"/api/v1/visit/loyalty/transactions/{visit}"))
    assert [(each["type_id"], each["amount"], each["item_id"]) for each in listed] == [(2, 5, 0)]
    assert listed[0]["program"]["id"] == number
    assert (await shop.details(record, visit))["loyalty_transactions"] == []
    await pay(shop, record, visit, attendance=-1)
    assert await shop.balance() == 10_000


async def test_a_withdrawal_that_completes_the_payment_earns_too(shop: Shop) -> None:
    await create(shop, type="cashback_static_sold", rules=[{"value": 10}])
    record, visit = await shop.visit(5_000)
    await pay(shop, record, visit, fast_payment=0)
    await shop.apply(record, visit, 50)
    assert await shop.balance() == 5_500
    await shop.cancel(record, visit)
    assert await shop.balance() == 10_500
    await pay(shop, record, visit, fast_payment=0)
    assert await shop.balance() == 10_000


@pytest.mark.parametrize(("is_percent", "value"), [(True, 1_000), (False, 10_000)])
async def test_a_referral(shop: Shop, is_percent: bool, value: int) -> None:
    number = await referral(shop, is_percent=is_percent, value=value)
    friend = await shop.member("70001234567")
    card = await shop.new_card(friend, 0)
    record, visit = await shop.visit(100_000)
    state = data_of(await refer(shop, record, visit, 70001234567))
    [given] = state["loyalty_transactions"]
    assert (given["type_id"], given["amount"], given["card_id"]) == (1, 100, 0)
    assert await shop.balance(card) == 10_000
    assert data_of(await refer(shop, record, visit, "70001234567")) == state
    assert await shop.balance(card) == 10_000
    listed = data_of(
        await shop.http.get(f"/api/v1/visit/loyalty/transactions/{visit}", headers={"Accept": RU})
    )
    assert [(each["type_id"], each["card_id"], each["item_id"]) for each in listed] == [
        (1, 0, given["item_id"]),
        (4, card.account_id, 0),
    ]
    assert {each["program"]["id"] for each in listed} == {number}


async def test_referrals_that_cannot_be(shop: Shop) -> None:
    record, visit = await shop.visit(100_000)
    assert (await refer(shop, record, visit, "79000000001")).json() == MISSING
    await referral(shop, is_percent=True, value=1_000)
    assert (await refer(shop, record, visit, "70001234567")).json() == MISSING
    assert_invalid(await refer(shop, record, visit, "79000000001"), "referrer_phone")
    assert_invalid(await refer(shop, record, visit, "x"), "referrer_phone")
    assert_invalid(await refer(shop, record, visit, None), "referrer_phone")
    await shop.member("70001234567")
    assert (await refer(shop, record, visit, "70001234567")).json() == MISSING
    assert (await shop.details(record, visit))["loyalty_transactions"] == []
