"""Taking part of an order back: one atomic unit over all accounts. (Undoing it: voiding.py.)

Points that paid for the order come back first; then what the order had earned is counted anew for
what remains, by the rules as they were. Nothing rises. It needs no active program, rule or member.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import NamedTuple

from stampbook.domain.commands import Note
from stampbook.ledger.engine import Ledger
from stampbook.ledger.joint import Acting, Guard, Joint, Known, Planned, join_anew
from stampbook.loyalty.events.model import subject_of
from stampbook.loyalty.faults import Code, Refused
from stampbook.loyalty.judging.values import Happening
from stampbook.loyalty.numbers import new_number
from stampbook.loyalty.orders import effects as effects_of
from stampbook.loyalty.orders import regrading, storing, telling
from stampbook.loyalty.orders.cascade import Cascade, Revoke
from stampbook.loyalty.orders.effects import Effects
from stampbook.loyalty.orders.favors import find as find_favors
from stampbook.loyalty.orders.favors import report
from stampbook.loyalty.orders.judged import JudgedEvent, judged_by
from stampbook.loyalty.orders.model import (
    MAX_PARTS,
    Cause,
    Order,
    Payment,
    Refund,
    Status,
    Taken,
    guard_of,
)
from stampbook.loyalty.orders.taking import after, facts, is_gone, whole_facts
from stampbook.loyalty.orders.thresholds import (
    Member,
    Revalued,
    as_counted,
    of_member,
    revalue,
)
from stampbook.loyalty.tiers import heralding
from stampbook.pacing import Slices
from stampbook.storage.store import Store


class Desk(NamedTuple):
    """The store of orders and the ledger of points."""

    store: Store
    ledger: Ledger


Find = Callable[[], Awaitable[Order]]
"""Reads the order as it is now; it raises what the caller makes of an order that is not there."""

Choose = Callable[[Order], tuple[Taken, ...]]
"""What to take of the order as it is. Raises Refused."""


class Ask(NamedTuple):
    """A refund as it is asked for. `fingerprint` is equal for two requests that ask for the same.

    `cascade` false: awards of other events stay although they counted this order. `token`: refuse
    (PREVIEW_STALE) unless the cascade is the one of that preview. `edit` changes what else is to
    change of the order. `revokes` says of currencies how much of their awards is taken; all of it
    without a word.
    """

    choose: Choose
    fingerprint: str = ""
    cause: Cause = Cause.REFUND
    external_id: str | None = None
    reason: str | None = None
    actor: str | None = None
    cascade: bool = True
    token: str | None = None
    dry_run: bool = False
    edit: Callable[[Order], Order] | None = None
    revokes: Callable[[int], Revoke] | None = None


class Refunded(NamedTuple):
    """A refund, the order after it, and what followed. `replayed`: it had been made before."""

    order: Order
    refund: Refund
    effects: Effects
    replayed: bool = False


async def refund(desk: Desk, find: Find, ask: Ask) -> Refunded:
    """Take part of an order back; `request` makes it part of a longer operation.

    Raises Refused (ORDER_NOT_PAID, ORDER_CANCELLED, EXCEEDS_ORDER, EXTERNAL_ID_TAKEN,
    PREVIEW_STALE), and JointRefused if an account refuses: then nothing happens.
    """

    built = await join_anew(desk.ledger.join, lambda: request(desk, find, ask))
    result: Refunded = built.result
    return result


async def request(desk: Desk, find: Find, ask: Ask) -> Joint | Known:
    """The joint request of a refund, whose result is Refunded. Build it anew after StaleGuard."""
    order = await find()
    known = await _known(desk, order, ask)
    if known is not None:
        return Known(known)
    check_refundable(order)
    return await build_refund(desk, order, ask)


async def _known(desk: Desk, order: Order, ask: Ask) -> Refunded | None:
    """The refund that the external id names already. Raises Refused (EXTERNAL_ID_TAKEN)."""
    if ask.external_id is None:
        return None
    found = await storing.refund_by_external_id(
        desk.store, ask.external_id, tenant=order.tenant, program=order.program
    )
    if found is None:
        return None
    if (found.order, found.fingerprint) != (order.number, ask.fingerprint):
        raise Refused(Code.EXTERNAL_ID_TAKEN, "the external id names another refund")
    return Refunded(order, found, effects_of.decode(found.effects), replayed=True)


def check_refundable(order: Order) -> None:
    """Raises Refused unless something of the order can be taken back."""
    if order.status is Status.CREATED:
        raise Refused(Code.ORDER_NOT_PAID, "the order is not paid")
    if order.status is Status.CANCELLED:
        raise Refused(Code.ORDER_CANCELLED, "the order is cancelled")
    if order.status is Status.REFUNDED:
        raise Refused(Code.EXCEEDS_ORDER, "nothing remains of the order")


async def build_refund(desk: Desk, order: Order, ask: Ask) -> Joint:
    """The joint request of a refund of the order, which was just read.

    Raises JointRefused where members have tiers: what is left of these is tried out first.
    """
    payments = await storing.payments_of(desk.store, order)
    earlier = await storing.refunds_of(desk.store, order)
    if len(earlier) >= MAX_PARTS:
        raise Refused(Code.EXCEEDS_ORDER, f"an order has at most {MAX_PARTS} refunds")
    found = await judged_by(desk.store, order)
    guards = await guards_of(desk, order, found)
    members = {each.event: await of_member(desk.store, each, tenant=order.tenant) for each in found}
    dependents = [one for each in members.values() for one in each.dependents]
    taken = ask.choose(order)
    ended = Status.CANCELLED if ask.cause is Cause.CANCEL else Status.REFUNDED
    rest = after(order, taken, gone=ended)
    if ask.edit is not None:
        rest = ask.edit(rest)
    gone = is_gone(rest, {each.line: each for each in taken})
    own, later = await _revalued(order, None if gone else rest, found, members)
    favors: list[Revalued] = []
    tiers: list[effects_of.Step] = []
    due = await heralding.due(
        desk.store, concerned(found), tenant=order.tenant, now=desk.ledger.clock()
    )

    def plan(acting: Acting, *, trial: bool = False) -> Planned:
        cascade = Cascade(acting, Note(reason=ask.reason, actor=ask.actor), ask.revokes)
        cascade.watch(accounts)
        cascade.give_back(payments, order=rest, gone=gone)
        for each in own:
            cascade.take_back("take_back", each)
        for each in later:
            if ask.cascade:
                cascade.take_back("threshold", each)
            else:
                cascade.leave("cascade_none", each)
        report(cascade, favors)
        cascade.change_tiers(tiers)
        effects = cascade.effects(remaining=rest.remaining)
        if ask.dry_run:  # it has no cancels yet
            effects = effects_of.without_cancels(effects)
        if ask.token is not None and ask.token != effects.token and not trial:
            raise Refused(Code.PREVIEW_STALE, "what would follow is not what was previewed")
        written = Refund(
            number=new_number(acting.now),
            order=order.number,
            external_id=ask.external_id,
            fingerprint=ask.fingerprint,
            cause=ask.cause,
            amount=sum(each.amount for each in taken),
            lines=taken,
            effects=effects_of.encode(effects),
            reason=ask.reason,
            created_at=acting.now,
        )
        updated = rest._replace(updated_at=acting.now, version=order.version + 1)
        if ask.cause is Cause.CANCEL:
            updated = updated._replace(cancelled_at=acting.now)
        result = Refunded(updated, written, effects)
        rows = storing.changed(updated), storing.new_refund(written, order)
        told = telling.taken_back(
            updated,
            written,
            awards=[award for each in found for award in each.awards],
            payments=payments,
            earlier=earlier,
            in_force=cascade.in_force,
        )
        return Planned(result, (*rows, *cascade.beside, *told, *due))

    favored = [one.event for each in members.values() for one in each.favored]
    events = [*found, *(one.event for one in dependents), *favored]
    accounts = tuple(sorted(_accounts(payments, events)))
    joint = Joint(
        order.tenant,
        accounts,
        plan,
        guards,
        dry_run=ask.dry_run,
        foreseen=_rows(payments, events),
    )
    if favored or due:  # what becomes of tiers is known when it is known what will be written
        await desk.ledger.settle(accounts)
        trial = joint._replace(plan=partial(plan, trial=True), dry_run=True)
        tried = await desk.ledger.join(trial)
        amount, now = tried.result.refund.amount, tried.result.refund.created_at
        favors += await find_favors(
            desk.store,
            [(event, members[event.event]) for event in found],
            tried.rows,
            order=order,
            amount=amount,
            now=now,
        )
        tiers += await regrading.find(
            desk.store, concerned(found), tried.rows, order=order, amount=amount, now=now
        )
    return joint


async def _revalued(
    order: Order,
    rest: Order | None,
    found: Sequence[JudgedEvent],
    members: Mapping[int, Member],
) -> tuple[list[Revalued], list[Revalued]]:
    """The order's events when this remains of it (None: nothing), and what depends on them."""
    slices = Slices()
    own: list[Revalued] = []
    later: list[Revalued] = []
    for event in found:
        member, position = members[event.event], event.row.position
        changed = None if rest is None else as_counted(rest, position)
        if event.facts is not None:
            now = None
            if rest is not None:
                known = member.with_totals(event.facts, position, changed)
                now = Happening(known, facts(rest))
            was = Happening(event.facts, whole_facts(order))
            own.append(await revalue(slices, event, was, now))
        later += await member.later(slices, changed)
    return own, later


