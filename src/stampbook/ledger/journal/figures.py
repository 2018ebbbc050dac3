"""What is known of many accounts without reading their journals."""

from collections.abc import Sequence
from typing import Final

from stampbook.storage.store import Store, Transacting

CHUNK: Final = 100
"""Accounts asked for in one statement."""


async def due_among(store: Store, accounts: Sequence[int], now: int) -> list[int]:
    """Those of the accounts on which the clock has something to do at `now`, in their order."""
    due: set[int] = set()
    for start in range(0, len(accounts), CHUNK):
        asked = accounts[start : start + CHUNK]
        places = " OR ".join(
            f"shard = ${2 * at + 1} AND account_id = ${2 * at + 2}" for at in range(len(asked))
        )
        rows = await store.fetch(
            f"SELECT account_id, next_due_at FROM accounts WHERE {places}",  # noqa: S608 - numbers
            *(value for account in asked for value in (account % store.shards, account)),
        )
        due.update(row["account_id"] for row in rows if row["next_due_at"] <= now)
    return [account for account in accounts if account in due]


async def due(store: Store, now: int, *, limit: int, program: int = 0) -> list[int]:
    """Accounts of the program on which the clock has something to do at `now`; 0: of all.

    At most `limit` of each shard, about the longest due first, and perhaps fewer although there
    are more; none only if there are none.
    """
    return [
        account
        for shard in range(store.shards)
        for account in await store.due_accounts(shard, now, limit, program)
    ]


async def last_row_at(db: Transacting, *, program: int) -> int:
    """When the newest row of the program's journals was recorded; 0 without any.

    It may lie after this server's clock, if another server whose clock is ahead has written it.
    """
    row = await db.fetch_one(
        """
        SELECT COALESCE(max(a.clock), 0) AS at
        FROM currencies c JOIN accounts a ON a.currency_id = c.currency_id
        WHERE c.program_id = $1
        """,
        program,
    )
    return 0 if row is None else int(row["at"])
