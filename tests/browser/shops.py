"""A shop of a test's own in a running demo, made and read through the native API.

So tests that write can share one server: none touches what another looks at.
"""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from tests.browser.conftest import Demo

PASSWORD = "a long walk by the sea"

_numbers = itertools.count(1)


class Shop:
    """A program with a currency of two decimals, and the account of its one member, Ben."""

    def __init__(self, client: httpx.AsyncClient, number: int) -> None:
        self._client = client
        self.number = number
        self.email = f"ben.{number}@shop.example"
        self.program = self.currency = self.member = self.account = ""

    @property
    def path(self) -> str:
        return f"/console/accounts/{self.account}"

    async def api(self, method: str, path: str, body: Any = None) -> Any:
        """What a request is answered that must succeed."""
        answer = await self._client.request(method, f"/v1{path}", json=body)
        assert answer.status_code < 300, answer.text
        return answer.json()

    async def open(self, **currency: Any) -> None:
        self.program = (await self.api("POST", "/programs", {"name": f"Shop {self.number}"}))["id"]
        body = {"name": "Stars", "scale": 2, **currency}
        self.currency = (await self.api("POST", f"/programs/{self.program}/currencies", body))["id"]
        body = {"name": "Ben Buyer", "email": self.email}
        self.member = (await self.api("POST", f"/programs/{self.program}/members", body))["id"]
        body = {"member_id": self.member, "currency_id": self.currency}
        self.account = (await self.api("POST", "/accounts", body))["id"]

    async def move(self, type: str, amount: str, **fields: Any) -> Any:
        body = {"type": type, "amount": amount, **fields}
        return await self.api("POST", f"/accounts/{self.account}/transactions", body)

    async def balance(self) -> dict[str, str]:
        found: dict[str, str] = await self.api("GET", f"/accounts/{self.account}/balance")
        return found

    async def active(self) -> str:
        return (await self.balance())["active"]

    async def rows(self) -> list[Any]:
        """The journal, newest first."""
        found = await self.api("GET", f"/accounts/{self.account}/transactions?limit=200")
        return list(found["data"])

    async def visit(self) -> int:
        """A visit with two lines, of which points paid 30.00: the number of it."""
        place = {"program_id": self.program, "title": "Harbour Street"}
        location = await self.api("POST", "/locations", place)
        lines = [
            {"kind": "service", "title": "Haircut", "price": "20.00"},
            {"kind": "good", "title": "Shampoo", "price": "15.00"},
        ]
        body = {"location_id": location["id"], "member_id": self.member, "lines": lines}
        visit = await self.api("POST", "/visits", body)
        paid = {"account_id": self.account, "amount": "30.00"}
        await self.api("POST", f"/visits/{visit['id']}/withdrawals", paid)
        return int(visit["id"].removeprefix("vis_"), 16)

    async def order(self) -> str:
        """A paid order, of which points paid 25.00: its id."""
        exchange = {"exchange": {"points": "1.00", "money": "1.00"}}
        await self.api("PATCH", f"/currencies/{self.currency}/options", exchange)
        path = f"/programs/{self.program}/orders"
        body = {
            "external_id": f"order-{self.number}", "member_id": self.member, "money": "EUR",
            "amount": "100.00", "lines": [{"item": "tea", "quantity": 2, "amount": "100.00"}],
        }  # fmt: skip
        order = await self.api("POST", path, body)
        paid = {"account_id": self.account, "max_points": "25.00"}
        await self.api("POST", f"{path}/{order['id']}/payments", paid)
        await self.api("POST", f"{path}/{order['id']}/pay", {"reason": "Paid at the till"})
        return str(order["id"])

    async def person(self, role: str) -> str:
        """A new person with that role: the login. The password is PASSWORD."""
        login = f"{role}.{self.number}@shop.example"
        body = {"login": login, "password": PASSWORD, "role": role, "name": role.title()}
        await self.api("POST", "/users", body)
        return login

    async def asked(self) -> str:
        """An approval that waits, of a person of support: its id."""
        body = {"approval_above": "50"}
        await self.api("PATCH", f"/currencies/{self.currency}", body)
        login = {"login": await self.person("support"), "password": PASSWORD}
        session = (await self.api("POST", "/sessions", login))["token"]
        answer = await self._client.post(
            f"/v1/accounts/{self.account}/transactions",
            json={"type": "redeem", "amount": "60", "reason": "Goods returned"},
            headers={"authorization": f"Bearer {session}"},
        )
        assert answer.status_code == 202, answer.text
        return str(answer.json()["approval"]["id"])


def day(days: int) -> str:
    """The date so many days from today."""
    return (datetime.now(UTC) + timedelta(days=days)).date().isoformat()


def instant(days: int) -> str:
    """The midnight of that date."""
    return f"{day(days)}T00:00:00Z"


async def open_shop(demo: Demo, client: httpx.AsyncClient, **currency: Any) -> Shop:
    shop = Shop(client, next(_numbers))
    await shop.open(**currency)
    return shop


def clients(demo: Demo) -> httpx.AsyncClient:
    """Connections to the demo's native API, with its key."""
    key = {"authorization": f"Bearer {demo.facts['api_key']}"}
    return httpx.AsyncClient(base_url=demo.origin, headers=key, timeout=30)
