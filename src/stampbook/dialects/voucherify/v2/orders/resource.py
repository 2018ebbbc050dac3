"""`/v1/orders`: a paid order makes its customer earn in all programs that they are in."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final

import msgspec
from msgspec import UNSET

from stampbook.dialects.spelling.voucherify import Prefix, parse, spell
from stampbook.dialects.voucherify.core.bodies import merged_metadata, read_body
from stampbook.dialects.voucherify.core.calls import Call, single
from stampbook.dialects.voucherify.core.faults import (
    Fault,
    forbidden,
    invalid_payload,
    invalid_query,
    not_found,
    refused,
)
from stampbook.dialects.voucherify.core.lists.listing import read_limit, read_page_number
from stampbook.dialects.voucherify.core.once import earlier, join_once
from stampbook.dialects.voucherify.core.operations import Access, operation
from stampbook.dialects.voucherify.core.rows import NOBODY
from stampbook.dialects.voucherify.core.shapes.schema import (
    COUNT,
    CUSTOMER_ID,
    OPEN,
    TEXT,
    TIME,
    array_of,
    id_of,
    object_of,
    one_of,
    or_null,
    titled,
)
from stampbook.dialects.voucherify.core.times import stamp, updated
from stampbook.dialects.voucherify.v2.orders.people import (
    customer_of,
    same_customer,
    watchers_of,
    with_referrer,
)
from stampbook.dialects.voucherify.v2.orders.policies import revokes_of
from stampbook.dialects.voucherify.v2.orders.wire import (
    NEW,
    OrderBody,
    content_of,
    merged,
    read_created,
    sums,
)
from stampbook.edge.operations import Operation
from stampbook.ledger.joint import Joint, JointRefused, Known, with_result
from stampbook.loyalty.events.awarding import note_given
from stampbook.loyalty.faults import Code, Refused
from stampbook.loyalty.model import OrderFacts
from stampbook.loyalty.numbers import new_number
from stampbook.loyalty.orders import steps, storing
from stampbook.loyalty.orders.model import Judged, Order, Status
from stampbook.loyalty.orders.refunding import Desk
from stampbook.loyalty.orders.steps import Put, Watcher
from stampbook.loyalty.orders.taking import whole_facts
from stampbook.programs.roles import CANCEL

Body = dict[str, Any]

ORDERS: Final = "/v1/orders"
STATUSES: Final = {
    "CREATED": Status.CREATED,
    "FULFILLED": Status.CREATED,
    "PAID": Status.PAID,
    "CANCELED": Status.CANCELLED,
}
MAX_PAGE: Final = 1_000

ORDER: Final = titled(
    "Order",
    object_of(
        id=id_of("ord"),
        source_id=or_null(TEXT),
        status=one_of("CREATED", "PAID", "CANCELED", "FULFILLED"),
        amount=COUNT,
        initial_amount=COUNT,
        discount_amount=COUNT,
        items_discount_amount=COUNT,
        total_discount_amount=COUNT,
        total_amount=COUNT,
        items=array_of(OPEN),
        metadata=OPEN,
        customer_id=or_null(CUSTOMER_ID),
        customer=or_null(object_of(id=CUSTOMER_ID, object=one_of("customer"))),
        referrer_id=or_null(TEXT),
        redemptions=OPEN,
        created_at=TIME,
        updated_at=or_null(TIME),
        object=one_of("order"),
    ),
)
LIST: Final = object_of(
    object=one_of("list"), data_ref=one_of("orders"), orders=array_of(ORDER), total=COUNT
)


def print_order(order: Order) -> Body:
    body = _origin(order)
    found = sums(body)
    return {
        "id": spell(Prefix.ORDER, order.number),
        "source_id": order.external_id,
        "status": body["status"],
        "amount": found.amount,
        "initial_amount": found.amount
        if body["initial_amount"] is None
        else body["initial_amount"],
        "discount_amount": found.discount,
        "items_discount_amount": found.of_items,
        "total_discount_amount": found.total_discount,
        "total_amount": found.total,
        "items": [
            {
                **each,
                "subtotal_amount": each["amount"] - each["discount_amount"],
                "object": "order_item",
            }
            for each in body["items"]
        ],
        "metadata": dict(order.content.metadata),
        "customer_id": order.customer,
        "customer": None
        if order.customer is None
        else {"id": order.customer, "object": "customer"},
        "referrer_id": body["referrer_id"],
        "redemptions": {},
        "created_at": stamp(order.created_at),
        "updated_at": updated(order.created_at, order.updated_at),
        "object": "order",
    }


def _origin(order: Order) -> Body:
    return NEW if order.origin is None else NEW | msgspec.json.decode(order.origin)


async def find_order(call: Call, text: str) -> Order:
    """The tenant's order of that id or source id. Raises a Fault (404)."""
    number = parse(Prefix.ORDER, text)
    found = await storing.get(call.store, NOBODY if number is None else number, tenant=call.tenant)
    if found is None and "\0" not in text:
        found = await storing.by_external_id(call.store, text, tenant=call.tenant, program=None)
    if found is None or found.program is not None:
        raise not_found("order", text)
    return found


