"""The native API's part of the recorded life: every policy, every kind of movement."""

from __future__ import annotations

import random
from typing import Any

from tests.migration.world import LOGIN, NEIGHBOUR, OWNER, World

DAY_PERIOD = {"value": 10, "unit": "day"}
CURRENCIES: tuple[dict[str, Any], ...] = (
    {"scale": 0},
    {"scale": 2, "spent_accrual": "clamp", "expiry": {"type": "rolling", "period": DAY_PERIOD}},
    {
        "scale": 2,
        "spent_accrual": "refuse",
        "cancel_window": {"value": 20, "unit": "day"},
        "expiry": {"type": "sliding", "period": {"value": 30, "unit": "day"}},
    },
    {
        "scale": 3,
        "expired_restore": "grace",
        "grace": {"value": 5, "unit": "day"},
        "expiry": {"type": "rolling", "period": DAY_PERIOD, "counts_from": "accrual"},
    },
    {
        "scale": 1,
        "pending": {"type": "period", "period": {"value": 3, "unit": "day"}, "whole_days": True},
        "expiry": {"type": "calendar", "dates": [{"month": 2, "day": 28}, {"month": 6, "day": 30}]},
    },
    {
        "scale": 4,
        "pending": {
            "type": "event",
            "event_types": ["stay_over"],
            "cancel_period": {"value": 12, "unit": "day"},
        },
    },
    {"scale": 5, "pending": {"type": "event", "event_types": []}, "overdraft": "3.00000"},
    {
        "scale": 6,
        "pending": {"type": "fixed_dates", "dates": [{"month": 1, "day": 20}]},
        "expiry": {
            "type": "rolling",
            "period": {"value": 1, "unit": "month"},
            "rounding": "end_of_month",
        },
        "overdraft": "5",
    },
    {
        "scale": 2,
        "spent_accrual": "clamp",
        "expired_restore": "grace",
        "grace": 86_400,
        "temporary_timeout_s": 7_200,
        "expiry": {
            "type": "sliding",
            "period": {"value": 15, "unit": "day"},
            "on_spending": False,
        },
        "overdraft": "20.00",
    },
)


