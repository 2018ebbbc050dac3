"""A courier in a process of its own, whose clock is ahead: `python -m tests.webhooks.working
ADDRESS AHEAD_S`. It says `ready`, and works until it is killed."""

from __future__ import annotations

import asyncio
import sys
import time

from stampbook.dialects.bodies_of_events import FORMATS
from stampbook.networks import network
from stampbook.storage.opening import open_store
from stampbook.webhooks.sending import Sender
from stampbook.worker.delivering import Courier

WAITS_S = (0,) * 5 + (1,) * 50
"""An endpoint that is never reached must not take all of the time."""


async def work(address: str, ahead_s: int) -> None:
    store = await open_store(address)
    sender = Sender(
        lambda: time.time_ns() // 1_000 + ahead_s * 1_000_000, [network("127.0.0.1/32")]
    )
    courier = Courier(store, sender, FORMATS, WAITS_S)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    await courier.run()


if __name__ == "__main__":
    asyncio.run(work(sys.argv[1], int(sys.argv[2])))
