"""Two members of one program who are one person."""

from __future__ import annotations

from typing import Any

import pytest

from tests.http.native.asking import Api, fine, made


class Pair:
    """Two members of one program with an account each: Ada twice."""

    def __init__(self, api: Api, fields: dict[str, Any]) -> None:
        self.api = api
        self.program: str = fields["program"]
        self.currency: str = fields["currency"]
        self.old: str = fields["old"]
        self.new: str = fields["new"]
        self.here: str = fields["here"]
        self.there: str = fields["there"]

    async def move(self, account: str, kind: str, amount: str, **fields: Any) -> Any:
        body = {"type": kind, "amount": amount, **fields}
        return made(await self.api.post(f"/accounts/{account}/transactions", body))

    async def merge(self, **rest: Any) -> Any:
        body = {"into": self.new, "reason": "registered twice"}
        return fine(await self.api.post(f"/members/{self.old}/merge", body, **rest))

    async def balance(self, account: str) -> dict[str, str]:
        found = fine(await self.api.get(f"/accounts/{account}/balance"))
        return {name: found[name] for name in ("active", "pending", "held", "deficit")}

    async def cancel(self, transaction: str, **rest: Any) -> Any:
        return fine(await self.api.post(f"/transactions/{transaction}/cancel", **rest))


@pytest.fixture
async def pair(api: Api) -> Pair:
    program = await api.program()
    currency = made(
        await api.post(f"/programs/{program['id']}/currencies", {"name": "Stars", "scale": 2})
    )["id"]
    people, held = [], []
    for name, phone in (("Ada", "+7 912 000"), ("Ada L.", "8 (912) 111")):
        person = {
            "name": name,
            "phone": phone,
            "email": f"{name[-2:]}@coffee.example",
            "external_id": name,
        }
        people.append(made(await api.post(f"/programs/{program['id']}/members", person))["id"])
    for who in people:
        body = {"member_id": who, "currency_id": currency, "number": f"card {who}"}
        held.append(made(await api.post("/accounts", body))["id"])
    return Pair(
        api,
        {
            "program": program["id"],
            "currency": currency,
            "old": people[0],
            "new": people[1],
            "here": held[0],
            "there": held[1],
        },
    )
