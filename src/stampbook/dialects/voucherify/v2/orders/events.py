"""`/v1/events`: custom events, which rules of programs judge; and `/v1/metadata-schemas`."""

from collections.abc import Callable, Sequence
from functools import partial
from hashlib import blake2b
from typing import Any, Final

import msgspec

from stampbook.dialects.voucherify.core.bodies import Metadata, encode_metadata, read_body
from stampbook.dialects.voucherify.core.calls import Call
from stampbook.dialects.voucherify.core.faults import Fault, refused
from stampbook.dialects.voucherify.core.lists.listing import read_limit, read_page_number
from stampbook.dialects.voucherify.core.once import earlier, join_once, write_once
from stampbook.dialects.voucherify.core.operations import Access, operation
from stampbook.dialects.voucherify.core.shapes.schema import (
    CUSTOMER_ID,
    TEXT,
    object_of,
    one_of,
)
from stampbook.dialects.voucherify.v2.orders.people import named_customer, watchers_of
from stampbook.dialects.voucherify.v2.orders.wire import OrderCustomer
from stampbook.dialects.voucherify.v2.schemas import (
    SCHEMA,
    SCHEMAS,
    EventName,
    count_names,
    is_known,
    list_names,
    schema_id,
)
from stampbook.edge.once import KeyReused
from stampbook.edge.operations import Operation
from stampbook.ledger.joint import Joint, JointRefused, Known, with_result
from stampbook.loyalty.events.awarding import note_given, request, rivals
from stampbook.loyalty.events.model import Judged, Occurrence
from stampbook.loyalty.faults import Code, Refused
from stampbook.loyalty.model import Trigger
from stampbook.programs import auditing
from stampbook.storage.store import Transacting

Body = dict[str, Any]

EVENTS: Final = "/v1/events"
METADATA_SCHEMAS: Final = "/v1/metadata-schemas"
MAX_EVENT_ID: Final = 255
MAX_PAGE: Final = 100
MAX_PAGES: Final = 1_000
OF_KEY: Final = "key:"
DIGESTED: Final = "digest:"
"""How the names of events begin that have an idempotency key, or an id that cannot be the name."""

NOTHING: Final = {"type": "null"}
EVENT: Final = object_of(
    object=one_of("event"),
    type=TEXT,
    customer=object_of(id=CUSTOMER_ID, object=one_of("customer")),
    referral=NOTHING,
    loyalty=NOTHING,
)


class EventBody(msgspec.Struct, frozen=True, kw_only=True):
    """An event as clients send it."""

    event: EventName
    customer: OrderCustomer
    metadata: Metadata | None = None


class SchemaBody(msgspec.Struct, frozen=True, kw_only=True):
    """A schema as clients send it; what it says of fields is not kept."""

    related_object: EventName


async def track_event(call: Call) -> Body:
    """Let every program of which the customer is a member judge what happened."""
    wanted = read_body(call.body, EventBody)
    metadata = encode_metadata(wanted.metadata)
    known = await earlier(call)
    if known is not None:
        return known
    customer = await named_customer(call, wanted.customer)
    async with call.store.transaction() as writing:
        schema = await schema_id(writing, call, wanted.event)
    name = _event_id(call, wanted)
    content = msgspec.json.encode([wanted.event, customer, metadata])
    occurrences = [
        Occurrence(
            tenant=call.tenant,
            program=watcher[0],
            member=watcher[1],
            kind=Trigger.CUSTOM_EVENT,
            external_id=name,
            fingerprint=None if name is None else blake2b(content, digest_size=16).digest(),
            name=wanted.event,
            metadata=metadata,
            member_metadata=watcher[2] if len(watcher) == 3 else None,
            types=frozenset({schema}),
        )
        for watcher in await watchers_of(call, customer)
    ]
    answer: Body = {
        "object": "event",
        "type": wanted.event,
        "customer": {"id": customer, "object": "customer"},
        "referral": None,
        "loyalty": None,
    }
    if occurrences:
        return await _fire(call, occurrences, answer)

    async def nobody(_writing: Transacting) -> Body:
        return answer

    return await write_once(call, nobody)


async def _fire(call: Call, occurrences: Sequence[Occurrence], answer: Body) -> Body:
    """Give what rules give for it, once for the request's key. Raises a Fault, KeyReused."""
    awarding, given = call.context.awarding, list[Judged]()

    def judged(found: tuple[Judged, ...]) -> Body:
        given[:] = found
        return answer

    async def build() -> Joint | Known:
        return with_result(await request(awarding, occurrences), judged)

    try:
        async with awarding.turns.of(await rivals(awarding, occurrences)):
            body = await join_once(call, build)
    except Refused as refusal:
        if call.key is not None and refusal.code is Code.EXTERNAL_ID_TAKEN:
            raise KeyReused from None  # earlier releases knew the key as the event's name alone
        raise Fault(
            409,
            "duplicate_found",
            "Duplicate found",
            refusal.detail[:1].upper() + refusal.detail[1:],
        ) from None
    except JointRefused as refusal:
        raise refused(refusal.refusal) from None
    note_given(awarding, given)
    return body


def _event_id(call: Call, wanted: EventBody) -> str | None:
    """What makes a repeat harmless."""
    if call.key is not None:
        return f"{OF_KEY}{call.key}"
    found = (wanted.metadata or {}).get("event_id")
    if not isinstance(found, str) or not found or "\0" in found:
        return None
    if len(found) > MAX_EVENT_ID or found.startswith((OF_KEY, DIGESTED)):
        return f"{DIGESTED}{blake2b(found.encode(), digest_size=32).hexdigest()}"
    return found


async def create_schema(call: Call) -> Body:
    """The schema of a name, new or not."""
    wanted = read_body(call.body, SchemaBody)

    async def write(writing: Transacting) -> Body:
        name = wanted.related_object
        known = await is_known(writing, call, name)
        schema = await schema_id(writing, call, name)
        if not known:
            await auditing.record(
                writing,
                tenant=call.tenant,
                action="metadata_schema.created",
                now=call.now,
                entity=schema,
                changes=auditing.diff(None, {"related_object": name}),
            )
        return _print(schema, name)

    return await write_once(call, write)


async def list_schemas(call: Call) -> Body:
    limit = read_limit(call.pairs, MAX_PAGE)
    page = read_page_number(call.pairs, most=MAX_PAGES)
    found = await list_names(call, limit=limit, skip=(page - 1) * limit)
    return {
        "object": "list",
        "data_ref": "schemas",
        "schemas": [_print(id_, name) for id_, name in found],
        "total": await count_names(call),
    }


def _print(id_: str, name: str) -> Body:
    return {"id": id_, "related_object": name, "object": "metadata_schema"}


_row: Callable[..., Operation] = partial(operation, tag="Events", access=Access.TENANT)

OPERATIONS: Final[tuple[Operation, ...]] = (
    _row("POST", EVENTS, track_event, "ledger:write", "Tell of a custom event",
         name="track_event", body=EventBody, answer=EVENT),
    _row("GET", METADATA_SCHEMAS, list_schemas, "read", "List the names of custom events",
         name="list_metadata_schemas", answer=SCHEMAS,
         query={"limit": "names on the page, without it 100", "page": "which page, from 1"}),
    _row("POST", METADATA_SCHEMAS, create_schema, "admin", "Give a custom event's name an id",
         name="create_metadata_schema", body=SchemaBody, answer=SCHEMA),
)  # fmt: skip
