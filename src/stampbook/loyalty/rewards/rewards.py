"""Rewards: what points buy, in a program or in the tenant's library, and their steps.

draft → active ↔ inactive; active → draft until something was bought; any → deleted (soft).
"""

from collections.abc import Mapping
from functools import partial
from typing import Final

from stampbook.domain.model import MAX_AMOUNT
from stampbook.loyalty.faults import Code, Refused
from stampbook.loyalty.rewards.columns import with_columns
from stampbook.loyalty.rewards.model import Reward, RewardTerms, RewardType
from stampbook.loyalty.rewards.terms import read_reward, write_reward
from stampbook.programs import auditing
from stampbook.programs.changing import assignments
from stampbook.programs.faults import Gone, Invalid
from stampbook.storage.store import Row, Transacting

EDITABLE: Final = frozenset(
    {"name", "type", "metadata", "origin", "starts_at", "ends_at", "is_refundable", "terms"}
)

MAX_ACTIVE: Final = 1_000
"""Active rewards of one program, or of a tenant's library."""

MAX_COSTS: Final = 1_000
"""Ten in each of a hundred programs that may offer a reward of a library."""

STEPS: Final = {
    "active": frozenset({"draft", "inactive"}),
    "inactive": frozenset({"active"}),
    "draft": frozenset({"active"}),
}
"""From which statuses a step leads to each."""

_sql: Final = partial(with_columns, kind=Reward)

_UPDATE: Final = _sql(
    "UPDATE rewards SET {assigned} WHERE reward_id = $1 AND tenant_id = $2 RETURNING {columns}"
)


def _reward(row: Row) -> Reward:
    values = {column: row[column] for column in Reward._fields}
    values["type"] = RewardType(values["type"])
    values["is_refundable"] = bool(values["is_refundable"])
    values["terms"] = read_reward(values["terms"])
    return Reward(**values)


async def create(
    writing: Transacting,
    *,
    tenant: int,
    program: int | None,
    name: str,
    type_: RewardType,
    terms: RewardTerms,
    now: int,
    status: str = "draft",
    starts_at: int | None = None,
    ends_at: int | None = None,
    is_refundable: bool = True,
    metadata: str = "{}",
    origin: str | None = None,
) -> Reward:
    """A new reward, a draft or active. Writes; raises Invalid, or Refused
    (PROGRAM_LIMIT_REACHED).

    The currencies of its costs, and of its points, must exist; the caller has checked that.
    """
    assert status in ("draft", "active"), "there is no other beginning"
    _check_dates(starts_at, ends_at)
    _check_terms(type_, terms, in_library=program is None)
    if status == "active":
        await _check_limit(writing, tenant=tenant, program=program)
    row = await writing.fetch_one(
        _sql("""
        INSERT INTO rewards (tenant_id, program_id, name, type, status, starts_at, ends_at,
            is_refundable, terms, metadata, origin, created_at, updated_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $12)
        RETURNING {columns}
        """),
        tenant,
        program,
        name,
        str(type_),
        status,
        starts_at,
        ends_at,
        is_refundable,
        write_reward(terms),
        metadata,
        origin,
        now,
    )
    assert row is not None
    number = row["reward_id"]
    load = partial(get, reward=number, tenant=tenant)
    auditing.made(writing, auditing.REWARD, number, load, tenant=tenant, now=now)
    return _reward(row)


async def _watched(writing: Transacting, reward: int, *, tenant: int, now: int) -> Reward:
    """The same as `hold`; and the audit log tells what becomes of the reward."""
    held = await hold(writing, reward, tenant=tenant)
    load = partial(get, reward=reward, tenant=tenant)
    await auditing.watch(writing, auditing.REWARD, reward, load, tenant=tenant, now=now)
    return held


async def get(db: Transacting, reward: int, *, tenant: int, deleted: bool = False) -> Reward | None:
    """The tenant's reward of that number; with `deleted` also one that was."""
    row = await db.fetch_one(
        _sql("SELECT {columns} FROM rewards WHERE reward_id = $1 AND tenant_id = $2"),
        reward,
        tenant,
    )
    if row is None or (row["status"] == "deleted" and not deleted):
        return None
    return _reward(row)


