"""Decides whether a movement of an order may come back in force, by the cancel of its cancel.

What was taken back by hand comes back only while nothing of the order was refunded; otherwise the
order would have earned, or returned, for what is no longer bought. The same holds for what the
refund of another order took, because the totals that an award counted have fallen. Refunds are
undone by their own voids, and so are grants and events that were taken back as a whole. Nor does an
award come back beyond a limit of its rule or currency.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

from stampbook.ledger.guarding import Change
from stampbook.loyalty.events import reviving
from stampbook.loyalty.events import storing as events
from stampbook.loyalty.events.model import EVENT_SUBJECT, Event
from stampbook.loyalty.events.reviving import Coming, Place, Reviving
from stampbook.loyalty.orders import storing
from stampbook.loyalty.orders.model import ORDER_SUBJECT, Order, Payment, Status
from stampbook.loyalty.orders.thresholds import taken_elsewhere
from stampbook.loyalty.rewards import grants
from stampbook.storage.store import Guard, Store

FALLEN: Final = "the grant of these points was taken back"
UNCOUNTED: Final = "less remains of the orders that it counted: void their refund instead"

_WHOLE: Final = (Status.CREATED, Status.PAID)


class OrderBill(NamedTuple):
    """An order with what pays for it, as they were read under the guard's version."""

    version: int
    order: Order
    payments: Sequence[Payment]
    limits: Reviving = Reviving()
    fallen: frozenset[Place] = frozenset()
    uncounted: frozenset[Place] = frozenset()

    @property
    def guards(self) -> Sequence[Guard]:
        """See ledger.guarding.Owner: those of limits."""
        return self.limits.guards

    def objection(self, restored: Change, earlier: Sequence[Change]) -> str | None:
        """Why the movement cannot come back; see ledger.guarding.Owner."""
        if self.order.status not in _WHOLE:
            return "less of the order remains: void the refund instead"
        row = restored.original
        if (row.account, row.seq) in self.fallen:
            return FALLEN
        if (row.account, row.seq) in self.uncounted:
            return UNCOUNTED
        if not (row.subject or "").startswith(ORDER_SUBJECT):
            return _beyond(self.limits, restored, earlier)
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


class Happened(NamedTuple):
    """An event that is about no order; None: it is not there."""

    version: int
    event: Event | None
    limits: Reviving = Reviving()
    fallen: frozenset[Place] = frozenset()
    uncounted: frozenset[Place] = frozenset()

    @property
    def guards(self) -> Sequence[Guard]:
        """See ledger.guarding.Owner: those of limits."""
        return self.limits.guards

    def objection(self, restored: Change, earlier: Sequence[Change]) -> str | None:
        """Why the award cannot come back; see ledger.guarding.Owner."""
        if self.event is not None and self.event.cancelled_at is not None:
            return "the event was cancelled: restore it instead"
        if (restored.original.account, restored.original.seq) in self.fallen:
            return FALLEN
        if (restored.original.account, restored.original.seq) in self.uncounted:
            return UNCOUNTED
        return _beyond(self.limits, restored, earlier)


def _beyond(limits: Reviving, restored: Change, earlier: Sequence[Change]) -> str | None:
    """Whether more would be in force than the limits of the award allow."""
    back: dict[Place, int] = {}
    for each in (*earlier, restored):
        place = each.original.account, each.original.seq
        back[place] = back.get(place, 0) + each.amount
    return limits.objection(Coming(back))


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

    async def owner(self, guard: str, *, tenant: int) -> OrderBill | Happened:
        """The tenant's order that the guard names, as it is now. An event's guard is written here:
        most events never need one."""
        store = self._store
        await store.execute(
            "INSERT INTO guards (subject) VALUES ($1) ON CONFLICT (subject) DO NOTHING", guard
        )
        version = (await store.find_guards([guard]))[guard]
        number: int | None = int(guard.partition(":")[2])
        event, limits = None, Reviving()
        fallen = uncounted = frozenset[Place]()
        if guard.startswith(EVENT_SUBJECT):
            event = await events.get(store, number or 0, tenant=tenant)
            number = None if event is None else event.order_id
            if event is not None:
                limits = await reviving.read(store, [event], tenant=tenant, writes_guards=True)
                fallen = await _fallen(store, event)
                uncounted = await taken_elsewhere(store, event)
        order = None if number is None else await storing.get(store, number, tenant=tenant)
        if order is None:
            return Happened(version, event, limits, fallen, uncounted)
        payments = await storing.payments_of(store, order)
        return OrderBill(version, order, payments, limits, fallen, uncounted)


async def _fallen(store: Store, event: Event) -> frozenset[Place]:
    """The accruals of the event's grants that were taken back."""
    given = await grants.of_events(store, [event.event_id], tenant=event.tenant_id)
    return frozenset(
        (grant.account_id, grant.seq)
        for grant, _ in given.get(event.event_id, ())
        if grant.state == "refunded" and grant.account_id is not None and grant.seq is not None
    )
