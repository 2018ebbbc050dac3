"""Facts about many accounts that need no reading of their journals."""

from collections.abc import Sequence
from typing import Final

from stampbook.domain.model import FOREVER
from stampbook.storage.finding import each_look, last_values
from stampbook.storage.store import APART, Store, Transacting

CHUNK: Final = 100
"""How many accounts one statement names."""


async def due_among(store: Store, accounts: Sequence[int], now: int) -> list[int]:
    """The accounts among these on which something is due at `now`, in their order."""
    early: list[int] = []
    for start in range(0, len(accounts), CHUNK):
        asked = accounts[start : start + CHUNK]
        places = " OR ".join(
            f"a.shard = ${2 * at + 2} AND a.account_id = ${2 * at + 3}" for at in range(len(asked))
        )
        rows = await store.fetch(
            f"SELECT a.account_id FROM accounts a WHERE a.due_at <= $1 AND ({places})",  # noqa: S608 - numbers of parameters
            now,
            *(value for account in asked for value in (account % store.shards, account)),
        )
        early += [row["account_id"] for row in rows]
    due = set(await _due(store, early, now))
    return [account for account in accounts if account in due]


async def due_in(store: Store, program: int, now: int) -> list[int]:
    """The program's accounts on which something is due at `now`."""
    found = await store.fetch(
        "SELECT a.account_id FROM accounts a WHERE a.program_id = $1 AND a.due_at <= $2",
        program,
        now,
    )
    return await _due(store, [row["account_id"] for row in found], now)


async def _due(store: Store, early: Sequence[int], now: int) -> list[int]:
    """Those of the accounts whose last rows say that something is due: `accounts.due_at` may be
    earlier than that."""
    due_at = await last_values(store, store.shards, early, "due_at")
    return [account for account in early if (due_at[account] or FOREVER) <= now]


async def due(store: Store, now: int, *, limit: int, program: int = 0) -> list[int]:
    """Accounts of the program (0: of all programs) on which something is due at `now`.

    At most `limit` of each shard, roughly those that have been due longest. There may be fewer
    although more are due, but the list is empty only if nothing is due.
    """
    return [
        account
        for shard in range(store.shards)
        for account in await store.due_accounts(shard, now, limit, program)
    ]


async def last_row_at(store: Store, db: Transacting, *, program: int) -> int:
    """When the newest row of the program's journals was recorded; 0 if they are empty.

    It may be later than this server's clock, if a server whose clock is ahead has written it.
    """
    newest = 0
    for look in each_look(store):
        row = await db.fetch_one(
            f"""
            WITH a AS {APART} (
                SELECT a.shard, a.account_id
                FROM currencies c JOIN accounts a ON a.currency_id = c.currency_id
                WHERE c.program_id = $1 AND {look.of("a")}
            )
            SELECT COALESCE(max({look.last("recorded_at")}), 0) AS at FROM a
            """,  # noqa: S608 - constants and numbers
            program,
        )
        newest = max(newest, 0 if row is None else int(row["at"]))
    return newest
