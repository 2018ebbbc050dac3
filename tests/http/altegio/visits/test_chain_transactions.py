"""All transactions of a chain."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.http.altegio.asserting import assert_invalid
from tests.http.altegio.programs.offering import create, discount
from tests.http.altegio.shop import OTHER_CHAIN, Shop, bearer, data_of

DAY = {"created_after": "2027-01-15", "created_before": "2027-01-15"}
"""The day of the shop's clock, in the chain's time zone."""


async def read(shop: Shop, params: Any = None, **more: Any) -> httpx.Response:
    path = f"/api/v1/chain/{shop.chain.program_id}/loyalty/transactions"
    return await shop.http.get(path, params={**DAY, **(params or {})}, **more)


async def listed(shop: Shop, params: Any = None) -> list[tuple[int, float]]:
    rows = data_of(await read(shop, params))
    return [(row["type_id"], row["amount"]) for row in rows]


async def busy(shop: Shop) -> tuple[int, int]:
    """A withdrawal of two parts, a discount, and points by hand."""
    record, visit = await shop.visit(2_000, 300_000)
    shop.now += 1_000_000
    await shop.apply(record, visit, 50)
    shop.now += 1_000_000
    await discount(shop, "apply_discount_program", await create(shop), record, visit)
    shop.now += 1_000_000
    card = f"loyalty/cards/{shop.card.account_id}/manual_transaction"
    await shop.http.post(f"/api/v1/company/{shop.location.number}/{card}", json={"amount": 7})
    shop.now += 1_000_000
    await shop.http.post(f"/api/v1/chain/{shop.chain.program_id}/{card}", json={"amount": -3})
    return record, visit


async def test_newest_first_with_all_that_belongs_to_it(shop: Shop) -> None:
    record, visit = await busy(shop)
    answer = await read(shop)
    rows = data_of(answer)
    assert answer.json()["meta"] == {"count": 7}
    assert [(row["type_id"], row["amount"]) for row in rows] == [
        (6, 3),
        (5, 7),
        (1, 300),
        (1, 2),
        (3, 49.67),
        (3, 0.33),
        (2, 100),
    ]
    service = rows[4]
    assert service == {
        "id": service["id"],
        "status_id": 1,
        "amount": 49.67,
        "type_id": 3,
        "program_id": 0,
        "card_id": shop.card.account_id,
        "salon_group_id": shop.chain.program_id,
        "item_id": 5_001,
        "item_type_id": 1,
        "item_record_id": record,
        "goods_transaction_id": 0,
        "is_discount": False,
        "is_loyalty_withdraw": True,
        "type": {"id": 3, "title": "Loyalty card withdrawal"},
        "visit_id": visit,
        "certificate_id": 0,
        "abonement_id": 0,
        "services_transaction_id": 0,
        "created_date": "2027-01-15T11:00:01+03:00",
    }
    assert rows[2]["program_id"] > 0
    assert {row["visit_id"] for row in rows[:2]} == {0}


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({"types": "3,5"}, [5, 3, 3]),
        ({"types[]": ["3", "5"]}, [5, 3, 3]),
        ({"types[0]": "3", "types[1]": "5"}, [5, 3, 3]),
        ({"company_ids[0]": "999"}, []),
        ({"types": "8"}, []),
        ({"count": 2}, [6, 5]),
        ({"count": 2, "page": 4}, [2]),
        ({"count": 1_000}, [6, 5, 1, 1, 3, 3, 2]),
        ({"visit_ids[]": ["999"]}, []),
        ({"company_ids": "999"}, []),
        ({"loyalty_card_id": "999"}, []),
        ({"created_after": "2027-01-16", "created_before": "2027-01-17"}, []),
    ],
)
async def test_filters(shop: Shop, params: Any, expected: list[int]) -> None:
    await busy(shop)
    assert [type_id for type_id, _ in await listed(shop, params)] == expected


async def test_filters_by_what_is_there(shop: Shop) -> None:
    _, visit = await busy(shop)
    of_visit = {"visit_ids[]": [str(visit)]}
    assert [each for each, _ in await listed(shop, of_visit)] == [1, 1, 3, 3]
    here = {"location_ids": str(shop.location.number)}
    assert [each for each, _ in await listed(shop, here)] == [5, 1, 1, 3, 3]
    card = {"loyalty_card_id": str(shop.card.account_id), "types": "1,3"}
    assert [each for each, _ in await listed(shop, card)] == [1, 1, 3, 3]


async def test_what_is_cancelled_is_not_there(shop: Shop) -> None:
    record, visit = await busy(shop)
    await shop.cancel(record, visit)
    assert [each for each, _ in await listed(shop)] == [6, 5, 1, 1, 2]


async def test_what_has_expired_is_there_without_a_sweep(shop: Shop) -> None:
    await shop.give(shop.card, 1_234, expires_at=shop.now + 1_000_000)
    shop.now += 2_000_000
    assert (await listed(shop))[0] == (7, 12.34)


@pytest.mark.parametrize(
    ("params", "fields"),
    [
        ({"created_after": "1800000000"}, ["created_after"]),
        ({"created_after": "", "created_before": ""}, ["created_after", "created_before"]),
        ({"created_before": "2027-02-30"}, ["created_before"]),
        ({"created_before": "9999-12-31"}, ["created_before"]),
        ({"types": "12"}, ["types"]),
        ({"types": "x"}, ["types"]),
        ({"page": "0"}, ["page"]),
        ({"count": "x", "loyalty_card_id": "-1"}, ["loyalty_card_id", "count"]),
        ({"visit_ids": ",".join("1" * 201)}, ["visit_ids"]),
    ],
)
async def test_malformed_queries(shop: Shop, params: Any, fields: list[str]) -> None:
    assert_invalid(await read(shop, params), *fields)


async def test_it_needs_a_right_in_the_chain(shop: Shop) -> None:
    assert (await read(shop, headers=bearer(OTHER_CHAIN))).status_code == 404
    missing = await shop.http.get("/api/v1/chain/999/loyalty/transactions", params=DAY)
    assert missing.status_code == 404