class Walk:
    """Movements of two accounts of one currency, chosen by chance; refusals are part of life."""

    def __init__(self, world: World, name: str, scale: int, accounts: list[str]) -> None:
        self.world = world
        self.name = name
        self.scale = scale
        self.accounts = accounts
        self.chance = random.Random(name)
        self.rows: list[str] = []
        self.temporary: list[str] = []
        self.step = 0

    async def run(self, steps: int) -> None:
        movements = (
            *[self.accrue] * 6,
            *[self.redeem] * 5,
            *[self.hold] * 3,
            *[self.change] * 5,
            *[self.cancel] * 6,
            *[self.adjust] * 2,
            self.reinstate,
            self.transfer,
            self.bulk,
        )
        for self.step in range(steps):
            await self.chance.choice(movements)()
            if self.chance.random() < 0.3:
                self.world.advance(days=self.chance.choice((0.01, 0.3, 1, 2.5)))
            else:
                self.world.advance(seconds=self.chance.choice((0, 1, 40)))

    async def finish(self) -> None:
        """Something is still held when the database is recorded, where it may be below zero."""
        for account in self.accounts:
            for amount in ("4", "8", "16"):
                body = {"type": "hold", "amount": amount, "timeout_s": 200_000_000}
                await self.post(f"/accounts/{account}/transactions", body)

    def amount(self, most: int) -> str:
        whole = self.chance.randint(1, most * 10**self.scale)
        digits = f"{whole:0{self.scale + 1}d}"
        return f"{digits[: -self.scale]}.{digits[-self.scale :]}" if self.scale else digits

    def note(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        if self.chance.random() < 0.2:
            found["external_id"] = f"{self.name}-{self.step}"
        if self.chance.random() < 0.2:
            found["reason"] = self.chance.choice(("The bill", "Ein Gruß", "Возврат", 'a "b", c'))
        if self.chance.random() < 0.15:
            found["metadata"] = {"till": self.step, "tags": ["a", None], "sum": 1.5}
        if self.chance.random() < 0.1:
            found["effective_at"] = self.world.text(days=-0.5)
        return found

    def extras(self) -> dict[str, str]:
        found = {}
        if self.chance.random() < 0.25:
            found["key"] = f"{self.name}-key-{self.step}"
        if self.chance.random() < 0.2:
            found["actor"] = self.chance.choice(("olga", "till-7"))
        return found

    async def post(self, path: str, body: dict[str, Any], **extras: str) -> Any:
        answer = await self.world.ask("POST", f"/v1{path}", body, **(extras or self.extras()))
        assert answer.status_code < 500, answer.text
        found = answer.json() if answer.is_success else None
        if found and "id" in found:
            self.rows.append(found["id"])
            if found["status"] == "temporary":
                self.temporary.append(found["id"])
        return found

    async def move(self, type_: str, amount: str, **fields: Any) -> Any:
        account = self.chance.choice(self.accounts)
        body = {"type": type_, "amount": amount, **self.note(), **fields}
        return await self.post(f"/accounts/{account}/transactions", body)

    async def accrue(self) -> None:
        fields: dict[str, Any] = {}
        chance = self.chance.random()
        if chance < 0.2:
            fields["expires_at"] = self.world.text(days=self.chance.choice((0.5, 3, 60)))
        elif chance < 0.3:
            fields["expires_at"] = "never"
        elif chance < 0.45:
            fields["activates_at"] = self.world.text(days=self.chance.choice((0.5, 4, 90)))
        elif chance < 0.55:
            fields["activates_at"] = "event"
        elif chance < 0.65:
            fields |= {"temporary": True, "timeout_s": self.chance.choice((60, 86_400, 9_000_000))}
        await self.move("accrue", self.amount(20), **fields)
        if "temporary" in fields and self.chance.random() < 0.5:
            await self.change()

    async def redeem(self) -> None:
        await self.move("redeem", self.amount(self.chance.choice((3, 9, 25))))

    async def hold(self) -> None:
        fields = (
            {} if self.chance.random() < 0.4 else {"timeout_s": self.chance.choice((90, 10**6))}
        )
        await self.move("hold", self.amount(6), **fields)
        if self.chance.random() < 0.6:
            await self.change()

    async def change(self) -> None:
        """Commit, release, activate or expire something recent."""
        if not self.rows:
            return
        of_these = self.temporary if self.chance.random() < 0.6 else self.rows
        row = self.chance.choice(of_these[-6:] or self.rows)
        verb = self.chance.choice(("commit", "commit", "release", "activate", "expire"))
        part = verb == "commit" and self.chance.random() < 0.5
        await self.post(f"/transactions/{row}/{verb}", {"amount": self.amount(2)} if part else {})

    async def cancel(self) -> None:
        """Anything again and again, cancels too."""
        if not self.rows:
            return
        row = self.chance.choice(self.rows[-12:] if self.chance.random() < 0.7 else self.rows)
        part = self.chance.random() < 0.4
        body = {**self.note(), **({"amount": self.amount(3)} if part else {})}
        body.pop("effective_at", None)
        await self.post(f"/transactions/{row}/cancel", body)
        if self.chance.random() < 0.2:
            await self.post(f"/transactions/{row}/cancel", {})

    async def adjust(self) -> None:
        sign = self.chance.choice(("", "-"))
        await self.move("adjust", sign + self.amount(5), reason="A mistake")

    async def reinstate(self) -> None:
        account = self.chance.choice(self.accounts)
        path = f"/v1/accounts/{account}/lots?state=expired&limit=3"
        for lot in (await self.world.made("GET", path))["data"]:
            body = {"type": "adjust", "amount": self.amount(1), "reason": "By courtesy"}
            path = f"/accounts/{account}/transactions"
            await self.post(path, {**body, "lot_id": lot["id"]})

    async def transfer(self) -> None:
        source, receiver = self.chance.sample(self.accounts, 2)
        body = {"from_account_id": source, "to_account_id": receiver, "amount": self.amount(5)}
        extras = {"key": f"{self.name}-transfer-{self.step}"}
        await self.post("/transfers", {**body, **self.note()}, **extras)

    async def bulk(self) -> None:
        first, second = self.accounts[:2]
        operations: list[dict[str, Any]] = [
            {"op": "accrue", "account_id": first, "amount": self.amount(4)},
            {"op": "redeem", "account_id": second, "amount": self.amount(2)},
            {
                "op": "transfer",
                "from_account_id": first,
                "to_account_id": second,
                "amount": self.amount(1),
            },
        ]
        atomic = self.chance.random() < 0.5
        await self.post("/bulk", {"operations": operations, "atomic": atomic})


async def open_accounts(
    world: World, program: str, currency: str, number: int, secret: str = OWNER
) -> list[str]:
    """Accounts of as many new members."""
    found = []
    for each in range(number):
        person = {"external_id": f"{currency}-{each}", "name": f"Guest {currency} {each}"}
        if each == 0:
            person |= {
                "email": f"{currency}@example.com",
                "phone": f"+49 170 {int(currency[4:], 16):07}",
            }
        member = await world.made("POST", f"/v1/programs/{program}/members", person, secret=secret)
        body = {"member_id": member["id"], "currency_id": currency}
        account = await world.made("POST", "/v1/accounts", body, secret=secret)
        found.append(account["id"])
    return found


async def live(world: World) -> None:
    """Programs, currencies of every policy, and the walks of their accounts."""
    body = {"name": "Every policy", "timezone": "Europe/Berlin", "metadata": {"owner": "Olga"}}
    program = (await world.made("POST", "/v1/programs", body, key="program-1"))["id"]
    for number, fields in enumerate(CURRENCIES):
        body = {"name": f"Points {number}", "code": f"points-{number}", **fields}
        currency = await world.made("POST", f"/v1/programs/{program}/currencies", body)
        accounts = await open_accounts(world, program, currency["id"], 2)
        walk = Walk(world, f"walk-{number}", currency["scale"], accounts)
        await walk.run(70)
        await walk.finish()
    await world.made("PATCH", "/v1/currencies/cur_1", {"spent_accrual": "refuse"})
    await settings_and_people(world, program)
    await large_account(world, program)
    await the_other_tenant(world)


async def settings_and_people(world: World, program: str) -> None:
    """Options, promotions, tiers, keys, closed and inactive accounts, deleted members."""
    await world.made("PATCH", "/v1/currencies/cur_2/options", {"initial_balance": "5.00"})
    rules = [
        {"kind": "accrual", "currency_id": "cur_2", "min_amount": "5.00", "max_amount": "50.00"},
        {"kind": "redemption", "currency_id": "cur_2", "static_amount": "3.00"},
    ]
    body = {"name": "Summer", "external_id": "summer", "rules": rules}
    await world.made("POST", f"/v1/programs/{program}/promotions", body)
    await world.made("POST", f"/v1/programs/{program}/promotions", {"name": "Winter"})
    await world.made("PATCH", "/v1/promotions/prm_2", {"status": "inactive"})
    tiers = [
        {"name": "Bronze", "threshold": "0"},
        {"name": "Silver", "threshold": "60.00", "external_id": "silver"},
        {"name": "Gold", "threshold": "9000.00"},
    ]
    body = {"name": "Metals", "currency_id": "cur_2", "tiers": tiers}
    await world.made("POST", f"/v1/programs/{program}/tier_groups", body)
    body = {"name": "till key", "scopes": ["read", "ledger:write"], "program_id": program}
    key = await world.made("POST", "/v1/api_keys", body)
    await world.made("DELETE", f"/v1/api_keys/{key['id']}")
    body = {"limits": [{"program_id": program}]}
    await world.made("PUT", f"/v1/users/{LOGIN}/limits", body)
    for person in ("leaving", "resting", "two cards"):
        member = await world.made("POST", f"/v1/programs/{program}/members", {"name": person})
        body = {"member_id": member["id"], "currency_id": "cur_2"}
        account = (await world.made("POST", "/v1/accounts", body))["id"]
        for type_, amount in (("accrue", "20.00"), ("redeem", "7.50"), ("hold", "2.00")):
            body = {"type": type_, "amount": amount, "external_id": f"{person}-{type_}"}
            await world.made("POST", f"/v1/accounts/{account}/transactions", body)
        if person == "two cards":
            body = {"member_id": member["id"], "currency_id": "cur_2", "number": "4711"}
            await world.made("POST", "/v1/accounts", body, key="second card")
        elif person == "resting":
            await world.made("PATCH", f"/v1/members/{member['id']}", {"status": "inactive"})
        else:
            await world.made("DELETE", f"/v1/members/{member['id']}")


LARGE_LOTS = 700
LARGE_ROUNDS = 5


async def large_account(world: World, program: str) -> None:
    """Some thousand rows, some hundred open lots, redemptions of more than a hundred lots."""
    body = {"name": "Large", "code": "large", "scale": 2, "expired_restore": "grace", "grace": 60}
    currency = await world.made("POST", f"/v1/programs/{program}/currencies", body)
    (account,) = await open_accounts(world, program, currency["id"], 1)
    operations: list[dict[str, Any]] = []
    for number in range(LARGE_LOTS):
        operations.append({"op": "accrue", "account_id": account, "amount": "10.00"})
        if number % 3:
            operations[-1]["expires_at"] = world.text(days=1 + number % 400)
    for start in range(0, len(operations), 700):
        body = {"operations": operations[start : start + 700], "atomic": start == 0}
        await world.made("POST", "/v1/bulk", body, key=f"large {start}")
    path = f"/v1/accounts/{account}/transactions"
    for number in range(LARGE_ROUNDS):
        operations = []
        for each in range(400):
            amount = f"{1 + each % 3}.{each % 100:02d}"
            operations.append({"op": "redeem", "account_id": account, "amount": amount})
        done = await world.made("POST", "/v1/bulk", {"operations": operations})
        rows = [each["transaction"]["id"] for each in done["results"] if "transaction" in each]
        operations = [{"op": "cancel", "transaction_id": row} for row in rows[::4]]
        operations += [
            {"op": "cancel", "transaction_id": row, "amount": "0.50"} for row in rows[1::8]
        ]
        await world.made("POST", "/v1/bulk", {"operations": operations}, key=f"back {number}")
        world.advance(days=3)
        if number == 1:
            wide = await world.made("POST", path, {"type": "redeem", "amount": "1500.00"})
            held = await world.made("POST", path, {"type": "hold", "amount": "450.00"})
            part = await world.made(
                "POST", f"/v1/transactions/{wide['id']}/cancel", {"amount": "700.00"}
            )
            await world.made("POST", f"/v1/transactions/{part['id']}/cancel", {"amount": "90.00"})
            await world.made("POST", f"/v1/transactions/{held['id']}/commit", {"amount": "200.00"})
            await world.made("POST", path, {"type": "hold", "amount": "333.00", "timeout_s": 10**7})


async def the_other_tenant(world: World) -> None:
    """The same ids and keys as in the first tenant, and none of its business."""
    body: dict[str, Any] = {"name": "Neighbour"}
    program = await world.made("POST", "/v1/programs", body, secret=NEIGHBOUR, key="program-1")
    path = f"/v1/programs/{program['id']}/currencies"
    currency = await world.made("POST", path, {"name": "Stars", "scale": 0}, secret=NEIGHBOUR)
    accounts = await open_accounts(world, program["id"], currency["id"], 2, NEIGHBOUR)
    for number, account in enumerate(accounts):
        body = {"type": "accrue", "amount": 50, "external_id": f"leaving-{number}"}
        path = f"/v1/accounts/{account}/transactions"
        await world.made("POST", path, body, secret=NEIGHBOUR, key=f"walk-0-key-{number}")
        await world.made("POST", path, {"type": "redeem", "amount": 9}, secret=NEIGHBOUR)
