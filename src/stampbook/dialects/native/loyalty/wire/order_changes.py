"""An order as it is to be: what a request gives replaces what was."""

from msgspec import UNSET, UnsetType

from stampbook.dialects import amounts
from stampbook.dialects.native.loyalty.wire.orders import (
    OrderBody,
    OrderChange,
    OrderLineBody,
    StatusWord,
    content_of,
)
from stampbook.loyalty.numbers import new_number
from stampbook.loyalty.orders.model import Content, Item, Order, Status
from stampbook.programs.programs import Program


def new_order(program: Program, external_id: str, content: Content, *, now: int) -> Order:
    """An order that is not written yet."""
    return Order(
        number=new_number(now),
        version=0,
        tenant=program.tenant_id,
        program=program.program_id,
        member=None,
        customer=None,
        external_id=external_id,
        status=Status.CREATED,
        content=content,
        refunded=0,
        origin=None,
        judged=None,
        effective_at=now,
        paid_at=None,
        fulfilled_at=None,
        cancelled_at=None,
        created_at=now,
        updated_at=now,
    )


def merged(
    old: Order,
    *,
    content: Content,
    member: int | None,
    status: StatusWord | UnsetType,
    effective_at: int | None,
    fulfilled: bool | UnsetType,
    now: int,
) -> Order:
    """The order with what a request gives; what it does not give stays."""
    wanted = old.status if status is UNSET else Status(status)
    if wanted is Status.PAID and old.is_paid:
        wanted = old.status
    marked = old.fulfilled_at
    if fulfilled is not UNSET and fulfilled is not (marked is not None):
        marked = now if fulfilled else None
    return old._replace(
        content=content,
        member=member,
        status=wanted,
        effective_at=old.effective_at if effective_at is None else effective_at,
        fulfilled_at=marked,
    )


def changed(order: Order, change: OrderChange) -> Content:
    """The content with what is given. Raises Failure (422).

    Lines stay if none are given. Only the amount of a paid order can be lower without naming them:
    the difference is then spread over all.
    """
    old = order.content
    names = ("money", "amount", "discount", "lines")
    if all(getattr(change, name) is UNSET for name in names):
        content = old
    else:
        content = content_of(_as_body(order, change))
    if change.channel is not UNSET:
        content = content._replace(channel=change.channel)
    if change.location is not UNSET:
        content = content._replace(location=change.location)
    if change.metadata is not UNSET:
        content = content._replace(metadata=change.metadata)
    return content


def _as_body(order: Order, change: OrderChange) -> OrderBody:
    old, scale = order.content, order.content.scale
    lines = [_line(item, scale) for item in old.lines]
    amount = amounts.write(old.amount, scale)
    discount = amounts.write(old.discount, scale)
    if change.lines is not UNSET:
        lines = list(change.lines)
    elif order.is_paid and (change.amount is not UNSET or change.discount is not UNSET):
        lines = []
    return OrderBody(
        external_id="-",
        money=old.money if change.money is UNSET else change.money,
        amount=amount if change.amount is UNSET else change.amount,
        discount=discount if change.discount is UNSET else change.discount,
        lines=lines,
        channel=old.channel,
        location=old.location,
        metadata=dict(old.metadata),
    )


def _line(item: Item, scale: int) -> OrderLineBody:
    return OrderLineBody(
        amount=amounts.write(item.amount, scale),
        total=amounts.write(item.total, scale),
        id=item.line,
        kind=item.kind,
        item=item.item,
        sku=item.sku,
        categories=item.categories,
        quantity=amounts.write(item.quantity, 3),
        metadata=dict(item.metadata),
    )
