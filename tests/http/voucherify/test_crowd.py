"""Sixteen clients at once on twenty cards: afterwards every figure agrees with every other."""

from __future__ import annotations

import asyncio
import random
from typing import Any

from stampbook.dialects.spelling.voucherify import Prefix, spell
from stampbook.domain.commands import Accrue, Cancel
from stampbook.domain.model import transaction_number
from stampbook.ledger.engine import Ledger
from stampbook.ledger.submission import Submission
from stampbook.storage.store import Store
from stampbook.verifying.accounts import verify_accounts
from tests.http.voucherify.house import V2, Card, House, made, period_based

CARDS = 20
CLIENTS = 16
OPERATIONS = 12
ALLOWED = frozenset({200, 204, 400, 404, 423})
ROLLING = {
    "type": "ROLLING_EXPIRATION",
    "rolling_expiration": {"period": {"value": 3, "unit": "DAY"}},
}


class Client:
    """One of the crowd: does one thing after the other, on any card."""

    def __init__(self, house: House, cards: list[Card], codes: list[str], seed: int) -> None:
        self.house = house
        self.cards = cards
        self.codes = codes
        self.random = random.Random(seed)
        self.redemptions: list[str] = []

    async def run(self) -> None:
        for _ in range(OPERATIONS):
            at = self.random.randrange(CARDS)
            operation = self.random.choice(
                [
                    self.earn,
                    self.earn,
                    self.adjust,
                    self.decide,
                    self.decide,
                    self.expire,
                    self.redeem,
                    self.roll_back,
                    self.transfer,
                    self.revoke,
                ]
            )
            await operation(at)

    async def ask(self, method: str, path: str, body: Any = None) -> Any:
        response = await self.house.ask(method, path, **({} if body is None else {"json": body}))
        assert response.status_code in ALLOWED, response.text
        return response

    async def earn(self, at: int) -> None:
        amount = self.random.randint(1, 50)
        await self.house.ledger.submit(
            Submission(1, self.cards[at].account, (Accrue(amount=amount),))
        )

    async def adjust(self, at: int) -> None:
        points = self.random.randint(-60, 40)
        await self.ask("POST", self.cards[at].path + "/points", {"points": points})

    async def decide(self, at: int) -> None:
        """Cancel or activate one of the first lots, whatever it is."""
        card = self.cards[at]
        number = transaction_number(account=card.account, seq=self.random.randint(1, 12))
        verb = self.random.choice(["cancel", "activate"])
        bucket = spell(Prefix.PENDING_BUCKET, number)
        await self.ask("POST", f"{card.path}/pending-points/{bucket}/{verb}")

    async def expire(self, at: int) -> None:
        card = self.cards[at]
        buckets = (await self.ask("GET", card.path + "/expiring-points")).json()["data"]
        if buckets:
            await self.ask("POST", f"{card.path}/expiring-points/{buckets[0]['id']}/expire")

    async def redeem(self, at: int) -> None:
        body = {"reward": {"id": "rew_1", "points": self.random.randint(1, 30)}}
        path = f"/v1/loyalties/members/{self.codes[at]}/redemption"
        response = await self.ask("POST", path, body)
        if response.status_code == 200:
            self.redemptions.append(response.json()["id"])

    async def roll_back(self, _at: int) -> None:
        if self.redemptions:
            name = self.random.choice(self.redemptions)
            await self.ask("POST", f"/v1/redemptions/{name}/rollback")

    async def transfer(self, at: int) -> None:
        source = self.random.randrange(CARDS)
        campaign = f"camp_{self.cards[at].program[5:]}"
        path = f"/v1/loyalties/{campaign}/members/{self.codes[at]}/transfers"
        await self.ask("POST", path, [{"code": self.codes[source], "points": 3}])

    async def revoke(self, at: int) -> None:
        """What another API does meanwhile."""
        target = self.random.randint(1, 20)
        await self.house.ledger.submit(
            Submission(1, self.cards[at].account, (Cancel(target=target),))
        )


async def test_a_crowd(house: House, store: Store, ledger: Ledger) -> None:
    definition = await house.definition(pending_points=period_based(1), points_expiration=ROLLING)
    program = await house.program(definition["id"], name="Crowd")
    cards = [await house.card_in(program["id"]) for _ in range(CARDS)]
    codes = [f"v_{card.id[5:]}" for card in cards]
    for day in range(3):
        clients = [Client(house, cards, codes, seed=day * 100 + at) for at in range(CLIENTS)]
        await asyncio.gather(*(client.run() for client in clients))
        house.clock.advance(days=1)
    for card in cards:
        await _agrees(house, ledger, card)
    for shard in range(store.shards):
        async for account in verify_accounts(store, shard):
            assert not account.faults, account.faults


async def _agrees(house: House, ledger: Ledger, card: Card) -> None:
    """The vendor's formulas and the account's own sums."""
    path = f"{V2}/programs/{card.program}/members/{card.member}"
    (found,) = [each["card"] for each in made(await house.get(path))["cards"]]
    points = found["lifetime_bucket"]["points"]
    pending = found["lifetime_bucket"]["pending_points"]
    assert found["balance"] == {
        "points": points["total"]
        - points["subtracted"]
        - points["expired"]
        - points["spent"]
        - points["refunded"]
        + points["returned"]
        - points["locked"]
        + points["unlocked"]
        - points["purchased_reversed"],
        "pending_points": max(pending["total"] - pending["activated"] - pending["canceled"], 0),
    }
    assert min(points.values()) >= 0
    book = await ledger.read(card.account, tenant=1)
    assert book is not None
    assert found["balance"]["points"] == book.active
    assert found["balance"]["pending_points"] == book.total - book.active - book.held
    listed = await house.all(card.path + "/pending-points", [("limit", "100")])
    assert sum(each["points"]["total"] for each in listed) == found["balance"]["pending_points"]
    total = sum(
        each["points"]["total"]
        for each in await house.all(card.path + "/expiring-points", [("limit", "100")])
    )
    assert total == max(found["balance"]["points"], 0)
    transactions = await house.all(card.path + "/transactions", [("limit", "100")])
    assert len({each["id"] for each in transactions}) == len(transactions)
