"""A follower in a process of its own: `python -m tests.feed.following URL`. It runs until it is
killed, and prints a line for each batch whose effect it has written."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence

from stampbook.ledger.following.feed import Write, follow
from stampbook.storage.opening import open_store
from stampbook.storage.positions import FeedRow
from stampbook.storage.store import Store, Transacting

NAME = "a test"
LIMIT = 7

EFFECTS = "CREATE TABLE effects (position bigint PRIMARY KEY, account_id bigint, seq bigint)"
"""Where the follower writes the feed. A row that is written twice is refused."""


async def note(_: int, rows: Sequence[FeedRow]) -> Write:
    """Write the effect of rows: one row each in the table."""

    async def write(writing: Transacting) -> None:
        for row in rows:
            await writing.execute(
                "INSERT INTO effects (position, account_id, seq) VALUES ($1, $2, $3)",
                row.position,
                row.row.account,
                row.row.seq,
            )

    return write


async def step(store: Store) -> int:
    return await follow(store, NAME, note, now=0, limit=LIMIT)


async def main(url: str) -> None:
    store = await open_store(url)
    while True:
        if await step(store):
            sys.stdout.write("wrote\n")
            sys.stdout.flush()
        else:
            await asyncio.sleep(0.002)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
