"""`/webhooks/{id}/deliveries` and `/deliveries/{id}`: what was sent, and sending it again."""

from typing import Final

from msgspec.json import Decoder

from stampbook.dialects.native import finding, ids
from stampbook.dialects.native.call import Call, Reply, read
from stampbook.dialects.native.problems import invalid_parameter, not_found
from stampbook.dialects.native.webhooks.endpoints import find, hold
from stampbook.dialects.native.webhooks.wire import (
    CountShape,
    DeliveryShape,
    RangeBody,
    delivery_shape,
)
from stampbook.dialects.native.wire.pages import Page, page_of
from stampbook.dialects.native.wire.values import read_instant
from stampbook.dialects.native.writing import write_once
from stampbook.storage.store import Transacting
from stampbook.webhooks import deliveries
from stampbook.webhooks.deliveries import Wanted
from stampbook.webhooks.model import STATUSES, Delivery

_range = Decoder(RangeBody)

MAX_EVENTS_ASKED: Final = 100
"""Events whose deliveries are asked for at once."""


async def list_deliveries(call: Call) -> Page[DeliveryShape]:
    """The newest first."""
    store, limit = call.context.store, finding.limit(call)
    webhook = await find(call, store, call.id(ids.WEBHOOK))
    status = call.query.get("status")
    if status is not None and status not in STATUSES:
        raise invalid_parameter("status", f"must be one of {', '.join(STATUSES)}")
    wanted = Wanted(
        status,
        call.query.get("type"),
        call.query.get("event_id"),
        finding.asked_instant(call, "from"),
        finding.asked_instant(call, "to"),
    )
    before = finding.cursor(call, ids.DELIVERY)
    found = await deliveries.page(store, webhook, wanted, before=before, limit=limit + 1)
    return page_of([delivery_shape(each) for each in found], limit)


async def list_deliveries_of_events(call: Call) -> Page[DeliveryShape]:
    """To all endpoints that the caller sees, the newest first."""
    limit, events = finding.limit(call), call.query.get("event_id", "").split(",")
    if not all(events) or len(events) > MAX_EVENTS_ASKED:
        raise invalid_parameter("event_id", f"must be 1 to {MAX_EVENTS_ASKED} ids of events")
    found = await deliveries.of_events(
        call.context.store,
        dict.fromkeys(events),
        tenant=call.caller.tenant,
        programs=call.caller.programs,
        before=finding.cursor(call, ids.DELIVERY),
        limit=limit + 1,
    )
    return page_of([delivery_shape(each) for each in found], limit)


async def get_delivery(call: Call) -> DeliveryShape:
    """With the body that was sent, and all attempts."""
    store = call.context.store
    delivery = await _find(call, store)
    await find(call, store, delivery.webhook_id)
    return delivery_shape(delivery, await deliveries.tries(store, delivery))


async def _find(call: Call, db: Transacting) -> Delivery:
    """Raises Failure (404)."""
    number = call.id(ids.DELIVERY)
    found = await deliveries.get(db, number, tenant=call.caller.tenant)
    if found is None:
        raise not_found("there is no such delivery")
    return found


async def redeliver(call: Call) -> Reply:
    """Send one again."""
    delivery = await _find(call, call.context.store)

    async def write(writing: Transacting) -> DeliveryShape:
        webhook = await hold(call, writing, delivery.webhook_id)
        await deliveries.redeliver(writing, webhook, delivery, now=call.context.clock())
        return delivery_shape(await _find(call, writing))

    return await write_once(call, write)


async def redeliver_range(call: Call) -> Reply:
    """Send those of a span of time again."""
    body = read(_range, call.body)
    since = read_instant(body.since, "/from")
    assert since is not None
    until = read_instant(body.until, "/to")

    async def write(writing: Transacting) -> CountShape:
        webhook = await hold(call, writing, call.id(ids.WEBHOOK))
        count = await deliveries.redeliver_range(
            writing,
            webhook,
            since=since,
            until=until,
            failed_only=body.status == "failed",
            now=call.context.clock(),
        )
        return CountShape(count)

    return await write_once(call, write)
