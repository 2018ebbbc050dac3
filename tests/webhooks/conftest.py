"""The native API with a courier beside it, and a receiver on this machine."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from stampbook.dialects.bodies_of_events import FORMATS
from stampbook.edge.context import Context
from stampbook.ledger.engine import Ledger
from stampbook.settings import Settings, waits_of
from stampbook.storage.store import Store
from stampbook.worker.delivering import Courier
from tests.http.native.asking import Api, Clock, fine, made
from tests.http.native.conftest import api, client, key_with, ledger, stranger
from tests.webhooks.receiving import Receiver, receiving

__all__ = ["api", "client", "key_with", "ledger", "stranger"]

SETTINGS = Settings(webhook_allow="127.0.0.0/8")


@pytest.fixture
def clock() -> Clock:
    """It begins now: the public library refuses what is older than five minutes."""
    clock = Clock()
    clock.now = time.time_ns() // 1_000
    return clock


@pytest.fixture
def context(store: Store, ledger: Ledger, clock: Clock) -> Context:
    return Context(store, ledger, clock, SETTINGS)


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as receiver:
        yield receiver


class Post:
    """An endpoint at the receiver, and couriers."""

    def __init__(self, api: Api, context: Context, receiver: Receiver) -> None:
        self.api, self.context, self.receiver = api, context, receiver

    def courier(self, schedule: str = SETTINGS.webhook_schedule) -> Courier:
        """Another courier; waits are exactly as scheduled."""
        return Courier(
            self.context.store,
            self.context.sender,
            FORMATS,
            waits_of(schedule),
            chance=lambda: 0.5,
        )

    async def deliver(self, courier: Courier | None = None) -> None:
        """Let a courier do all that is to be done now."""
        courier = courier or self.courier()
        while await courier.work():
            await courier.idle()
        await courier.idle()

    async def endpoint(self, **fields: object) -> dict[str, str]:
        """A new endpoint at the receiver, as the API shows it."""
        body = {"url": self.receiver.url, "events": ["*"], **fields}
        found: dict[str, str] = made(await self.api.post("/webhooks", body))
        return found


@pytest.fixture
def post(api: Api, context: Context, receiver: Receiver, client: httpx.AsyncClient) -> Post:
    return Post(api, context, receiver)


async def deliveries(post: Post, endpoint: Any, **filters: str) -> list[Any]:
    """The endpoint's deliveries, the newest first."""
    page = fine(await post.api.get(f"/webhooks/{endpoint['id']}/deliveries", **filters))
    return list(page["data"])


async def one(post: Post, delivery: Any) -> Any:
    return fine(await post.api.get(f"/deliveries/{delivery['id']}"))
