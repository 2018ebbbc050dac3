"""How far deliveries are behind, over all tenants."""

from typing import NamedTuple

from stampbook.storage.store import Store
from stampbook.webhooks.model import ACTIVE, DISABLED


class Backlog(NamedTuple):
    """What has not arrived at endpoints that are active: how many events, since when the oldest of
    them is on its way, and since when the oldest attempt is due; None where nothing is."""

    pending: int
    oldest_at: int | None
    due_at: int | None


async def backlog(store: Store, *, now: int) -> Backlog:
    """What has not arrived."""
    row = await store.fetch_one(
        """
        SELECT count(*) AS pending, min(d.created_at) AS oldest_at,
               min(CASE WHEN d.next_attempt_at <= $1 THEN d.next_attempt_at END) AS due_at
        FROM webhooks w JOIN deliveries d ON d.webhook_id = w.webhook_id
        WHERE w.status = 'active' AND d.status IN ('waiting', 'pending')
        """,
        now,
    )
    assert row is not None
    return Backlog(row["pending"], row["oldest_at"], row["due_at"])


async def endpoints_by_status(store: Store) -> dict[str, int]:
    """How many endpoints are active, and how many are disabled."""
    rows = await store.fetch(
        "SELECT status, count(*) AS count FROM webhooks WHERE status <> 'deleted' GROUP BY status"
    )
    return {ACTIVE: 0, DISABLED: 0, **{row["status"]: row["count"] for row in rows}}
