"""A shop at the desk that sells rewards: a program with two currencies and a member."""

from __future__ import annotations

from typing import Any

from tests.console.accounts.shop import Shop, open_shop
from tests.console.desk import Desk


class Counter:
    """`shop.id` is the member's account, with 100.00 stars; `miles` is another currency."""

    def __init__(self, shop: Shop, miles: Any, member: str) -> None:
        self.shop = shop
        self.desk = shop.desk
        self.program: str = shop.program["id"]
        self.stars: str = shop.currency["id"]
        self.miles: str = miles["id"]
        self.member = member

    async def reward(self, *, stock: int | None = 10, offered: bool = True, **fields: Any) -> str:
        """A reward of 10.00 stars, active and on offer unless it is said otherwise."""
        body = {
            "name": "Mug",
            "type": "material",
            "status": "active",
            "costs": [{"currency_id": self.stars, "points": "10.00"}],
            **fields,
        }
        made = await self.desk.api("POST", f"/v1/programs/{self.program}/rewards", body)
        if offered:
            await self.offer(made["id"], stock)
        return str(made["id"])

    async def offer(self, reward: str, stock: int | None) -> None:
        path = f"/v1/programs/{self.program}/offers/{reward}"
        await self.desk.api("PUT", path, {"stock": stock})

    async def bought(self, reward: str, quantity: int = 1) -> Any:
        body = {"reward_id": reward, "quantity": quantity}
        return await self.desk.api("POST", f"/v1/members/{self.member}/purchases", body)

    async def read(self, reward: str) -> Any:
        return await self.desk.api("GET", f"/v1/rewards/{reward}")

    async def purchase(self, name: str) -> Any:
        return await self.desk.api("GET", f"/v1/purchases/{name}")

    async def active(self) -> str:
        return (await self.shop.balance())["active"]


async def open_counter(desk: Desk) -> Counter:
    shop = await open_shop(desk)
    body = {"name": "Miles", "scale": 0}
    miles = await desk.api("POST", f"/v1/programs/{shop.program['id']}/currencies", body)
    account = await desk.api("GET", f"/v1/accounts/{shop.id}")
    await desk.api(
        "POST", "/v1/accounts", {"member_id": account["member_id"], "currency_id": miles["id"]}
    )
    await shop.move("accrue", "100.00")
    return Counter(shop, miles, account["member_id"])
