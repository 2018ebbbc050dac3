"""Takes back all that an event gave, and gives it back again.

Undo needs no active program, rule or member. What an order gave is taken back by its refunds.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import NamedTuple

from stampbook.domain.commands import NO_NOTE, Cancel, Note
from stampbook.ledger.joint import Acting, Guard, Joint, Known, Plan, Planned, by_account, join_anew
from stampbook.loyalty.events import reviving, storing
from stampbook.loyalty.events.awarding import Awarding
from stampbook.loyalty.events.model import Event, each_once, member_guard, subject_of
from stampbook.loyalty.events.reviving import Coming
from stampbook.loyalty.judging.values import Held, Take
from stampbook.loyalty.rewards import benefits, granting, grants
from stampbook.loyalty.rewards.grants import HeldGrant
from stampbook.programs.faults import Gone


class Taken(NamedTuple):
    """The event as it is now, and what was taken from its awards (after an undo: what of it came
    back), newest award first. `kept` are grants whose codes were used: they stay. `already`: there
    was nothing to do."""

    event: Event
    takes: tuple[Take, ...] = ()
    kept: tuple[HeldGrant, ...] = ()
    already: bool = False


async def cancel(
    context: Awarding, event: int, *, tenant: int, note: Note = NO_NOTE, dry_run: bool = False
) -> Taken:
    """Take back what is in force of the event's awards, and mark it. Once is enough.

    Raises Gone; JointRefused, which names the account: nothing has happened then.
    """

    async def build() -> Joint | Known:
        return await request(context, event, tenant=tenant, note=note, dry_run=dry_run)

    return await _join(context, event, tenant, build)


async def request(
    context: Awarding, event: int, *, tenant: int, note: Note = NO_NOTE, dry_run: bool = False
) -> Joint | Known:
    """The joint request of `cancel`, whose result is Taken. Build it anew after StaleGuard."""
    guards, found, held, given = await _read(context, event, tenant)
    if found.cancelled_at is not None:
        return Known(Taken(found, already=True))

    def plan(acting: Acting) -> Planned:
        takes: list[Take] = []
        rows: list[tuple[int, int]] = []
        for award, _ in reversed(held):
            # Of a merged account, further rows pass on what the cancel gives or takes.
            for row in acting.do(award.account, Cancel(award.seq, note=note))[:1]:
                rows.append((row.account, row.seq))
                rest = acting.book(award.account).movement(award.seq).remaining
                takes.append(Take(award, row.amount + rest, row.amount - row.shortfall))
        fallen = granting.take_back(acting, given[::-1])
        now = found._replace(cancelled_at=acting.now, cancel_rows=tuple(rows))
        return Planned(
            Taken(now, tuple(takes), fallen.kept),
            (storing.cancelled(found, acting.now, rows), *fallen.beside),
        )

    targets = tuple((award.account, award.seq) for award, _ in held)
    return _joint(tenant, guards, held, given, plan, dry_run, targets)


async def restore(
    context: Awarding, event: int, *, tenant: int, note: Note = NO_NOTE, dry_run: bool = False
) -> Taken:
    """Undo the cancel of the event: what it took is in force again. Once is enough.

    Raises Gone; JointRefused (also where others have used the limits of its awards); Refused
    (out_of_stock: what came back was given to others). Nothing has happened then.
    """

    async def build() -> Joint | Known:
        return await request_restore(context, event, tenant=tenant, note=note, dry_run=dry_run)

    return await _join(context, event, tenant, build)


async def request_restore(
    context: Awarding, event: int, *, tenant: int, note: Note = NO_NOTE, dry_run: bool = False
) -> Joint | Known:
    """The joint request of `restore`, whose result is Taken. Build it anew after StaleGuard."""
    guards, found, held, given = await _read(context, event, tenant)
    if found.cancelled_at is None:
        return Known(Taken(found, already=True))
    stocks = {
        number: benefit.stock
        for number in {each.grant.benefit_id for each in given}
        if (benefit := await benefits.get(context.store, number, tenant=tenant, deleted=True))
    }
    limits = await reviving.read(context.store, [found], tenant=tenant)
    awards = {(each.award.account, each.award.seq): each.award for each in held}

    def plan(acting: Acting) -> Planned:
        takes: list[Take] = []
        for account, seq in reversed(found.cancel_rows):
            for row in acting.do(account, Cancel(seq, note=note))[:1]:
                award = awards[account, row.root]
                was = acting.book(account).movement(award.seq).remaining - row.amount
                takes.append(Take(award, was, row.amount))
        back = {(each.award.account, each.award.seq): each.amount for each in takes}
        fallen = [each.grant for each in given if each.grant.state == "refunded"]
        coming = frozenset(grant.grant_id for grant in fallen)
        reviving.check(limits, Coming(back, coming))
        now = found._replace(cancelled_at=None, cancel_rows=())
        beside = granting.give_back(acting, given, stocks)
        return Planned(Taken(now, tuple(takes)), (storing.restored(found), *beside))

    held_by = (*guards, *limits.guards)
    return _joint(tenant, held_by, held, given, plan, dry_run, found.cancel_rows)


async def _read(
    context: Awarding, event: int, tenant: int
) -> tuple[Sequence[Guard], Event, list[Held], list[HeldGrant]]:
    """The event with its awards, guarded: the guards are read first, the event's own because
    what it gave comes back by `restore` alone. Raises Gone."""
    store = context.store
    found = await storing.get(store, event, tenant=tenant)
    if found is None:
        raise Gone
    subjects = [member_guard(found.member_id), subject_of(event)]
    versions = await store.find_guards(subjects)
    guards = [Guard(subject, versions.get(subject, 0)) for subject in subjects]
    found = await storing.get(store, event, tenant=tenant)
    assert found is not None, "events stay"
    held = await storing.awards_of(store, event, tenant=tenant)
    given = await grants.of_events(store, [event], tenant=tenant)
    return guards, found, held, given.get(event, [])


def _joint(
    tenant: int,
    guards: Sequence[Guard],
    held: Sequence[Held],
    given: Sequence[HeldGrant],
    plan: Plan,
    dry_run: bool,
    targets: Sequence[tuple[int, int]],
) -> Joint:
    accounts = {each.award.account for each in held}
    accounts |= {each.grant.account_id for each in given if each.grant.account_id is not None}
    return Joint(
        tenant,
        tuple(sorted(accounts)),
        plan,
        guards=each_once(guards),
        dry_run=dry_run,
        foreseen=by_account(targets),
    )


async def _join(
    context: Awarding, event: int, tenant: int, build: Callable[[], Awaitable[Joint | Known]]
) -> Taken:
    found = await storing.get(context.store, event, tenant=tenant)
    if found is None:
        raise Gone
    async with context.turns.of([member_guard(found.member_id)]):
        joined = await join_anew(context.ledger.join, build)
    taken: Taken = joined.result
    return taken
