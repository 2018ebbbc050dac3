"""Programs: a name, a time zone, and when they accept movements."""

from collections.abc import Mapping
from functools import partial
from typing import NamedTuple
from zoneinfo import ZoneInfoNotFoundError

from stampbook.domain.policy import zone
from stampbook.programs import auditing
from stampbook.programs.changing import assignments
from stampbook.programs.faults import Gone, Invalid
from stampbook.programs.searching.keys import check_region
from stampbook.programs.searching.regions import rekey
from stampbook.storage.outbox import writing as outbox
from stampbook.storage.outbox.writing import Outgoing
from stampbook.storage.store import Row, Transacting

EDITABLE = frozenset(
    {"name", "timezone", "status", "starts_at", "ends_at", "metadata", "phone_region"}
)
STATUSES = ("draft", "active", "inactive")


class Program(NamedTuple):
    """A row of `programs`. `metadata` is JSON text; instants may be None: without limit.

    `phone_region` is the country by whose plan phone numbers are read; None: they are compared by
    their digits.
    """

    program_id: int
    tenant_id: int
    name: str
    timezone: str
    status: str
    starts_at: int | None
    ends_at: int | None
    metadata: str
    created_at: int
    updated_at: int
    phone_region: str | None = None


def _program(row: Row) -> Program:
    return Program._make(row[column] for column in Program._fields)


async def create(
    writing: Transacting,
    *,
    tenant: int,
    name: str,
    now: int,
    timezone: str = "UTC",
    status: str = "active",
    starts_at: int | None = None,
    ends_at: int | None = None,
    metadata: str = "{}",
    phone_region: str | None = None,
) -> Program:
    """A new program. Writes; raises Invalid for an unknown time zone or country, or impossible
    dates."""
    check_timezone(timezone)
    if phone_region is not None:
        check_region(phone_region)
    _check_dates(starts_at, ends_at)
    row = await writing.fetch_one(
        """
        INSERT INTO programs (tenant_id, name, timezone, status, starts_at, ends_at, metadata,
                              created_at, updated_at, phone_region)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8, $9)
        RETURNING program_id, tenant_id, name, timezone, status, starts_at, ends_at, metadata,
                  created_at, updated_at, phone_region
        """,
        tenant,
        name,
        timezone,
        status,
        starts_at,
        ends_at,
        metadata,
        now,
        phone_region,
    )
    assert row is not None
    program = row["program_id"]
    load = partial(get, program=program, tenant=tenant)
    auditing.made(writing, auditing.PROGRAM, program, load, tenant=tenant, now=now)
    outbox.made(writing, (Program, program), load, partial(_told, at=now))
    return _program(row)


def _told(before: Program | None, after: Program | None, *, at: int) -> tuple[Outgoing, ...]:
    """What has happened to a program; one that was deleted has no event."""
    if after is None or (before and before._replace(updated_at=after.updated_at) == after):
        return ()
    value = (before, after)
    return (Outgoing("program.updated", at, after.tenant_id, value, program=after.program_id),)


async def _watch(writing: Transacting, program: int, *, tenant: int, now: int) -> None:
    load = partial(get, program=program, tenant=tenant)
    await auditing.watch(writing, auditing.PROGRAM, program, load, tenant=tenant, now=now)
    await outbox.watch(writing, (Program, program), load, partial(_told, at=now))


async def get(db: Transacting, program: int, *, tenant: int) -> Program | None:
    """The tenant's program of that number, unless it is deleted."""
    row = await db.fetch_one(
        """
        SELECT program_id, tenant_id, name, timezone, status, starts_at, ends_at, metadata,
               created_at, updated_at, phone_region
        FROM programs WHERE program_id = $1 AND tenant_id = $2 AND deleted_at IS NULL
        """,
        program,
        tenant,
    )
    return None if row is None else _program(row)


async def hold(writing: Transacting, program: int, *, tenant: int) -> Program | None:
    """The program, locked until the transaction ends: others who lock it wait.

    For effects that must not happen twice in a program, and for changes that depend on its present
    values. None if it does not exist, or no longer exists. Writes, but changes nothing. SQLite has
    one writer anyway; on PostgreSQL later reads include what the transaction before has committed.
    """
    row = await writing.fetch_one(
        """
        UPDATE programs SET updated_at = updated_at
        WHERE program_id = $1 AND tenant_id = $2 AND deleted_at IS NULL
        RETURNING program_id, tenant_id, name, timezone, status, starts_at, ends_at, metadata,
                  created_at, updated_at, phone_region
        """,
        program,
        tenant,
    )
    return None if row is None else _program(row)