def concerned(found: Iterable[JudgedEvent]) -> list[tuple[int, int]]:
    """The members of the events, and their programs."""
    return [(each.row.member_id, each.row.program_id) for each in found]


def _accounts(payments: Iterable[Payment], found: Iterable[JudgedEvent]) -> set[int]:
    accounts = {payment.account for payment in payments}
    return accounts.union(*(event.accounts for event in found))


def _rows(payments: Iterable[Payment], found: Sequence[JudgedEvent]) -> dict[int, set[int]]:
    """The rows by which points have paid or were awarded, by account."""
    rows: dict[int, set[int]] = {}
    for payment in payments:
        rows.setdefault(payment.account, set()).add(payment.seq)
    for award in (award for event in found for award in event.awards):
        rows.setdefault(award.account, set()).add(award.seq)
    for grant in (held.grant for event in found for held in event.grants):
        if grant.account_id and grant.seq:
            rows.setdefault(grant.account_id, set()).add(grant.seq)
    return rows


async def guards_of(
    desk: Desk, order: Order, found: Sequence[JudgedEvent], *, later: Iterable[int] = ()
) -> tuple[Guard, ...]:
    """The guards of the order, of its events, whose awards come back by the order alone, of `later`
    events, and of what their members do next, which may depend on what is in force."""
    named = {name for each in found for name in (each.subject, each.member_guard)}
    subjects = sorted(named.union(map(subject_of, later)))
    versions = await desk.store.find_guards(subjects) if subjects else {}
    events = (Guard(subject, versions.get(subject, 0)) for subject in subjects)
    return (Guard(guard_of(order.number), order.version), *events)
