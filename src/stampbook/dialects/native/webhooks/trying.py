"""An event that is only sent to try an endpoint out."""

from secrets import token_hex

from msgspec import Raw
from msgspec.json import encode

from stampbook.dialects import instants
from stampbook.dialects.native import ids
from stampbook.dialects.native.events.wire import FeedEventShape
from stampbook.events import types
from stampbook.events.model import ID_BYTES
from stampbook.webhooks.claiming import Claimed
from stampbook.webhooks.model import PENDING, Delivery, Secrets, Webhook


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
    delivery = Delivery(
        delivery_id=0,
        webhook_id=webhook.webhook_id,
        tenant_id=webhook.tenant_id,
        event_id=event.id,
        type=event.type,
        at=now,
        member_id=None,
        account_id=None,
        body=encode(event).decode(),
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
