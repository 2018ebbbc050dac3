"""What rules read of an event besides its order: looked up and frozen only where a rule asks."""

from collections.abc import Mapping
from typing import Any

from msgspec.json import decode

from stampbook.loyalty.events.model import Occurrence
from stampbook.loyalty.model import Facts
from stampbook.loyalty.rules.catalogue import Selection
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
    return Facts(
        at=at,
        timezone=program.timezone,
        joined_at=member.created_at,
        segments=segments,
        member_metadata=_object(member.metadata) if selection.read("member.metadata") else {},
        event_name=what.name if selection.read("event.name") else None,
        event_metadata=_object(what.metadata) if selection.read("event.metadata") else {},
    )


async def segments_of(store: Store, member: Member) -> frozenset[str]:
    """The segments in which the member is now."""
    rows = await store.fetch(
        "SELECT segment FROM segment_members WHERE member_id = $1", member.member_id
    )
    return frozenset(row["segment"] for row in rows)


def _object(text: str) -> Mapping[str, Any]:
    found = decode(text)
    return found if isinstance(found, dict) else {}
