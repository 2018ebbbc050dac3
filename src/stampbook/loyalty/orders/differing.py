"""What a paid order that comes in again has less than before. Pure."""

from collections.abc import Mapping

from stampbook.loyalty.faults import Code, Refused
from stampbook.loyalty.orders.model import Item, Order, Taken
from stampbook.loyalty.orders.taking import Part, take_amount, take_parts


def difference(old: Order, new: Order) -> tuple[Taken, ...]:
    """What the new content takes of the paid order: nothing if it is the order as it was paid, or
    as it is now. Raises Refused (ORDER_PAID) if it has more of anything, or other lines."""
    before, after = old.content, new.content
    if (before.money, before.channel, before.location) != (
        after.money,
        after.channel,
        after.location,
    ):
        raise _is_paid()
    if (before.amount, before.total, _plain(before.lines)) == (
        after.amount,
        after.total,
        _plain(after.lines),
    ):
        return ()
    if not after.lines or not before.lines:
        return _of_totals(old, new)
    named = {item.line: item for item in after.lines}
    if not named.keys() <= {item.line for item in before.lines}:
        raise _is_paid()
    parts = [part for item in before.lines if (part := _part(item, named)) is not None]
    return take_parts(old, parts) if parts else ()


def _plain(lines: tuple[Item, ...]) -> tuple[Item, ...]:
    return tuple(item._replace(refunded=0, returned=0) for item in lines)


def _of_totals(old: Order, new: Order) -> tuple[Taken, ...]:
    """The content names no lines: the difference is spread over all of them."""
    less = old.remaining - new.content.total
    if new.content.total in (old.content.total, old.remaining):
        return ()
    if less < 0:
        raise _is_paid()
    return take_amount(old, less)


def _part(item: Item, named: Mapping[str, Item]) -> Part | None:
    """What the line has less than what remains of it."""
    left = item.quantity - item.returned
    new = named.get(item.line)
    if new is None:
        return Part(item.line, left, item.remaining) if left or item.remaining else None
    if _identity(new) != _identity(item):
        raise _is_paid()
    if (new.quantity, new.total) == (item.quantity, item.total):
        return None
    if new.quantity > left or new.total > item.remaining:
        raise _is_paid()
    if (new.quantity, new.total) == (left, item.remaining):
        return None
    return Part(item.line, left - new.quantity, item.remaining - new.total)


def _identity(item: Item) -> tuple[object, ...]:
    return item.kind, item.item, item.sku, item.categories


def _is_paid() -> Refused:
    return Refused(Code.ORDER_PAID, "the order is paid: what is more than before is another order")
