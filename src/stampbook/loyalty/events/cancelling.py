"""Takes back all that an event gave, and gives it back again.

Undo needs no active program, rule or member. What an order gave is taken back by its refunds.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import NamedTuple

from stampbook.domain.commands import NO_NOTE, Cancel, Note
from stampbook.ledger.joint import Acting, Guard, Joint, Known, Plan, Planned, join_anew
from stampbook.loyalty.events import storing
from stampbook.loyalty.events.awarding import Awarding
from stampbook.loyalty.events.model import Event, member_guard
from stampbook.loyalty.judging.values import Held, Take
from stampbook.programs.faults import Gone


class Taken(NamedTuple):
    """The event as it is now, and what was taken from its awards (after an undo: what of it came
    back), newest award first. `already`: there was nothing to do."""

    event: Event
    takes: tuple[Take, ...] = ()
    already: bool = False


async def cancel(
    context: Awarding, event: int, *, tenant: int, note: Note = NO_NOTE, dry_run: bool = False
) -> Taken:
    """Take back what is in force of the event's awards, and mark it. Once is enough.

    Raises Gone; JointRefused, which names the account: nothing has happened then.
    """

    async def build() -> Joint | Known:
        guard, found, held = await _read(context, event, tenant)
        if found.cancelled_at is not None:
            return Known(Taken(found, already=True))

        def plan(acting: Acting) -> Planned:
            takes: list[Take] = []
            rows: list[tuple[int, int]] = []
            for award, _ in reversed(held):
                for row in acting.do(award.account, Cancel(award.seq, note=note)):
                    rows.append((row.account, row.seq))
                    rest = acting.book(award.account).movement(award.seq).remaining
                    takes.append(Take(award, row.amount + rest, row.amount))
            now = found._replace(cancelled_at=acting.now, cancel_rows=tuple(rows))
            return Planned(Taken(now, tuple(takes)), (storing.cancelled(found, acting.now, rows),))

        return _joint(tenant, guard, held, plan, dry_run)

    return await _join(context, event, tenant, build)


async def restore(
    context: Awarding, event: int, *, tenant: int, note: Note = NO_NOTE, dry_run: bool = False
) -> Taken:
    """Undo the cancel of the event: what it took is in force again. Once is enough.

    Raises Gone; JointRefused: nothing has happened then.
    """

    async def build() -> Joint | Known:
        guard, found, held = await _read(context, event, tenant)
        if found.cancelled_at is None:
            return Known(Taken(found, already=True))
        awards = {(each.award.account, each.award.seq): each.award for each in held}

        def plan(acting: Acting) -> Planned:
            takes: list[Take] = []
            for account, seq in reversed(found.cancel_rows):
                for row in acting.do(account, Cancel(seq, note=note)):
                    award = awards[account, row.root]
                    was = acting.book(account).movement(award.seq).remaining - row.amount
                    takes.append(Take(award, was, row.amount))
            now = found._replace(cancelled_at=None, cancel_rows=())
            return Planned(Taken(now, tuple(takes)), (storing.restored(found),))

        return _joint(tenant, guard, held, plan, dry_run)

    return await _join(context, event, tenant, build)


async def _read(context: Awarding, event: int, tenant: int) -> tuple[Guard, Event, list[Held]]:
    """The event with its awards, guarded: the guard is read first. Raises Gone."""
    store = context.store
    found = await storing.get(store, event, tenant=tenant)
    if found is None:
        raise Gone
    subject = member_guard(found.member_id)
    version = (await store.find_guards([subject])).get(subject, 0)
    found = await storing.get(store, event, tenant=tenant)
    assert found is not None, "events stay"
    held = await storing.awards_of(store, event, tenant=tenant)
    return Guard(subject, version), found, held


def _joint(tenant: int, guard: Guard, held: Sequence[Held], plan: Plan, dry_run: bool) -> Joint:
    accounts = tuple(sorted({each.award.account for each in held}))
    return Joint(tenant, accounts, plan, guards=(guard,), dry_run=dry_run)


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
