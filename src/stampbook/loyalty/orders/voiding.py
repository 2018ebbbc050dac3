"""Undoing a refund: what it took is in force again.

Where nothing has happened since, everything is exactly as it was. Otherwise an award comes back
only up to what its version gives for what remains now: of its own order, and of what it counts.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from msgspec import structs

from stampbook.domain.commands import Cancel, Note
from stampbook.ledger.joint import Acting, Joint, Known, Planned, by_account, join_anew
from stampbook.loyalty.events import reviving
from stampbook.loyalty.events import storing as events
from stampbook.loyalty.events.model import each_once
from stampbook.loyalty.events.reviving import Coming, Place
from stampbook.loyalty.events.totals import counted
from stampbook.loyalty.faults import Code, Refused
from stampbook.loyalty.judging.recounting import recount
from stampbook.loyalty.judging.values import Happening, Held
from stampbook.loyalty.orders import effects as effects_of
from stampbook.loyalty.orders import storing
from stampbook.loyalty.orders.cascade import amounts_of, grant_of, in_force, is_named
from stampbook.loyalty.orders.effects import Balance, Effects
from stampbook.loyalty.orders.judged import JudgedEvent, judged_by
from stampbook.loyalty.orders.model import Order, Refund
from stampbook.loyalty.orders.refunding import Desk, Find, Refunded, guards_of
from stampbook.loyalty.orders.refunding import concerned as concerned_by
from stampbook.loyalty.orders.taking import before, facts, whole_facts
from stampbook.loyalty.orders.thresholds import (
    Dependent,
    Member,
    Revalued,
    as_counted,
    dependents,
    revalue,
)
from stampbook.loyalty.rewards import benefits, granting
from stampbook.loyalty.rewards.grants import HeldGrant
from stampbook.loyalty.tiers import heralding
from stampbook.pacing import Slices
from stampbook.storage.store import Store


class Undo(NamedTuple):
    """The void of a refund, as it is asked for. `edit` changes what else is to change of the
    order."""

    refund: int
    actor: str | None = None
    dry_run: bool = False
    edit: Callable[[Order], Order] | None = None


async def void(desk: Desk, find: Find, undo: Undo) -> Refunded | None:
    """Restore what the order's newest refund took: the cancels of its cancels. None: the order
    has no such refund.

    Of a refund that is void already it changes nothing. Raises Refused (REFUND_NOT_NEWEST), and
    JointRefused, also where others have used what the limits of its awards had left.
    """

    built = await join_anew(desk.ledger.join, lambda: request_void(desk, find, undo))
    result: Refunded | None = built.result
    return result


async def request_void(desk: Desk, find: Find, undo: Undo) -> Joint | Known:
    """The joint request of a void, whose result is that of `void`."""
    return await build_void(desk, await find(), undo)


async def build_void(desk: Desk, order: Order, undo: Undo) -> Joint | Known:
    """The joint request of a void on the order, which was just read."""
    refunds = await storing.refunds_of(desk.store, order)
    named = next((each for each in refunds if each.number == undo.refund), None)
    if named is None:
        return Known(None)
    effects = effects_of.decode(named.effects)
    if named.voided_at is not None:
        return Known(Refunded(order, named, effects, replayed=True))
    if any(each.voided_at is None for each in refunds if each.number > named.number):
        raise Refused(Code.REFUND_NOT_NEWEST, "the order has a newer refund")
    return await _build(desk, order, named, effects, undo)


async def _build(desk: Desk, order: Order, named: Refund, effects: Effects, undo: Undo) -> Joint:
    store, tenant = desk.store, order.tenant
    found = await judged_by(store, order)
    later = {step.event for step in effects.cascade if step.event} - {each.event for each in found}
    guards = await guards_of(desk, order, found, later=later)
    restored = before(order, named.lines)._replace(cancelled_at=None)
    if undo.edit is not None:
        restored = undo.edit(restored)
    concerned = await _concerned(store, found, later, restored)
    slices = Slices()
    revalued = [await revalue(slices, each.event, each.was, each.rest) for each in concerned]
    taken = {step.grant for step in effects.cascade if step.grant}
    stocks = await _stocks(store, concerned, taken, tenant)
    now = desk.ledger.clock()
    due = await heralding.due(store, concerned_by(found), tenant=tenant, now=now)
    limits = await reviving.read(store, [each.event.row for each in concerned], tenant=tenant)

    def plan(acting: Acting) -> Planned:
        note = Note(actor=undo.actor)
        first = {
            account: amounts_of(acting, account) for account in effects_of.accounts_of(effects)
        }
        left = {
            (step.account, step.cancel): in_force(acting, step.account, step.cancel)
            for step in effects.cascade
            if step.cancel
        }
        asked: dict[Place, int] = {}
        for step in effects.cascade:
            if step.award and step.cancel:
                asked[step.account, step.seq] = left[step.account, step.cancel]
        back: dict[Place, int] = {}
        grants: list[HeldGrant] = []
        for each in revalued:
            awards, given = _comes_back(acting, each, asked, taken)
            back |= awards
            grants += given
        paying: list[int] = []
        # The last step was built on those before it, so it is undone first.
        for step in reversed(effects.cascade):
            if not step.cancel:
                continue
            place = step.account, step.seq
            amount = back[place] if place in back else left[step.account, step.cancel]
            if amount:
                acting.do(step.account, Cancel(step.cancel, amount, note=note))
                if step.payment:
                    paying.append(step.payment)
        points = {place: amount for place, amount in back.items() if amount}
        coming = frozenset(each.grant.grant_id for each in grants)
        reviving.check(limits, Coming(points, coming))
        beside = list(granting.give_back(acting, grants, stocks))
        if paying:  # one that was given back meanwhile takes part in refunds again
            beside.append(storing.in_force_again(paying, tenant=tenant))
        now = acting.now
        updated = restored._replace(updated_at=now, version=order.version + 1)
        # The answer, previewed or not, has what the void does to the accounts. What is stored of
        # the refund stays as it was answered.
        balances = tuple(
            Balance(account, before, amounts_of(acting, account))
            for account, before in first.items()
        )
        told = structs.replace(effects, balances=balances)
        shown = named._replace(voided_at=now, effects=effects_of.encode(told))
        result = Refunded(updated, shown, effects)
        rows = storing.changed(updated), storing.voided(named, tenant=tenant, now=now)
        return Planned(result, (*rows, *beside, *due))

    rows = [(step.account, row) for step in effects.cascade for row in (step.seq, step.cancel)]
    return Joint(
        tenant,
        tuple(sorted(effects_of.accounts_of(effects))),
        plan,
        each_once((*guards, *limits.guards)),
        dry_run=undo.dry_run,
        foreseen=by_account((account, row) for account, row in rows if row),
    )


async def _concerned(
    store: Store, found: Sequence[JudgedEvent], later: Iterable[int], restored: Order
) -> list[Dependent]:
    """The order's events, and later ones of which the refund took something: what is left of them
    when the refund is void."""
    tenant = restored.tenant
    read = [await events.get(store, number, tenant=tenant) for number in sorted(later)]
    others = await dependents(store, [each for each in read if each is not None], tenant=tenant)
    concerned = []
    for event in found:
        if event.facts is None:
            continue
        row = event.row
        counting = await counted(store, member=row.member_id, program=row.program_id)
        member = Member(row.position, counting, ())
        changed = as_counted(restored, row.position)
        own = Dependent(
            event,
            Happening(event.facts, whole_facts(restored)),
            Happening(event.facts, facts(restored)),
        )
        concerned += [
            each._replace(rest=member.left_of(each, changed))
            for each in (own, *others)
            if each.event.row.program_id == row.program_id
        ]
    return concerned


async def _stocks(
    store: Store, concerned: Sequence[Dependent], taken: set[int], tenant: int
) -> dict[int, int | None]:
    """What is left of the benefits whose grants the refund took."""
    grants = [held.grant for each in concerned for held in each.event.grants]
    stocks: dict[int, int | None] = {}
    for number in {grant.benefit_id for grant in grants if grant.grant_id in taken}:
        benefit = await benefits.get(store, number, tenant=tenant, deleted=True)
        stocks[number] = None if benefit is None else benefit.stock
    return stocks


def _comes_back(
    acting: Acting, concerned: Revalued, asked: Mapping[Place, int], taken: set[int]
) -> tuple[dict[Place, int], list[HeldGrant]]:
    """How much of what the refund took of the event comes back, by award, and which grants.

    At most what would be in force if the refund had never been; nothing is taken for that.
    """
    event, was, now, results = concerned
    awards = [each for each in event.awards if (each.account, each.seq) in asked]
    groups = {(each.rule, each.version, each.account) for each in awards}
    whole = [
        Held(
            each, in_force(acting, each.account, each.seq) + asked.get((each.account, each.seq), 0)
        )
        for each in event.awards
        if (each.rule, each.version, each.account) in groups
    ]
    fallen = [each for each in event.grants if each.grant.grant_id in taken]
    granted = [
        grant_of(each)
        for each in event.grants
        if each.grant.state == "approved" or each.grant.grant_id in taken
    ]
    found = recount(whole, granted, event.versions, was=was, now=now, results=results)
    excess = {
        (each.rule, each.version, each.account): each.was - each.target for each in found.targets
    }
    back: dict[Place, int] = {}
    for award in reversed(awards):
        group, place = (award.rule, award.version, award.account), (award.account, award.seq)
        stays = min(asked[place], excess[group])
        excess[group] -= stays
        back[place] = asked[place] - stays
    gone = list(found.fallen)
    return back, [each for each in fallen if not is_named(each, gone)]
