"""How far the worker is behind: what is due and not settled, and what readers have not read yet."""

from typing import Final, NamedTuple

from stampbook.domain.flows import FOLLOWER
from stampbook.storage.positions import START, recorded_after
from stampbook.storage.store import Store

FORMER: Final = "projections"
"""What former code follows the journal as, for tables that nothing reads any more. Its row stays
until these are dropped (docs/decisions/0204-projections-beside-each-other.md)."""


class Due(NamedTuple):
    """How many accounts are due, and the instant since which the first of them is."""

    accounts: int
    since: int


async def due(store: Store, now: int, *, limit: int) -> Due:
    """What is due in all shards; accounts are counted up to the limit."""
    accounts, since = 0, now
    for shard in range(store.shards):
        row = await store.fetch_one(
            f"""
            SELECT count(*) AS accounts, min(due_at) AS since FROM (
                SELECT due_at FROM accounts
                WHERE shard = $1 AND due_at <= $2 AND due_at < 9223372036854775807
                ORDER BY due_at LIMIT {limit - accounts:d}
            ) AS a
            """,  # noqa: S608 - a number
            shard,
            now,
        )
        if row is not None and row["accounts"]:
            accounts += row["accounts"]
            since = min(since, row["since"])
        if accounts >= limit:
            break
    return Due(accounts, since)


async def unread(store: Store) -> dict[str, int | None]:
    """When the oldest row was recorded that each reader of the feed has not read; None: there is
    no such row."""
    found = await store.fetch("SELECT name, position FROM followers WHERE name <> $1", FORMER)
    positions = {FOLLOWER: START} | {row["name"]: row["position"] for row in found}
    # One by one: with Citus no statement looks up a row of the journal for each of others.
    return {name: await recorded_after(store, position) for name, position in positions.items()}
