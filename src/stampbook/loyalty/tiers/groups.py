"""Groups of tiers as they are stored. A group counts one currency of its program."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from functools import partial
from itertools import pairwise
from typing import Final, NamedTuple

from stampbook.domain.model import MAX_AMOUNT
from stampbook.loyalty.faults import Code, Refused
from stampbook.loyalty.rules.bodies import read_version
from stampbook.loyalty.tiers.terms import Terms, check, read_terms, write_terms
from stampbook.programs import auditing
from stampbook.programs.faults import Gone, Invalid
from stampbook.programs.programs import Program
from stampbook.storage.store import Row, Transacting

MAX_TIERS: Final = 100
"""Tiers of one group: more would only confuse people."""


class Status(StrEnum):
    """The states of a group. Only an active one has standings; a deleted one is found no more."""

    DRAFT = "draft"
    ACTIVE = "active"
    INACTIVE = "inactive"
    DELETED = "deleted"


STEPS: Final = {
    Status.DRAFT: frozenset({Status.ACTIVE}),
    Status.ACTIVE: frozenset({Status.DRAFT, Status.INACTIVE}),
    Status.INACTIVE: frozenset({Status.ACTIVE}),
}
"""The steps from each status, besides deletion."""


class NewTier(NamedTuple):
    """A tier to be written. It is for counts from `threshold` to `ceiling`, both included (None: up
    to the next tier), and with a `segment` for its members only.

    `keep_forever`: once reached, it is lost only by a recount after a cancel. `tier_id`: of the
    tier that it replaces. `metadata` and `origin` are JSON text; `origin` is a dialect's own.
    """

    name: str
    threshold: int
    external_id: str | None = None
    ceiling: int | None = None
    segment: str | None = None
    keep_forever: bool = False
    metadata: str = "{}"
    origin: str | None = None
    tier_id: int | None = None


class Tier(NamedTuple):
    """A row of `tiers`; `position` counts from 0, by threshold."""

    tier_id: int
    position: int
    external_id: str | None
    name: str
    threshold: int
    ceiling: int | None
    segment: str | None
    keep_forever: bool
    metadata: str
    origin: str | None


class TierGroup(NamedTuple):
    """A row of `tier_groups` with its tiers, the lowest first.

    `revision` grows with every change of what decides standings. `activated_at` is when it first
    became active.
    """

    tier_group_id: int
    tenant_id: int
    program_id: int
    currency_id: int
    name: str
    status: Status
    terms: Terms
    metadata: str
    origin: str | None
    revision: int
    activated_at: int | None
    created_at: int
    updated_at: int
    tiers: tuple[Tier, ...] = ()


_COLUMNS: Final = ", ".join(TierGroup._fields[:-1])


async def create(
    writing: Transacting,
    program: Program,
    *,
    currency: int,
    name: str,
    tiers: Sequence[NewTier],
    now: int,
    terms: Terms | None = None,
    status: Status = Status.ACTIVE,
    metadata: str = "{}",
    origin: str | None = None,
    activated_at: int | None = None,
) -> TierGroup:
    """A new group with its tiers. Writes; raises Invalid.

    The currency must be the program's; the caller has checked that. `activated_at`: the instant
    from which windows by activation count, if it is not `now`.
    """
    terms = Terms() if terms is None else terms
    check(terms)
    _check_tiers(tiers, least=status is Status.ACTIVE)
    if status is Status.ACTIVE and activated_at is None:
        activated_at = now
    row = await writing.fetch_one(
        f"""
        INSERT INTO tier_groups (tenant_id, program_id, currency_id, name, status, terms, metadata,
                                 origin, activated_at, created_at, updated_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10)
        RETURNING {_COLUMNS}
        """,  # noqa: S608 - columns of the table
        program.tenant_id,
        program.program_id,
        currency,
        name,
        status.value,
        write_terms(terms),
        metadata,
        origin,
        activated_at,
        now,
    )
    assert row is not None
    for tier in tiers:
        await _add(writing, row["tier_group_id"], tier)
    number, tenant = row["tier_group_id"], program.tenant_id
    load = partial(get, group=number, tenant=tenant)
    auditing.made(writing, auditing.TIER_GROUP, number, load, tenant=tenant, now=now)
    return await _with_tiers(writing, row)


async def get(db: Transacting, group: int, *, tenant: int) -> TierGroup | None:
    """The tenant's group of that number, unless it is deleted."""
    row = await db.fetch_one(
        f"""
        SELECT {_COLUMNS} FROM tier_groups
        WHERE tier_group_id = $1 AND tenant_id = $2 AND status <> 'deleted'
        """,  # noqa: S608 - columns of the table
        group,
        tenant,
    )
    return None if row is None else await _with_tiers(db, row)


