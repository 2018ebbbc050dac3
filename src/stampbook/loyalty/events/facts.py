"""What rules read of an event besides its order: looked up and frozen only where a rule asks."""

from collections.abc import Mapping
from typing import Any

from msgspec.json import decode

from stampbook.loyalty.events.model import Occurrence
from stampbook.loyalty.events.totals import Counted, add_up, counted
from stampbook.loyalty.model import Facts, Standing, Totals, Trigger
from stampbook.loyalty.rules.catalogue import Selection
from stampbook.loyalty.tiers.standing import standings as tiers_of
from stampbook.programs.members import Member
from stampbook.programs.programs import Program
from stampbook.storage.store import Store


async def gather(
    store: Store,
    what: Occurrence,
    program: Program,
    member: Member,
    selection: Selection,
    *,
    at: int,
) -> Facts:
    """The facts that the selected versions read. The caller guards the member's events."""
    wanted = selection.wanted
    segments: frozenset[str] = frozenset()
    if "member.segments" in wanted:
        segments = await segments_of(store, member)
        if what.name is not None and what.kind == "segment_entered":
            segments |= {what.name}
    standings: tuple[Standing, ...] = ()
    if reads_tiers(selection):
        standings = tuple(await tiers_of(store, program, member, at))
    return Facts(
        at=at,
        timezone=program.timezone,
        joined_at=member.created_at,
        standings=standings,
        totals=await _totals(store, what) if "totals" in wanted else None,
        segments=segments,
        member_metadata=_object(what.member_metadata or member.metadata)
        if "member.metadata" in wanted
        else {},
        event_name=what.name if "event.name" in wanted else None,
        event_metadata=_object(what.metadata) if "event.metadata" in wanted else {},
    )


def reads_tiers(selection: Selection) -> bool:
    """Whether one of the versions asks for the member's tiers."""
    wanted = selection.wanted
    return selection.wants_tiers or "member.tier" in wanted or "member.tiers" in wanted


async def segments_of(store: Store, member: Member) -> frozenset[str]:
    """The segments in which the member is now."""
    rows = await store.fetch(
        "SELECT segment FROM segment_members WHERE member_id = $1 AND left_at IS NULL",
        member.member_id,
    )
    return frozenset(row["segment"] for row in rows)


async def _totals(store: Store, what: Occurrence) -> Totals:
    """The member's events in force, and the one that is judged: it comes last."""
    before = await counted(store, member=what.member, program=what.program)
    order = what.order
    if order is None:
        return add_up(before)
    paid = order.total - order.paid_with_points
    own = Counted(0, 0, order.total, paid)
    if what.kind is Trigger.VISIT_COMPLETED:
        own = Counted(0, 0, order.amount, paid, orders=0, visits=1)
    return add_up([*before, own])


def _object(text: str) -> Mapping[str, Any]:
    found = decode(text)
    return found if isinstance(found, dict) else {}
