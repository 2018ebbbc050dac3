"""Standings and histories of members, from the journal of their accounts.

Nothing of it is stored but checkpoints, from which a long journal is read on. Callers have settled
the account: what is due and not yet in the journal does not count.
"""

from collections.abc import AsyncIterator, Sequence
from heapq import merge
from typing import Final, NamedTuple

from msgspec.json import Decoder, encode

from stampbook.domain.model import FOREVER, Transaction
from stampbook.domain.policy import local_date
from stampbook.loyalty import model
from stampbook.loyalty.tiers import besides, groups
from stampbook.loyalty.tiers.facts import Journal
from stampbook.loyalty.tiers.groups import TierGroup
from stampbook.loyalty.tiers.machine import NO_TIER, Fact, Machine, Step
from stampbook.loyalty.tiers.replaying import Checkpoint, Older, Replay
from stampbook.loyalty.tiers.windows import Windows
from stampbook.pacing import Slices
from stampbook.programs import accounts
from stampbook.programs.members import Member
from stampbook.programs.programs import Program
from stampbook.storage.store import Store

PAGE: Final = 500
"""How many rows of a journal are read at once."""

APART: Final = 100
"""Rows since a checkpoint, after which a new one is worth a write."""

FORESEEN: Final = 400
"""Windows that are looked ahead for what time alone will change."""

_checkpoint = Decoder(Checkpoint)


class History(NamedTuple):
    """A member in a group: `steps` are all standings, oldest first, as known at `at`.

    Tiers are positions in the group (NO_TIER: none). `points` decides now; `counted` is what
    counts in the present window, which ends at `window_ends_at` (FOREVER: never): the same, unless
    changes wait for the next one. `foreseen` is the next standing if nothing but time passes.
    """

    at: int
    tier: int
    steps: tuple[Step, ...]
    points: int
    counted: int
    window_begins_at: int
    window_ends_at: int
    grace_until: int
    foreseen: Step | None

    def tier_at(self, instant: int) -> int:
        """The tier at an instant that is not later than `at`."""
        return tier_at(self.steps, instant)


def tier_at(steps: Sequence[Step], instant: int) -> int:
    """The tier of the last of these standings that had begun at the instant."""
    tier = NO_TIER
    for step in steps:
        if step.entered_at > instant:
            break
        tier = step.tier
    return tier


class Reached(NamedTuple):
    """A tier (its position) that was reached or passed, and when it was lost (None: not yet)."""

    tier: int
    reached_at: int
    lost_at: int | None


def reached(steps: Sequence[Step]) -> list[Reached]:
    """Every time that a tier was reached: a higher one includes those below. Oldest first."""
    found: list[Reached] = []
    open_at: list[int] = []
    for step in steps:
        while len(open_at) - 1 > step.tier:
            place = open_at.pop()
            found[place] = found[place]._replace(lost_at=step.entered_at)
        while len(open_at) - 1 < step.tier:
            open_at.append(len(found))
            found.append(Reached(len(open_at) - 1, step.entered_at, None))
    return found


async def standings(
    store: Store, program: Program, member: Member, at: int
) -> list[model.Standing]:
    """The member's tiers at the instant, of the program's active groups by number; groups in which
    they have no tier are left out."""
    found: list[model.Standing] = []
    after = 0
    while page := await groups.page(
        store, program.program_id, after=after, limit=PAGE, active=True
    ):
        for group in page:
            tier = (await of_member(store, program, group, member, at)).tier_at(at)
            if tier != NO_TIER:
                standing = group.tiers[tier]
                found.append(model.Standing(group.tier_group_id, standing.tier_id, standing.name))
        after = page[-1].tier_group_id
    return found


async def of_member(
    store: Store, program: Program, group: TierGroup, member: Member, at: int
) -> History:
    """The member's history in the group at the instant; it includes all rows of the journal, later
    ones too."""
    account = await accounts.primary(store, member=member.member_id, currency=group.currency_id)
    number = None if account is None else account.account_id
    if besides.is_needed(group):
        extra = await besides.facts(store, group, member.member_id)
        extra = [fact for fact in extra if fact.at <= at]
        return _history(await _mixed(store, program, group, number, extra, member.created_at), at)
    journal = _Journal(store, group, number, program.timezone, member.created_at)
    stored = await journal.stored()
    try:
        return _history(await journal.replayed(stored), at)
    except Older:
        return _history(await journal.replayed(None), at)


async def path_after(
    store: Store,
    program: Program,
    group: TierGroup,
    member: Member,
    *,
    rows: Sequence[Transaction] = (),
    facts: Sequence[Fact] = (),
) -> Sequence[Step]:
    """The standings that the member will have had in the group once these rows are in the journal
    and these facts have happened. Under `recount`, those that rested on what they take are gone.
    """
    return (await _after(store, program, group, member, rows, facts)).machine.path


async def history_after(
    store: Store,
    program: Program,
    group: TierGroup,
    member: Member,
    at: int,
    *,
    rows: Sequence[Transaction] = (),
    facts: Sequence[Fact] = (),
) -> History:
    """The history as `of_member` will have it then."""
    return _history(await _after(store, program, group, member, rows, facts), at)


