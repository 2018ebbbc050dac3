"""The whole application on one store, with a clock of its own, asked as each dialect is asked."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

import httpx

from stampbook.dialects import instants
from stampbook.edge.context import Context
from stampbook.edge.credentials.caller import Callers
from stampbook.ledger.engine import Ledger
from stampbook.storage.opening import open_store
from stampbook.storage.store import Store
from stampbook.visits.movements.restoring import VisitGuardian
from stampbook.worker.sweeping import Sweeper
from tests.http.in_process import InProcess, application

START = instants.read("2026-01-05T09:00:00Z")
SECOND = 1_000_000
DAY = 86_400 * SECOND

OWNER, READER, TILL, NEIGHBOUR = "owner", "reader", "till", "neighbour"
"""The secrets of the keys: all of tenant 1, reads of it, one program of it, all of tenant 2."""

LOGIN = "olga@example.com"
"""A person of tenant 1."""


class Request(NamedTuple):
    """A request to repeat. `at` is the clock; `form` is the type of an Altcraft body."""

    at: int
    method: str
    path: str
    body: Any = None
    secret: str = OWNER
    key: str | None = None
    actor: str | None = None
    form: str = "json"


class World:
    """The application, and the keyed requests that it has answered."""

    def __init__(self, store: Store, now: int) -> None:
        self.store = store
        self.now = now
        self.ledger = Ledger(store, clock=lambda: self.now, guardian=VisitGuardian(store))
        self.context = Context(store, self.ledger, lambda: self.now)
        self.context.callers = Callers(store, self.context.pace, now_s=lambda: self.now / SECOND)
        self.client = httpx.AsyncClient(
            transport=InProcess(application(self.context)),
            base_url="http://stampbook.test",
        )
        self.keyed: list[Request] = []
        self._keys = 0

    def advance(self, *, days: float = 0, seconds: int = 0) -> None:
        self.now += int(days * DAY) + seconds * SECOND

    def text(self, *, days: float = 0) -> str:
        """The instant so far from now, as the native wire has it."""
        return instants.write(self.now + int(days * DAY))

    async def settle(self) -> None:
        """Write down all that is due."""
        while await Sweeper(self.ledger).sweep():
            pass

    async def ask(self, method: str, path: str, body: Any = None, **more: Any) -> httpx.Response:
        """See Request. What had a key can be repeated later."""
        request = Request(self.now, method, path, body, **more)
        answer = await self.send(request)
        if request.key is not None and (keys := await self.keys()) > self._keys:
            # What was refused, or had nothing to do, keeps no key: a repeat may do something.
            self._keys = keys
            self.keyed.append(request)
        return answer

    async def keys(self) -> int:
        """How many keys are known."""
        row = await self.store.fetch_one("SELECT count(*) AS found FROM idempotency_keys")
        assert row is not None
        return int(row["found"])

    async def send(self, request: Request) -> httpx.Response:
        """Ask at the request's own instant."""
        self.now = request.at
        headers = {"authorization": f"Bearer {request.secret}"}
        if request.path.startswith("/api/v1.1/"):
            headers["content-type"] = f"application/{request.form}"
        elif request.path.startswith(("/api/", "/v1/visit/")):
            headers["authorization"] = f"Bearer {request.secret}, User {request.secret}"
            headers["accept"] = "application/vnd.api.v2+json"
        elif request.path.startswith(VOUCHERIFY):
            headers = {"x-app-id": "recorded", "x-app-token": request.secret}
        if request.key is not None:
            headers["idempotency-key"] = request.key
        if request.actor is not None:
            headers["stampbook-actor"] = request.actor
        sent: dict[str, Any] = {"content": request.body} if isinstance(request.body, str) else {}
        if request.body is not None and not sent:
            sent = {"json": request.body}
        return await self.client.request(request.method, request.path, headers=headers, **sent)

    async def made(self, method: str, path: str, body: Any = None, **more: Any) -> Any:
        """The body of a success."""
        answer = await self.ask(method, path, body, **more)
        assert answer.is_success, (method, path, body, answer.status_code, answer.text)
        return answer.json() if answer.content else None


VOUCHERIFY = (
    "/v1/customers",
    "/v1/loyalties",
    "/v1/redemptions",
    "/v1/vouchers",
    "/v1/async-actions",
    "/v2/",
    "/ping",
)


@asynccontextmanager
async def opened_world(url: str, now: int) -> AsyncIterator[World]:
    """A world on a migrated database."""
    store = await open_store(url)
    world = World(store, now)
    await world.ledger.start()
    try:
        yield world
    finally:
        await world.context.jobs.stop()
        await world.client.aclose()
        await world.ledger.stop()
        await store.close()