async def hold(writing: Transacting, reward: int, *, tenant: int) -> Reward:
    """The reward, locked until the transaction ends. Writes, but changes nothing; raises Gone."""
    row = await writing.fetch_one(
        _sql("""
        UPDATE rewards SET updated_at = updated_at
        WHERE reward_id = $1 AND tenant_id = $2 AND status <> 'deleted'
        RETURNING {columns}
        """),
        reward,
        tenant,
    )
    if row is None:
        raise Gone
    return _reward(row)


async def page(
    db: Transacting,
    *,
    tenant: int,
    program: int | None,
    limit: int,
    after: int = 0,
    status: str | None = None,
    type_: str | None = None,
) -> list[Reward]:
    """The program's rewards (None: the library's) by number, those above `after`; of one status
    if it is given, else all that are not deleted; perhaps of one type."""
    rows = await db.fetch(
        _sql("""
        SELECT {columns} FROM rewards
        WHERE tenant_id = $1 AND coalesce(program_id, 0) = $2 AND reward_id > $3
          AND status <> 'deleted' AND (CAST($4 AS text) = '' OR status = $4)
          AND (CAST($5 AS text) = '' OR type = $5)
        ORDER BY reward_id LIMIT $6
        """),
        tenant,
        program or 0,
        after,
        status or "",
        type_ or "",
        limit,
    )
    return [_reward(row) for row in rows]


async def update(
    writing: Transacting, reward: int, changes: Mapping[str, object], *, tenant: int, now: int
) -> Reward:
    """Change the named fields of `EDITABLE`; `terms` as RewardTerms. Writes.

    What is handed out changes only in a draft. Raises Gone, Invalid, or Refused
    (LOCKED_WHILE_ACTIVE).
    """
    before = await _watched(writing, reward, tenant=tenant, now=now)
    stored = dict(changes)
    terms, type_ = changes.get("terms", before.terms), changes.get("type", before.type)
    assert isinstance(terms, RewardTerms)
    assert isinstance(type_, RewardType)
    if "terms" in changes or "type" in changes:
        _check_terms(type_, terms, in_library=before.program_id is None)
        _check_locked(before, type_, terms)
        stored |= {"terms": write_reward(terms), "type": str(type_)}
    starts_at, ends_at = (
        changes.get(name, getattr(before, name)) for name in ("starts_at", "ends_at")
    )
    _check_dates(starts_at, ends_at)
    set_clause = assignments({**stored, "updated_at": now}, EDITABLE | {"updated_at"}, first=3)
    row = await writing.fetch_one(
        _UPDATE.replace("{assigned}", set_clause),
        reward,
        tenant,
        *stored.values(),
        now,
    )
    assert row is not None
    return _reward(row)


async def step(writing: Transacting, reward: int, status: str, *, tenant: int, now: int) -> Reward:
    """Make the reward active, inactive, or a draft again. The status that it has already is no step
    and no fault. Writes.

    What was bought never becomes a draft again. Raises Gone, or Refused (INVALID_TRANSITION,
    PROGRAM_LIMIT_REACHED).
    """
    before = await _watched(writing, reward, tenant=tenant, now=now)
    if before.status == status:
        return before
    if before.status not in STEPS[status]:
        raise Refused(Code.INVALID_TRANSITION, f"the reward is {before.status}")
    if status == "active":
        await _check_limit(writing, tenant=tenant, program=before.program_id)
    if status == "draft" and await is_bought(writing, reward):
        raise Refused(Code.INVALID_TRANSITION, "the reward was bought, so it stays as it is")
    return await _put_status(writing, reward, status, tenant=tenant, now=now)


