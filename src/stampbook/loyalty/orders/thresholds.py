"""What else counted an order: later events of its member whose rules read totals, or tiers."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from stampbook.loyalty.events import storing as events
from stampbook.loyalty.events.model import Event
from stampbook.loyalty.events.totals import Counted, add_up, bills_of, counted
from stampbook.loyalty.faults import Code, Refused
from stampbook.loyalty.judging.recounting import Results, results_of
from stampbook.loyalty.judging.values import Happening
from stampbook.loyalty.model import Facts, Totals, Trigger
from stampbook.loyalty.orders import effects as effects_of
from stampbook.loyalty.orders import storing
from stampbook.loyalty.orders.judged import JudgedEvent, with_awards
from stampbook.loyalty.orders.model import Order, Status
from stampbook.loyalty.orders.taking import facts, whole_facts
from stampbook.pacing import Slices
from stampbook.storage.store import Transacting

MAX_DEPENDENTS: Final = 1_000

IN_FORCE: Final = (Status.PAID, Status.PARTLY_REFUNDED)


class Dependent(NamedTuple):
    """A later event: as it was judged, and as it is. `rest` None: nothing is left of it."""

    event: JudgedEvent
    was: Happening
    rest: Happening | None


class Revalued(NamedTuple):
    """An event as it was judged and as it is then (None: nothing is left of it), and what the
    versions of its awards give for that."""

    event: JudgedEvent
    was: Happening
    now: Happening | None
    results: Results


async def revalue(
    slices: Slices, event: JudgedEvent, was: Happening, now: Happening | None
) -> Revalued:
    """Evaluate the conditions of the event's versions. It is done before the books are held, and
    others have their turn between two events: a refund may concern a thousand."""
    await slices.pause()
    named = {(award.rule, award.version) for award in event.awards}
    named |= {(each.grant.rule_id, each.grant.version) for each in event.grants}
    versions = {key: event.versions[key] for key in named}
    return Revalued(event, was, now, results_of(versions, was=was, now=now))


class Member(NamedTuple):
    """What counts of a member's orders and visits in a program, and which of the member's events
    there depend on the one at `position`. `favored` were judged while the member had a tier."""

    position: int
    counted: Sequence[Counted]
    dependents: Sequence[Dependent]
    favored: Sequence[Dependent] = ()

    def with_totals(self, facts: Facts, position: int, changed: Counted | None) -> Facts:
        """The facts with the totals up to the position, when the one at the member's `position`
        counts as `changed` (None: no longer); never more than they were."""
        frozen = facts.totals
        if frozen is None:
            return facts
        before = [
            each
            for each in self.counted
            if each.position <= position and each.position != self.position
        ]
        if changed is not None and self.position <= position:
            before.append(changed)
        now = add_up(before)
        lower = Totals(*(min(pair) for pair in zip(frozen, now, strict=True)))
        return facts._replace(totals=lower)

    def left_of(self, each: Dependent, changed: Counted | None) -> Happening | None:
        """What is left of a later event then; None: nothing."""
        if each.rest is None:
            return None
        facts = self.with_totals(each.rest.facts, each.event.row.position, changed)
        return each.rest._replace(facts=facts)

    async def later(self, slices: Slices, changed: Counted | None) -> list[Revalued]:
        """The dependent events of which something is left, when the one at `position` counts as
        `changed` (None: no longer)."""
        return [
            await revalue(slices, each.event, each.was, now)
            for each in self.dependents
            if (now := self.left_of(each, changed)) is not None
        ]


def as_counted(order: Order, position: int) -> Counted | None:
    """What the order counts for; None: it does not."""
    if order.status not in IN_FORCE:
        return None
    rest = facts(order)
    return Counted(position, order.number, rest.total, rest.total - rest.paid_with_points)


async def of_member(db: Transacting, event: JudgedEvent, *, tenant: int) -> Member:
    """What depends on this event. Raises Refused (CASCADE_TOO_LARGE).

    The caller guards the member's events.
    """
    row = event.row
    reads = event.facts is not None and event.facts.totals is not None
    return await after(db, row.member_id, row.program_id, row.position, tenant=tenant, reads=reads)


async def after(
    db: Transacting, member: int, program: int, position: int, *, tenant: int, reads: bool = True
) -> Member:
    """What depends on what happened at the member's position in the program; `reads`: totals are
    needed in any case. See `of_member`."""
    counting, favored = await _later(db, member, program, position, tenant=tenant)
    counts = await counted(db, member=member, program=program) if reads or counting else ()
    return Member(
        position,
        counts,
        await dependents(db, counting, tenant=tenant),
        await dependents(db, favored, tenant=tenant),
    )


async def dependents(db: Transacting, found: Sequence[Event], *, tenant: int) -> list[Dependent]:
    """Those of the events that gave something."""
    judged = [
        each for each in await with_awards(db, found, tenant=tenant) if each.awards or each.grants
    ]
    numbers = [each.row.order_id for each in judged if each.row.order_id is not None]
    known = await storing.get_all(db, numbers, tenant=tenant)
    visits = [each.event for each in judged if each.row.kind is Trigger.VISIT_COMPLETED]
    seen = await bills_of(db, visits)
    slices = Slices()
    result = []
    for each in judged:
        await slices.pause()
        if each.facts is None:
            continue
        was = rest = Happening(each.facts)
        gone = each.row.cancelled_at is not None
        if each.row.order_id is not None:
            order = known[each.row.order_id]
            was, rest = was._replace(order=whole_facts(order)), rest._replace(order=facts(order))
            gone |= order.status not in IN_FORCE
        elif each.event in seen:
            bill, counts = seen[each.event]
            was, rest = was._replace(order=bill.whole), rest._replace(order=bill.rest)
            gone |= not counts
        result.append(Dependent(each, was, None if gone else rest))
    return result


async def _later(
    db: Transacting, member: int, program: int, position: int, *, tenant: int
) -> tuple[list[Event], list[Event]]:
    """The later events whose rules read totals, and the first of those whose rules read tiers that
    the member had. Raises Refused (CASCADE_TOO_LARGE)."""
    counting: list[Event] = []
    favored: list[Event] = []
    while rows := await events.later(
        db, member, program, tenant=tenant, after=position, limit=MAX_DEPENDENTS
    ):
        position = rows[-1].position
        for each in rows:
            if each.facts is None:
                continue
            if each.facts.totals is not None:
                counting.append(each)
            if each.facts.standings and len(favored) < MAX_DEPENDENTS:
                favored.append(each)
        if len(counting) > MAX_DEPENDENTS:
            raise Refused(Code.CASCADE_TOO_LARGE, f"more than {MAX_DEPENDENTS} events follow")
    return counting, favored


async def taken_elsewhere(db: Transacting, event: Event) -> frozenset[tuple[int, int]]:
    """The accruals (account, number) of the event of which refunds of other orders have taken
    something because their totals count no more; not what voids have given back."""
    if event.facts is None or event.facts.totals is None:
        return frozenset()
    rows = await db.fetch(
        """
        SELECT r.effects FROM events e JOIN refunds r ON r.order_id = e.order_id
        WHERE e.member_id = $1 AND e.program_id = $2 AND e.tenant_id = $3 AND e.position < $4
          AND r.voided_at IS NULL AND r.effects LIKE $5
        """,
        event.member_id,
        event.program_id,
        event.tenant_id,
        event.position,
        f'%"event":{event.event_id}%',
    )
    return frozenset(
        (step.account, step.seq)
        for row in rows
        for step in effects_of.decode(row["effects"]).cascade
        if step.step == "threshold" and step.event == event.event_id
    )
