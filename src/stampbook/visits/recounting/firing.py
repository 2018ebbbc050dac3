"""Visits as events that rules judge: fired once, when first completed, and recounted downward."""

from collections.abc import Sequence
from typing import NamedTuple

from stampbook.domain.commands import Note
from stampbook.ledger.joint import Acting, Beside, Guard
from stampbook.loyalty.events import awarding, storing
from stampbook.loyalty.events.awarding import Awarding
from stampbook.loyalty.events.model import Judged, Occurrence, Prepared
from stampbook.loyalty.judging.values import Happening
from stampbook.loyalty.model import Facts, OrderFacts, Trigger
from stampbook.loyalty.orders.cascade import Cascade
from stampbook.loyalty.orders.judged import JudgedEvent, with_awards
from stampbook.visits.attempting import House
from stampbook.visits.model import Visit
from stampbook.visits.promotion import Totals
from stampbook.visits.recounting import completions
from stampbook.visits.recounting.completions import Completion, Dependent
from stampbook.visits.recounting.judged import Bill, facts_of

FINGERPRINT = b"visit"
"""A visit is completed for the first time once: its event has no other content."""


class Fired:
    """The event of a visit that is completed for the first time, judged and not written yet."""

    def __init__(
        self, prepared: Prepared, completion: Completion, whole: OrderFacts, totals: Totals
    ) -> None:
        self.prepared = prepared
        self._completion = completion
        self._bill = Bill(whole, whole, totals)
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


async def fire(house: House, visit: Visit, completion: Completion, totals: Totals) -> Fired | None:
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
    return Fired(prepared, completion, whole, totals)


class Rejudged(NamedTuple):
    """A visit's event, as it was judged and as it would be now; None: nothing is left of it."""

    event: JudgedEvent
    was: Happening
    now: Happening | None


async def rejudge(
    house: House,
    tenant: int,
    completion: Completion,
    changed: Completion,
    totals: Totals,
    later: Sequence[Dependent],
) -> tuple[Rejudged, ...]:
    """What must be recounted when the visit becomes `changed`, with these totals up to it: its own
    event, and those of later visits."""
    found = []
    if completion.event and completion.bill and _falls(completion, changed):
        event = await _event(house, completion.event, tenant)
        bill = changed.bill if changed.counts else None
        found += _rejudged(event, completion.bill, bill, totals)
    for each in later:
        if each.event and each.bill:
            event = await _event(house, each.event, tenant)
            if event.facts is not None and event.facts.totals is not None:
                found += _rejudged(event, each.bill, each.bill, each.totals)
    return tuple(found)


def _falls(was: Completion, now: Completion) -> bool:
    return was.bill != now.bill or was.totals != now.totals


async def _event(house: House, number: int, tenant: int) -> JudgedEvent:
    event = await storing.get(house.store, number, tenant=tenant)
    assert event is not None, "events stay"
    [found] = await with_awards(house.store, [event], tenant=tenant)
    return found


def _rejudged(event: JudgedEvent, was: Bill, now: Bill | None, totals: Totals) -> list[Rejudged]:
    if event.facts is None or not (event.awards or event.grants):
        return []
    before = Happening(event.facts, was.whole)
    if now is None:
        return [Rejudged(event, before, None)]
    return [Rejudged(event, before, Happening(_lower(event.facts, was.totals, totals), now.rest))]


def _lower(facts: Facts, was: Totals, now: Totals) -> Facts:
    """The facts with totals that have lost what visits have lost since."""
    totals = facts.totals
    if totals is None:
        return facts
    return facts._replace(
        totals=totals._replace(
            visits=totals.visits - max(0, was.visits - now.visits),
            sold=totals.sold - max(0, was.sold - now.sold),
            paid=totals.paid - max(0, was.paid - now.paid),
        )
    )


def take_back(acting: Acting, events: Sequence[Rejudged], note: Note) -> list[Beside]:
    """Take back what the events would not have given; what is written."""
    cascade = Cascade(acting, note)
    for each in events:
        cascade.take_back("take_back", each.event, was=each.was, now=each.now)
    return list(cascade.beside)
