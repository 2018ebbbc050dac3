"""Announces changes of tiers: rows of the outbox.

Standings follow from the journal, and time changes them too: nobody writes when one begins. So the
worker looks at members of whom something has happened since, and at those whose time has come. How
many of a member's standings have been announced is stored in the transaction that announces them:
each is announced once, whatever becomes of the worker, and however many of them there are.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Final, NamedTuple

from stampbook.ledger.engine import Ledger
from stampbook.ledger.following.feed import move_on
from stampbook.loyalty.tiers import groups, standing
from stampbook.loyalty.tiers.groups import Tier, TierGroup
from stampbook.loyalty.tiers.machine import NO_TIER, Step
from stampbook.programs import accounts, members, programs
from stampbook.programs.members import Member
from stampbook.programs.programs import Program
from stampbook.storage.outbox import writing as outbox
from stampbook.storage.outbox.writing import Outgoing
from stampbook.storage.positions import first_rows_between, position_of
from stampbook.storage.store import Beside, Store, Transacting

FOLLOWER: Final = "tiers"
BATCH: Final = 100
"""Members looked at in one pass."""

POSITIONS: Final = 1_000
"""Positions of the journal looked through in one pass."""

MOST_GROUPS: Final = 500


class TierChanged(NamedTuple):
    """A standing that began in a group, and its tiers (None: no tier). `account` is the member's of
    the group's currency (None: they have none)."""

    group: int
    currency: int
    account: int | None
    step: Step
    former: Tier | None
    present: Tier | None


class Moved(NamedTuple):
    """A member of whom something has happened since the instant."""

    tenant: int
    program: int
    member: int
    since: int


class _Found(NamedTuple):
    """What is to be announced of a member in a group. `steps` and `stored_basis` are what is stored
    (None: nothing yet), `now` and `basis` what takes their place."""

    moved: Moved
    group: TierGroup
    basis: str
    steps: int | None
    stored_basis: str | None
    now: int
    next_at: int | None
    outgoing: Sequence[Outgoing]


class _Overtaken(Exception):
    """Another worker has announced some of it meanwhile."""


async def herald(ledger: Ledger, clock: Callable[[], int]) -> bool:
    """One pass over what has happened. Returns whether another one should follow soon."""
    now = clock()
    try:
        busy = [
            await _of_journal(ledger, now),
            await _of_due(ledger, now),
            await _of_time(ledger, now),
        ]
    except _Overtaken:
        return True
    return any(busy)


async def due(
    store: Store, concerned: Iterable[tuple[int, int]], *, tenant: int, now: int
) -> tuple[Beside, ...]:
    """Lets the worker look at members (member, program), of whom something changes in this commit
    that is not in the journal; of programs without tiers at nobody."""
    rows = []
    for member, program in sorted(set(concerned)):
        row = await store.fetch_one(
            "SELECT 1 AS is_active FROM tier_groups"
            " WHERE program_id = $1 AND tenant_id = $2 AND status = 'active' LIMIT 1",
            program,
            tenant,
        )
        if row is not None:
            rows.append((member, program, tenant, now))
    return (Beside(_DUE, tuple(rows)),) if rows else ()


async def note_due(writing: Transacting, member: int, *, now: int) -> None:
    """The same in a transaction. Writes."""
    await writing.execute(
        """
        INSERT INTO tier_due (member_id, program_id, tenant_id, since)
        SELECT m.member_id, m.program_id, m.tenant_id, CAST($2 AS bigint) FROM members m
        WHERE m.member_id = $1 AND EXISTS (
            SELECT 1 FROM tier_groups g WHERE g.program_id = m.program_id AND g.status = 'active')
        ON CONFLICT (member_id) DO UPDATE SET version = tier_due.version + 1
        """,
        member,
        now,
    )


# -- where it comes from -----------------------------------------------------------------


async def _of_journal(ledger: Ledger, now: int) -> bool:
    store = ledger.store
    position = await position_of(store, FOLLOWER)
    gate = await store.complete_upto()
    upto, rows = await first_rows_between(store, after=position, upto=gate, most=POSITIONS)
    if upto == position:
        return False
    found: list[_Found] = []
    for row in rows:
        moved = Moved(row.tenant, row.program, row.member, row.recorded_at)
        found += await _look(ledger, moved, now, currency=row.currency)
    async with store.transaction() as writing:
        if not await move_on(writing, FOLLOWER, position, upto, now):
            raise _Overtaken
        await _write(writing, found)
    return True


async def _of_due(ledger: Ledger, now: int) -> bool:
    rows = await ledger.store.fetch(
        "SELECT member_id, program_id, tenant_id, since, version FROM tier_due"
        " ORDER BY member_id LIMIT $1",
        BATCH,
    )
    for row in rows:
        moved = Moved(row["tenant_id"], row["program_id"], row["member_id"], row["since"])
        found = await _look(ledger, moved, now)
        async with ledger.store.transaction() as writing:
            await _write(writing, found)
            await writing.execute(
                "DELETE FROM tier_due WHERE member_id = $1 AND version = $2 AND tenant_id = $3",
                moved.member,
                row["version"],
                moved.tenant,
            )
    return len(rows) == BATCH


