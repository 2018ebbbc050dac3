"""What members spent, by periods and in all."""

from __future__ import annotations

from typing import Any

from stampbook.storage.store import Store
from tests.http.voucherify.house import V2, House, error, made
from tests.http.voucherify.rewards.shop import Shop, open_shop

NAMES = ("success", "success_on_reward", "success_on_order", "points", "points_on_rewards")


async def read(shop: Shop, kind: str, params: Any = None) -> Any:
    path = f"{V2}/programs/{shop.card.program}/reports/spending/{kind}"
    return made(await shop.house.get(path, params))["data"]


async def test_reports(house: House, store: Store, stranger: House) -> None:
    """What comes back counts negatively on its day, so that the sum is what is in force."""
    shop = await open_shop(house, store)
    span = {"start_date": "2026-08-06", "end_date": "2026-08-08", "resolution": "day"}
    assert await read(shop, "daily", span) == []
    assert await read(shop, "summary") == []
    bought = [made(await shop.buy())["transaction"]["id"] for _ in range(2)]
    house.clock.advance(days=2)
    made(await shop.refund(bought[0]))
    found = await read(shop, "daily", span)
    assert [(each["date"], *(each[name] for name in NAMES)) for each in found] == [
        ("2026-08-06", 2, 2, 0, 500, 500),
        ("2026-08-07", 0, 0, 0, 0, 0),
        ("2026-08-08", -1, -1, 0, -250, -250),
    ]
    (summary,) = await read(shop, "summary")
    assert summary.pop("id").startswith("lpsrs_")
    assert summary == {
        "card_definition_id": shop.definition,
        "success": 1,
        "success_on_reward": 1,
        "success_on_order": 0,
        "points": 250,
        "points_on_rewards": 250,
        "points_on_order": 0,
        "amount_on_order": 0,
        "object": "spending_summary_report",
    }
    chosen = {"filters[card_definition_id][conditions][$is_not]": shop.definition}
    assert await read(shop, "summary", chosen) == []
    path = f"{V2}/programs/{shop.card.program}/reports/spending"
    for params in ({}, {**span, "end_date": "2026-12-31"}):
        response = await house.get(f"{path}/daily", params)
        assert error(response)[:2] == (400, "invalid_query_params")
    response = await house.get(f"{path}/summary", {"filters[id][conditions][$is]": "x"})
    assert error(response)[:2] == (400, "invalid_query_params")
    assert error(await stranger.get(f"{path}/summary"))[0] == 404
