"""Merge then cancel everything = cancel everything then merge: orders, events, purchases, visits,
payments by points and grants, for every policy of spent points."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from random import Random
from typing import Any

import pytest

from stampbook.storage.store import Store
from tests.http.native.asking import Api, fine, made
from tests.migration.checking import faults

Undo = Callable[[], Awaitable[Any]]


class Club:
    """A program with rules of every kind, an offer, and two members who are one person."""

    def __init__(self, api: Api) -> None:
        self.api = api
        self.undos: list[Undo] = []

    async def open(self, name: str, **policy: Any) -> None:
        api = self.api
        self.name = name
        self.program = (await api.program(name=name))["id"]
        self.path = f"/programs/{self.program}"
        exchange = {"points": "1", "money": "0.01"}
        fields = {"scale": 0, "exchange": exchange, **policy}
        self.points = (await api.currency(self.program, **fields))["id"]
        self.stars = (await api.currency(self.program, name="Stars", scale=0, **policy))["id"]
        cake = {"name": "Cake", "type": "code", "status": "active"}
        self.cake = made(await api.post(f"{self.path}/benefits", cake))["id"]
        money = {"type": "per", "basis": "order.total", "every": "1.00"}
        await self._rule({"type": "order_paid"}, {**money, "points": "1"})
        await self._rule({"type": "visit_completed"}, {**money, "points": "2"})
        fixed = {"type": "fixed", "points": "10"}
        grant = {"type": "benefit", "benefit_id": self.cake}
        await self._rule({"type": "custom_event", "name": "played"}, fixed, grant)
        await self._rule({"type": "segment_entered", "name": "vip"}, {**fixed, "points": "7"})
        body = {
            "name": "Stars",
            "type": "points",
            "status": "active",
            "points": {"currency_id": self.stars, "amount": "7"},
            "costs": [{"currency_id": self.points, "points": "10"}],
        }
        self.reward = made(await api.post(f"{self.path}/rewards", body))["id"]
        offer = f"{self.path}/offers/{self.reward}"
        fine(await api.ask("PUT", offer, json={"stock": 99}))
        location = {"program_id": self.program, "title": "Main street"}
        self.location = made(await api.post("/locations", location))["id"]
        self.people = [(await api.member(self.program))["id"] for _ in range(2)]
        self.accounts = [await self._account(each) for each in self.people]

    async def _rule(self, trigger: Any, *effects: Any) -> None:
        given = [
            each if each["type"] == "benefit" else {**each, "currency_id": self.points}
            for each in effects
        ]
        body = {"name": "r", "trigger": trigger, "earnings": [{"effects": given}]}
        rule = made(await self.api.post(f"{self.path}/rules", body))["id"]
        fine(await self.api.post(f"/rules/{rule}/activate"))

    async def _account(self, member: str) -> str:
        body = {"member_id": member, "currency_id": self.points}
        return str(made(await self.api.post("/accounts", body))["id"])

    # -- a life, each step with its undo -----------------------------------------------

    async def live(self) -> None:
        for at, member in enumerate(self.people):
            name = f"{self.name} {at}"
            await self._event(member, name)
            await self._order(at, member, name)
            await self._visit(member)
            body = {"external_id": name, "member_id": member, "segment": "vip"}
            entered = fine(await self.api.post(f"{self.path}/segment_entries", body))
            award = entered["event"]["awards"][0]["transaction_id"]
            self.undos.append(self._later(f"/transactions/{award}/cancel"))
            for _ in range(3):
                bought = await self.api.post(
                    f"/members/{member}/purchases", {"reward_id": self.reward}
                )
                back = f"/purchases/{made(bought)['id']}/refund"
                self.undos.append(self._later(back))

    def _later(self, path: str, body: Any = None) -> Undo:
        return lambda: self.api.post(path, body)

    async def _event(self, member: str, name: str) -> None:
        body = {"external_id": name, "member_id": member, "name": "played"}
        event = made(await self.api.post(f"{self.path}/custom_events", body))
        self.undos.append(self._later(f"/custom_events/{event['id']}/cancel"))

    async def _order(self, at: int, member: str, name: str) -> None:
        lines = [
            {"item": "tea", "quantity": "1", "amount": "33.33"},
            {"item": "cake", "quantity": "2", "amount": "66.67"},
        ]
        body = {
            "external_id": name,
            "member_id": member,
            "money": "EUR",
            "amount": "100.00",
            "lines": lines,
        }
        order = made(await self.api.post(f"{self.path}/orders", body))
        path = f"{self.path}/orders/{order['id']}"
        pays = {"account_id": self.accounts[at], "max_points": "5"}
        fine(await self.api.post(f"{path}/payments", pays))
        fine(await self.api.post(f"{path}/pay"))
        fine(await self.api.post(f"{path}/refunds", {"external_id": name, "amount": "16.67"}))
        self.undos.append(self._later(f"{path}/cancel"))

    async def _visit(self, member: str) -> None:
        body = {
            "location_id": self.location,
            "member_id": member,
            "attendance": "came",
            "lines": [{"kind": "service", "price": "20.00"}],
        }
        visit = made(await self.api.post("/visits", body))
        fine(await self.api.post(f"/visits/{visit['id']}/payments", {"amount": "20.00"}))
        path = f"/visits/{visit['id']}"
        self.undos.append(lambda: self.api.patch(path, {"attendance": "did_not_come"}))

    # -- what is compared --------------------------------------------------------------

    async def merge(self) -> None:
        old, new = self.people
        fine(await self.api.post(f"/members/{old}/merge", {"into": new}))

    async def undo_everything(self, order: list[int]) -> None:
        for at in order:
            answer = await self.undos[at]()
            assert answer.is_success, answer.text

    async def figures(self) -> list[dict[str, str]]:
        """The accounts of who took over, by currency."""
        found = fine(await self.api.get(f"/members/{self.people[1]}/accounts"))["data"]
        seen = []
        for each in sorted(found, key=lambda each: str(each["currency_id"])):
            balance = fine(await self.api.get(f"/accounts/{each['id']}/balance"))
            seen.append({name: balance[name] for name in ("active", "pending", "held", "deficit")})
        return seen

    async def rest(self) -> tuple[Any, Any]:
        """What is left of the benefit and the offer."""
        cake = fine(await self.api.get(f"/benefits/{self.cake}"))
        offer = fine(await self.api.get(f"/rewards/{self.reward}"))["offer"]
        return cake["granted"], (offer["stock"], offer["redeemed"])


NOTHING = {"active": "0", "pending": "0", "held": "0", "deficit": "0"}


@pytest.mark.parametrize(
    ("policy", "seed"),
    [("debt", None), ("clamp", None), ("refuse", None), ("debt", 1), ("debt", 2), ("debt", 3)],
)
async def test_everything(api: Api, store: Store, policy: str, seed: int | None) -> None:
    """In the opposite order (None), or under `debt` in any: what `clamp` forgives and `refuse`
    needs depends on the order."""
    ends = []
    for merges_first in (True, False):
        club = Club(api)
        await club.open(f"{merges_first}", spent_accrual=policy)
        await club.live()
        order = list(reversed(range(len(club.undos))))
        if seed is not None:
            Random(seed).shuffle(order)
        if merges_first:
            await club.merge()
        await club.undo_everything(order)
        if not merges_first:
            await club.merge()
        ends.append((await club.figures(), await club.rest()))
    assert ends[0] == ends[1]
    assert ends[0] == ([NOTHING, NOTHING], (0, (99, 0)))
    assert await faults(store) == []
