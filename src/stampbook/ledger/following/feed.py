"""The feed: all rows of the journal, each exactly once, in an order that never changes.

The order is that of `transactions.position`. An account's rows come in the order of its journal.
A reader keeps one integer, the position of the last row that it has received; it asks for later
rows whenever it likes.

Why no row is lost. On SQLite one writer at a time gives each row the next position, so a reader
sees all rows up to the last position. On PostgreSQL positions are drawn from a sequence by
transactions that run at once and may commit in another order: a row may appear below one that
was read before. So a reader shows nothing above a gate, `LedgerStore.complete_upto`:

1. Read H, the last position drawn.
2. Read the advisory locks by which open transactions show that they draw positions. A writer
   (`save` in storage/sql/postgres/saving.sql) takes, before it draws its first position, a shared
   lock of the key -1 - V, where V is a last position that it has just read. The gate is the
   smaller of H and the smallest V.
3. In a new snapshot, read the rows above the reader's position and up to the gate.

Let a transaction have drawn a position p up to the gate. Then p <= H, so it was drawn before step
1, and its lock was taken before that. If the transaction was open in step 2, its lock was seen
there, with V < p, since V had been drawn before p; but the gate is at most V. So it had ended
before step 2. PostgreSQL gives locks back after a transaction has become visible to new
snapshots: step 3 sees its rows, or it was rolled back and no one will ever see them.

A transaction that takes its lock after step 2 draws positions above H. One that saves in several
statements takes a lock with each, and its first one counts. A killed writer's locks go when the
server has rolled it back.

A reader's position is always that of a row which it has received, never the gate: after a crash
the server may draw positions again that no committed row has.

The argument needs a sequence that draws for every row (CACHE 1, the default): a connection that
caches numbers would give out ones below V. And it needs the locks of the server that writes: a
standby cannot be followed.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from stampbook.storage.positions import START, FeedRow, position_of, rows_between
from stampbook.storage.store import Store, Transacting

BATCH: Final = 200
"""How many rows a follower takes at once: its transaction is short, and its memory is bounded."""

Write = Callable[[Transacting], Awaitable[None]]
"""Writes the effect of rows, in the transaction that moves the follower on."""

Decide = Callable[[int, Sequence[FeedRow]], Awaitable[Write | None]]
"""Computes the effect of the rows after the follower's position, before that transaction begins:
it may read, and take time. None: the follower is no longer at that position."""


async def read(store: Store, *, after: int, limit: int = BATCH) -> list[FeedRow]:
    """The next rows after the position, at most `limit`; none if no more is complete yet."""
    gate = await store.complete_upto()
    return await rows_between(store, after=after, upto=gate, limit=limit)


async def follow(store: Store, name: str, decide: Decide, *, now: int, limit: int = BATCH) -> int:
    """Take the next rows, write their effect and move the follower on, in one transaction.

    Returns the number of rows whose effect was written: 0 if there are no more rows, or if another
    process that follows under the same name was faster. Each row has its effect exactly once, even
    if several processes call this, repeatedly, and are killed at any point. `now` is written for
    people who look at the table. Raises what `decide` raises, Unavailable or OutcomeUnknown; call
    it again.
    """
    position = await position_of(store, name)
    rows = await read(store, after=position, limit=limit)
    if not rows:
        return 0
    write = await decide(position, rows)
    if write is None:
        return 0
    async with store.transaction() as writing:
        if not await move_on(writing, name, position, rows[-1].position, now):
            return 0
        await write(writing)
    return len(rows)


async def move_on(writing: Transacting, name: str, before: int, after: int, now: int) -> bool:
    """Move the follower on; False if it was not at the expected position. Writes."""
    if before == START:
        await writing.execute(
            "INSERT INTO followers (name, position, updated_at) VALUES ($1, $2, $3)"
            " ON CONFLICT (name) DO NOTHING",
            name,
            START,
            now,
        )
    moved = await writing.execute(
        "UPDATE followers SET position = $3, updated_at = $4 WHERE name = $1 AND position = $2",
        name,
        before,
        after,
        now,
    )
    return moved == 1
