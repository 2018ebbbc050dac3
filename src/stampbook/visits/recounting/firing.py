"""Visits as events that rules judge: fired once, when first completed, and recounted downward."""

from collections.abc import Sequence
from typing import NamedTuple

from stampbook.domain.commands import Note
from stampbook.ledger.joint import Acting, Beside, Guard
from stampbook.loyalty.events import awarding, storing
from stampbook.loyalty.events.awarding import Awarding
from stampbook.loyalty.events.bills import Bill
from stampbook.loyalty.events.model import Judged, Occurrence, Prepared
from stampbook.loyalty.events.totals import Counted
from stampbook.loyalty.judging.values import Happening
from stampbook.loyalty.model import OrderFacts, Trigger
from stampbook.loyalty.orders.cascade import Cascade
from stampbook.loyalty.orders.thresholds import Revalued, after, dependents, revalue
from stampbook.pacing import Slices
from stampbook.visits.attempting import House
from stampbook.visits.model import Visit
from stampbook.visits.recounting import completions
from stampbook.visits.recounting.completions import Completion
from stampbook.visits.recounting.judged import facts_of

FINGERPRINT = b"visit"
"""A visit is completed for the first time once: its event has no other content."""


class Fired:
    """The event of a visit that is completed for the first time, judged and not written yet."""

    def __init__(self, prepared: Prepared, completion: Completion, whole: OrderFacts) -> None:
        self.prepared = prepared
        self._completion = completion
        self._bill = Bill(whole, whole)
        self._judged: Judged | None = None

    @property
    def guards(self) -> tuple[Guard, ...]:
        return self.prepared.guards

    def act(self, acting: Acting) -> list[Beside]:
        """Give what rules give; what is written, with the row of the visit."""
        acted = self.prepared.act(acting)
        self._judged = acted.judged
        event = acted.judged.event
        row = self._completion._replace(
            event=event.event_id,
            bill=self._bill,
            by_rules=event.facts is not None and event.facts.totals is not None,
        )
        return [*acted.beside, completions.created(row)]

    def note(self, context: Awarding) -> None:
        """Remember what was given, after the commit."""
        if self._judged is not None:
            awarding.note_given(context, [self._judged])


async def fire(house: House, visit: Visit, completion: Completion) -> Fired | None:
    """The event of the visit; None if no rule of the program is for visits."""
    context = house.awarding
    if context is None:
        return None
    catalogue = await context.catalogues.present(house.store, visit.program)
    if not catalogue.has(Trigger.VISIT_COMPLETED):
        return None
    whole = facts_of(visit)
    what = Occurrence(
        tenant=visit.tenant,
        program=visit.program,
        member=visit.member,
        kind=Trigger.VISIT_COMPLETED,
        external_id=str(visit.number),
        fingerprint=FINGERPRINT,
        order=whole,
    )
    prepared = await awarding.prepare(context, what)
    if isinstance(prepared, Judged):
        return None
    return Fired(prepared, completion, whole)


class Rejudged(NamedTuple):
    """A visit that counts for less: its event as it is then (None: rules judged none), and the
    later ones that depend on it."""

    event: Revalued | None
    later: Sequence[Revalued]

    @property
    def accounts(self) -> set[int]:
        """The accounts from which something may be taken."""
        events = [each.event for each in self.later]
        if self.event is not None:
            events.append(self.event.event)
        return {account for event in events for account in event.accounts}


async def rejudge(
    house: House, visit: Visit, completion: Completion, changed: Completion
) -> Rejudged | None:
    """What must be recounted when the completed visit becomes `changed`: its own event, and later
    ones whose rules read totals. None: it counts for no less. Raises Refused."""
    if completion.bill == changed.bill and completion.totals == changed.totals:
        return None
    place, store = completion.position, house.store
    member = await after(store, completion.member, visit.program, place, tenant=visit.tenant)
    now = None
    if changed.counts and changed.member == completion.member:
        now = Counted(place, 0, changed.sold, changed.paid, orders=0, visits=1)
    event, slices = None, Slices()
    if completion.event:
        row = await storing.get(store, completion.event, tenant=visit.tenant)
        assert row is not None, "events stay"
        for own in await dependents(store, [row], tenant=visit.tenant):
            bill = changed.bill if changed.counts else None
            left = own._replace(rest=bill and Happening(own.was.facts, bill.rest))
            event = await revalue(slices, own.event, own.was, member.left_of(left, now))
    later = await member.later(slices, now)
    return Rejudged(event, later) if event is not None or later else None


def take_back(acting: Acting, found: Rejudged, note: Note) -> list[Beside]:
    """Take back what the events would not have given; what is written."""
    cascade = Cascade(acting, note)
    if found.event is not None:
        cascade.take_back("take_back", found.event)
    for each in found.later:
        cascade.take_back("threshold", each)
    return list(cascade.beside)