async def page(
    db: Transacting,
    *,
    tenant: int,
    program: int | None = None,
    only_of: int | None = None,
    after: int = 0,
    limit: int,
) -> list[Program]:
    """The tenant's programs by number, those above `after`; only `program` if it is given, and with
    `only_of` only those to which that user is limited."""
    rows = await db.fetch(
        """
        SELECT program_id, tenant_id, name, timezone, status, starts_at, ends_at, metadata,
               created_at, updated_at, phone_region
        FROM programs
        WHERE tenant_id = $1 AND program_id > $2 AND deleted_at IS NULL
          AND (CAST($3 AS bigint) = 0 OR program_id = CAST($3 AS bigint))
          AND (CAST($5 AS bigint) = 0 OR program_id IN (
              SELECT l.program_id FROM user_limits l WHERE l.user_id = $5))
        ORDER BY program_id LIMIT $4
        """,
        tenant,
        after,
        program or 0,
        limit,
        only_of or 0,
    )
    return [_program(row) for row in rows]


async def update(
    writing: Transacting, program: int, changes: Mapping[str, object], *, tenant: int, now: int
) -> Program:
    """Change the named columns of `EDITABLE`. Writes; raises Invalid, PhonesCollide or Gone.

    The version of all of the program's currencies grows, so that no batch is saved that was
    decided by the former values.
    """
    set_clause = assignments({**changes, "updated_at": now}, EDITABLE | {"updated_at"}, first=3)
    if "timezone" in changes:
        check_timezone(str(changes["timezone"]))
    if "starts_at" in changes or "ends_at" in changes:
        await _check_changed_dates(writing, program, changes, tenant=tenant)
    await _watch(writing, program, tenant=tenant, now=now)
    before = await get(writing, program, tenant=tenant)
    if changes.get("phone_region") is not None:
        check_region(str(changes["phone_region"]))
    row = await writing.fetch_one(
        f"""
        UPDATE programs SET {set_clause}
        WHERE program_id = $1 AND tenant_id = $2 AND deleted_at IS NULL
        RETURNING program_id, tenant_id, name, timezone, status, starts_at, ends_at, metadata,
                  created_at, updated_at, phone_region
        """,  # noqa: S608 - columns are those of EDITABLE
        program,
        tenant,
        *changes.values(),
        now,
    )
    if row is None or before is None:
        raise Gone
    after = _program(row)
    if after.phone_region != before.phone_region:
        await rekey(writing, program, before.phone_region, after.phone_region, tenant=tenant)
    await writing.execute(
        "UPDATE currencies SET version = version + 1 WHERE program_id = $1", program
    )
    return after


async def _check_changed_dates(
    db: Transacting, program: int, changes: Mapping[str, object], *, tenant: int
) -> None:
    """Check both dates as they will be, since a change may name only one of them."""
    before = await get(db, program, tenant=tenant)
    if before is None:
        raise Gone
    after = before._replace(
        **{name: changes[name] for name in ("starts_at", "ends_at") if name in changes}  # type: ignore[arg-type]
    )
    _check_dates(after.starts_at, after.ends_at)


async def delete(writing: Transacting, program: int, *, tenant: int, now: int) -> None:
    """Hide the program and stop its movements; everything recorded stays. Writes; raises Gone."""
    await _watch(writing, program, tenant=tenant, now=now)
    touched = await writing.execute(
        """
        UPDATE programs SET deleted_at = $3, updated_at = $3
        WHERE program_id = $1 AND tenant_id = $2 AND deleted_at IS NULL
        """,
        program,
        tenant,
        now,
    )
    if not touched:
        raise Gone
    await writing.execute(
        "UPDATE currencies SET version = version + 1 WHERE program_id = $1", program
    )


def check_timezone(name: str) -> None:
    """Raises Invalid unless the name is one of the IANA time zones."""
    try:
        zone(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise Invalid("timezone", "is not an IANA time zone") from None


def _check_dates(starts_at: int | None, ends_at: int | None) -> None:
    if starts_at is not None and ends_at is not None and ends_at <= starts_at:
        raise Invalid("ends_at", "must lie after starts_at")
