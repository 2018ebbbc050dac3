"""Rules as they are stored. A rule's content changes by a new version; versions never change.

What a rule says must have been checked (`checking`), and what it names must be the tenant's own.
"""

from collections.abc import Iterable
from enum import StrEnum
from functools import partial
from typing import Any, Final, NamedTuple

from msgspec.json import decode

from stampbook.loyalty.faults import Code, Refused
from stampbook.loyalty.model import Given, Trigger, Version
from stampbook.loyalty.rules import assigning
from stampbook.loyalty.rules.assigning import Assignment
from stampbook.loyalty.rules.bodies import body_of, read_version
from stampbook.programs import auditing
from stampbook.programs.faults import Gone
from stampbook.storage.store import Row, Transacting


class Status(StrEnum):
    """The states of a rule; a deleted one keeps its versions."""

    DRAFT = "draft"
    ACTIVE = "active"
    INACTIVE = "inactive"
    DELETED = "deleted"


class Rule(NamedTuple):
    """A row of `rules` with its newest version. `program_id` None: the tenant's own, for any of its
    programs. `origin` and `metadata` are JSON text."""

    rule_id: int
    tenant_id: int
    program_id: int | None
    name: str
    status: Status
    has_given: bool
    origin: str | None
    metadata: str
    created_at: int
    updated_at: int
    newest: Version


class Named(NamedTuple):
    """The parts of a rule that have no versions. None: as it is."""

    name: str | None = None
    metadata: str | None = None
    origin: str | None = None


UNCHANGED: Final = Named()

_SELECT: Final = """
    SELECT r.rule_id, r.tenant_id, r.program_id, r.name, r.status, r.has_given, r.origin,
           r.metadata, r.created_at, r.updated_at,
           v.version, v.valid_from, v.body, v.library
    FROM rules r JOIN rule_versions v ON v.rule_id = r.rule_id AND v.version = r.version
"""


