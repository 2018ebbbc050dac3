"""Locations: where visits take place; and to which of them a user is limited."""

from functools import partial
from typing import Any, NamedTuple

from stampbook.programs import auditing, users
from stampbook.storage.store import Row, Transacting
from stampbook.visits.model import Location


class Limit(NamedTuple):
    """A user may act in the program, or (location not 0) only in that location of it.

    A user without limits may act in all of the tenant's programs.
    """

    program: int
    location: int = 0


def _location(row: Row) -> Location:
    return Location(
        row["location_id"], row["tenant_id"], row["program_id"], row["title"], row["timezone"]
    )


async def create(
    writing: Transacting, *, tenant: int, program: int, title: str, timezone: str, now: int
) -> Location:
    """A new location of the program, which must be the tenant's. Writes."""
    row = await writing.fetch_one(
        """
        INSERT INTO locations (tenant_id, program_id, title, timezone, created_at, updated_at)
        VALUES ($1, $2, $3, $4, $5, $5)
        RETURNING location_id, tenant_id, program_id, title, timezone
        """,
        tenant,
        program,
        title,
        timezone,
        now,
    )
    assert row is not None
    made = _location(row)
    load = partial(get, location=made.number, tenant=tenant)
    auditing.made(writing, auditing.LOCATION, made.number, load, tenant=tenant, now=now)
    return made


async def get(db: Transacting, location: int, *, tenant: int) -> Location | None:
    """The tenant's location of that number."""
    row = await db.fetch_one(
        """
        SELECT location_id, tenant_id, program_id, title, timezone
        FROM locations WHERE location_id = $1 AND tenant_id = $2
        """,
        location,
        tenant,
    )
    return None if row is None else _location(row)


async def page(
    db: Transacting,
    *,
    tenant: int,
    program: int | None = None,
    only_of: int | None = None,
    after: int = 0,
    limit: int,
) -> list[Location]:
    """The tenant's locations by number, those above `after`; only of `program` if given, and with
    `only_of` only those to which that user is limited."""
    rows = await db.fetch(
        """
        SELECT location_id, tenant_id, program_id, title, timezone
        FROM locations
        WHERE tenant_id = $1 AND location_id > $2
          AND (CAST($3 AS bigint) = 0 OR program_id = CAST($3 AS bigint))
          AND (CAST($5 AS bigint) = 0 OR EXISTS (
              SELECT 1 FROM user_limits l
              WHERE l.user_id = $5 AND l.program_id = locations.program_id
                AND l.location_id IN (0, locations.location_id)))
        ORDER BY location_id LIMIT $4
        """,
        tenant,
        after,
        program or 0,
        limit,
        only_of or 0,
    )
    return [_location(row) for row in rows]


async def count(db: Transacting, program: int, *, tenant: int, only_of: int | None = None) -> int:
    """How many locations the tenant's program has, of those that `page` lists for `only_of`."""
    row = await db.fetch_one(
        """
        SELECT count(*) AS locations FROM locations
        WHERE tenant_id = $1 AND program_id = $2
          AND (CAST($3 AS bigint) = 0 OR EXISTS (
              SELECT 1 FROM user_limits l
              WHERE l.user_id = $3 AND l.program_id = locations.program_id
                AND l.location_id IN (0, locations.location_id)))
        """,
        tenant,
        program,
        only_of or 0,
    )
    return 0 if row is None else int(row["locations"])


async def change(
    writing: Transacting,
    location: int,
    *,
    tenant: int,
    now: int,
    title: str | None = None,
    timezone: str | None = None,
) -> Location | None:
    """Change what is given; None if the tenant has no such location. Writes."""
    load = partial(get, location=location, tenant=tenant)
    await auditing.watch(writing, auditing.LOCATION, location, load, tenant=tenant, now=now)
    found = await get(writing, location, tenant=tenant)
    if found is None:
        return None
    changed = found._replace(title=title or found.title, timezone=timezone or found.timezone)
    await writing.execute(
        """
        UPDATE locations SET title = $3, timezone = $4, updated_at = $5
        WHERE location_id = $1 AND tenant_id = $2
        """,
        location,
        tenant,
        changed.title,
        changed.timezone,
        now,
    )
    return changed


async def limits_of(db: Transacting, user: int) -> frozenset[Limit]:
    """To what the user is limited; empty: to nothing."""
    rows = await db.fetch(
        "SELECT program_id, location_id FROM user_limits WHERE user_id = $1", user
    )
    return frozenset(Limit(row["program_id"], row["location_id"]) for row in rows)


async def limit_user(
    writing: Transacting, user: int, limits: frozenset[Limit], *, now: int
) -> None:
    """Replace what the user is limited to. Writes.

    The user's row is locked until the transaction ends: of two replacements at once one is the
    last, and they are not mixed.
    """
    row = await writing.fetch_one(
        "UPDATE users SET login = login WHERE user_id = $1 RETURNING tenant_id", user
    )
    if row is None:
        return
    tenant = row["tenant_id"]

    async def told(db: Transacting) -> dict[str, Any]:
        return {"limited_to": await limits_of(db, user)}

    await auditing.watch(
        writing, auditing.USER, user, told, tenant=tenant, now=now, part="limited_to"
    )
    await writing.execute("DELETE FROM user_limits WHERE user_id = $1", user)
    for limit in sorted(limits):
        await writing.execute(
            "INSERT INTO user_limits (user_id, program_id, location_id) VALUES ($1, $2, $3)",
            user,
            limit.program,
            limit.location,
        )
    await users.note_rights(writing, user)
