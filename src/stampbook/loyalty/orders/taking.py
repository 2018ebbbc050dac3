"""What a refund takes of an order's lines, and what remains of the order. Pure.

An order without lines is treated as if it had one nameless line.
"""

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Final, NamedTuple

from stampbook.loyalty.faults import Code, Refused
from stampbook.loyalty.judging.splitting import split
from stampbook.loyalty.model import Line, OrderFacts
from stampbook.loyalty.orders.model import THOUSANDTHS, Item, Order, Status, Taken

NAMELESS: Final = ""
"""The line of an order that has no lines."""


class Part(NamedTuple):
    """A part of a line that is to be taken back: some of its quantity, or some of its money."""

    line: str
    quantity: int | None = None
    amount: int | None = None


def take_whole(order: Order) -> tuple[Taken, ...]:
    """All that remains. Where the lines do not cost what the order does, its rest is spread over
    them."""
    items = _items(order)
    rests = [item.remaining for item in items]
    if sum(rests) != order.remaining:
        rests = split(order.remaining, rests if any(rests) else [1] * len(items))
    return tuple(
        Taken(item.line, rest, item.quantity - item.returned)
        for item, rest in zip(items, rests, strict=True)
        if rest or item.quantity > item.returned
    )


def take_amount(order: Order, amount: int) -> tuple[Taken, ...]:
    """`amount` spread over what remains of the lines. Raises Refused (EXCEEDS_ORDER)."""
    if amount > order.remaining:
        raise _exceeds("the order")
    items = _items(order)
    shares = split(amount, [item.remaining for item in items])
    taken = [Taken(item.line, share) for item, share in zip(items, shares, strict=True) if share]
    return _completed(order, taken)


def take_parts(order: Order, parts: Sequence[Part]) -> tuple[Taken, ...]:
    """These parts of lines; a quantity takes its share of what remains of the line.

    Each part names a line of the order, and no two the same. Raises Refused (EXCEEDS_ORDER).
    """
    items = {item.line: item for item in _items(order)}
    return _completed(order, [_take_part(items[part.line], part) for part in parts])


def _take_part(item: Item, part: Part) -> Taken:
    left = item.quantity - item.returned
    quantity = part.quantity or 0
    amount = item.remaining * quantity // left if part.amount is None and left else part.amount or 0
    if quantity > left or amount > item.remaining:
        raise _exceeds(f"line {item.line}")
    return Taken(item.line, amount, quantity)


def _completed(order: Order, taken: Sequence[Taken]) -> tuple[Taken, ...]:
    """With the quantities of lines of which nothing is left to pay: goods go with their money."""
    items = {item.line: item for item in _items(order)}
    whole = sum(each.amount for each in taken) == order.remaining > 0
    if whole:  # what was free goes with the rest
        named = {each.line for each in taken}
        taken = [*taken, *(Taken(line, 0) for line in items if line not in named)]
    result = []
    for each in taken:
        item = items[each.line]
        left = item.quantity - item.returned
        is_gone = whole or (item.remaining and each.amount == item.remaining)
        result.append(each._replace(quantity=left) if is_gone else each)
    return tuple(each for each in result if each.amount or each.quantity)


def after(order: Order, taken: Iterable[Taken], *, gone: Status = Status.REFUNDED) -> Order:
    """The order without what was taken; `gone`: its status if nothing remains."""
    return _moved(order, {each.line: each for each in taken}, 1, gone)


def before(order: Order, taken: Iterable[Taken]) -> Order:
    """The order with what was taken: the void of a refund."""
    return _moved(order, {each.line: each for each in taken}, -1, Status.REFUNDED)


def _moved(order: Order, taken: Mapping[str, Taken], sign: int, gone: Status) -> Order:
    lines = tuple(
        item
        if (part := taken.get(item.line)) is None
        else item._replace(
            refunded=item.refunded + sign * part.amount,
            returned=item.returned + sign * part.quantity,
        )
        for item in order.content.lines
    )
    moved = order._replace(
        content=order.content._replace(lines=lines),
        refunded=order.refunded + sign * sum(each.amount for each in taken.values()),
    )
    touched = moved.refunded or any(item.returned for item in lines)
    if sign > 0 and is_gone(moved, taken):
        return moved._replace(status=gone)
    return moved._replace(status=Status.PARTLY_REFUNDED if touched else Status.PAID)


def is_gone(order: Order, taken: Mapping[str, Taken]) -> bool:
    """Whether nothing remains of the order, after that was taken of it."""
    if order.content.total:
        return not order.remaining
    lines = order.content.lines
    return all(item.quantity == item.returned for item in lines) if lines else bool(taken)


def _items(order: Order) -> Sequence[Item]:
    """The lines; for an order without lines its nameless one."""
    content = order.content
    if content.lines:
        return content.lines
    returned = THOUSANDTHS if order.status in (Status.REFUNDED, Status.CANCELLED) else 0
    nameless = Item(NAMELESS, THOUSANDTHS, content.amount, content.total)
    return (nameless._replace(refunded=order.refunded, returned=returned),)


def _exceeds(what: str) -> Refused:
    return Refused(Code.EXCEEDS_ORDER, f"more than what remains of {what}")


# -- what rules read ---------------------------------------------------------------------


def whole_facts(order: Order) -> OrderFacts:
    """The order as rules judged it, before anything was taken of it."""
    lines = tuple(item._replace(refunded=0, returned=0) for item in order.content.lines)
    return facts(order._replace(content=order.content._replace(lines=lines), refunded=0))


def facts(order: Order) -> OrderFacts:
    """What remains of the order, as rules read it. Depends only on what was taken, not on how."""
    content, judged = order.content, order.judged
    assert judged is not None, "only orders that are paid are judged"
    total = order.remaining
    amount = left_of(content.amount, content.total, order.refunded)
    if content.lines:
        amount = sum(_amount_left(item) for item in content.lines)
    return OrderFacts(
        amount=amount,
        discount=amount - total,
        total=total,
        lines=tuple(_line(item) for item in content.lines if _is_left(item)),
        money=content.money,
        scale=content.scale,
        paid_with_points=left_of(judged.paid_with_points, content.total, order.refunded),
        channel=judged.channel,
        location=judged.location,
        metadata=judged.metadata,
        initial_amount=judged.initial_amount,
    )


def _line(item: Item) -> Line:
    return Line(
        line=item.line,
        quantity=Fraction(item.quantity - item.returned, THOUSANDTHS),
        amount=_amount_left(item),
        total=item.remaining,
        kind=item.kind,
        item=item.item,
        sku=item.sku,
        categories=item.categories,
        metadata=item.metadata,
    )


def _is_left(item: Item) -> bool:
    return item.remaining > 0 or item.quantity > item.returned


def _amount_left(item: Item) -> int:
    """The part of the amount before discounts that belongs to what remains of the line."""
    if item.total:
        return left_of(item.amount, item.total, item.refunded)
    return left_of(item.amount, item.quantity, item.returned)


def left_of(amount: int, whole: int, taken: int) -> int:
    """What is left of an amount when `taken` of `whole` is taken away."""
    return amount - amount * taken // whole if whole else amount