async def create_order(call: Call) -> Body:
    """A new order; one with that id or source id already is updated instead."""
    wanted = read_body(call.body, OrderBody)
    found = None
    if wanted.id is not None:
        found = await find_order(call, wanted.id)
    return await _put(call, wanted, found)


async def update_order(call: Call) -> Body:
    """What is given replaces what was; metadata is merged."""
    wanted = read_body(call.body, OrderBody)
    found = await find_order(call, call.parameters["order"])
    return await _put(call, wanted, found)


async def read_order(call: Call) -> Body:
    return print_order(await find_order(call, call.parameters["order"]))


async def list_orders(call: Call) -> Body:
    limit, page = read_limit(call.pairs), read_page_number(call.pairs, most=MAX_PAGE)
    order = single(call.pairs, "order") or "-created_at"
    columns = {"created_at": "created_at", "updated_at": "updated_at"}
    column = columns.get(order.removeprefix("-"))
    if column is None:
        raise invalid_query(f"Cannot order by {order[:100]}")
    way = "DESC" if order.startswith("-") else "ASC"
    rows = await call.store.fetch(
        f"""
        SELECT o.order_id FROM orders o
        WHERE o.tenant_id = $1 AND o.program_id IS NULL
        ORDER BY o.{column} {way}, o.order_id {way} LIMIT $2 OFFSET $3
        """,  # noqa: S608 - constants
        call.tenant,
        limit,
        (page - 1) * limit,
    )
    found = [await storing.get(call.store, row["order_id"], tenant=call.tenant) for row in rows]
    counted = await call.store.fetch_one(
        "SELECT count(*) AS orders FROM orders WHERE tenant_id = $1 AND program_id IS NULL",
        call.tenant,
    )
    assert counted is not None
    return {
        "object": "list",
        "data_ref": "orders",
        "orders": [print_order(each) for each in found if each is not None],
        "total": counted["orders"],
    }


async def _put(call: Call, wanted: OrderBody, found: Order | None) -> Body:
    """Make the order what the request says, and print it. Raises a Fault."""
    known = await earlier(call)
    if known is not None:
        return known
    desk = Desk(call.store, call.context.ledger)
    source = wanted.source_id if isinstance(wanted.source_id, str) else None
    if source is not None and parse(Prefix.ORDER, source) is not None:
        raise invalid_payload("Payload.source_id must not have the form of an order's id")
    wanted, customer = await with_referrer(call, wanted), await customer_of(call, wanted)
    number, began = new_number(call.now), read_created(wanted, call.now)

    async def find() -> Order | None:
        if found is not None:
            return await storing.get(call.store, found.number, tenant=call.tenant)
        if source is None:
            return None
        return await storing.by_external_id(call.store, source, tenant=call.tenant, program=None)

    def make(old: Order | None) -> Order:
        return _made(call, wanted, old, customer=customer, number=number, began=began)

    async def watchers(order: Order) -> list[Watcher]:
        return [] if order.customer is None else await watchers_of(call, order.customer)

    old = await find()
    if old is not None:
        if source not in (None, old.external_id):
            raise invalid_payload("Payload.source_id: an order keeps its source id")
        if customer is not None and await same_customer(call, old.customer, customer):
            customer = old.customer
    ask = Put(
        find,
        make,
        watchers,
        actor=call.caller.actor,
        revokes=None if old is None else await revokes_of(call, old),
        reopens=True,
    )
    awarding = call.context.awarding
    saved: list[steps.Saved] = []

    async def build() -> Joint | Known:
        return with_result(await steps.request(desk, awarding, ask), printed)

    def printed(made: steps.Saved) -> Body:
        if made.moves_back and not call.caller.may(CANCEL):
            raise forbidden(CANCEL)
        saved[:] = [made]
        return print_order(made.order)

    try:
        async with awarding.turns.of(await steps.rivals_of(awarding, ask)):
            body = await join_once(call, build)
        for each in saved:
            note_given(awarding, each.judged)
        return body
    except Refused as refusal:
        raise _fault(refusal) from None
    except JointRefused as refusal:
        if old is not None and old.status is Status.CANCELLED:
            raise invalid_payload(
                "The order cannot be paid again: its points do not allow it"
            ) from None
        raise refused(refusal.refusal) from None


