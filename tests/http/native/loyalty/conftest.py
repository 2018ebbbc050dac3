"""A program with one rule, for tests of orders."""

from __future__ import annotations

from fractions import Fraction
from typing import Any, NamedTuple

import pytest

from stampbook.dialects.native import ids
from stampbook.loyalty.model import Earning, Per, Trigger, Version
from stampbook.loyalty.rules import storing as rules
from stampbook.storage.store import Store
from tests.http.native.asking import Api, fine, made


class Cafe(NamedTuple):
    """A program in which 1.00 earns one point, and two points pay 0.01."""

    api: Api
    program: str
    currency: str
    member: str
    account: str

    @property
    def orders(self) -> str:
        return f"/programs/{self.program}/orders"

    def order(self, name: str = "A") -> str:
        return f"{self.orders}/external:{name}"

    def body(self, amount: str = "100.00", **fields: Any) -> dict[str, Any]:
        return {
            "external_id": "A",
            "member_id": self.member,
            "money": "EUR",
            "amount": amount,
            "status": "paid",
            **fields,
        }


@pytest.fixture
async def cafe(api: Api, store: Store) -> Cafe:
    program = (await api.program())["id"]
    currency = (await api.currency(program, scale=0))["id"]
    member = (await api.member(program))["id"]
    account = made(await api.post("/accounts", {"member_id": member, "currency_id": currency}))[
        "id"
    ]
    number = ids.read(ids.CURRENCY, currency) or 0
    effect = Per(number, "order.total", Fraction(100), Fraction(1))
    version = Version(0, 0, 0, Trigger.ORDER_PAID, None, (Earning((effect,)),))
    async with store.transaction() as writing:
        rule = await rules.create(
            writing,
            tenant=1,
            program=ids.read(ids.PROGRAM, program),
            name="P",
            version=version,
            now=0,
        )
        await rules.activate(writing, rule, now=0)
    options = {"exchange": {"points": "2", "money": "0.01"}}
    changed = fine(await api.patch(f"/currencies/{currency}/options", options))
    assert changed["exchange"] == {"points": "2", "money": "0.01"}
    assert changed["return_spent"] == "proportional"
    return Cafe(api, program, currency, member, account)
