"""Free texts of the journal, and their erasing: the only change that its rows ever see.

A row's hash covers a digest of its texts and of a salt, so it holds without them (domain/hashing).
"""

from collections.abc import AsyncGenerator
from typing import Final

from stampbook.storage.store import Row, Store

PAGE: Final = 500
"""Rows that are read, or written in one transaction, at once."""


async def texts(store: Store, shard: int, account: int) -> AsyncGenerator[list[Row], None]:
    """The account's rows that have free texts (`seq`, `reason`, `metadata`), page by page."""
    after = 0
    while page := await store.fetch(
        f"""
        SELECT seq, reason, metadata FROM transactions
        WHERE shard = $1 AND account_id = $2 AND seq > $3 AND salt IS NOT NULL
        ORDER BY seq LIMIT {PAGE}
        """,  # noqa: S608 - a constant
        shard,
        account,
        after,
    ):
        after = page[-1]["seq"]
        yield page


async def erase_texts(store: Store, shard: int, account: int) -> int:
    """Erase the texts of the account's rows, with their salts. Returns of how many rows. Writes,
    in transactions of its own."""
    gone = 0
    async for page in texts(store, shard, account):
        async with store.transaction() as writing:
            gone += await writing.execute(
                """
                UPDATE transactions SET reason = NULL, actor = NULL, metadata = NULL, salt = NULL
                WHERE shard = $1 AND account_id = $2 AND seq BETWEEN $3 AND $4
                  AND salt IS NOT NULL
                """,
                shard,
                account,
                page[0]["seq"],
                page[-1]["seq"],
            )
    return gone
