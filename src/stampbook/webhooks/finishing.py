"""What comes of an attempt: the next one, the next event of the account, or the endpoint's end."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from stampbook.programs.faults import Gone
from stampbook.storage.store import Store, Transacting
from stampbook.webhooks import endpoints, states
from stampbook.webhooks.claiming import Claimed
from stampbook.webhooks.deliveries import add_try
from stampbook.webhooks.model import (
    DELIVERED,
    FAILED,
    FAILING,
    GONE,
    PENDING,
    Attempt,
    Delivery,
    Webhook,
)
from stampbook.webhooks.schedule import QUIET, Chance, next_attempt

GONE_STATUS: Final = 410


class _Outcome(NamedTuple):
    """What a delivery becomes, and why its endpoint is disabled, if it is."""

    status: str
    next_attempt_at: int | None
    disabled: str | None = None


async def finish(
    store: Store,
    claimed: Claimed,
    attempt: Attempt,
    *,
    waits_s: Sequence[int],
    chance: Chance,
    now: int,
) -> bool:
    """Note an attempt that ends now. Returns whether it counts: not if the claim has ended, and
    another worker has made an attempt since, or if the delivery is no longer there."""
    delivery = claimed.delivery
    async with store.transaction() as writing:
        try:
            # Its row is locked as for claims: the next event of the account is found by one of us.
            webhook = await endpoints.locked(
                writing, delivery.webhook_id, tenant=delivery.tenant_id
            )
        except Gone:
            return False
        outcome = _outcome(webhook, delivery, attempt, now, waits_s, chance)
        if not await _write(writing, delivery, attempt, outcome):
            return False
        webhook = await _count(writing, webhook, attempt, now)
        if outcome.disabled is not None:
            await states.disable(writing, webhook, reason=outcome.disabled, now=now)
        if outcome.status != PENDING:
            await let_next(writing, delivery, now)
    return True


def _outcome(
    webhook: Webhook,
    delivery: Delivery,
    attempt: Attempt,
    now: int,
    waits_s: Sequence[int],
    chance: Chance,
) -> _Outcome:
    if attempt.is_success:
        return _Outcome(DELIVERED, None)
    if attempt.status == GONE_STATUS:
        return _Outcome(PENDING, now, GONE)
    made = delivery.attempts + 1 - delivery.base
    at = next_attempt(waits_s, made, now=now, retry_after_s=attempt.retry_after_s, chance=chance)
    if at is not None:
        return _Outcome(PENDING, at)
    if webhook.succeeded_at is not None and webhook.succeeded_at > now - QUIET:
        return _Outcome(FAILED, None)  # others arrive, so the account goes on without it
    return _Outcome(PENDING, now, FAILING)


async def _write(
    writing: Transacting, delivery: Delivery, attempt: Attempt, outcome: _Outcome
) -> bool:
    is_ours = await writing.execute(
        """
        UPDATE deliveries
        SET status = $3, attempts = attempts + 1, next_attempt_at = $4, claimed_until = NULL,
            last_status = $5, last_error = $6
        WHERE delivery_id = $1 AND tenant_id = $7 AND claim = $2 AND status = 'pending'
          AND claimed_until IS NOT NULL
        """,
        delivery.delivery_id,
        delivery.claim,
        outcome.status,
        outcome.next_attempt_at,
        attempt.status,
        attempt.error,
        delivery.tenant_id,
    )
    if not is_ours:
        return False
    await add_try(writing, delivery.delivery_id, delivery.attempts + 1, attempt)
    return True


async def _count(writing: Transacting, webhook: Webhook, attempt: Attempt, now: int) -> Webhook:
    if attempt.is_success:
        counted = webhook._replace(failures=0, succeeded_at=max(now, webhook.succeeded_at or 0))
    else:
        counted = webhook._replace(failures=webhook.failures + 1)
    await writing.execute(
        "UPDATE webhooks SET failures = $3, succeeded_at = $4"
        " WHERE webhook_id = $1 AND tenant_id = $2",
        webhook.webhook_id,
        webhook.tenant_id,
        counted.failures,
        counted.succeeded_at,
    )
    return counted


async def let_next(writing: Transacting, delivery: Delivery, now: int) -> None:
    """The account's next event that waits is pending. Writes."""
    if delivery.account_id is None:
        return
    await writing.execute(
        """
        UPDATE deliveries SET status = 'pending', next_attempt_at = $3
        WHERE delivery_id = (
            SELECT min(delivery_id) FROM deliveries
            WHERE webhook_id = $1 AND tenant_id = $4 AND account_id = $2 AND status = 'waiting')
        """,
        delivery.webhook_id,
        delivery.account_id,
        now,
        delivery.tenant_id,
    )
