"""Amounts as JavaScript adds them up: the noise of binary fractions is no third decimal."""

from __future__ import annotations

from typing import Any

import pytest

from tests.http.altegio.asserting import assert_invalid
from tests.http.altegio.programs.test_cards import by_hand
from tests.http.altegio.shop import Shop, amounts, data_of

NOISY = [
    (0.1 + 0.2, 0.3),
    (100.55 + 0.00000000000001, 100.55),
    (0.30000000000000004, 0.3),
    ("0.30000000000000004", 0.3),
    (1.1 + 2.2, 3.3),
    (0.3 - 0.1, 0.2),
    (70 * 1.1, 77),
]


@pytest.mark.parametrize(("sent", "meant"), NOISY)
async def test_a_withdrawal(shop: Shop, sent: Any, meant: float) -> None:
    await shop.give(shop.card, 10_000)
    record, visit = await shop.visit(200_000)
    assert amounts(data_of(await shop.apply(record, visit, sent))) == [meant]


@pytest.mark.parametrize(("sent", "meant"), NOISY)
async def test_by_hand_both_ways(shop: Shop, sent: Any, meant: float) -> None:
    assert data_of(await by_hand(shop, {"amount": sent}))["balance"] == 100 + meant
    minus = f"-{sent}" if isinstance(sent, str) else -sent
    assert data_of(await by_hand(shop, {"amount": minus}, chain=True))["balance"] == 100


async def test_prices_quantities_payments_and_discounts(shop: Shop) -> None:
    body = {
        "staff_id": 1,
        "datetime": "2027-01-15T12:00:00",
        "services": [{"id": 3, "first_cost": 70 * 1.1, "discount": 0.1 + 0.2, "amount": 0.1 + 0.2}],
    }
    location = shop.location.number
    [record] = data_of(await shop.http.post(f"/api/v1/records/{location}", json=body))
    [service] = record["services"]
    assert (service["first_cost"], service["discount"], service["amount"]) == (77, 0.3, 0.3)
    payment = {"method": {"slug": "account", "account_id": 1}, "amount": 0.1 + 0.2}
    path = f"/api/v1/company/{location}/sale/{record['visit_id']}/payment"
    state = data_of(await shop.http.post(path, json={"payment": payment}))["state"]
    assert [each["amount"] for each in state["payment_transactions"]] == [0.3]


async def test_thresholds_of_programs(shop: Shop) -> None:
    body = {
        "title": "Gold",
        "type": "discount_accumulative_sold",
        "service_item_type": "any_allowed",
        "good_item_type": "any_allowed",
        "value_unit": "percent",
        "rules": [{"value": 0.1 + 0.2, "parameter": 70 * 1.1}],
        "company_ids": [shop.location.number],
    }
    path = f"/api/v1/chain/{shop.chain.program_id}/loyalty/programs"
    created = await shop.http.post(path, json=body, params={"include": "rules"})
    assert [(each["value"], each["parameter"]) for each in data_of(created)["rules"]] == [(0.3, 77)]


@pytest.mark.parametrize("sent", [0.305, 0.301, 0.3001, 0.30001, "0.301", 100.555, 1e-3, 1e300])
async def test_a_real_third_decimal_is_refused(shop: Shop, sent: Any) -> None:
    record, visit = await shop.visit(200_000)
    assert_invalid(await shop.apply(record, visit, sent), "amount")
    assert_invalid(await by_hand(shop, {"amount": sent}), "amount")
    assert amounts(await shop.details(record, visit)) == []
    assert await shop.balance() == 10_000
