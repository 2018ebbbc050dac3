"""`/programs/{id}/orders/{order}/refunds`: taking parts of an order back, and undoing that."""

from msgspec.json import Decoder, encode

from stampbook.dialects.native import finding, ids
from stampbook.dialects.native.call import Call, Reply, read
from stampbook.dialects.native.loyalty.orders import desk_of, order_of, whole_of
from stampbook.dialects.native.loyalty.wire.order_answers import Whole, after, refund_shape
from stampbook.dialects.native.loyalty.wire.orders import (
    OrderRefundBody,
    OrderRefundShape,
    read_quantity,
    read_sum,
)
from stampbook.dialects.native.problems import invalid, invalid_field, not_found
from stampbook.dialects.native.wire.pages import Page, page_of
from stampbook.dialects.native.writing import join_once
from stampbook.ledger.joint import Joint, Known, with_result
from stampbook.loyalty.orders import refunding, voiding
from stampbook.loyalty.orders.model import Order
from stampbook.loyalty.orders.refunding import Ask, Choose, Refunded
from stampbook.loyalty.orders.steps import Saved
from stampbook.loyalty.orders.taking import NAMELESS, Part, take_amount, take_parts, take_whole
from stampbook.loyalty.orders.voiding import Undo

_refund_body = Decoder(OrderRefundBody)


async def create_refund(call: Call) -> Reply:
    body = read(_refund_body, call.body)
    order = await order_of(call)
    ask = Ask(
        _choice(body, order),
        fingerprint=_fingerprint(body, order),
        external_id=body.external_id,
        reason=body.reason,
        actor=call.actor,
        cascade=body.cascade == "all",
        token=body.preview_token,
        dry_run=call.dry_run,
    )

    async def build() -> Joint | Known:
        found = await order_of(call)
        whole = await whole_of(call, found)
        made = await refunding.request(desk_of(call), lambda: order_of(call), ask)
        return with_result(made, lambda refunded: _shape(whole, refunded))

    return await join_once(call, build)


def _choice(body: OrderRefundBody, order: Order) -> Choose:
    """What to take. Raises Failure (422)."""
    named = [body.whole, body.lines is not None, body.amount is not None]
    if sum(named) != 1:
        raise invalid("name one of whole, lines and amount")
    scale = order.content.scale
    if body.amount is not None:
        amount = read_sum(body.amount, scale, "/amount", least=1)
        return lambda found: take_amount(found, amount)
    if body.lines is None:
        return take_whole
    parts = _parts(body, order)
    return lambda found: take_parts(found, parts)


def _parts(body: OrderRefundBody, order: Order) -> list[Part]:
    known = {item.line for item in order.content.lines}
    parts: list[Part] = []
    assert body.lines is not None
    if not body.lines:
        raise invalid_field("/lines", "names no line")
    for at, each in enumerate(body.lines):
        pointer = f"/lines/{at}"
        if each.line == NAMELESS or each.line not in known:
            raise invalid_field(f"{pointer}/line", "is not a line of the order")
        if any(part.line == each.line for part in parts):
            raise invalid_field(f"{pointer}/line", "is named twice")
        if (each.quantity is None) == (each.amount is None):
            raise invalid_field(pointer, "must have a quantity or an amount")
        if each.quantity is not None:
            quantity = read_quantity(each.quantity, f"{pointer}/quantity")
            parts.append(Part(each.line, quantity=quantity))
        else:
            assert each.amount is not None
            amount = read_sum(each.amount, order.content.scale, f"{pointer}/amount", least=1)
            parts.append(Part(each.line, amount=amount))
    return parts


def _fingerprint(body: OrderRefundBody, order: Order) -> str:
    """Equal for two bodies that ask for the same: amounts may be spelled in several ways."""
    scale = order.content.scale
    amount = None if body.amount is None else read_sum(body.amount, scale, "/amount")
    parts = [] if body.lines is None else sorted(_parts(body, order))
    return encode((body.whole, amount, parts, body.cascade, body.reason)).decode()


async def list_refunds(call: Call) -> Page[OrderRefundShape]:
    """Oldest first."""
    limit, order = finding.limit(call), await order_of(call)
    past = finding.cursor(call, ids.REFUND) or 0
    whole = await whole_of(call, order)
    found = [each for each in whole.refunds if each.number > past][: limit + 1]
    return page_of([refund_shape(each, whole) for each in found], limit)


async def void_refund(call: Call) -> Reply:
    """What the order's newest refund took is restored. A repeat changes nothing."""
    undo = Undo(call.id(ids.REFUND, "refund_id"), call.actor, dry_run=call.dry_run)

    async def build() -> Joint | Known:
        whole = await whole_of(call, await order_of(call))
        made = await voiding.request_void(desk_of(call), lambda: order_of(call), undo)
        if isinstance(made, Known) and made.result is None:
            raise not_found("the order has no such refund")
        return with_result(made, lambda refunded: _shape(whole, refunded))

    return await join_once(call, build)


def _shape(whole: Whole, found: Refunded) -> OrderRefundShape:
    saved = Saved(found.order, refund=found.refund)
    return refund_shape(found.refund, after(whole, saved))
