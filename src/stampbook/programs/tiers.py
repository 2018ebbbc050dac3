"""Tiers: levels that members reach by the points that were issued to them and not taken back.

A group belongs to one currency. An account's qualification points are `issued - revoked`, the
accruals in force. They are counted from its journal, row by row. So standings and history do not
depend on when, or by which request, they are brought up to date, and they include accruals and
cancels from every API.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from stampbook.domain.model import MAX_AMOUNT, State, Transaction
from stampbook.programs.faults import Invalid
from stampbook.programs.programs import Program
from stampbook.storage.store import Row, Store, Transacting

MAX_TIERS = 50
"""Tiers of one group: more would only confuse people."""

PAGE = 500
"""How many rows of a journal are read at once."""

_OUTSIDE_LOTS = frozenset({State.OWED, State.CLAIMED, State.REINSTATED})
"""States that are counted beside the lots: such postings neither issue nor revoke."""


class NewTier(NamedTuple):
    """A new tier. `threshold`: the number of points, in smallest units, that reaches it."""

    name: str
    threshold: int
    external_id: str | None = None


class Tier(NamedTuple):
    """A row of `tiers`; `position` counts from 0, by threshold."""

    tier_id: int
    position: int
    external_id: str | None
    name: str
    threshold: int


class TierGroup(NamedTuple):
    """A row of `tier_groups` with its tiers, the lowest first. It never changes."""

    tier_group_id: int
    tenant_id: int
    program_id: int
    currency_id: int
    name: str
    created_at: int
    tiers: tuple[Tier, ...] = ()


class Reached(NamedTuple):
    """A tier that was reached, and (None: not yet) lost again. Instants of the journal."""

    tier_id: int
    reached_at: int
    lost_at: int | None


class Change(NamedTuple):
    """What one journal row did to one tier."""

    tier_id: int
    reached: bool
    seq: int
    at: int


def qualification(row: Transaction) -> int:
    """By how much a journal row changes `issued - revoked`."""
    points = 0
    for posting in row.postings:
        if posting.source in _OUTSIDE_LOTS or posting.target in _OUTSIDE_LOTS:
            continue
        if posting.source in (State.OUTSIDE, State.REVOKED):
            points += posting.amount
        if posting.target is State.REVOKED:
            points -= posting.amount
    return points


def changes_of(tiers: Sequence[Tier], points: int, rows: Iterable[Transaction]) -> list[Change]:
    """The tiers that the rows reach and lose, in order, beginning with `points` points."""
    found: list[Change] = []
    for row in rows:
        after = points + qualification(row)
        for tier in tiers:
            if (points >= tier.threshold) != (after >= tier.threshold):
                reached = after >= tier.threshold
                found.append(Change(tier.tier_id, reached, row.seq, row.recorded_at))
        points = after
    return found


async def create(
    writing: Transacting,
    program: Program,
    *,
    currency: int,
    name: str,
    tiers: Sequence[NewTier],
    now: int,
) -> TierGroup:
    """A new group with its tiers, which are put in the order of their thresholds.

    Writes; raises Invalid. The currency must be the program's; the caller has checked that.
    """
    ordered = sorted(tiers, key=lambda tier: tier.threshold)
    _check(ordered)
    row = await writing.fetch_one(
        """
        INSERT INTO tier_groups (tenant_id, program_id, currency_id, name, created_at)
        VALUES ($1, $2, $3, $4, $5)
        RETURNING tier_group_id, tenant_id, program_id, currency_id, name, created_at
        """,
        program.tenant_id,
        program.program_id,
        currency,
        name,
        now,
    )
    assert row is not None
    made = [await _add(writing, row["tier_group_id"], at, tier) for at, tier in enumerate(ordered)]
    return _group(row, made)


async def _add(writing: Transacting, group: int, position: int, tier: NewTier) -> Tier:
    row = await writing.fetch_one(
        """
        INSERT INTO tiers (tier_group_id, position, external_id, name, threshold)
        VALUES ($1, $2, $3, $4, $5)
        RETURNING tier_id, position, external_id, name, threshold
        """,
        group,
        position,
        tier.external_id,
        tier.name,
        tier.threshold,
    )
    assert row is not None
    return _tier(row)


def _tier(row: Row) -> Tier:
    return Tier._make(row[column] for column in Tier._fields)


def _group(row: Row, tiers: Sequence[Tier]) -> TierGroup:
    return TierGroup._make([*(row[column] for column in TierGroup._fields[:-1]), tuple(tiers)])


def _check(tiers: Sequence[NewTier]) -> None:
    if not 0 < len(tiers) <= MAX_TIERS:
        raise Invalid("tiers", f"must be 1 to {MAX_TIERS}")
    if any(not 0 <= tier.threshold <= MAX_AMOUNT for tier in tiers):
        raise Invalid("tiers", "thresholds must be between 0 and 9 * 10^15")
    if len({tier.threshold for tier in tiers}) < len(tiers):
        raise Invalid("tiers", "two of them have the same threshold")
    named = [tier.external_id for tier in tiers if tier.external_id is not None]
    if len(set(named)) < len(named):
        raise Invalid("tiers", "two of them have the same external_id")


async def get(db: Transacting, group: int, *, tenant: int) -> TierGroup | None:
    """The tenant's group of that number."""
    row = await db.fetch_one(
        """
        SELECT tier_group_id, tenant_id, program_id, currency_id, name, created_at
        FROM tier_groups WHERE tier_group_id = $1 AND tenant_id = $2
        """,
        group,
        tenant,
    )
    return None if row is None else _group(row, await _tiers_of(db, group))


