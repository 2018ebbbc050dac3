"""Short words for asking the native API."""

from __future__ import annotations

from typing import Any

import httpx

from stampbook.dialects import instants
from stampbook.domain.model import MICROSECONDS

START = "2026-03-01T12:00:00Z"
DAY_S = 86_400


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = instants.read(START)

    def __call__(self) -> int:
        return self.now

    def advance(self, *, days: int = 0, seconds: int = 0) -> None:
        self.now += (days * DAY_S + seconds) * MICROSECONDS

    def text(self, *, days: int = 0, seconds: int = 0) -> str:
        """The instant so far from now, as the wire has it."""
        return instants.write(self.now + (days * DAY_S + seconds) * MICROSECONDS)


class Api:
    """A client with a key; every method answers the response."""

    def __init__(self, client: httpx.AsyncClient, secret: str, clock: Clock) -> None:
        self.client = client
        self.secret = secret
        self.clock = clock

    async def ask(self, method: str, path: str, **rest: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.secret}", **rest.pop("headers", {})}
        if "key" in rest:
            headers["Idempotency-Key"] = rest.pop("key")
        if "actor" in rest:
            headers["Stampbook-Actor"] = rest.pop("actor")
        return await self.client.request(method, f"/v1{path}", headers=headers, **rest)

    async def get(self, path: str, **params: Any) -> httpx.Response:
        return await self.ask("GET", path, **({"params": params} if params else {}))

    async def post(self, path: str, body: Any = None, **rest: Any) -> httpx.Response:
        return await self.ask("POST", path, json={} if body is None else body, **rest)

    async def patch(self, path: str, body: Any, **rest: Any) -> httpx.Response:
        return await self.ask("PATCH", path, json=body, **rest)

    async def delete(self, path: str, **rest: Any) -> httpx.Response:
        return await self.ask("DELETE", path, **rest)

    # -- what nearly every test begins with ------------------------------------------

    async def program(self, **fields: Any) -> Any:
        return made(await self.post("/programs", {"name": "Bonus", **fields}))

    async def currency(self, program: str, **fields: Any) -> Any:
        body = {"name": "Points", "scale": 2, **fields}
        return made(await self.post(f"/programs/{program}/currencies", body))

    async def member(self, program: str, **fields: Any) -> Any:
        return made(await self.post(f"/programs/{program}/members", fields))

    async def account(self, **currency: Any) -> str:
        """The id of an account of a new member of a new program with that currency."""
        program = await self.program()
        made_currency = await self.currency(program["id"], **currency)
        member = await self.member(program["id"])
        body = {"member_id": member["id"], "currency_id": made_currency["id"]}
        return str(made(await self.post("/accounts", body))["id"])

    async def move(self, account: str, type: str, amount: Any, **fields: Any) -> httpx.Response:
        rest = {name: fields.pop(name) for name in ("key", "actor", "params") if name in fields}
        body = {"type": type, "amount": amount, **fields}
        return await self.post(f"/accounts/{account}/transactions", body, **rest)

    async def accrue(self, account: str, amount: Any, **fields: Any) -> Any:
        return made(await self.move(account, "accrue", amount, **fields))

    async def redeem(self, account: str, amount: Any, **fields: Any) -> Any:
        return made(await self.move(account, "redeem", amount, **fields))

    async def hold(self, account: str, amount: Any, **fields: Any) -> Any:
        return made(await self.move(account, "hold", amount, **fields))

    async def cancel(self, transaction: str, body: Any = None, **rest: Any) -> httpx.Response:
        return await self.post(f"/transactions/{transaction}/cancel", body, **rest)

    async def balance(self, account: str, **params: Any) -> Any:
        return fine(await self.get(f"/accounts/{account}/balance", **params))

    async def active(self, account: str) -> str:
        return str((await self.balance(account))["active"])


def made(response: httpx.Response) -> Any:
    assert response.status_code == 201, response.text
    return response.json()


def fine(response: httpx.Response) -> Any:
    assert response.status_code == 200, response.text
    return response.json()


def refused(response: httpx.Response, status: int, code: str, pointer: str | None = None) -> Any:
    """The body of a problem, after looking at everything that each must have."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    body = response.json()
    assert body["code"] == code, body
    assert body["status"] == status
    assert body["type"] == f"urn:stampbook:problem:{code}"
    assert body["title"]
    assert body["detail"]
    assert body["request_id"].startswith("req_")
    if pointer is not None:
        assert pointer in [each.get("pointer", each.get("parameter")) for each in body["errors"]]
    return body


def without_request(value: Any) -> Any:
    """An answer without the names of the requests that wrote its transactions."""
    if isinstance(value, list):
        return [without_request(each) for each in value]
    if isinstance(value, dict):
        kept = {name: each for name, each in value.items() if name != "request_id"}
        return {name: without_request(each) for name, each in kept.items()}
    return value
