"""A project in the vendor's words: programs, cards and points, asked over HTTP."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import httpx

from stampbook.dialects.spelling.voucherify import Prefix, parse, spell
from stampbook.domain.commands import Accrue, Command
from stampbook.domain.model import MICROSECONDS, transaction_number
from stampbook.domain.policy import to_instant
from stampbook.ledger.engine import Ledger
from stampbook.ledger.outcomes import Done
from stampbook.ledger.submission import Submission, Transfer
from tests.http.voucherify.operations import check_answer, vendors_name

START = "2026-08-06T14:01:13.346Z"
DAY_S = 86_400

V2 = "/v2/loyalties"


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = to_instant(datetime.fromisoformat(START))

    def __call__(self) -> int:
        return self.now

    def advance(self, *, days: int = 0, seconds: int = 0) -> None:
        self.now += (days * DAY_S + seconds) * MICROSECONDS

    def date(self, days: int = 0) -> str:
        """The date in UTC, so many days from now."""
        moment = datetime.fromtimestamp(self.now // MICROSECONDS + days * DAY_S, UTC)
        return moment.date().isoformat()


class Card:
    """A card of the tests: its ids, and its paths."""

    def __init__(self, program: str, member: str, card: str) -> None:
        self.program = program
        self.member = member
        self.id = card

    @property
    def path(self) -> str:
        return f"{V2}/programs/{self.program}/members/{self.member}/cards/{self.id}"

    @property
    def account(self) -> int:
        number = parse(Prefix.CARD, self.id)
        assert number is not None
        return number

    def bucket(self, lot: int = 1) -> str:
        """The id of a lot as a bucket of pending points."""
        number = transaction_number(account=self.account, seq=lot)
        return spell(Prefix.PENDING_BUCKET, number)

    def cancel_path(self, lot: int = 1) -> str:
        return f"{self.path}/pending-points/{self.bucket(lot)}/cancel"


class House:
    """A client with an application's credentials; every method answers the response."""

    def __init__(
        self, client: httpx.AsyncClient, secret: str, clock: Clock, ledger: Ledger, tenant: int = 1
    ) -> None:
        self.client = client
        self.secret = secret
        self.clock = clock
        self.ledger = ledger
        self.tenant = tenant
        self.answered: set[str] = set()
        """The operations of v2 that were asked with success."""

    async def ask(self, method: str, path: str, **rest: Any) -> httpx.Response:
        headers = {"X-App-Id": "app", "X-App-Token": self.secret, **rest.pop("headers", {})}
        if "key" in rest:
            headers["Idempotency-Key"] = rest.pop("key")
        response = await self.client.request(method, path, headers=headers, **rest)
        operation = check_answer(method, path, response)
        if operation is not None and response.is_success:
            self.answered.add(vendors_name(operation))
        return response

    async def get(self, path: str, params: Any = None) -> httpx.Response:
        return await self.ask("GET", path, params=params)

    async def post(self, path: str, body: Any = None, **rest: Any) -> httpx.Response:
        if body is not None:
            rest["json"] = body
        return await self.ask("POST", path, **rest)

    async def put(self, path: str, body: Any) -> httpx.Response:
        return await self.ask("PUT", path, json=body)

    async def delete(self, path: str) -> httpx.Response:
        return await self.ask("DELETE", path)

    # -- what nearly every test begins with ------------------------------------------

    async def definition(self, **parts: Any) -> Any:
        """An active card definition; pending points of 10 days unless told otherwise."""
        parts = {
            "name": "Points card",
            "type": "INDIVIDUAL",
            "status": "ACTIVE",
            "pending_points": period_based(10),
            **parts,
        }
        return made(await self.post(f"{V2}/card-definitions", parts))

    async def program(self, *definitions: str, **fields: Any) -> Any:
        """A program, active unless told otherwise; it has a rule then, for what never happens."""
        body = {
            "name": "Bonus",
            "status": "ACTIVE",
            "card_definitions": [{"id": each} for each in definitions],
            **fields,
        }
        if not definitions:
            del body["card_definitions"]
        elif body["status"] == "ACTIVE" and "earning_rules" not in body:
            body["earning_rules"] = [{"id": await self.idle_rule(definitions[0])}]
        return made(await self.post(f"{V2}/programs", body))

    async def idle_rule(self, definition: str) -> str:
        """The id of an active rule for what never happens: an active program needs a rule."""
        body = idle_rule(definition)
        return str(made(await self.post(f"{V2}/earning-rules", body))["id"])

    async def customer(self, **fields: Any) -> Any:
        return made(await self.post("/v1/customers", {"name": "Anna", **fields}))

    async def member(self, program: str, customer: str, **fields: Any) -> Any:
        body = {
            "customer_identification": {"type": "customer_id", "customer_id": customer},
            **fields,
        }
        return made(await self.post(f"{V2}/programs/{program}/members", body))

    async def card(self, **parts: Any) -> Card:
        """A new member's card of a new definition in a new program."""
        definition = await self.definition(**parts)
        program = await self.program(definition["id"])
        return await self.card_in(program["id"])

    async def card_in(self, program: str) -> Card:
        customer = await self.customer()
        member = await self.member(program, customer["id"])
        return Card(program, member["id"], member["cards"][0]["card"]["id"])

    async def accrue(self, card: Card, amount: int = 60, **rest: Any) -> int:
        """Earned points: pending by the definition. Answers the lot's sequence number."""
        outcome = await self.submit(card, Accrue(amount=amount, **rest))
        return outcome.transaction.terms[0].lot

    async def submit(self, card: Card, *commands: Command) -> Done:
        outcome = await self.ledger.submit(
            Submission(tenant=self.tenant, account=card.account, commands=commands)
        )
        assert isinstance(outcome, Done), outcome
        return outcome

    async def transfer(self, source: Card, receiver: Card, amount: int) -> None:
        outcome = await self.ledger.transfer(
            Transfer(
                tenant=self.tenant,
                source=source.account,
                receiver=receiver.account,
                amount=amount,
            )
        )
        assert isinstance(outcome, Done), outcome

    async def balance(self, card: Card) -> tuple[int, int]:
        """Points and pending points, as the member's card says."""
        body = made(await self.get(f"{V2}/programs/{card.program}/members/{card.member}"))
        (found,) = [each["card"] for each in body["cards"] if each["card"]["id"] == card.id]
        return found["balance"]["points"], found["balance"]["pending_points"]

    async def all(self, path: str, params: Iterable[tuple[str, str]] = ()) -> list[Any]:
        """A whole list, page by page."""
        found: list[Any] = []
        cursor = None
        while True:
            pairs = [*params, *([("cursor", cursor)] if cursor else [])]
            body = made(await self.get(path, params=pairs))
            found += body["data"]
            if body["cursor"] is None:
                return found
            cursor = body["cursor"]["next"]


def idle_rule(definition: str) -> dict[str, Any]:
    """The body of an active earning rule for what never happens."""
    effect = {"type": "POINTS", "points": {"value": 1, "card_definition_id": definition}}
    return {
        "name": "Never",
        "status": "ACTIVE",
        "trigger": {"event": "customer.custom_event", "custom_event": {"schema_id": "ms_never"}},
        "earnings": [{"effects": [effect]}],
    }


def period_based(value: int, unit: str = "DAY") -> dict[str, Any]:
    return {
        "type": "PERIOD_BASED",
        "period_based": {"period": {"value": value, "unit": unit}},
    }


IMMEDIATE = {"type": "IMMEDIATE"}


def made(response: httpx.Response) -> Any:
    """The body of a success."""
    assert response.is_success, (response.status_code, response.text)
    return response.json()


def error(response: httpx.Response) -> tuple[int, str, str, str]:
    """Status, key, message and details of an error, whose envelope is checked."""
    body = response.json()
    assert body["code"] == response.status_code
    assert body["request_id"].startswith("v-")
    return response.status_code, body["key"], body["message"], body["details"]
