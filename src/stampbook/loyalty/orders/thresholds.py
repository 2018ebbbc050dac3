"""What else counted an order: later events of its member whose rules read totals."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from stampbook.loyalty.events import storing as events
from stampbook.loyalty.events.model import Event
from stampbook.loyalty.events.totals import Counted, add_up, counted
from stampbook.loyalty.faults import Code, Refused
from stampbook.loyalty.model import Totals, Trigger
from stampbook.loyalty.orders import storing
from stampbook.loyalty.orders.judged import JudgedEvent, with_awards
from stampbook.loyalty.orders.model import Order, Status
from stampbook.loyalty.orders.taking import facts
from stampbook.storage.store import Transacting

MAX_DEPENDENTS: Final = 1_000

IN_FORCE: Final = (Status.PAID, Status.PARTLY_REFUNDED)


class Dependent(NamedTuple):
    """A later event, and its order as it is; None: it is about no order."""

    event: JudgedEvent
    order: Order | None


class Member(NamedTuple):
    """What counts of a member's orders and visits in a program, and which of the member's events
    there depend on an order before them."""

    counted: Sequence[Counted]
    dependents: Sequence[Dependent]

    def totals(self, frozen: Totals, position: int, changed: Order) -> Totals:
        """The totals up to the position, with the order as it will be; never more than frozen."""
        before = [_as_changed(each, changed) for each in self.counted if each.position <= position]
        now = add_up([each for each in before if each is not None])
        return frozen._replace(
            orders=min(frozen.orders, now.orders),
            sold=min(frozen.sold, now.sold),
            paid=min(frozen.paid, now.paid),
        )


def _as_changed(each: Counted, changed: Order) -> Counted | None:
    """The order or visit as it counts after the change; None: no longer."""
    if each.order != changed.number:
        return each
    if changed.status not in IN_FORCE:
        return None
    rest = facts(changed)
    return each._replace(sold=rest.total, paid=rest.total - rest.paid_with_points)


async def of_member(db: Transacting, event: JudgedEvent, *, tenant: int) -> Member:
    """What depends on the order of this event. Raises Refused (CASCADE_TOO_LARGE).

    The caller guards the member's events.
    """
    found = await _counting(db, event.row)
    own = event.facts is not None and event.facts.totals is not None
    if not found and not own:
        return Member((), ())
    row = event.row
    counting = await counted(db, member=row.member_id, program=row.program_id)
    judged = [
        each for each in await with_awards(db, found, tenant=tenant) if each.awards or each.grants
    ]
    numbers = [each.row.order_id for each in judged if each.row.order_id is not None]
    known = await storing.get_all(db, numbers, tenant=tenant)
    return Member(
        counting,
        [
            Dependent(each, None if each.row.order_id is None else known[each.row.order_id])
            for each in judged
        ],
    )


async def _counting(db: Transacting, event: Event) -> list[Event]:
    """The later events whose rules read totals. Raises Refused (CASCADE_TOO_LARGE)."""
    found: list[Event] = []
    after = event.position
    while rows := await events.later(db, event, after=after, limit=MAX_DEPENDENTS):
        after = rows[-1].position
        found += [
            each
            for each in rows
            if each.facts is not None
            and each.facts.totals is not None
            # A visit is recounted with its bill, by visits/recounting.
            and each.kind is not Trigger.VISIT_COMPLETED
        ]
        if len(found) > MAX_DEPENDENTS:
            raise Refused(Code.CASCADE_TOO_LARGE, f"more than {MAX_DEPENDENTS} events follow")
    return found
