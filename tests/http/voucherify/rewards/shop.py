"""A member with points, and a reward that the member's program offers."""

from __future__ import annotations

from typing import Any

import httpx

from stampbook.loyalty.rewards import offers
from stampbook.storage.store import Store
from tests.http.voucherify.house import IMMEDIATE, V2, Card, House, made
from tests.http.voucherify.rewards.test_rewards import MUG, REWARDS, cost, number_of


class Shop:
    def __init__(self, house: House, store: Store, card: Card, definition: str, reward: Any):
        self.house = house
        self.store = store
        self.card = card
        self.definition = definition
        self.reward = reward

    @property
    def path(self) -> str:
        return f"{V2}/programs/{self.card.program}/members/{self.card.member}/rewards/purchases"

    async def buy(self, mode: str | None = None, **rest: Any) -> httpx.Response:
        body = {"reward_id": self.reward["id"], **({"mode": mode} if mode else {})}
        return await self.house.post(self.path, body, **rest)

    async def refund(self, transaction: str, body: Any = None) -> httpx.Response:
        path = f"{V2}/programs/{self.card.program}/rewards/purchases/{transaction}/refund"
        return await self.house.post(path, body)

    async def stock(self) -> int | None:
        program, reward = _number(self.card.program), number_of(self.reward)
        found = await offers.get(self.store, tenant=1, program=program, reward=reward)
        assert found is not None
        return found.stock


def _number(text: str) -> int:
    return int(text.partition("_")[2], 16)


async def open_shop(
    house: House,
    store: Store,
    *,
    points: int = 1000,
    stock: int | None = 10,
    bought: int = 0,
    parts: dict[str, Any] | None = None,
    **reward: Any,
) -> Shop:
    """`points` on a card of whose definition a reward costs 250. `bought`: it gives so many;
    `parts` are further parts of the definition."""
    defined = await house.definition(pending_points=IMMEDIATE, **(parts or {}))
    program = await house.program(defined["id"])
    card = await house.card_in(program["id"])
    if points:
        made(await house.post(f"{card.path}/points", {"points": points}))
    body = {
        "name": "Mug",
        "type": "MATERIAL",
        "status": "ACTIVE",
        "material": MUG,
        "refunds": {"type": "REFUNDABLE"},
        "costs": [cost(defined["id"], 250)],
        **reward,
    }
    if bought:
        given = {"points": bought, "card_definition_id": defined["id"]}
        digital = {"type": "LOYALTY_CARD_POINTS", "loyalty_card_points": given}
        body |= {"type": "DIGITAL", "digital": digital}
    if body["type"] == "DIGITAL":
        del body["material"]
    sold = made(await house.post(REWARDS, body))
    async with store.transaction() as writing:
        await offers.put(
            writing,
            tenant=1,
            program=_number(program["id"]),
            reward=number_of(sold),
            stock=stock,
            now=house.clock.now,
        )
    return Shop(house, store, card, defined["id"], sold)