def _rule(row: Row) -> Rule:
    return Rule(
        rule_id=row["rule_id"],
        tenant_id=row["tenant_id"],
        program_id=row["program_id"],
        name=row["name"],
        status=Status(row["status"]),
        has_given=bool(row["has_given"]),
        origin=row["origin"],
        metadata=row["metadata"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
        newest=read_version(row),
    )


async def create(
    writing: Transacting,
    *,
    tenant: int,
    program: int | None,
    name: str,
    version: Version,
    now: int,
    origin: str | None = None,
    metadata: str = "{}",
) -> Rule:
    """A new draft with `version` as its first one, in force from `now`. A rule of a program counts
    there; one of the tenant nowhere until it is assigned. Writes."""
    row = await writing.fetch_one(
        """
        INSERT INTO rules (tenant_id, program_id, name, status, version, trigger_type,
            trigger_name, origin, metadata, created_at, updated_at)
        VALUES ($1, $2, $3, $4, 1, $5, $6, $7, $8, $9, $9)
        RETURNING rule_id
        """,
        tenant,
        program,
        name,
        str(Status.DRAFT),
        str(version.trigger),
        version.trigger_name,
        origin,
        metadata,
        now,
    )
    assert row is not None
    rule_id = row["rule_id"]
    await _add_version(writing, version._replace(rule=rule_id, number=1, valid_from=now))
    if program is not None:
        await assigning.add(writing, program, rule_id, now=now)
    load = partial(_told, rule=rule_id, tenant=tenant)
    auditing.made(writing, auditing.RULE, rule_id, load, tenant=tenant, now=now)
    return await _present(writing, rule_id, tenant)


async def _add_version(writing: Transacting, version: Version) -> None:
    await writing.execute(
        """
        INSERT INTO rule_versions (rule_id, version, valid_from, body, library)
        VALUES ($1, $2, $3, $4, $5)
        """,
        version.rule,
        version.number,
        version.valid_from,
        body_of(version),
        version.library,
    )


async def get(db: Transacting, rule: int, *, tenant: int) -> Rule | None:
    """The tenant's rule of that number, also a deleted one."""
    row = await db.fetch_one(f"{_SELECT} WHERE r.rule_id = $1 AND r.tenant_id = $2", rule, tenant)
    return None if row is None else _rule(row)


async def _present(db: Transacting, rule: int, tenant: int) -> Rule:
    found = await get(db, rule, tenant=tenant)
    if found is None or found.status is Status.DELETED:
        raise Gone
    return found


_ALL: Final = f"""
    {_SELECT}
    WHERE r.tenant_id = $1 AND r.rule_id > $2 AND r.status <> 'deleted'
        AND r.status = coalesce(CAST($4 AS text), r.status)
        AND r.trigger_type = coalesce(CAST($5 AS text), r.trigger_type)
    ORDER BY r.rule_id LIMIT $3
"""

_OF_PROGRAM: Final = f"""
    {_SELECT}
    JOIN rule_programs a ON a.rule_id = r.rule_id AND a.program_id = $6 AND a.ended_at IS NULL
    WHERE r.tenant_id = $1 AND r.rule_id > $2 AND r.status <> 'deleted'
        AND r.status = coalesce(CAST($4 AS text), r.status)
        AND r.trigger_type = coalesce(CAST($5 AS text), r.trigger_type)
    ORDER BY r.rule_id LIMIT $3
"""


async def page(
    db: Transacting,
    *,
    tenant: int,
    program: int | None = None,
    status: Status | None = None,
    trigger: Trigger | None = None,
    after: int = 0,
    limit: int,
) -> list[Rule]:
    """The tenant's rules by number, those above `after` that are not deleted; of one program,
    those that count there now; if given, only those of a status or a trigger."""
    words = None if status is None else str(status), None if trigger is None else str(trigger)
    asked = tenant, after, limit, *words
    if program is None:
        return [_rule(row) for row in await db.fetch(_ALL, *asked)]
    return [_rule(row) for row in await db.fetch(_OF_PROGRAM, *asked, program)]


async def update(
    writing: Transacting,
    rule: Rule,
    *,
    now: int,
    named: Named = UNCHANGED,
    content: Version | None = None,
    locked: bool = True,
) -> Rule:
    """Change what is given. A changed content becomes the next version, in force from `now`.

    Writes; raises Gone, or Refused (locked_while_active: an active rule keeps its trigger and the
    currencies of its effects, if `locked`).
    """
    before = await _held(writing, rule, now)
    newest = before.newest
    if content is not None and body_of(content) != body_of(newest):
        if locked and before.status is Status.ACTIVE:
            _check_locked(newest, content)
        # A version begins after the one before it, whatever the clock says.
        begins = max(now, newest.valid_from + 1)
        newest = content._replace(rule=rule.rule_id, number=newest.number + 1, valid_from=begins)
        await _add_version(writing, newest)
    await writing.execute(
        """
        UPDATE rules SET name = $3, metadata = $4, origin = $5, version = $6, trigger_type = $7,
            trigger_name = $8, updated_at = $9
        WHERE rule_id = $1 AND tenant_id = $2
        """,
        rule.rule_id,
        rule.tenant_id,
        before.name if named.name is None else named.name,
        before.metadata if named.metadata is None else named.metadata,
        before.origin if named.origin is None else named.origin,
        newest.number,
        str(newest.trigger),
        newest.trigger_name,
        now,
    )
    await _changed(writing, rule.rule_id, rule.tenant_id)
    return await _present(writing, rule.rule_id, rule.tenant_id)


async def rename_currencies(
    writing: Transacting, rule: Rule, content: Version, *, now: int
) -> Rule:
    """Let the rule name what it names by other numbers: those of a program that it is new to.

    A version by which nothing was given says so itself, as events may be older than this change;
    otherwise it is a new version. Writes; raises Gone.
    """
    before = await _held(writing, rule, now)
    if before.has_given:
        return await update(writing, before, now=now, content=content, locked=False)
    await writing.execute(
        "UPDATE rule_versions SET body = $3 WHERE rule_id = $1 AND version = $2",
        rule.rule_id,
        before.newest.number,
        body_of(content),
    )
    await _changed(writing, rule.rule_id, rule.tenant_id)
    return await _present(writing, rule.rule_id, rule.tenant_id)


def _check_locked(before: Version, after: Version) -> None:
    if (before.trigger, before.trigger_name) != (after.trigger, after.trigger_name):
        raise Refused(Code.LOCKED_WHILE_ACTIVE, "an active rule keeps its trigger")
    if currencies_of([before]) != currencies_of([after]):
        raise Refused(Code.LOCKED_WHILE_ACTIVE, "an active rule keeps its currencies")


def currencies_of(found: Iterable[Version]) -> frozenset[int]:
    """The currencies of the versions' effects."""
    return frozenset(
        effect.currency
        for each in found
        for earning in each.earnings
        for effect in earning.effects
        if not isinstance(effect, Given)
    )


async def _held(writing: Transacting, rule: Rule, now: int) -> Rule:
    """The rule as it is now; until the transaction ends, others that change it wait. The audit log
    tells what becomes of it."""
    await writing.execute(
        "UPDATE rules SET updated_at = updated_at WHERE rule_id = $1 AND tenant_id = $2",
        rule.rule_id,
        rule.tenant_id,
    )
    load, tenant = partial(_told, rule=rule.rule_id, tenant=rule.tenant_id), rule.tenant_id
    await auditing.watch(writing, auditing.RULE, rule.rule_id, load, tenant=tenant, now=now)
    return await _present(writing, rule.rule_id, rule.tenant_id)


async def _told(db: Transacting, rule: int, tenant: int) -> dict[str, Any] | None:
    """What the audit log tells of a rule: its newest content, and where it counts."""
    found = await get(db, rule, tenant=tenant)
    if found is None:
        return None
    assigned = await assigning.of_rule(db, rule, tenant=tenant)
    fields = found._asdict()
    del fields["newest"]
    return {
        **fields,
        "content": decode(body_of(found.newest)),
        "programs": [each.program_id for each in assigned],
    }


async def activate(writing: Transacting, rule: Rule, *, now: int) -> Rule:
    """Let the rule count. Writes; raises Gone, or Refused (program_limit_reached)."""
    before = await _held(writing, rule, now)
    if before.status is Status.ACTIVE:
        return before
    for each in await assigning.of_rule(writing, rule.rule_id, tenant=rule.tenant_id):
        await assigning.check_room(writing, each.program_id)
    return await _set_status(writing, before, Status.ACTIVE, now)


async def deactivate(writing: Transacting, rule: Rule, *, now: int) -> Rule:
    """Let the rule count no more. Writes; raises Gone, or Refused (invalid_transition: a draft)."""
    before = await _held(writing, rule, now)
    if before.status is Status.INACTIVE:
        return before
    if before.status is Status.DRAFT:
        raise Refused(Code.INVALID_TRANSITION, "a draft is not active")
    return await _set_status(writing, before, Status.INACTIVE, now)


async def to_draft(writing: Transacting, rule: Rule, *, now: int, forced: bool = False) -> Rule:
    """Make the rule a draft again. Writes; raises Gone, or Refused (invalid_transition: it has
    given something to somebody, and is not `forced`)."""
    before = await _held(writing, rule, now)
    if before.status is Status.DRAFT:
        return before
    if before.has_given and not forced:
        raise Refused(Code.INVALID_TRANSITION, "the rule has given something already")
    return await _set_status(writing, before, Status.DRAFT, now)


async def delete(writing: Transacting, rule: Rule, *, now: int) -> Rule:
    """Delete the rule: it counts no more; its versions stay for what they gave. Writes; raises
    Gone."""
    before = await _held(writing, rule, now)
    for each in await assigning.of_rule(writing, rule.rule_id, tenant=rule.tenant_id):
        await assigning.end(writing, each, now=now)
    await _set_status(writing, before, Status.DELETED, now)
    return before._replace(status=Status.DELETED, updated_at=now)


async def _set_status(writing: Transacting, rule: Rule, status: Status, now: int) -> Rule:
    await writing.execute(
        """
        UPDATE rules SET status = $3, updated_at = $4 WHERE rule_id = $1 AND tenant_id = $2
        """,
        rule.rule_id,
        rule.tenant_id,
        str(status),
        now,
    )
    await _changed(writing, rule.rule_id, rule.tenant_id)
    return rule._replace(status=status, updated_at=now)


async def assign(writing: Transacting, rule: Rule, program: int, *, now: int) -> Assignment:
    """Let the rule count in the tenant's program from now on; once is enough. Writes; raises Gone,
    or Refused (program_limit_reached)."""
    before = await _held(writing, rule, now)
    for each in await assigning.of_rule(writing, rule.rule_id, tenant=rule.tenant_id):
        if each.program_id == program:
            return each
    if before.status is Status.ACTIVE:
        await assigning.check_room(writing, program)
    return await assigning.add(writing, program, rule.rule_id, now=now)


async def unassign(writing: Transacting, rule: Rule, program: int, *, now: int) -> None:
    """Let the rule count in the program no more. Writes; raises Gone (it does not)."""
    await _held(writing, rule, now)
    for each in await assigning.of_rule(writing, rule.rule_id, tenant=rule.tenant_id):
        if each.program_id == program:
            await assigning.end(writing, each, now=now)
            return
    raise Gone


async def _changed(writing: Transacting, rule: int, tenant: int) -> None:
    found = await assigning.of_rule(writing, rule, tenant=tenant)
    await assigning.outdate(writing, [each.program_id for each in found])
