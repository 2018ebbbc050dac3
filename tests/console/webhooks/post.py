"""A webhook of the desk, at a receiver on this machine, and the courier that sends to it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from stampbook.dialects.bodies_of_events import FORMATS
from stampbook.networks import network
from stampbook.worker.delivering import Courier
from tests.console.desk import Clerk, Desk, Page
from tests.webhooks.receiving import Answer, Got, Receiver, receiving

ACCOUNT = "acc_1"


class Post:
    """`broken`: the receiver answers 500, and the schedule has no second attempt."""

    def __init__(self, desk: Desk, clerk: Clerk, receiver: Receiver) -> None:
        self.desk, self.clerk, self.receiver = desk, clerk, receiver
        self.broken = False
        receiver.choose = self._choose
        self._courier = Courier(
            desk.store, desk.context.sender, FORMATS, (3_600,), chance=lambda: 0.5
        )

    def _choose(self, got: Got) -> Answer:
        return Answer(500, body=b"<b>no</b>") if self.broken else Answer()

    async def new(self, **typed: str) -> Page:
        """A new webhook by the form."""
        form = await (await self.clerk.get("/console/webhooks")).follow("new-webhook")
        return await form.press(
            "save", **{"url": self.receiver.url, "events": "transaction.*", **typed}
        )

    async def accrue(self, amount: str = "5") -> Any:
        body = {"type": "accrue", "amount": amount}
        return await self.desk.api("POST", f"/v1/accounts/{ACCOUNT}/transactions", body)

    async def deliver(self) -> None:
        """Let the courier do all that is to be done now."""
        while await self._courier.work():
            await self._courier.idle()
        await self._courier.idle()


@asynccontextmanager
async def post_of(desk: Desk) -> AsyncIterator[Post]:
    desk.context.sender.allow = [network("127.0.0.0/8")]
    async with receiving() as receiver:
        yield Post(desk, await desk.clerk(), receiver)


def rows(page: Page, status: str | None = None) -> list[Any]:
    """The rows of the page's list, of that status."""
    return [each for each in page.all("row") if status in (None, each.get("data-status"))]