async def _of_time(ledger: Ledger, now: int) -> bool:
    rows = await ledger.store.fetch(
        """
        SELECT DISTINCT h.member_id, h.program_id, h.tenant_id
        FROM tier_heralds h
        JOIN tier_groups g ON g.tier_group_id = h.tier_group_id AND g.status = 'active'
        JOIN programs p ON p.program_id = h.program_id AND p.deleted_at IS NULL
        WHERE h.next_at IS NOT NULL AND h.next_at <= $1 ORDER BY h.member_id LIMIT $2
        """,
        now,
        BATCH,
    )
    for row in rows:
        moved = Moved(row["tenant_id"], row["program_id"], row["member_id"], now)
        found = await _look(ledger, moved, now)
        async with ledger.store.transaction() as writing:
            await _write(writing, found)
    return len(rows) == BATCH


# -- what there is to announce -----------------------------------------------------------


async def _look(
    ledger: Ledger, moved: Moved, now: int, *, currency: int | None = None
) -> list[_Found]:
    """What has changed of the member in the active groups, of one currency if it is given."""
    store = ledger.store
    program = await programs.get(store, moved.program, tenant=moved.tenant)
    member = await members.get(store, moved.member, tenant=moved.tenant)
    if program is None or member is None:
        return []
    active = await groups.page(store, moved.program, limit=MOST_GROUPS, active=True)
    wanted = [each for each in active if currency in (None, each.currency_id)]
    if wanted:
        owned = await accounts.of_member(store, member.member_id)
        await ledger.settle(each.account_id for each in owned)
    return [await _in_group(store, moved, program, member, each, now) for each in wanted]


async def _in_group(
    store: Store, moved: Moved, program: Program, member: Member, group: TierGroup, now: int
) -> _Found:
    stored = await store.fetch_one(
        "SELECT basis, steps FROM tier_heralds"
        " WHERE tier_group_id = $1 AND member_id = $2 AND tenant_id = $3",
        group.tier_group_id,
        member.member_id,
        moved.tenant,
    )
    history = await standing.of_member(store, program, group, member, now)
    basis = f"{group.revision}:{group.activated_at}"
    if stored is not None and stored["basis"] == basis:
        fresh = history.steps[stored["steps"] :]
    else:  # nothing was announced: what was there before it happened is nothing new
        fresh = tuple(each for each in history.steps if each.entered_at >= moved.since)
    account = await accounts.primary(store, member=member.member_id, currency=group.currency_id)
    number = None if account is None else account.account_id
    return _Found(
        moved,
        group,
        basis,
        None if stored is None else stored["steps"],
        None if stored is None else stored["basis"],
        len(history.steps),
        None if history.foreseen is None else history.foreseen.entered_at,
        [
            Outgoing(
                "tier.changed",
                now,
                moved.tenant,
                TierChanged(
                    group.tier_group_id,
                    group.currency_id,
                    number,
                    step,
                    _at(group, step.former),
                    _at(group, step.tier),
                ),
                program=moved.program,
                member=moved.member,
            )
            for step in fresh
            if step.tier != step.former
        ],
    )


def _at(group: TierGroup, place: int) -> Tier | None:
    return None if place == NO_TIER else group.tiers[place]


async def _write(writing: Transacting, found: Iterable[_Found]) -> None:
    """Raises _Overtaken."""
    for each in found:
        place = each.group.tier_group_id, each.moved.member
        if each.steps is None:
            touched = await writing.execute(
                """
                INSERT INTO tier_heralds (tier_group_id, member_id, tenant_id, program_id, basis,
                    steps, next_at)
                VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING
                """,
                *place,
                each.moved.tenant,
                each.moved.program,
                each.basis,
                each.now,
                each.next_at,
            )
        else:
            touched = await writing.execute(
                """
                UPDATE tier_heralds SET basis = $4, steps = $5, next_at = $6
                WHERE tier_group_id = $1 AND member_id = $2 AND tenant_id = $3
                  AND basis = $7 AND steps = $8
                """,
                *place,
                each.moved.tenant,
                each.basis,
                each.now,
                each.next_at,
                each.stored_basis,
                each.steps,
            )
        if not touched:
            raise _Overtaken
        await outbox.put(writing, *each.outgoing)


_DUE: Final = """
    INSERT INTO tier_due (member_id, program_id, tenant_id, since) VALUES ($1, $2, $3, $4)
    ON CONFLICT (member_id) DO UPDATE SET version = tier_due.version + 1
"""
