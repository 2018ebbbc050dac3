"""One program that all four APIs serve, behind several servers on one database."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import httpx

from stampbook.dialects.spelling.voucherify import Prefix, spell
from stampbook.edge.context import Context
from stampbook.ledger.engine import Ledger
from stampbook.programs import api_keys, currencies, programs
from stampbook.programs.currencies import Currency
from stampbook.programs.policies import Terms
from stampbook.programs.programs import Program
from stampbook.storage.store import Store
from stampbook.visits import locations
from stampbook.visits.model import Location
from tests.http.in_process import InProcess, application

NOON = 1_800_000_000_000_000
ADMIN = "town-admin"


class Town:
    """The servers, the program, and what to ask them. `secret` is the key that callers have."""

    def __init__(self, stores: Sequence[Store]) -> None:
        self.store = stores[0]
        self.now = NOON
        self.ledgers = [Ledger(store, clock=lambda: self.now) for store in stores]
        self.contexts = [
            Context(store, ledger, lambda: self.now)
            for store, ledger in zip(stores, self.ledgers, strict=True)
        ]
        self.clients = [
            httpx.AsyncClient(
                transport=InProcess(application(context)),
                base_url="http://town.test",
            )
            for context in self.contexts
        ]
        self.program: Program
        self.points: Currency
        self.money: Currency
        self.location: Location
        self.neighbour: Program
        self._turn = 0

    async def found(self) -> None:
        self.program, self.points, self.money, self.location = await self.new_program("Town")
        await self.new_key(ADMIN, "admin")

    async def new_program(self, name: str) -> tuple[Program, Currency, Currency, Location]:
        async with self.store.transaction() as writing:
            program = await programs.create(writing, tenant=1, name=name, now=self.now)
            points = await currencies.create(
                writing, program, name="Points", code="points", terms=Terms(), now=self.now
            )
            money = await currencies.create(
                writing, program, name="Money", code="money", scale=2, terms=Terms(), now=self.now
            )
            location = await locations.create(
                writing,
                tenant=1,
                program=program.program_id,
                title="Main street",
                timezone="UTC",
                now=self.now,
            )
        return program, points, money, location

    async def new_key(self, secret: str, *scopes: str, program: int | None = None) -> None:
        async with self.store.transaction() as writing:
            await api_keys.create(
                writing,
                tenant=1,
                name=secret,
                scopes=scopes,
                secret=secret,
                program=program,
                now=self.now,
            )

    async def members(self) -> int:
        row = await self.store.fetch_one(
            "SELECT count(*) AS found FROM members WHERE deleted_at IS NULL"
        )
        assert row is not None
        return int(row["found"])

    # -- requests ------------------------------------------------------------------

    async def ask(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        secret: str = ADMIN,
        key: str | None = None,
        server: int | None = None,
    ) -> httpx.Response:
        """A request to one of the servers, to each in its turn, with what its dialect wants."""
        headers = {"authorization": f"Bearer {secret}"}
        if key is not None:
            headers["idempotency-key"] = key
        if path.startswith(("/v1/customers", "/v1/loyalties", "/v2/", "/v1/async-actions")):
            headers = {**headers, "x-app-id": "town", "x-app-token": secret}
        elif path.startswith("/api/v1/"):
            headers["authorization"] = f"Bearer {secret}, User {secret}"
            headers["accept"] = "application/vnd.api.v2+json"
        if server is None:
            self._turn += 1
            server = self._turn
        client = self.clients[server % len(self.clients)]
        return await client.request(method, path, json=body, headers=headers)

    async def book(self, phone: str, **rest: Any) -> httpx.Response:
        """Altegio: a record."""
        body = {
            "staff_id": 1,
            "services": [{"id": 1, "cost": 100}],
            "client": {"phone": phone, "name": "Anna", "email": ""},
            "datetime": "2027-01-16T12:00:00+00:00",
        }
        return await self.ask("POST", f"/api/v1/records/{self.location.number}", body, **rest)

    async def issue(self, phone: str, **rest: Any) -> httpx.Response:
        """Altegio: a card."""
        body = {
            "loyalty_card_number": "",
            "loyalty_card_type_id": self.money.currency_id,
            "phone": int(phone),
        }
        path = f"/api/v1/loyalty/cards/{self.location.number}"
        return await self.ask("POST", path, body, **rest)

    async def register(self, phone: str, **rest: Any) -> httpx.Response:
        """Altcraft: a registration."""
        body = {
            "loyalty_program_id": self.program.program_id,
            "matching": "phone",
            "phone": phone,
        }
        return await self.ask("POST", "/api/v1.1/loyalty/register_member", body, **rest)

    async def join(self, phone: str, source_id: str, **rest: Any) -> httpx.Response:
        """Voucherify: a customer, who becomes a member."""
        made = await self.ask(
            "POST", "/v1/customers", {"source_id": source_id, "phone": phone}, **rest
        )
        assert made.status_code == 200, made.text
        program = spell(Prefix.PROGRAM, self.program.program_id)
        body = {"customer_id": made.json()["id"]}
        return await self.ask("POST", f"/v2/loyalties/programs/{program}/members", body, **rest)


@asynccontextmanager
async def opened_town(*stores: Store) -> AsyncIterator[Town]:
    """A town on the stores of an empty database, which stay open: a server has each."""
    town = Town(stores)
    for ledger in town.ledgers:
        await ledger.start()
    await town.found()
    yield town
    for client in town.clients:
        await client.aclose()
    await asyncio.gather(*(ledger.stop() for ledger in town.ledgers))
