"""What else counted an order: later events of its member whose rules read totals."""

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from stampbook.loyalty.events import storing as events
from stampbook.loyalty.faults import Code, Refused
from stampbook.loyalty.model import Totals
from stampbook.loyalty.orders import storing
from stampbook.loyalty.orders.judged import JudgedEvent, with_awards
from stampbook.loyalty.orders.model import Order, Status
from stampbook.loyalty.orders.taking import facts
from stampbook.storage.store import Transacting

MAX_DEPENDENTS: Final = 1_000

IN_FORCE: Final = (Status.PAID, Status.PARTLY_REFUNDED)


class Dependent(NamedTuple):
    """A later event and its order, as it is."""

    event: JudgedEvent
    order: Order


class Member(NamedTuple):
    """A member's orders in a program by the positions of their events, and which of these events
    depend on an order before them. `visits` are what completed visits count for by position."""

    orders: Mapping[int, Order]
    dependents: Sequence[Dependent]
    visits: Mapping[int, Totals] = {}

    def totals(self, frozen: Totals, position: int, changed: Order) -> Totals:
        """The totals up to the position, with the order as it will be; never more than frozen."""
        sold = paid = count = 0
        for place, order in self.orders.items():
            now = changed if order.number == changed.number else order
            if place <= position and now.status in IN_FORCE:
                rest = facts(now)
                count += 1
                sold += rest.total
                paid += rest.total - rest.paid_with_points
        for place, visit in self.visits.items():
            if place <= position:
                sold += visit.sold
                paid += visit.paid
        return frozen._replace(
            orders=min(frozen.orders, count),
            sold=min(frozen.sold, sold),
            paid=min(frozen.paid, paid),
        )


async def of_member(db: Transacting, event: JudgedEvent, *, tenant: int) -> Member:
    """What depends on the order of this event. Raises Refused (CASCADE_TOO_LARGE).

    The caller guards the member's events.
    """
    orders: dict[int, Order] = {}
    rows = await db.fetch(
        """
        SELECT e.position, e.order_id FROM events e
        WHERE e.member_id = $1 AND e.program_id = $2 AND e.tenant_id = $3
          AND e.order_id IS NOT NULL ORDER BY e.position
        """,
        event.row.member_id,
        event.row.program_id,
        tenant,
    )
    later = await events.later(db, event.row, limit=MAX_DEPENDENTS + 1)
    found = [
        each
        for each in later
        if each.facts is not None
        and each.facts.totals is not None
        and each.order_id is not None
        and each.program_id == event.row.program_id
    ]
    if len(later) > MAX_DEPENDENTS and found:
        raise Refused(Code.CASCADE_TOO_LARGE, f"more than {MAX_DEPENDENTS} events may follow")
    own = event.facts is not None and event.facts.totals is not None
    if not found and not own:
        return Member({}, ())
    for row in rows:
        order = await storing.get(db, row["order_id"], tenant=tenant)
        if order is not None and order.judged is not None:
            orders[row["position"]] = order
    judged = await with_awards(db, found, tenant=tenant)
    visits = await db.fetch(
        "SELECT position, visits, sold, paid FROM completed_visits WHERE member_id = $1",
        event.row.member_id,
    )
    return Member(
        orders,
        [Dependent(each, orders[each.row.position]) for each in judged if each.awards],
        {
            row["position"]: Totals(visits=row["visits"], sold=row["sold"], paid=row["paid"])
            for row in visits
        },
    )
