"""One server and those who ask it: from any address, with any secret, in every dialect."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, NamedTuple

import httpx

from stampbook.edge.context import Context
from stampbook.ledger.engine import Ledger
from stampbook.programs import api_keys
from stampbook.settings import Settings
from stampbook.storage.store import Row, Store, Transacting
from tests.http.in_process import InProcess, application
from tests.http.native.asking import Clock

HOME = "198.51.100.7"
ABROAD = "203.0.113.9"


class Counting:
    """A store that counts what it is asked for outside of the ledger."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.asked = 0

    def __getattr__(self, name: str) -> Any:
        self.asked += name in ("load", "save", "transaction", "snapshot", "execute")
        return getattr(self._store, name)

    async def fetch(self, sql: str, *args: object) -> list[Row]:
        self.asked += 1
        return await self._store.fetch(sql, *args)

    async def fetch_one(self, sql: str, *args: object) -> Row | None:
        self.asked += 1
        return await self._store.fetch_one(sql, *args)


class Speech(NamedTuple):
    """How a dialect reads something small, and how it says no."""

    method: str
    path: str
    headers: str
    refusal: Mapping[str, Any]
    unknown: int

    def headers_of(self, secret: str) -> dict[str, str]:
        pairs = (line.split(": ", 1) for line in self.headers.format(secret).split("\n"))
        return dict(pairs)


SPEECHES = {
    "native": Speech(
        "GET", "/v1/programs", "Authorization: Bearer {}", {"code": "rate_limited"}, 401
    ),
    "altegio": Speech(
        "GET",
        "/api/v1/groups",
        "Authorization: Bearer {0}, User {0}",
        {"success": False, "meta": {"message": "Too many requests."}},
        401,
    ),
    "voucherify": Speech(
        "GET",
        "/v2/loyalties/programs",
        "X-App-Id: shop\nX-App-Token: {}",
        {"code": 429, "key": "too_many_requests"},
        401,
    ),
    "altcraft": Speech(
        "POST",
        "/api/v1.1/loyalty/account/balance",
        "Authorization: Bearer {}\nContent-Type: application/json",
        {"error": 429, "error_text": "Too many requests"},
        401,
    ),
}
"""A request that needs `read` in each dialect, and the beginning of its 429."""


class Door:
    """The server. `ask` is a request of a dialect with a secret, from an address."""

    def __init__(self, store: Store, ledger: Ledger, clock: Clock, settings: Settings) -> None:
        self.counting = Counting(store)
        self.store = store
        self.clock = clock
        self.context = Context(self.counting, ledger, clock, settings)
        self.edge = application(self.context)

    async def ask(
        self, dialect: str, secret: str | None, *, address: str = HOME, **rest: Any
    ) -> httpx.Response:
        speech = SPEECHES[dialect]
        headers = {} if secret is None else speech.headers_of(secret)
        asked = {"method": speech.method, "path": speech.path, **rest}
        return await self.send(**asked, headers=headers, address=address)

    async def send(
        self, method: str, path: str, headers: Mapping[str, str], address: str, **rest: Any
    ) -> httpx.Response:
        transport = InProcess(self.edge, address)
        async with httpx.AsyncClient(transport=transport, base_url="http://door") as client:
            return await client.request(method, path, headers=headers, **rest)

    async def key(self, **fields: Any) -> tuple[str, api_keys.ApiKey]:
        """A new key's secret, and the key."""
        secret = api_keys.new_secret()
        return secret, await new_key(self.store, secret, self.clock(), **fields)


async def new_key(store: Store, secret: str, now: int, **fields: Any) -> api_keys.ApiKey:
    async with store.transaction() as writing:
        asked = {"tenant": 1, "name": "till", "scopes": ["admin"], **fields}
        return await made(writing, secret=secret, now=now, **asked)


async def made(writing: Transacting, **fields: Any) -> api_keys.ApiKey:
    return await api_keys.create(writing, **fields)


@asynccontextmanager
async def opened(store: Store, **settings: Any) -> AsyncIterator[Door]:
    clock = Clock()
    async with AsyncExitStack() as open_:
        ledger = Ledger(store, clock=clock)
        await ledger.start()
        open_.push_async_callback(ledger.stop)
        yield Door(store, ledger, clock, Settings(**settings))
