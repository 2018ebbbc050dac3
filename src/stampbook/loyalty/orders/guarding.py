"""Decides whether a movement of an order may come back in force, by the cancel of its cancel.

What was taken back by hand comes back only while nothing of the order was refunded; otherwise the
order would have earned, or returned, for what is no longer bought. Refunds are undone by their own
voids.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

from stampbook.ledger.guarding import Change
from stampbook.loyalty.events import storing as events
from stampbook.loyalty.events.model import EVENT_SUBJECT
from stampbook.loyalty.orders import storing
from stampbook.loyalty.orders.model import ORDER_SUBJECT, Order, Payment, Status
from stampbook.storage.store import Store

_WHOLE: Final = (Status.CREATED, Status.PAID)


class OrderBill(NamedTuple):
    """An order with what pays for it, as they were read under the guard's version."""

    version: int
    order: Order
    payments: Sequence[Payment]

    def objection(self, restored: Change, earlier: Sequence[Change]) -> str | None:
        """Why the movement cannot come back; see ledger.guarding.Owner."""
        if self.order.status not in _WHOLE:
            return "less of the order remains: void the refund instead"
        row = restored.original
        if not (row.subject or "").startswith(ORDER_SUBJECT):
            return None
        left = {(each.account, each.seq): each.left for each in self.payments}
        for change in (*earlier, restored):
            place = change.original.account, change.original.seq
            left[place] = left.get(place, 0) + change.amount
        paid = 0
        for each in self.payments:
            if (each.account, each.seq) == (row.account, row.seq) and each.returned_at is not None:
                return "the payment was given back"
            paid += each.worth(left[each.account, each.seq])
        if paid > self.order.remaining:
            return "the order was paid otherwise meanwhile: too little is left to pay"
        return None


class Free(NamedTuple):
    """What no order owns: an event of another kind."""

    version: int

    def objection(self, restored: Change, earlier: Sequence[Change]) -> str | None:
        """See ledger.guarding.Owner."""
        return None


class OrderGuardian:
    """The ledger's guardian of the store's orders: of what pays for them, and what they earned."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def guard_of(self, subject: str | None) -> str | None:
        """See ledger.guarding.Guardian: the subject is the guard's name."""
        owned = subject is not None and subject.startswith((ORDER_SUBJECT, EVENT_SUBJECT))
        return subject if owned else None

    def guard_moved(self, subject: str | None) -> str | None:
        """The guard of the order of which more, or less, is left to pay."""
        return subject if subject is not None and subject.startswith(ORDER_SUBJECT) else None

    async def owner(self, guard: str, *, tenant: int) -> OrderBill | Free:
        """The tenant's order that the guard names, as it is now. An event's guard is written here:
        most events never need one."""
        store = self._store
        await store.execute(
            "INSERT INTO guards (subject) VALUES ($1) ON CONFLICT (subject) DO NOTHING", guard
        )
        version = (await store.find_guards([guard]))[guard]
        number: int | None = int(guard.partition(":")[2])
        if guard.startswith(EVENT_SUBJECT):
            event = await events.get(store, number or 0, tenant=tenant)
            number = None if event is None else event.order_id
        order = None if number is None else await storing.get(store, number, tenant=tenant)
        if order is None:
            return Free(version)
        return OrderBill(version, order, await storing.payments_of(store, order))
