"""What others learn of orders: rows of the outbox, written with what has happened."""

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from stampbook.ledger.joint import Beside
from stampbook.loyalty.events.model import Judged
from stampbook.loyalty.judging.values import Held
from stampbook.loyalty.model import Award
from stampbook.loyalty.orders.model import Order, Payment, Refund
from stampbook.storage.outbox.writing import Outgoing, beside


class OrderAsIs(NamedTuple):
    """An order with all that belongs to it, oldest first, at the instant of an event. `refund` is
    the number of the refund that has just been made."""

    order: Order
    awards: tuple[Held, ...] = ()
    payments: tuple[Payment, ...] = ()
    refunds: tuple[Refund, ...] = ()
    refund: int | None = None


InForce = Callable[[int, int], int]
"""What no cancel has taken of the movement of an account."""


def paid(order: Order, payments: Sequence[Payment], judged: Iterable[Judged]) -> tuple[Beside, ...]:
    """The order was paid, and rules have judged it."""
    awards = [Held(award, award.amount) for each in judged for award in each.awards]
    return _told("paid", OrderAsIs(order, tuple(awards), tuple(payments)))


def withdrawn(order: Order, payments: Sequence[Payment]) -> tuple[Beside, ...]:
    """The order was cancelled before it was paid, and points that had paid for it came back."""
    return _told("cancelled", OrderAsIs(order, payments=tuple(payments)))


def taken_back(
    order: Order,
    refund: Refund,
    *,
    awards: Iterable[Award],
    payments: Iterable[Payment],
    earlier: Iterable[Refund],
    in_force: InForce,
) -> tuple[Beside, ...]:
    """Part of the order was taken back; or all of it, when it was cancelled."""
    value = OrderAsIs(
        order,
        tuple(Held(each, in_force(each.account, each.seq)) for each in awards),
        tuple(each._replace(left=in_force(each.account, each.seq)) for each in payments),
        (*earlier, refund),
        refund.number,
    )
    return _told("refunded" if order.cancelled_at is None else "cancelled", value)


def _told(word: str, value: OrderAsIs) -> tuple[Beside, ...]:
    order = value.order
    outgoing = Outgoing(
        f"order.{word}",
        order.updated_at,
        order.tenant,
        value,
        program=order.program,
        member=order.member,
    )
    return beside([outgoing])