async def delete(writing: Transacting, reward: int, *, tenant: int, now: int) -> Reward:
    """Hide the reward; its purchases stay. Writes; raises Gone, or Refused
    (IN_USE) while it is on offer."""
    await _watched(writing, reward, tenant=tenant, now=now)
    offered = await writing.fetch(
        "SELECT program_id FROM offers WHERE reward_id = $1 AND ended_at IS NULL ORDER BY 1", reward
    )
    if offered:
        named = [("program", row["program_id"]) for row in offered]
        raise Refused(Code.IN_USE, "a program offers the reward", used_by=named)
    return await _put_status(writing, reward, "deleted", tenant=tenant, now=now)


async def is_bought(db: Transacting, reward: int) -> bool:
    """Whether the reward was ever bought."""
    row = await db.fetch_one(
        "SELECT 1 AS found FROM purchases WHERE reward_id = $1 LIMIT 1", reward
    )
    return row is not None


async def _put_status(
    writing: Transacting, reward: int, status: str, *, tenant: int, now: int
) -> Reward:
    row = await writing.fetch_one(
        _sql("""
        UPDATE rewards SET status = $2, updated_at = $3
        WHERE reward_id = $1 AND tenant_id = $4
        RETURNING {columns}
        """),
        reward,
        status,
        now,
        tenant,
    )
    assert row is not None
    return _reward(row)


async def _check_limit(writing: Transacting, *, tenant: int, program: int | None) -> None:
    # The program's or the tenant's row is the lock: two that activate wait for each other.
    if program is None:
        await writing.execute("UPDATE tenants SET name = name WHERE tenant_id = $1", tenant)
    else:
        await writing.execute(
            "UPDATE programs SET updated_at = updated_at WHERE program_id = $1 AND tenant_id = $2",
            program,
            tenant,
        )
    row = await writing.fetch_one(
        """
        SELECT count(*) AS active FROM rewards
        WHERE tenant_id = $1 AND coalesce(program_id, 0) = $2 AND status = 'active'
        """,
        tenant,
        program or 0,
    )
    assert row is not None
    if row["active"] >= MAX_ACTIVE:
        raise Refused(
            Code.PROGRAM_LIMIT_REACHED, f"at most {MAX_ACTIVE} rewards can be active at once"
        )


def _check_dates(starts_at: object, ends_at: object) -> None:
    if isinstance(starts_at, int) and isinstance(ends_at, int) and ends_at <= starts_at:
        raise Invalid("ends_at", "must lie after starts_at")


def _check_terms(type_: RewardType, terms: RewardTerms, *, in_library: bool) -> None:
    """A reward of a library may be for currencies that no program has yet. Raises Invalid."""
    if not (in_library or terms.costs) or len(terms.costs) > MAX_COSTS:
        raise Invalid("costs", f"must be 1 to {MAX_COSTS}")
    for at, cost in enumerate(terms.costs):
        if not 0 < cost.points <= MAX_AMOUNT:
            raise Invalid(f"costs/{at}/points", "must be above 0 and at most 9 * 10^15")
    buys_points = type_ is RewardType.POINTS
    if bool(terms.bought) != buys_points and not (buys_points and in_library):
        raise Invalid("points", "must be given for a reward of points, and for no other")
    if not all(0 < each.points <= MAX_AMOUNT for each in terms.bought):
        raise Invalid("points/amount", "must be above 0 and at most 9 * 10^15")
    if terms.sku is not None and type_ is not RewardType.MATERIAL:
        raise Invalid("sku", "belongs to a material reward")
    if terms.is_pooled and type_ is not RewardType.CODE:
        raise Invalid("code", "belongs to a reward of codes")


def _check_locked(before: Reward, type_: RewardType, after: RewardTerms) -> None:
    if before.status == "draft":
        return
    # The points of a library's reward are in the currencies of all programs that offer it.
    names = ("sku", "is_pooled") if before.program_id is None else ("sku", "is_pooled", "bought")
    if type_ is not before.type or any(
        getattr(before.terms, name) != getattr(after, name) for name in names
    ):
        detail = "what a reward hands out changes only in a draft"
        raise Refused(Code.LOCKED_WHILE_ACTIVE, detail)