async def page(
    db: Transacting, program: int, *, after: int = 0, limit: int, active: bool = False
) -> list[TierGroup]:
    """The program's groups by number, those above `after`; `active`: only those."""
    rows = await db.fetch(
        f"""
        SELECT {_COLUMNS} FROM tier_groups
        WHERE program_id = $1 AND tier_group_id > $2 AND status <> 'deleted'
          AND (CAST($3 AS bigint) = 0 OR status = 'active')
        ORDER BY tier_group_id LIMIT $4
        """,  # noqa: S608 - columns of the table
        program,
        after,
        int(active),
        limit,
    )
    return [await _with_tiers(db, row) for row in rows]


async def rename(
    writing: Transacting,
    group: TierGroup,
    *,
    name: str,
    metadata: str,
    now: int,
) -> TierGroup:
    """Change what decides nothing, in any state. Writes; raises Gone."""
    await _watch(writing, group, now)
    return await _update(writing, group, now, {"name": name, "metadata": metadata})


async def redefine(
    writing: Transacting,
    group: TierGroup,
    *,
    now: int,
    terms: Terms | None = None,
    tiers: Sequence[NewTier] | None = None,
) -> TierGroup:
    """Change the terms, or all tiers, of a draft. Tiers that name a former one take its place, and
    former ones that are not named are removed. Writes; raises Invalid, Gone, or Refused
    (`locked_while_active`)."""
    if group.status is not Status.DRAFT:
        raise Refused(Code.LOCKED_WHILE_ACTIVE, "what qualifies for a tier changes in drafts only")
    terms = group.terms if terms is None else terms
    check(terms)
    await _watch(writing, group, now)
    if tiers is not None:
        _check_tiers(tiers, least=False)
        await _replace(writing, group, tiers)
    values = {"terms": write_terms(terms), "revision": group.revision + 1}
    return await _update(writing, group, now, values)


async def set_status(
    writing: Transacting, group: TierGroup, status: Status, *, now: int
) -> TierGroup:
    """Take a step, or delete the group. The status that it has already is no step and no fault.

    Writes; raises Gone, or Refused (`invalid_transition`; `in_use`: an active rule names the group
    that is to be deleted).
    """
    if status is group.status:
        return group
    if status is Status.DELETED and await _is_named(writing, group):
        raise Refused(Code.IN_USE, "an active rule names the group")
    if status is not Status.DELETED and status not in STEPS[group.status]:
        raise Refused(
            Code.INVALID_TRANSITION, f"a group that is {group.status.value} cannot become so"
        )
    values: dict[str, object] = {"status": status.value}
    if status is Status.ACTIVE:
        if not group.tiers:
            raise Refused(Code.INVALID_TRANSITION, "a group without tiers cannot be active")
        if group.activated_at is None:
            values["activated_at"] = now
    await _watch(writing, group, now)
    return await _update(writing, group, now, values)


async def _is_named(db: Transacting, group: TierGroup) -> bool:
    """Whether an active rule asks for one of the group's tiers."""
    rows = await db.fetch(
        """
        SELECT r.rule_id, v.version, v.valid_from, v.body, v.library
        FROM rules r JOIN rule_versions v ON v.rule_id = r.rule_id AND v.version = r.version
        WHERE r.tenant_id = $1 AND r.status = 'active'
        """,
        group.tenant_id,
    )
    return any(
        need.group == group.tier_group_id
        for row in rows
        for earning in read_version(row).earnings
        for need in earning.tiers
    )


async def edit_tier(
    writing: Transacting, group: TierGroup, tier: Tier, *, name: str, metadata: str, now: int
) -> None:
    """Change what decides nothing of a tier, in any state of its group. Writes."""
    await _watch(writing, group, now)
    await writing.execute(
        "UPDATE tiers SET name = $3, metadata = $4 WHERE tier_group_id = $1 AND tier_id = $2",
        group.tier_group_id,
        tier.tier_id,
        name,
        metadata,
    )


async def _watch(writing: Transacting, group: TierGroup, now: int) -> None:
    number, tenant = group.tier_group_id, group.tenant_id
    load = partial(get, group=number, tenant=tenant)
    await auditing.watch(writing, auditing.TIER_GROUP, number, load, tenant=tenant, now=now)


