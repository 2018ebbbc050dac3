"""What rules read of an event besides its order: looked up and frozen only where a rule asks."""

from collections.abc import Mapping
from typing import Any

from msgspec.json import decode

from stampbook.loyalty.events.model import Occurrence
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
    segments: frozenset[str] = frozenset()
    if selection.read("member.segments"):
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
        totals=await _totals(store, what) if selection.read("totals") else None,
        segments=segments,
        member_metadata=_object(what.member_metadata or member.metadata)
        if selection.read("member.metadata")
        else {},
        event_name=what.name if selection.read("event.name") else None,
        event_metadata=_object(what.metadata) if selection.read("event.metadata") else {},
    )


def reads_tiers(selection: Selection) -> bool:
    """Whether one of the versions asks for the member's tiers."""
    reads = selection.read
    return selection.wants_tiers or reads("member.tier") or reads("member.tiers")


async def segments_of(store: Store, member: Member) -> frozenset[str]:
    """The segments in which the member is now."""
    rows = await store.fetch(
        "SELECT segment FROM segment_members WHERE member_id = $1", member.member_id
    )
    return frozenset(row["segment"] for row in rows)


async def _totals(store: Store, what: Occurrence) -> Totals:
    """The member's orders in force and completed visits, and the one that is judged."""
    sold = await store.fetch_one(
        """
        SELECT count(*) AS orders, coalesce(sum(o.total - o.refunded), 0) AS sold
        FROM events e JOIN orders o ON o.order_id = e.order_id
        WHERE e.member_id = $1 AND e.program_id = $2 AND o.status IN ('paid', 'partly_refunded')
        """,
        what.member,
        what.program,
    )
    by_points = await store.fetch_one(
        """
        SELECT coalesce(sum(p.amount), 0) AS amount
        FROM events e JOIN payments p ON p.order_id = e.order_id AND p.returned_at IS NULL
        JOIN orders o ON o.order_id = e.order_id AND o.status IN ('paid', 'partly_refunded')
        WHERE e.member_id = $1 AND e.program_id = $2
        """,
        what.member,
        what.program,
    )
    seen = await store.fetch_one(
        """
        SELECT coalesce(sum(visits), 0) AS visits, coalesce(sum(sold), 0) AS sold,
               coalesce(sum(paid), 0) AS paid
        FROM completed_visits WHERE member_id = $1
        """,
        what.member,
    )
    assert sold is not None
    assert by_points is not None
    assert seen is not None
    orders, total = int(sold["orders"]), int(sold["sold"])
    paid = max(total - int(by_points["amount"]), 0) + int(seen["paid"])
    visits, total = int(seen["visits"]), total + int(seen["sold"])
    if what.order is not None and what.kind is Trigger.VISIT_COMPLETED:
        visits += 1
        total += what.order.amount
        paid += what.order.total - what.order.paid_with_points
    elif what.order is not None:
        orders += 1
        total += what.order.total
        paid += what.order.total - what.order.paid_with_points
    return Totals(orders=orders, visits=visits, sold=total, paid=paid)


def _object(text: str) -> Mapping[str, Any]:
    found = decode(text)
    return found if isinstance(found, dict) else {}
