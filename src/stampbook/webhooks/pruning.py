"""Deletes deliveries that have ended and are older than events are kept, and those of deleted
endpoints. What has not arrived stays."""

from typing import Final

from stampbook.storage.store import Store

BATCH: Final = 500
"""Deliveries deleted in one transaction: nobody waits for it for long."""


async def prune(store: Store, *, before: int, limit: int = BATCH) -> int:
    """Delete deliveries that were made before the instant, at most `limit`. Returns how many."""
    async with store.transaction() as writing:
        rows = await writing.fetch(
            """
            SELECT d.delivery_id FROM deliveries d
            WHERE d.created_at < $1 AND d.status IN ('delivered', 'failed')
            ORDER BY d.created_at LIMIT $2
            """,
            before,
            limit,
        )
        rows += await writing.fetch(
            """
            SELECT d.delivery_id FROM webhooks w JOIN deliveries d ON d.webhook_id = w.webhook_id
            WHERE w.status = 'deleted' LIMIT $1
            """,
            limit - len(rows),
        )
        if not rows:
            return 0
        listed = ", ".join(str(int(each)) for each in {row["delivery_id"] for row in rows})
        await writing.execute(
            f"DELETE FROM delivery_tries WHERE delivery_id IN ({listed})"  # noqa: S608 - numbers
        )
        return await writing.execute(
            f"DELETE FROM deliveries WHERE delivery_id IN ({listed})"  # noqa: S608 - numbers
        )
