"""An account of its own at the desk, and what is done with it through the native API."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from tests.console.desk import Desk, Page

FIGURES = ("active", "pending", "held", "deficit")


class Shop:
    """A program with a currency, and a member's account on it."""

    def __init__(self, desk: Desk, program: Any, currency: Any, account: Any) -> None:
        self.desk = desk
        self.program = program
        self.currency = currency
        self.id: str = account["id"]
        self.member: str = account.get("member_id", "")
        self.path = f"/console/accounts/{self.id}"

    def date(self, days: float) -> str:
        """The instant so many days from now."""
        at = datetime.fromtimestamp(self.desk.now / 1_000_000, UTC) + timedelta(days=days)
        return at.strftime("%Y-%m-%dT%H:%M:%SZ")

    async def move(self, type: str, amount: str, **fields: Any) -> Any:
        body = {"type": type, "amount": amount, **fields}
        return await self.desk.api("POST", f"/v1/accounts/{self.id}/transactions", body)

    async def act(self, row: Any, act: str, **fields: Any) -> Any:
        return await self.desk.api("POST", f"/v1/transactions/{row['id']}/{act}", fields)

    async def balance(self) -> dict[str, str]:
        found = await self.desk.api("GET", f"/v1/accounts/{self.id}/balance")
        return {name: found[name] for name in FIGURES}

    async def rows(self) -> list[Any]:
        """The journal, newest first."""
        found = await self.desk.api("GET", f"/v1/accounts/{self.id}/transactions?limit=200")
        return list(found["data"])

    async def another(self) -> Shop:
        """The account of another member."""
        return await _member(self.desk, self.program, self.currency)

    def pass_hours(self, hours: int) -> None:
        self.desk.now += hours * 3_600_000_000


async def open_shop(desk: Desk, member: str = "Ben", **currency: Any) -> Shop:
    program = await desk.api("POST", "/v1/programs", {"name": "Shop"})
    body = {"name": "Stars", "scale": 2, **currency}
    made = await desk.api("POST", f"/v1/programs/{program['id']}/currencies", body)
    return await _member(desk, program, made, member)


async def _member(desk: Desk, program: Any, currency: Any, name: str = "Ben") -> Shop:
    member = await desk.api("POST", f"/v1/programs/{program['id']}/members", {"name": name})
    account = {"member_id": member["id"], "currency_id": currency["id"]}
    return Shop(desk, program, currency, await desk.api("POST", "/v1/accounts", account))


def figures(page: Page, testid: str) -> dict[str, str]:
    """The figures before or after, as a preview shows them."""
    (part,) = page.all(testid)
    found = {each.get("data-testid"): each.get("value") for each in part.iter("data")}
    return {name: found[name] for name in FIGURES}


def moves(page: Page) -> list[tuple[str | None, str, str, str]]:
    """The rows of a preview: lot, from, to, amount."""
    return [
        (
            row.get("data-lot") or None,
            row.get("data-from"),
            row.get("data-to"),
            next(each.get("value") for each in row.iter("data")),
        )
        for row in page.all("preview-row")
    ]


def allocations(row: Any) -> list[tuple[str | None, str, str, str]]:
    """The same of a transaction of the native API."""
    return [(e["lot_id"], e["from"], e["to"], e["amount"]) for e in row["allocations"]]
