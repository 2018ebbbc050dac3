"""The bodies of events in each format that webhooks may have."""

from collections.abc import Mapping, Sequence
from typing import Final

from stampbook.dialects.native.events.printing import print_events
from stampbook.events.model import Event
from stampbook.storage.store import Store
from stampbook.webhooks.following import Body, Print
from stampbook.webhooks.model import STAMPBOOK, Webhook


async def _native(store: Store, events: Sequence[Event], webhook: Webhook) -> Sequence[Body]:
    printed = await print_events(store, events, tenant=webhook.tenant_id)
    return [(event.type, body.decode()) for event, body in zip(events, printed, strict=True)]


FORMATS: Final[Mapping[str, Print]] = {STAMPBOOK: _native}
