"""A chain with a shop in it, on a real store, behind the real application."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

import httpx

from stampbook.domain.commands import Accrue
from stampbook.edge.context import Context
from stampbook.ledger.engine import Ledger
from stampbook.ledger.journal.lots import newest_lots
from stampbook.ledger.journal.rows import LATEST
from stampbook.ledger.outcomes import Done
from stampbook.ledger.submission import Submission
from stampbook.programs import accounts, api_keys, currencies, members, programs, users
from stampbook.programs.accounts import Account
from stampbook.programs.currencies import Currency
from stampbook.programs.members import Member
from stampbook.programs.people import passwords
from stampbook.programs.policies import Terms
from stampbook.programs.programs import Program
from stampbook.programs.roles import Role
from stampbook.storage.store import Store
from stampbook.visits import editing, locations, recording
from stampbook.visits.model import Line, LineKind, Location, Record, Visit
from stampbook.visits.movements.restoring import VisitGuardian
from tests.emptying import States
from tests.http.in_process import InProcess, application

PARTNER, KEY, READER, FOREIGN, OTHER_CHAIN = "partner", "owner", "reader", "foreign", "other"
PASSWORD = "correct horse"
V2 = "application/vnd.api.v2+json"
RU = "application/vnd.yclients.v2+json"
NOON = 1_800_000_000_000_000


class Founded(NamedTuple):
    """What a shop has when it opens."""

    chain: Program
    points: Currency
    location: Location
    guest: Member
    card: Account


class Shop:
    """The shop, and whoever calls its API. `now` is the clock."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.now = NOON
        self.ledger = Ledger(store, clock=lambda: self.now, guardian=VisitGuardian(store))
        self.context = Context(store, self.ledger, lambda: self.now)
        self.app = application(self.context)
        self.http = self.new_client()
        self.chain: Program
        self.points: Currency
        self.location: Location
        self.guest: Member
        self.card: Account

    def new_client(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(
            transport=InProcess(self.app),
            base_url="http://shop.test",
            headers={"Authorization": f"Bearer {PARTNER}, User {KEY}", "Accept": V2},
        )

    async def found(self) -> Founded:
        """Write all that is there when it opens to an empty store."""
        async with self.store.transaction() as writing:
            self.chain = await programs.create(
                writing, tenant=1, name="Chain", timezone="Europe/Moscow", now=self.now
            )
            self.points = await currencies.create(
                writing, self.chain, name="Bonus", scale=2, terms=Terms(), now=self.now
            )
            for name, scopes in (
                (PARTNER, ["read"]),
                (KEY, ["admin"]),
                (READER, ["read"]),
            ):
                await api_keys.create(
                    writing, tenant=1, name=name, scopes=scopes, secret=name, now=self.now
                )
            other = await programs.create(writing, tenant=1, name="Other", now=self.now)
            await api_keys.create(
                writing,
                tenant=1,
                name=OTHER_CHAIN,
                scopes=["admin"],
                secret=OTHER_CHAIN,
                program=other.program_id,
                now=self.now,
            )
            self.location = await locations.create(
                writing,
                tenant=1,
                program=self.chain.program_id,
                title="Main street",
                timezone="Europe/Moscow",
                now=self.now,
            )
        self.guest = await self.member("79000000001", "Anna")
        self.card = await self.new_card(self.guest, 10_000)
        return Founded(self.chain, self.points, self.location, self.guest, self.card)

    def open(self, founded: Founded) -> None:
        """On a store where all that is written."""
        self.chain, self.points, self.location, self.guest, self.card = founded

    async def member(self, phone: str, name: str = "") -> Member:
        async with self.store.transaction() as writing:
            return await members.create(writing, self.chain, phone=phone, name=name, now=self.now)

    async def new_card(
        self, member: Member, points: int, currency: Currency | None = None
    ) -> Account:
        async with self.store.transaction() as writing:
            card = await accounts.open_account(
                writing,
                member,
                currency or self.points,
                shards=self.store.shards,
                now=self.now,
            )
        if points:
            await self.give(card, points)
        return card

    async def give(self, card: Account, points: int, expires_at: int | None = None) -> None:
        done = await self.ledger.submit(
            Submission(
                tenant=1,
                account=card.account_id,
                commands=(Accrue(points, expires_at=expires_at),),
            )
        )
        assert isinstance(done, Done)

    async def user(self, login: str, role: Role, phone: str | None = None) -> users.User:
        hashed = await passwords.hash_password(PASSWORD, login=login)
        async with self.store.transaction() as writing:
            return await users.create(
                writing,
                tenant=1,
                login=login,
                password_hash=hashed,
                role=role,
                phone=phone,
                now=self.now,
            )

    async def visit(self, *costs: int, member: Member | None = None) -> tuple[int, int]:
        """A visit whose lines cost so much, a good and a service in turn: (record, visit)."""
        visit = Visit(
            0,
            0,
            1,
            self.chain.program_id,
            self.location.number,
            (member or self.guest).member_id,
            0,
            self.now,
            "",
            self.now,
        )
        visit = editing.add_record(visit, Record(0, 0, 7, self.now, 3_600, 0, "", 0, 0))
        record = visit.records[0].number
        for place, cost in enumerate(costs):
            kind = LineKind.SERVICE if place % 2 else LineKind.GOOD
            title = "Deep bikini" if place % 2 else "test two"
            line = Line(0, record, kind, 5_000 + place, title, 1_000, cost, 0, cost, 7)
            visit = editing.add_line(visit, line)
        async with self.store.transaction() as writing:
            number, numbers = await recording.create(writing, visit, now=self.now)
        return numbers[record], number

    async def balance(self, card: Account | None = None) -> int:
        number = (card or self.card).account_id
        book = await self.ledger.read(number, tenant=1)
        assert book is not None
        return book.active

    async def lots(self, card: Account | None = None) -> list[Any]:
        """Every lot of the card as the store has it: its dates, and its points by state."""
        number = (card or self.card).account_id
        found = await newest_lots(self.store, number, before=LATEST, limit=LATEST)
        return [
            (lot.seq, lot.activates_at, lot.expires_at, *lot.split[1:])
            for lot, _ in reversed(found)
        ]

    # -- the API -------------------------------------------------------------------

    def path(self, what: str, card: Account | None = None) -> str:
        number = (card or self.card).account_id
        return f"/api/v1/visit/loyalty/{what}/{self.location.number}/{number}"

    async def apply(
        self, record: int, visit: int, amount: Any, card: Account | None = None, **more: Any
    ) -> httpx.Response:
        body = {"record_id": record, "visit_id": visit, "amount": amount}
        return await self.http.post(self.path("apply_card_withdrawal", card), json=body, **more)

    async def cancel(
        self, record: int, visit: int, card: Account | None = None, **more: Any
    ) -> httpx.Response:
        body = {"record_id": record, "visit_id": visit}
        return await self.http.post(self.path("cancel_card_withdrawal", card), json=body, **more)

    async def details(self, record: int, visit: int) -> dict[str, Any]:
        path = f"/api/v1/visit/details/{self.location.number}/{record}/{visit}"
        answer = await self.http.get(path)
        assert answer.status_code == 200, answer.text
        data: dict[str, Any] = answer.json()["data"]
        return data


@asynccontextmanager
async def opened_shop(store: Store, states: States | None = None) -> AsyncIterator[Shop]:
    """A shop on an empty store; with `states` it is written once a session."""
    shop = Shop(store)
    await shop.ledger.start()
    try:
        if states is None:
            await shop.found()
        else:
            shop.open(await states.known("altegio_shop", shop.found))
        yield shop
    finally:
        await shop.http.aclose()
        await shop.ledger.stop()


def data_of(answer: httpx.Response) -> Any:
    """The data of an answer that must be a success, enveloped."""
    assert answer.status_code in (200, 201), answer.text
    content = answer.json()
    assert content["success"] is True
    return content["data"]


def amounts(state: dict[str, Any]) -> list[float]:
    return [each["amount"] for each in state["loyalty_transactions"]]


def bearer(user: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {PARTNER}, User {user}"}
