"""Whose turn it is: deliveries that are due are claimed, so that no two workers send one at once.

A claim ends after CLAIM: what a worker that was killed had claimed is sent by the next one.
"""

from typing import Final, NamedTuple

from stampbook.domain.model import MICROSECONDS
from stampbook.storage.store import Store
from stampbook.webhooks.model import (
    DELIVERY_COLUMNS,
    WITH_SECRETS,
    Delivery,
    Secrets,
    Webhook,
    delivery_of,
    secrets_of,
    webhook_of,
)
from stampbook.webhooks.schedule import most_at_once

CLAIM: Final = 60 * MICROSECONDS
"""Four times as long as an attempt can last."""


class Claimed(NamedTuple):
    """A delivery whose next attempt is ours."""

    webhook: Webhook
    secrets: Secrets
    delivery: Delivery


async def due(store: Store, *, now: int) -> list[tuple[int, int]]:
    """Tenants and endpoints for which something is due."""
    rows = await store.fetch(
        """
        SELECT w.tenant_id, w.webhook_id FROM webhooks w
        WHERE w.status = 'active' AND EXISTS (
            SELECT 1 FROM deliveries d
            WHERE d.webhook_id = w.webhook_id AND d.status = 'pending' AND d.next_attempt_at <= $1)
        ORDER BY w.webhook_id
        """,
        now,
    )
    return [(row["tenant_id"], row["webhook_id"]) for row in rows]


async def claim(store: Store, webhook: int, *, tenant: int, now: int, most: int) -> list[Claimed]:
    """Claim what is due at the endpoint, at most `most`, and no more than it may get at once over
    all workers."""
    async with store.transaction() as writing:
        # Nobody else claims of this endpoint, or finishes an attempt, until this is committed.
        row = await writing.fetch_one(
            "UPDATE webhooks SET status = status"  # noqa: S608 - a constant
            " WHERE webhook_id = $1 AND tenant_id = $2 AND status = 'active'"
            f" RETURNING {WITH_SECRETS}",
            webhook,
            tenant,
        )
        if row is None:
            return []
        owner, secrets = webhook_of(row), secrets_of(row)
        claimed = await writing.fetch_one(
            "SELECT count(*) AS count FROM deliveries"
            " WHERE webhook_id = $1 AND tenant_id = $3 AND claimed_until > $2",
            webhook,
            now,
            tenant,
        )
        assert claimed is not None
        free = min(most, most_at_once(owner.failures) - int(claimed["count"]))
        if free <= 0:
            return []
        rows = await writing.fetch(
            f"""
            UPDATE deliveries
            SET claim = claim + 1, claimed_until = $3, next_attempt_at = $3
            WHERE delivery_id IN (
                SELECT delivery_id FROM deliveries
                WHERE webhook_id = $1 AND tenant_id = $4 AND status = 'pending'
                  AND next_attempt_at <= $2
                ORDER BY next_attempt_at, delivery_id LIMIT {free:d})
            RETURNING {DELIVERY_COLUMNS}
            """,  # noqa: S608 - a number and a constant
            webhook,
            now,
            now + CLAIM,
            tenant,
        )
    found = sorted(map(delivery_of, rows))
    return [Claimed(owner, secrets, each) for each in found]
