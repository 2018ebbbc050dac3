"""Endpoints are disabled and enabled. What has not arrived stays, in its order."""

from typing import Final

from stampbook.events.places import Cursor, Place, read_cursor
from stampbook.events.values import WebhookDisabled
from stampbook.storage.outbox import writing as outbox
from stampbook.storage.outbox.reading import pruned_upto
from stampbook.storage.outbox.writing import Outgoing
from stampbook.storage.store import Transacting
from stampbook.webhooks import endpoints
from stampbook.webhooks.model import ACTIVE, DISABLED, Webhook

SKIPPED: Final = "skipped"
"""The error of what is not sent, because its endpoint was enabled for what comes from now on."""


async def disable(
    writing: Transacting, webhook: Webhook, *, reason: str | None, now: int
) -> Webhook:
    """The endpoint, locked before, gets nothing until it is enabled. Writes.

    `reason` is given where nobody asked for it; then it is an event, too.
    """
    if webhook.status != ACTIVE:
        return webhook
    disabled = await _set(writing, webhook, DISABLED, reason, now)
    await endpoints.note(writing, webhook, disabled, "disabled", now=now)
    if reason is not None:
        value = WebhookDisabled(webhook.webhook_id, webhook.url, reason)
        await outbox.put(
            writing,
            Outgoing("webhook.disabled", now, webhook.tenant_id, value, program=webhook.program_id),
        )
    return disabled


async def enable(
    writing: Transacting, webhook: Webhook, *, skip_to: Place | None, now: int
) -> Webhook:
    """The endpoint, locked before, goes on where it stopped, with a new round of attempts; with
    `skip_to` it goes on there, and what has not arrived is failed. Writes."""
    if webhook.status == ACTIVE:
        return webhook
    if skip_to is None:
        await writing.execute(
            "UPDATE deliveries SET base = attempts, next_attempt_at = $3, claimed_until = NULL"
            " WHERE webhook_id = $1 AND tenant_id = $2 AND status = 'pending'",
            webhook.webhook_id,
            webhook.tenant_id,
            now,
        )
    else:
        await _skip(writing, webhook, skip_to)
    enabled = await _set(writing, webhook, ACTIVE, None, now)
    await endpoints.note(writing, webhook, enabled, "enabled", now=now)
    return enabled


async def _skip(writing: Transacting, webhook: Webhook, place: Place) -> None:
    await writing.execute(
        "UPDATE deliveries SET status = 'failed', last_error = $3, next_attempt_at = NULL,"
        " claimed_until = NULL"
        " WHERE webhook_id = $1 AND tenant_id = $2 AND status IN ('waiting', 'pending')",
        webhook.webhook_id,
        webhook.tenant_id,
        SKIPPED,
    )
    former = read_cursor(webhook.cursor)
    if former is None or place.key > former.place.key:
        cursor = Cursor(place, pruned=await pruned_upto(writing, webhook.tenant_id))
        await writing.execute(
            "UPDATE webhooks SET cursor = $3 WHERE webhook_id = $1 AND tenant_id = $2",
            webhook.webhook_id,
            webhook.tenant_id,
            str(cursor),
        )


async def _set(
    writing: Transacting, webhook: Webhook, status: str, reason: str | None, now: int
) -> Webhook:
    await writing.execute(
        "UPDATE webhooks SET status = $3, disabled_reason = $4, updated_at = $5"
        " WHERE webhook_id = $1 AND tenant_id = $2",
        webhook.webhook_id,
        webhook.tenant_id,
        status,
        reason,
        now,
    )
    return webhook._replace(status=status, disabled_reason=reason, updated_at=now)
