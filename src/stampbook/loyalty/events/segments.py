"""Segments: named groups of a program's members. To enter one is an event."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from stampbook.ledger.joint import Beside, Guard, Joint, Known
from stampbook.loyalty.events.awarding import Awarding, request
from stampbook.loyalty.events.model import Judged, Occurrence, member_guard
from stampbook.loyalty.tiers import heralding
from stampbook.storage.store import Store, Transacting


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


# -- merges ------------------------------------------------------------------------------


class Passing(NamedTuple):
    """What a merge of members or its undo writes of their segments, and what that rests on."""

    beside: tuple[Beside, ...]
    guards: tuple[Guard, ...]


async def passed(
    store: Store, member: int, into: int, *, program: int, tenant: int, now: int
) -> Passing:
    """The member who takes over enters the segments in which the other one is. That is no event.

    The other one stays in them, for the undo.
    """
    guards = await _guards(store, member, into)
    inside, there = await _present(store, member), await _present(store, into)
    rows = [(program, name, into, now, member) for name in inside if name not in there]
    return await _passing(store, _ENTER, rows, guards, into, program, tenant, now)


async def returned(
    store: Store, member: int, into: int, *, program: int, tenant: int, merged_at: int, now: int
) -> Passing:
    """The undo of a merge: who had taken over leaves the segments that they entered by it."""
    guards = await _guards(store, member, into)
    inside, there = await _present(store, member), await _present(store, into)
    rows = [(into, name, merged_at, now) for name in inside if there.get(name) == merged_at]
    return await _passing(store, _LEAVE, rows, guards, into, program, tenant, now)


async def _passing(
    store: Store,
    sql: str,
    rows: Sequence[Sequence[object]],
    guards: tuple[Guard, ...],
    into: int,
    program: int,
    tenant: int,
    now: int,
) -> Passing:
    if not rows:
        return Passing((), guards)
    due = await heralding.due(store, [(into, program)], tenant=tenant, now=now)
    return Passing((Beside(sql, rows), *due), guards)


async def _guards(store: Store, *members: int) -> tuple[Guard, ...]:
    """Who enters a segment meanwhile moves them: read first."""
    subjects = sorted(member_guard(each) for each in members)
    versions = await store.find_guards(subjects)
    return tuple(Guard(subject, versions.get(subject, 0)) for subject in subjects)


async def _present(db: Transacting, member: int) -> dict[str, int]:
    """The segments in which the member is, and since when."""
    rows = await db.fetch(
        "SELECT segment, entered_at FROM segment_members WHERE member_id = $1 AND left_at IS NULL"
        " ORDER BY stay_id",
        member,
    )
    return {row["segment"]: row["entered_at"] for row in rows}


_ENTER: Final = """
    INSERT INTO segment_members (program_id, segment, member_id, entered_at)
    SELECT m.program_id, m.segment, CAST($3 AS bigint), CAST($4 AS bigint) FROM segment_members m
    WHERE m.program_id = $1 AND m.segment = $2 AND m.member_id = $5 AND m.left_at IS NULL
"""

_LEAVE: Final = """
    UPDATE segment_members
    SET left_at = CASE WHEN entered_at > $4 THEN entered_at ELSE CAST($4 AS bigint) END
    WHERE member_id = $1 AND segment = $2 AND entered_at = $3 AND left_at IS NULL
"""
