"""What later events gave by a tier that a refund takes back: it stays, and is reported.

Tiers are facts of an event, frozen with it. To say which of them rested on what is taken, the
standings are replayed with the rows that the refund would write.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from stampbook.domain.model import Transaction
from stampbook.loyalty import model
from stampbook.loyalty.orders.cascade import Cascade
from stampbook.loyalty.orders.judged import JudgedEvent
from stampbook.loyalty.orders.model import Order
from stampbook.loyalty.orders.thresholds import Dependent, Member, Revalued, revalue
from stampbook.loyalty.tiers import besides, groups
from stampbook.loyalty.tiers.machine import NO_TIER, Step
from stampbook.loyalty.tiers.standing import path_after, tier_at
from stampbook.pacing import Slices
from stampbook.programs import members, programs
from stampbook.storage.store import Store


class _Change(NamedTuple):
    """The member's standings in a group, before the refund and after it."""

    group: groups.TierGroup
    before: Sequence[Step]
    after: Sequence[Step]


async def find(
    store: Store,
    found: Sequence[tuple[JudgedEvent, Member]],
    rows: Mapping[int, Sequence[Transaction]],
    *,
    order: Order,
    amount: int,
    now: int,
) -> list[Revalued]:
    """The later events that had tiers which they would not have had, once these rows, by account,
    are written and this amount is taken of the order: with the tiers that they would have had."""
    slices = Slices()
    favors: list[Revalued] = []
    for event, member in found:
        if not member.favored:
            continue
        program = await programs.get(store, event.row.program_id, tenant=order.tenant)
        person = await members.get(store, event.row.member_id, tenant=order.tenant)
        if program is None or person is None:
            continue
        named = {
            standing.group
            for each in member.favored
            if each.event.facts is not None
            for standing in each.event.facts.standings
        }
        written = [row for account in rows.values() for row in account]
        taken = besides.taken(order.number, order.effective_at, now, amount)
        changes = []
        for number in sorted(named):
            group = await groups.get(store, number, tenant=order.tenant)
            if group is None or group.terms.on_cancel != "recount":
                continue  # what was reached stays reached
            facts = [taken] if group.terms.basis == "spend" else []
            before = await path_after(store, program, group, person)
            after = await path_after(store, program, group, person, rows=written, facts=facts)
            changes.append(_Change(group, before, after))
        for each in member.favored:
            standings = _standings(each, changes)
            if each.rest is not None and standings is not None:
                then = each.rest._replace(facts=each.rest.facts._replace(standings=standings))
                favors.append(await revalue(slices, each.event, each.was, then))
    return favors


def _standings(each: Dependent, changes: Sequence[_Change]) -> tuple[model.Standing, ...] | None:
    """None: the refund changes none of the tiers that the event had."""
    known = each.event.facts
    assert known is not None
    standings = {standing.group: standing for standing in known.standings}
    for group, before, after in changes:
        number, place = group.tier_group_id, _tier(each.event, group, after)
        if number not in standings or place == _tier(each.event, group, before):
            continue
        del standings[number]
        if place != NO_TIER:
            tier = group.tiers[place]
            standings[number] = model.Standing(number, tier.tier_id, tier.name)
    found = tuple(standings[number] for number in sorted(standings))
    return None if found == known.standings else found


def _tier(event: JudgedEvent, group: groups.TierGroup, path: Sequence[Step]) -> int:
    """The tier at which the event was judged: what it gave itself came later."""
    assert event.facts is not None
    own = [award.seq for award in event.awards if award.currency == group.currency_id]
    steps = [step for step in path if not own or step.seq < min(own)]
    spent = group.terms.basis == "spend"
    return tier_at(steps, event.facts.at - spent)


def report(cascade: Cascade, favors: Sequence[Revalued]) -> None:
    """List what the later events gave by tiers that they would not have had."""
    for each in favors:
        cascade.leave("facts_frozen", each)