def _made(
    call: Call,
    wanted: OrderBody,
    old: Order | None,
    *,
    customer: str | None,
    number: int,
    began: int,
) -> Order:
    """The order as it is to be. Raises a Fault (400)."""
    body = merged(NEW if old is None else _origin(old), wanted)
    before = "{}" if old is None else msgspec.json.encode(old.content.metadata).decode()
    metadata: Mapping[str, Any] = msgspec.json.decode(before)
    if wanted.metadata is not UNSET:
        metadata = msgspec.json.decode(merged_metadata(before, wanted.metadata))
    status = STATUSES[body["status"]]
    origin = msgspec.json.encode(body).decode()
    if old is None:
        return Order(
            number=number,
            version=0,
            tenant=call.tenant,
            program=None,
            member=None,
            customer=customer,
            external_id=wanted.source_id if isinstance(wanted.source_id, str) else None,
            status=status,
            content=content_of(body, metadata),
            refunded=0,
            origin=origin,
            judged=None,
            effective_at=began,
            paid_at=None,
            fulfilled_at=call.now if body["status"] == "FULFILLED" else None,
            cancelled_at=None,
            created_at=call.now,
            updated_at=call.now,
        )
    fulfilled = old.fulfilled_at
    if body["status"] == "FULFILLED" and fulfilled is None:
        fulfilled = call.now
    if old.is_paid:
        # Whatever else is stored of a paid order, it changes no points.
        if body["status"] == "CREATED":
            raise invalid_payload("Payload.status: a paid order cannot be CREATED again")
        if customer not in (None, old.customer):
            raise invalid_payload("Payload.customer: a paid order keeps its customer")
        content = old.content._replace(metadata=metadata)
        reopened = old.status is Status.CANCELLED and body["status"] == "PAID"
        status = status if reopened or status is Status.CANCELLED else old.status
        customer = old.customer
    else:
        content = content_of(body, metadata)
    return old._replace(
        customer=customer or old.customer,
        status=status,
        content=content,
        origin=origin,
        fulfilled_at=fulfilled,
    )


def tried(call: Call, wanted: OrderBody) -> OrderFacts:
    """An order that is not made, as rules would read it. Raises a Fault (400)."""
    order = _made(call, wanted, None, customer=None, number=0, began=call.now)
    judged = Judged(metadata=order.content.metadata, initial_amount=order.content.initial_amount)
    return whole_facts(order._replace(judged=judged))


def _fault(refusal: Refused) -> Fault:
    """What the engine refuses, in the dialect's words."""
    if refusal.code is Code.ORDER_CANCELLED:
        return invalid_payload("A CANCELED order that was never paid cannot be changed")
    return invalid_payload(refusal.detail[:1].upper() + refusal.detail[1:])


_row: Callable[..., Operation] = partial(operation, tag="Orders", access=Access.TENANT)

OPERATIONS: Final[tuple[Operation, ...]] = (
    _row("POST", ORDERS, create_order, "ledger:write", "Create an order, or update it",
         name="create_order", body=OrderBody, answer=ORDER),
    _row("GET", ORDERS, list_orders, "read", "List orders", name="list_orders", answer=LIST,
         query={"limit": "orders on a page", "page": "which page, from 1",
                "order": "one of created_at, updated_at, -created_at, -updated_at"}),
    _row("GET", f"{ORDERS}/{{order}}", read_order, "read", "Read an order", name="get_order",
         answer=ORDER),
    _row("PUT", f"{ORDERS}/{{order}}", update_order, "ledger:write", "Update an order",
         name="update_order", body=OrderBody, answer=ORDER),
)  # fmt: skip
