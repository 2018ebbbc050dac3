"""Finds appointments of a location by their properties."""

from datetime import date, timedelta
from typing import Final, NamedTuple

from stampbook.domain.model import FOREVER
from stampbook.domain.policy import start_of_day
from stampbook.storage.store import Transacting
from stampbook.visits.model import Record
from stampbook.visits.reading import record_from

Span = tuple[int, int]
"""Instants from the first on, before the second."""

ALWAYS: Final[Span] = (-FOREVER, FOREVER)


class WantedAppointments(NamedTuple):
    """Which appointments; 0: any."""

    location: int
    staff: int = 0
    member: int = 0
    starts: Span = ALWAYS
    created: Span = ALWAYS
    changed: Span = ALWAYS
    with_deleted: bool = False


def days(first: date | None, last: date | None, timezone: str) -> Span:
    """From the beginning of the first day to the end of the last, both inclusive."""
    return (
        ALWAYS[0] if first is None else start_of_day(first, timezone),
        ALWAYS[1] if last is None else start_of_day(last + timedelta(days=1), timezone),
    )


def between(after: int | None, before: int | None) -> Span:
    return (ALWAYS[0] if after is None else after, ALWAYS[1] if before is None else before)


_CONDITIONS = """
    FROM visit_records r JOIN visits v ON v.visit_id = r.visit_id
    WHERE v.location_id = $1
      AND (CAST($2 AS bigint) = 0 OR r.staff_id = CAST($2 AS bigint))
      AND (CAST($3 AS bigint) = 0 OR v.member_id = CAST($3 AS bigint))
      AND r.starts_at >= $4 AND r.starts_at < $5
      AND r.created_at >= $6 AND r.created_at < $7
      AND r.changed_at >= $8 AND r.changed_at < $9
      AND (r.deleted_at IS NULL OR CAST($10 AS bigint) = 1)
"""


def _values(wanted: WantedAppointments) -> tuple[object, ...]:
    return (
        wanted.location,
        wanted.staff,
        wanted.member,
        *wanted.starts,
        *wanted.created,
        *wanted.changed,
        int(wanted.with_deleted),
    )


async def count(db: Transacting, wanted: WantedAppointments) -> int:
    """How many there are."""
    row = await db.fetch_one(f"SELECT COUNT(*) AS records {_CONDITIONS}", *_values(wanted))
    assert row is not None
    found: int = row["records"]
    return found


async def records(
    db: Transacting, wanted: WantedAppointments, *, skip: int, limit: int
) -> list[Record]:
    """The appointments by when they start, then by number."""
    rows = await db.fetch(
        f"""
        SELECT r.record_id, r.visit_id, r.staff_id, r.starts_at, r.length_s, r.attendance,
               r.comment, r.created_at, r.changed_at, r.deleted_at, r.extra
        {_CONDITIONS}
        ORDER BY r.starts_at, r.record_id LIMIT $11 OFFSET $12
        """,
        *_values(wanted),
        limit,
        skip,
    )
    return [record_from(row) for row in rows]
