"""Deletes rows of the outbox that are older than events are kept. The journal stays.

A reader who has not seen what was deleted learns of it: `outbox_pruned` has the last row of each
tenant that is gone (feed.Expired).
"""

from typing import Final

from stampbook.domain.model import MICROSECONDS
from stampbook.storage.store import Store

BATCH: Final = 500
"""Rows deleted in one transaction: nobody waits for it for long."""

DAY: Final = 86_400 * MICROSECONDS


async def prune(store: Store, *, before: int, limit: int = BATCH) -> int:
    """Delete rows that were recorded before the instant, at most `limit`. Returns how many."""
    async with store.transaction() as writing:
        rows = await writing.fetch(
            "SELECT number, position, tenant_id FROM outbox WHERE at < $1 ORDER BY at LIMIT $2",
            before,
            limit,
        )
        last: dict[int, tuple[int, int]] = {}
        for row in rows:
            place = (row["position"], row["number"])
            last[row["tenant_id"]] = max(place, last.get(row["tenant_id"], place))
        for tenant, (position, number) in sorted(last.items()):
            await writing.execute(
                """
                INSERT INTO outbox_pruned (tenant_id, position, number) VALUES ($1, $2, $3)
                ON CONFLICT (tenant_id) DO UPDATE
                SET position = excluded.position, number = excluded.number
                WHERE (outbox_pruned.position, outbox_pruned.number)
                    < (excluded.position, excluded.number)
                """,
                tenant,
                position,
                number,
            )
        if rows:
            listed = ", ".join(str(int(row["number"])) for row in rows)
            await writing.execute(f"DELETE FROM outbox WHERE number IN ({listed})")  # noqa: S608
    return len(rows)