async def _after(
    store: Store,
    program: Program,
    group: TierGroup,
    member: Member,
    rows: Sequence[Transaction],
    facts: Sequence[Fact],
) -> Replay:
    account = await accounts.primary(store, member=member.member_id, currency=group.currency_id)
    number = None if account is None else account.account_id
    extra = await besides.facts(store, group, member.member_id)
    own = [row for row in rows if row.account == number]
    return await _mixed(store, program, group, number, [*extra, *facts], member.created_at, own)


async def _mixed(
    store: Store,
    program: Program,
    group: TierGroup,
    account: int | None,
    extra: Sequence[Fact],
    joined_at: int,
    coming: Sequence[Transaction] = (),
) -> Replay:
    """The replay of the journal from its beginning, with other facts, and with rows to come."""
    reader = Journal(group.terms, resumed=False)
    found: list[Fact] = []
    slices = Slices()
    async for row in _rows(store, account, after=0):
        await slices.pause()
        found += reader.facts_of(row)
    for row in coming:
        found += reader.facts_of(row)
    replay = _replay(group, program.timezone)
    replay.begin(min([joined_at, *(fact.at for fact in (*found[:1], *extra[:1]))]))
    for fact in merge(found, extra, key=lambda fact: fact.at):
        await slices.pause()
        replay.feed([fact])
    return replay


async def _rows(store: Store, account: int | None, *, after: int) -> AsyncIterator[Transaction]:
    """The rows of the account (None: there are none) above that number."""
    seq = after
    while account is not None and (rows := await store.journal(account, after=seq, limit=PAGE)):
        for row in rows:
            yield row
        seq = rows[-1].seq


class _Stored(NamedTuple):
    seq: int
    checkpoint: Checkpoint


class _Journal(NamedTuple):
    """An account (None: the member has no account) that is to be replayed for a group."""

    store: Store
    group: TierGroup
    account: int | None
    timezone: str
    joined_at: int

    @property
    def basis(self) -> str:
        """What standings rest on besides the journal."""
        group = self.group
        return f"{group.revision}:{group.activated_at}:{self.timezone}:{self.joined_at}"

    async def stored(self) -> _Stored | None:
        """The stored checkpoint, if it rests on what is true today."""
        row = await self.store.fetch_one(
            """
            SELECT seq, state, history FROM tier_standings
            WHERE tier_group_id = $1 AND account_id = $2 AND basis = $3
            """,
            self.group.tier_group_id,
            self.account or 0,
            self.basis,
        )
        if row is None:
            return None
        return _Stored(row["seq"], _checkpoint.decode(f"[{row['state']},{row['history']}]"))

    async def replayed(self, stored: _Stored | None) -> Replay:
        """The replay of all rows, from the checkpoint on. Raises Older."""
        replay = _replay(self.group, self.timezone)
        reader = Journal(self.group.terms, resumed=stored is not None)
        first = 0 if stored is None else stored.seq
        if stored is not None:
            replay.resume(stored.checkpoint)
        slices = Slices()
        begun = stored is not None
        seq = first
        async for row in _rows(self.store, self.account, after=first):
            await slices.pause()
            if not begun:
                # Clocks of servers differ: a row may be from before its member.
                replay.begin(min(self.joined_at, row.recorded_at))
                begun = True
            replay.feed(reader.facts_of(row))
            seq = row.seq
        if not begun:
            replay.begin(self.joined_at)
        if seq - first >= APART:
            await self._store(seq, replay.checkpoint())
        return replay

    async def _store(self, seq: int, checkpoint: Checkpoint) -> None:
        async with self.store.transaction() as writing:
            await writing.execute(
                """
                INSERT INTO tier_standings (tier_group_id, account_id, basis, seq, state, history)
                VALUES ($1, $2, $3, $4, $5, $6)
                ON CONFLICT (tier_group_id, account_id) DO UPDATE
                SET basis = excluded.basis, seq = excluded.seq, state = excluded.state,
                    history = excluded.history
                """,
                self.group.tier_group_id,
                self.account,
                self.basis,
                seq,
                encode(checkpoint.state).decode(),
                encode(checkpoint.history).decode(),
            )


def _replay(group: TierGroup, timezone: str) -> Replay:
    terms = group.terms
    first_day = None
    if terms.anchor == "activation" and group.activated_at is not None:
        first_day = local_date(group.activated_at, timezone)
    windows = Windows(terms.period, first_day, timezone)
    return Replay(Machine(terms, group.tiers, windows, timezone))


def _history(replay: Replay, at: int) -> History:
    machine = replay.machine
    machine.pass_time(at)
    steps = replay.history()
    tier, window = machine.tier, machine.window
    count, counted = machine.count, machine.counts.get(window, 0)
    begin, end, grace_until = machine.window_begin, machine.window_end, machine.grace_until
    known = len(machine.path)
    for _ in range(FORESEEN):
        due = min(machine.kept_until, machine.grace_until, machine.window_end)
        if due == FOREVER or len(machine.path) > known:
            break
        machine.pass_time(due)
    # Of several at one instant, such as a prolongation and a window that begins, the last.
    foreseen = machine.path[-1] if len(machine.path) > known else None
    return History(at, tier, tuple(steps), count, counted, begin, end, grace_until, foreseen)