async def _update(
    writing: Transacting, group: TierGroup, now: int, values: Mapping[str, object]
) -> TierGroup:
    """Raises Gone if the group was changed since it was read."""
    places = ", ".join(f"{column} = ${at}" for at, column in enumerate(values, 6))
    row = await writing.fetch_one(
        f"""
        UPDATE tier_groups SET updated_at = $5, {places}
        WHERE tier_group_id = $1 AND tenant_id = $2 AND status = $3 AND revision = $4
        RETURNING {_COLUMNS}
        """,  # noqa: S608 - columns of the table
        group.tier_group_id,
        group.tenant_id,
        group.status.value,
        group.revision,
        now,
        *values.values(),
    )
    if row is None:
        raise Gone
    return await _with_tiers(writing, row)


async def _replace(writing: Transacting, group: TierGroup, tiers: Sequence[NewTier]) -> None:
    former = {tier.tier_id for tier in group.tiers}
    kept = [tier.tier_id for tier in tiers if tier.tier_id is not None]
    if not former.issuperset(kept) or len(set(kept)) < len(kept):
        raise Invalid("tiers", "one of them is not a tier of the group")
    # First those that go, and all external ids: two tiers may have exchanged them.
    for number in former.difference(kept):
        await writing.execute("DELETE FROM tiers WHERE tier_id = $1", number)
    await writing.execute(
        "UPDATE tiers SET external_id = NULL WHERE tier_group_id = $1", group.tier_group_id
    )
    for tier in tiers:
        if tier.tier_id is None:
            await _add(writing, group.tier_group_id, tier)
            continue
        await writing.execute(
            """
            UPDATE tiers SET name = $2, threshold = $3, external_id = $4, ceiling = $5,
                segment = $6, keep_forever = $7, metadata = $8, origin = $9
            WHERE tier_id = $1
            """,
            tier.tier_id,
            *_values(tier),
        )


def _values(tier: NewTier) -> tuple[object, ...]:
    """The values of the columns that a tier's statements have in common."""
    return (
        tier.name,
        tier.threshold,
        tier.external_id,
        tier.ceiling,
        tier.segment,
        tier.keep_forever,
        tier.metadata,
        tier.origin,
    )


async def _add(writing: Transacting, group: int, tier: NewTier) -> None:
    await writing.execute(
        """
        INSERT INTO tiers (tier_group_id, name, threshold, external_id, ceiling, segment,
                           keep_forever, metadata, origin)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        """,
        group,
        *_values(tier),
    )


async def _with_tiers(db: Transacting, row: Row) -> TierGroup:
    rows = await db.fetch(
        """
        SELECT tier_id, external_id, name, threshold, ceiling, segment, keep_forever, metadata,
               origin
        FROM tiers WHERE tier_group_id = $1 ORDER BY threshold, segment IS NOT NULL, tier_id
        """,
        row["tier_group_id"],
    )
    values = {column: row[column] for column in TierGroup._fields[:-1]}
    values["status"] = Status(row["status"])
    values["terms"] = read_terms(row["terms"])
    tiers = tuple(_tier(position, each) for position, each in enumerate(rows))
    return TierGroup(**values, tiers=tiers)


def _tier(position: int, row: Row) -> Tier:
    values = {column: row[column] for column in Tier._fields if column != "position"}
    return Tier(**{**values, "keep_forever": bool(row["keep_forever"])}, position=position)


def _check_tiers(tiers: Sequence[NewTier], *, least: bool) -> None:
    """`least`: there must be a tier. Raises Invalid."""
    if not least <= len(tiers) <= MAX_TIERS:
        raise Invalid("tiers", f"must be {int(least)} to {MAX_TIERS}")
    if any(not 0 <= tier.threshold <= MAX_AMOUNT for tier in tiers):
        raise Invalid("tiers", "thresholds must be between 0 and 9 * 10^15")
    if any(tier.ceiling is not None and tier.ceiling < tier.threshold for tier in tiers):
        raise Invalid("tiers", "a greatest count is below the least one")
    named = [tier.external_id for tier in tiers if tier.external_id is not None]
    if len(set(named)) < len(named):
        raise Invalid("tiers", "two of them have the same external_id")
    # Tiers with a segment are a path of their own beside those without.
    for segment in {tier.segment for tier in tiers}:
        _check_path([tier for tier in tiers if tier.segment == segment])


def _check_path(tiers: Sequence[NewTier]) -> None:
    ordered = sorted(tiers, key=lambda tier: tier.threshold)
    for lower, upper in pairwise(ordered):
        if lower.threshold == upper.threshold:
            raise Invalid("tiers", "two of them have the same threshold")
        if lower.ceiling is not None and lower.ceiling >= upper.threshold:
            raise Invalid("tiers", "two of them overlap")
