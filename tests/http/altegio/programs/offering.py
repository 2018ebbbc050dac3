"""Programs of a chain, made and used as a till does."""

from __future__ import annotations

from typing import Any

import httpx

from stampbook.visits import promotions
from stampbook.visits.promotion import Applies, Promotion, Rule
from tests.http.altegio.shop import Shop, data_of


def programs(shop: Shop, number: int | None = None) -> str:
    path = f"/api/v1/chain/{shop.chain.program_id}/loyalty/programs/"
    return path if number is None else f"{path}{number}"


def offer(shop: Shop, **changes: Any) -> dict[str, Any]:
    return {
        "title": "Ten percent",
        "type": "discount_static",
        "service_item_type": "any_allowed",
        "good_item_type": "any_allowed",
        "value_unit": "percent",
        "rules": [{"value": 10, "parameter": 0}],
        "company_ids": [shop.location.number],
        "loyalty_card_type_ids": [shop.points.currency_id],
        **changes,
    }


async def create(shop: Shop, **changes: Any) -> int:
    made = data_of(await shop.http.post(programs(shop), json=offer(shop, **changes)))
    number: int = made["id"]
    return number


async def discount(shop: Shop, what: str, number: int, record: int, visit: int) -> httpx.Response:
    body = {"record_id": record, "visit_id": visit}
    return await shop.http.post(f"{shop.path(what)}/{number}", json=body)


async def pay(shop: Shop, record: int, visit: int, **changes: Any) -> httpx.Response:
    body = {"attendance": 1, "comment": "", "fast_payment": 1, **changes}
    return await shop.http.put(f"/api/v1/visits/{visit}/{record}", json=body)


async def refer(shop: Shop, record: int, visit: int, phone: Any, **more: Any) -> httpx.Response:
    path = (
        f"/api/v1/visit/loyalty/apply_referral_program/"
        f"{shop.location.number}/{shop.chain.program_id}"
    )
    body = {"record_id": record, "visit_id": visit, "referrer_phone": phone}
    return await shop.http.post(path, json=body, **more)


async def referral(shop: Shop, *, is_percent: bool, value: int) -> int:
    async with shop.store.transaction() as writing:
        made = await promotions.create(
            writing,
            Promotion(
                0,
                1,
                shop.chain.program_id,
                "Bring a friend",
                "referral",
                Applies.ANY,
                Applies.ANY,
                is_percent,
                (Rule(0, 0, value),),
                frozenset({shop.points.currency_id}),
                frozenset({shop.location.number}),
                frozenset(),
                frozenset(),
                0,
                0,
            ),
            now=shop.now,
        )
    return made.number
