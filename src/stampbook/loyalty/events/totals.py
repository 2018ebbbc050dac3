"""What `totals` count: a member's events in force in a program, up to and with one of them.

Events are counted in the order in which they came, by their positions: one that is recorded today
with an instant last year counts all that came before it, and none of these counts it.
"""

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

import msgspec

from stampbook.loyalty.events import bills
from stampbook.loyalty.events.bills import Bill
from stampbook.loyalty.model import Totals
from stampbook.loyalty.orders.model import Judged
from stampbook.loyalty.orders.taking import left_of
from stampbook.storage.store import Transacting

_judged: Final = msgspec.json.Decoder(Judged).decode


class Counted(NamedTuple):
    """An order in force: what remains of its total, and what of that money paid for; or a
    completed visit (`order` 0)."""

    position: int
    order: int
    sold: int
    paid: int
    orders: int = 1
    visits: int = 0


async def counted(db: Transacting, *, member: int, program: int) -> list[Counted]:
    """The member's orders in force and completed visits in the program, by position. The caller
    guards the member's events."""
    rows = await db.fetch(
        """
        SELECT e.position, o.order_id, o.total, o.refunded, o.judged
        FROM events e JOIN orders o ON o.order_id = e.order_id
        WHERE e.member_id = $1 AND e.program_id = $2 AND o.status IN ('paid', 'partly_refunded')
        ORDER BY e.position
        """,
        member,
        program,
    )
    visits = await db.fetch(
        "SELECT position, visits, sold, paid FROM completed_visits WHERE member_id = $1", member
    )
    found = [
        _counted(row["position"], row["order_id"], row["total"], row["refunded"], row["judged"])
        for row in rows
    ]
    found += [
        Counted(row["position"], 0, row["sold"], row["paid"], orders=0, visits=row["visits"])
        for row in visits
    ]
    return sorted(found)


def _counted(position: int, order: int, total: int, refunded: int, judged: str) -> Counted:
    sold = total - refunded
    by_points = left_of(_judged(judged).paid_with_points, total, refunded)
    return Counted(position, order, sold, sold - by_points)


def add_up(counting: Iterable[Counted]) -> Totals:
    """The totals of these orders and visits."""
    orders = visits = sold = paid = 0
    for each in counting:
        orders += each.orders
        visits += each.visits
        sold += each.sold
        paid += each.paid
    return Totals(orders=orders, visits=visits, sold=sold, paid=paid)


async def bills_of(db: Transacting, events: Sequence[int]) -> dict[int, tuple[Bill, bool]]:
    """The bills of visits' events, by event, and whether the visits count."""
    if not events:
        return {}
    listed = ", ".join(str(int(each)) for each in sorted(events))
    rows = await db.fetch(
        f"""
        SELECT event_id, judged, visits FROM completed_visits
        WHERE event_id IN ({listed}) AND judged IS NOT NULL
        """  # noqa: S608 - numbers
    )
    found = [(row["event_id"], bills.read(row["judged"]), row["visits"] > 0) for row in rows]
    return {event: (bill, counts) for event, bill, counts in found if bill is not None}
