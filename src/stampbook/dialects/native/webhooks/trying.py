"""An event that is only sent to try an endpoint out."""

from secrets import token_hex

from msgspec import Raw
from msgspec.json import encode

from stampbook.dialects import instants
from stampbook.dialects.native import ids
from stampbook.dialects.native.events.wire import FeedEventShape
from stampbook.dialects.native.webhooks.wire import TrialShape
from stampbook.events import types
from stampbook.events.model import ID_BYTES
from stampbook.programs.faults import Gone
from stampbook.storage.store import Store
from stampbook.webhooks import deliveries, endpoints
from stampbook.webhooks.claiming import Claimed
from stampbook.webhooks.enveloping import enveloped
from stampbook.webhooks.model import PENDING, VOUCHERIFY, Delivery, Secrets, Webhook
from stampbook.webhooks.sending import Sender, deliver


def trial_of(webhook: Webhook, secrets: Secrets, *, now: int) -> Claimed:
    """A delivery of `webhook.test`, which is kept once it has been sent."""
    program = webhook.program_id
    event = FeedEventShape(
        id=f"evt_{token_hex(ID_BYTES)}",
        type=types.TEST,
        timestamp=instants.write(now),
        program_id=None if program is None else ids.write(ids.PROGRAM, program),
        member_id=None,
        account_id=None,
        sequence=None,
        data=Raw(b"{}"),
    )
    body = encode(event).decode()
    if webhook.format == VOUCHERIFY:
        body = enveloped(
            webhook, event_id=event.id, name=event.type, at=now, data=event.data, entity=None
        )
    delivery = Delivery(
        delivery_id=0,
        webhook_id=webhook.webhook_id,
        tenant_id=webhook.tenant_id,
        event_id=event.id,
        type=event.type,
        at=now,
        member_id=None,
        account_id=None,
        body=body,
        status=PENDING,
        attempts=0,
        base=0,
        next_attempt_at=now,
        claim=1,
        claimed_until=now,
        last_status=None,
        last_error=None,
        created_at=now,
    )
    return Claimed(webhook, secrets, delivery)


async def try_out(store: Store, sender: Sender, webhook: Webhook) -> TrialShape:
    """Send an event of the type webhook.test at once, and keep what came of it. Raises Gone."""
    tenant = webhook.tenant_id
    found = await endpoints.get_with_secrets(store, webhook.webhook_id, tenant=tenant)
    if found is None:
        raise Gone
    claimed = trial_of(*found, now=sender.clock())
    attempt = await deliver(sender, claimed)
    async with store.transaction() as writing:
        webhook = await endpoints.locked(writing, webhook.webhook_id, tenant=tenant)
        number = await deliveries.note_trial(writing, webhook, claimed.delivery, attempt)
    return TrialShape(
        ids.write(ids.DELIVERY, number),
        claimed.delivery.event_id,
        instants.write(attempt.at),
        attempt.status,
        attempt.duration_ms,
        attempt.error,
        attempt.response,
    )
