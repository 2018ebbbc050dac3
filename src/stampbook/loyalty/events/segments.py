"""Segments: named groups of a program's members. To enter one is an event."""

from typing import NamedTuple

from stampbook.ledger.joint import Beside, Joint, Known
from stampbook.loyalty.events.awarding import Awarding, request
from stampbook.loyalty.events.model import Judged, Occurrence
from stampbook.loyalty.tiers import heralding
from stampbook.storage.store import Transacting


class Entered(NamedTuple):
    """`judged` is None for a member who was inside already: then nothing has happened."""

    judged: Judged | None


async def is_inside(db: Transacting, member: int, segment: str) -> bool:
    """Whether the member is in the segment now."""
    row = await db.fetch_one(
        """
        SELECT 1 AS inside FROM segment_members
        WHERE member_id = $1 AND segment = $2 AND left_at IS NULL
        """,
        member,
        segment,
    )
    return row is not None


async def request_entry(
    context: Awarding, what: Occurrence, *, dry_run: bool = False
) -> Joint | Known:
    """The joint request by which the member enters the segment that `what` names; its result is a
    tuple of Judged, or of nothing where the member is inside already. See awarding.request."""
    assert what.name is not None
    joint = await request(
        context,
        [what],
        beside=[
            Beside(
                """
                INSERT INTO segment_members (program_id, segment, member_id, entered_at)
                VALUES ($1, $2, $3, $4)
                """,
                ((what.program, what.name, what.member, context.clock()),),
            ),
            *await heralding.due(
                context.store,
                [(what.member, what.program)],
                tenant=what.tenant,
                now=context.clock(),
            ),
        ],
        dry_run=dry_run,
    )
    if isinstance(joint, Joint) and await is_inside(context.store, what.member, what.name):
        return Known(())
    return joint


async def leave(writing: Transacting, member: int, segment: str, *, now: int) -> bool:
    """The member leaves the segment; returns whether they were inside. Writes. That they were
    stays noted, for the history of tiers."""
    await heralding.note_due(writing, member, now=now)
    return bool(
        await writing.execute(
            """
            UPDATE segment_members
            SET left_at = CASE WHEN entered_at > $3 THEN entered_at ELSE CAST($3 AS bigint) END
            WHERE member_id = $1 AND segment = $2 AND left_at IS NULL
            """,
            member,
            segment,
            now,
        )
    )
