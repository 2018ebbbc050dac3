"""The bodies of events in each format that webhooks may have."""

from collections.abc import Mapping, Sequence
from typing import Final

from stampbook.dialects.native.events.printing import print_events
from stampbook.dialects.voucherify.core.calls import Remembered
from stampbook.dialects.voucherify.v1.events import Reader, say
from stampbook.events.model import Event
from stampbook.storage.store import Store
from stampbook.webhooks.enveloping import enveloped
from stampbook.webhooks.following import Body, Print
from stampbook.webhooks.model import STAMPBOOK, VOUCHERIFY, Webhook, further_id

_remembered: Final = Remembered()
"""Sums of journals, whose rows never change."""


async def _native(
    store: Store, events: Sequence[Event], webhook: Webhook
) -> Sequence[Sequence[Body]]:
    printed = await print_events(store, events, tenant=webhook.tenant_id)
    return [
        [Body(event.id, event.type, body.decode())]
        for event, body in zip(events, printed, strict=True)
    ]


async def _voucherify(
    store: Store, events: Sequence[Event], webhook: Webhook
) -> Sequence[Sequence[Body]]:
    said = await say(Reader(store, webhook.tenant_id, _remembered), events)
    found = []
    for event, each in zip(events, said, strict=True):
        bodies = []
        for at, one in enumerate(each):
            name = further_id(event.id, at)
            text = enveloped(
                webhook, event_id=name, name=one.type, at=event.at, data=one.data, entity=one.entity
            )
            bodies.append(Body(name, one.type, text))
        found.append(bodies)
    return found


FORMATS: Final[Mapping[str, Print]] = {STAMPBOOK: _native, VOUCHERIFY: _voucherify}
