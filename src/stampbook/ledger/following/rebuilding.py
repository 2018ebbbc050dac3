"""Rebuilds what is derived from the journal for reads and for the clock, from its first row."""

from collections.abc import AsyncGenerator
from typing import Final, NamedTuple

from stampbook.domain.flows import FOLLOWER
from stampbook.ledger.following.projections import advance, empty
from stampbook.storage.positions import position_of
from stampbook.storage.store import Store

ACCOUNTS_AT_ONCE: Final = 200
"""How many accounts are locked together, while their last rows are looked up."""


class Progress(NamedTuple):
    """How many rows of the journal, and then how many accounts, are done, and of how many."""

    what: str
    done: int
    total: int


async def rebuild(store: Store, *, now: int) -> AsyncGenerator[Progress, None]:
    """Make the projections anew, then the instants at which accounts are due.

    Servers may go on working meanwhile, and their workers help: answers stay right, but sums over
    a currency also read the rows that are not projected yet. If it is interrupted, the workers
    finish it. It keeps one batch of rows in memory.
    """
    upto = await store.complete_upto()
    row = await store.fetch_one(
        "SELECT count(*) AS total, max(position) AS last FROM transactions WHERE position <= $1",
        upto,
    )
    assert row is not None
    total, last = row["total"], row["last"] or 0
    await empty(store, now=now)
    done = 0
    yield Progress("transactions", done, total)
    while await position_of(store, FOLLOWER) < last:
        done += await advance(store, now=now)
        yield Progress("transactions", min(done, total), total)
    yield Progress("transactions", total, total)
    async for progress in _due(store):
        yield progress


async def _due(store: Store) -> AsyncGenerator[Progress, None]:
    """Set the instant at which each account is due to what its last row says."""
    row = await store.fetch_one("SELECT count(*) AS total FROM accounts")
    assert row is not None
    done = 0
    for shard in range(store.shards):
        after = 0
        while rows := await store.fetch(
            "SELECT account_id FROM accounts WHERE shard = $1 AND account_id > $2"
            " ORDER BY account_id LIMIT $3",
            shard,
            after,
            ACCOUNTS_AT_ONCE,
        ):
            await store.put_off(shard, [row["account_id"] for row in rows])
            after = rows[-1]["account_id"]
            done += len(rows)
            yield Progress("accounts", done, max(done, row["total"]))
    yield Progress("accounts", done, done)
