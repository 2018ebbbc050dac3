"""The courier: makes deliveries of events, and attempts those that are due (webhooks/).

Any number of couriers can run at once: each event becomes a delivery once, and an attempt belongs
to the courier that has claimed it.
"""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from random import random
from typing import Final

from stampbook.ledger.origin import WORKER, begin
from stampbook.storage.store import Store
from stampbook.watching.logs import worded
from stampbook.watching.noticing import Noticed
from stampbook.webhooks.claiming import Claimed, claim, due
from stampbook.webhooks.finishing import finish
from stampbook.webhooks.following import Print, follow
from stampbook.webhooks.schedule import MOST_AT_ONCE, Chance
from stampbook.webhooks.sending import Sender, deliver
from stampbook.worker.passes import Pace, Passes

noticed = Noticed(logging.getLogger(__name__))

PACE: Final = Pace(shortest_s=0.02, longest_s=1.0)
"""An event is on its way about a second after it has happened, at the latest."""

MOST_OPEN: Final = 64
"""Requests that a courier has open at once, to all endpoints together."""

STOPPING_S: Final = 5.0
"""How long open requests may end when the courier stops. The claims of the others end later."""


class Courier:
    """Delivers events until `stop`. `waits_s` is the schedule of attempts."""

    def __init__(
        self,
        store: Store,
        sender: Sender,
        formats: Mapping[str, Print],
        waits_s: Sequence[int],
        *,
        chance: Chance = random,
    ) -> None:
        self._store = store
        self._sender = sender
        self._formats = formats
        self._waits_s = waits_s
        self._chance = chance
        self._passes = Passes("courier", self.work, PACE)
        self._open: set[asyncio.Task[None]] = set()
        self._is_stopping = False

    def stop(self) -> None:
        """Let `run` return after the current pass, and the requests that are open."""
        self._is_stopping = True
        self._passes.stop()

    async def run(self) -> None:
        """Run one pass after another; at the end give open requests a moment."""
        await self._passes.run()
        if self._open:
            await asyncio.wait(self._open, timeout=STOPPING_S)
        for each in self._open:
            each.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)

    async def idle(self) -> None:
        """Wait until no request is open."""
        while self._open:
            await asyncio.wait(self._open)

    async def work(self) -> bool:
        """One pass: deliveries of new events, and attempts at what is due. Returns whether there
        may be more to do soon."""
        more = await follow(
            self._store, self._formats, now=self._sender.clock(), failed=_say_not_followed
        )
        for tenant, webhook in await due(self._store, now=self._sender.clock()):
            more |= await self._claim(tenant, webhook, MOST_AT_ONCE) > 0
        return more

    async def _claim(self, tenant: int, webhook: int, most: int) -> int:
        """Claim what is due at the endpoint, and begin to send it. Returns how much."""
        most = min(most, MOST_OPEN - len(self._open))
        if most <= 0 or self._is_stopping:
            return 0
        claimed = await claim(
            self._store, webhook, tenant=tenant, now=self._sender.clock(), most=most
        )
        for each in claimed:
            task = asyncio.create_task(self._attempt(each))
            self._open.add(task)
            task.add_done_callback(self._open.discard)
        return len(claimed)

    async def _attempt(self, claimed: Claimed) -> None:
        """Send a delivery, note what came of it, and take the next one of the endpoint."""
        begin(WORKER)
        webhook = claimed.webhook
        try:
            attempt = await deliver(self._sender, claimed)
            await finish(
                self._store,
                claimed,
                attempt,
                waits_s=self._waits_s,
                chance=self._chance,
                now=self._sender.clock(),
            )
            # This one is at its end, so there is room for another.
            await self._claim(webhook.tenant_id, webhook.webhook_id, 1)
        except Exception as error:  # the claim ends, and the delivery is tried again
            noticed.say("courier", "an attempt could not be noted: %s", worded(error))


def _say_not_followed(error: Exception) -> None:
    noticed.say("following", "events did not become deliveries: %s", worded(error))