async def page(db: Transacting, program: int, *, after: int = 0, limit: int) -> list[TierGroup]:
    """The program's groups by number, those above `after`."""
    rows = await db.fetch(
        """
        SELECT tier_group_id, tenant_id, program_id, currency_id, name, created_at
        FROM tier_groups WHERE program_id = $1 AND tier_group_id > $2
        ORDER BY tier_group_id LIMIT $3
        """,
        program,
        after,
        limit,
    )
    return [_group(row, await _tiers_of(db, row["tier_group_id"])) for row in rows]


async def _tiers_of(db: Transacting, group: int) -> list[Tier]:
    rows = await db.fetch(
        """
        SELECT tier_id, position, external_id, name, threshold
        FROM tiers WHERE tier_group_id = $1 ORDER BY position
        """,
        group,
    )
    return [_tier(row) for row in rows]


async def history(store: Store, group: TierGroup, account: int) -> list[Reached]:
    """Every time that the account reached a tier of the group, oldest first, brought up to date
    with the present journal. The caller has settled the account.

    Tiers with threshold 0 have no history: every member has them.
    """
    while not await _catch_up(store, group, account):
        pass
    rows = await store.fetch(
        """
        SELECT tier_id, reached_at, lost_at FROM tier_history
        WHERE tier_group_id = $1 AND account_id = $2 ORDER BY reached_by, tier_id
        """,
        group.tier_group_id,
        account,
    )
    return [Reached._make(row[column] for column in Reached._fields) for row in rows]


async def _catch_up(store: Store, group: TierGroup, account: int) -> bool:
    """Count one page of the journal; returns whether that was the end of it.

    Of two concurrent calls the one that moves the standing first writes; the other tries again.
    """
    standing = await store.fetch_one(
        "SELECT seq, points FROM tier_standings WHERE tier_group_id = $1 AND account_id = $2",
        group.tier_group_id,
        account,
    )
    seq, points = (standing["seq"], standing["points"]) if standing else (0, 0)
    rows = await store.journal(account, after=seq, limit=PAGE)
    if not rows:
        return True
    async with store.transaction() as writing:
        await _write(writing, group, account, seq, points, rows)
    return False


async def _write(
    writing: Transacting,
    group: TierGroup,
    account: int,
    seq: int,
    points: int,
    rows: Sequence[Transaction],
) -> None:
    await writing.execute(
        """
        INSERT INTO tier_standings (tier_group_id, account_id, seq, points)
        VALUES ($1, $2, 0, 0) ON CONFLICT DO NOTHING
        """,
        group.tier_group_id,
        account,
    )
    moved = await writing.execute(
        """
        UPDATE tier_standings SET seq = $4, points = $5
        WHERE tier_group_id = $1 AND account_id = $2 AND seq = $3
        """,
        group.tier_group_id,
        account,
        seq,
        rows[-1].seq,
        points + sum(map(qualification, rows)),
    )
    if not moved:
        return
    for change in changes_of(group.tiers, points, rows):
        await _write_change(writing, group, account, change)


async def _write_change(
    writing: Transacting, group: TierGroup, account: int, change: Change
) -> None:
    if change.reached:
        sql = """
            INSERT INTO tier_history (tier_group_id, account_id, tier_id, reached_by, reached_at)
            VALUES ($1, $2, $3, $4, $5)
        """
    else:
        sql = """
            UPDATE tier_history SET lost_by = $4, lost_at = $5
            WHERE tier_group_id = $1 AND account_id = $2 AND tier_id = $3 AND lost_at IS NULL
        """
    await writing.execute(sql, group.tier_group_id, account, change.tier_id, change.seq, change.at)
