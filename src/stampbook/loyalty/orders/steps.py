"""An order as it comes in, again and again: what has changed decides what happens.

A new order may be paid at once. Before it is paid its content is replaced; when it is first paid,
rules judge it, once in its life. Less of a paid order is a refund of the difference, and a cancel
is a refund of all that remains.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import NamedTuple

from stampbook.domain.commands import Note
from stampbook.ledger.joint import (
    Acting,
    Beside,
    Guard,
    Joint,
    Known,
    Planned,
    join_anew,
    with_result,
)
from stampbook.loyalty.events.awarding import Awarding, note_given, prepare, rivals
from stampbook.loyalty.events.model import Judged as JudgedHappening
from stampbook.loyalty.events.model import Occurrence, Prepared, each_once
from stampbook.loyalty.faults import Code, Refused
from stampbook.loyalty.model import Trigger
from stampbook.loyalty.orders import storing, telling
from stampbook.loyalty.orders.cascade import Cascade, Revoke
from stampbook.loyalty.orders.differing import difference
from stampbook.loyalty.orders.effects import Effects
from stampbook.loyalty.orders.model import (
    Cause,
    Judged,
    Order,
    Payment,
    Refund,
    Status,
    guard_of,
)
from stampbook.loyalty.orders.refunding import Ask, Desk, Refunded, build_refund
from stampbook.loyalty.orders.taking import take_whole, whole_facts
from stampbook.loyalty.orders.voiding import Undo, build_void
from stampbook.loyalty.tiers import heralding

Watcher = tuple[int, int] | tuple[int, int, str]
"""A program that sees an order, and the customer's member there; rules read the JSON text instead
of the member's metadata if there is one."""


class Put(NamedTuple):
    """An order as it comes in.

    `find` reads the order as it is, if there is one; `make` gives it as it is to be (of None: a
    new one, with a number and version 0): its content, its customer, and as its status CREATED,
    PAID or CANCELLED. Both may run several times. `watchers` are who sees it when it is paid,
    `revokes` how much of each currency's awards a cancel takes. `reopens`: a cancelled order that
    comes in as PAID is paid again, by the void of its cancel.
    """

    find: Callable[[], Awaitable[Order | None]]
    make: Callable[[Order | None], Order]
    watchers: Callable[[Order], Awaitable[Sequence[Watcher]]]
    actor: str | None = None
    reason: str | None = None
    dry_run: bool = False
    revokes: Callable[[int], Revoke] | None = None
    reopens: bool = False


class Saved(NamedTuple):
    """The order as it is now. `judged` is what rules made of it just now, `refund` and `effects`
    what was taken back, `returned` are payments that came back since it will never be paid.
    `is_new`: it was not there before. `has_followed`: points, grants or tiers followed from what
    was taken back, or from the end of its cancel."""

    order: Order
    is_new: bool = False
    judged: tuple[JudgedHappening, ...] = ()
    refund: Refund | None = None
    effects: Effects | None = None
    returned: tuple[Payment, ...] = ()
    has_followed: bool = False

    @property
    def undoes(self) -> bool:
        """Whether something was taken back, which needs a right of its own."""
        return self.refund is not None or self.effects is not None or bool(self.returned)

    @property
    def moves_back(self) -> bool:
        """Whether something of the program was taken back, or given back again."""
        return self.has_followed or bool(self.returned)


async def put(desk: Desk, awarding: Awarding, ask: Put) -> Saved:
    """Make the order what it is to be; the same again changes nothing.

    Raises Refused (ORDER_PAID: more than before, or other goods; ORDER_CANCELLED,
    INVALID_TRANSITION, PAYMENT_EXCEEDS_ORDER), and JointRefused.
    """

    async with awarding.turns.of(await rivals_of(awarding, ask)):
        built = await join_anew(desk.ledger.join, lambda: request(desk, awarding, ask))
    saved: Saved = built.result
    if not ask.dry_run:
        note_given(awarding, saved.judged)
    return saved


async def request(desk: Desk, awarding: Awarding, ask: Put) -> Joint | Known:
    """The joint request of an order, whose result is Saved. Build it anew after StaleGuard, in the
    turns of `rivals_of`, and call `note_given` after it."""
    old = await ask.find()
    new = ask.make(old)
    if old is not None and old.is_paid:
        return await _change_paid(desk, old, new, ask)
    if old is not None and old.status is Status.CANCELLED:
        if new == old:
            return Known(Saved(old))
        raise Refused(Code.ORDER_CANCELLED, "the order is cancelled")
    if new == old:
        return Known(Saved(new))
    if new.status is Status.PAID:
        return await _become_paid(desk, awarding, old, new, ask)
    return await _change_unpaid(desk, old, new, ask)


async def rivals_of(awarding: Awarding, ask: Put) -> set[str]:
    """The turns that the order should take, so that it does not meet others at their guards."""
    old = await ask.find()
    new = ask.make(old)
    keys = {f"order:{new.tenant}:{new.program}:{new.external_id or new.number}"}
    if new.status is Status.PAID and (old is None or not old.is_paid):
        watchers = await ask.watchers(new)
        keys |= await rivals(awarding, [_occurrence(new, *watcher) for watcher in watchers])
    return keys


# -- before it is paid -------------------------------------------------------------------


async def _change_unpaid(desk: Desk, old: Order | None, new: Order, ask: Put) -> Joint:
    payments = [] if old is None else await storing.payments_of(desk.store, old)
    _check_payments(new, payments)
    is_cancel = new.status is Status.CANCELLED

    def plan(acting: Acting) -> Planned:
        beside: list[Beside] = []
        returned: tuple[Payment, ...] = ()
        order = new._replace(updated_at=acting.now)
        if is_cancel:
            order = order._replace(cancelled_at=acting.now)
            # Whatever the policy of their return: the order was never paid.
            open_ones = [each for each in payments if each.left]
            cascade = Cascade(acting, Note(reason=ask.reason, actor=ask.actor))
            cascade.watch({payment.account for payment in open_ones})
            cascade.return_points(open_ones, {each.number: each.left for each in open_ones})
            returned = tuple(each._replace(left=0, returned_at=acting.now) for each in open_ones)
            if open_ones:
                beside.append(storing.returned(open_ones, tenant=new.tenant, now=acting.now))
            known = {each.number: each for each in returned}
            beside += telling.withdrawn(order, [known.get(each.number, each) for each in payments])
        return _planned(Saved(order, is_new=old is None, returned=returned), beside)

    accounts = tuple(sorted({payment.account for payment in payments if payment.left}))
    return Joint(new.tenant, accounts, plan, (_guard(new),), dry_run=ask.dry_run)


def _check_payments(order: Order, payments: Sequence[Payment]) -> None:
    """Raises Refused if the order costs less than what points have paid for it."""
    if order.status is Status.CANCELLED:
        return
    if sum(payment.worth(payment.left) for payment in payments) > order.remaining:
        raise Refused(Code.PAYMENT_EXCEEDS_ORDER, "points have paid more than the order then costs")


def _guard(order: Order) -> Guard:
    return Guard(guard_of(order.number), order.version)


def _planned(saved: Saved, beside: Sequence[Beside] = ()) -> Planned:
    """Writes the order, and what goes with it."""
    order = saved.order
    row = storing.created(order) if saved.is_new else storing.changed(order)
    result = saved._replace(order=order._replace(version=order.version + 1))
    return Planned(result, (row, *beside))


# -- when it is paid ---------------------------------------------------------------------


async def _become_paid(
    desk: Desk, awarding: Awarding, old: Order | None, new: Order, ask: Put
) -> Joint:
    payments = [] if old is None else await storing.payments_of(desk.store, old)
    _check_payments(new, payments)
    content = new.content
    paid_with_points = sum(payment.worth(payment.left) for payment in payments)
    if old is not None and new.effective_at == old.created_at:
        # Nobody has said when it happened: it happens now.
        new = new._replace(effective_at=desk.ledger.clock())
    judged = Judged(
        paid_with_points,
        content.channel,
        content.location,
        content.metadata,
        content.initial_amount,
    )
    order = new._replace(judged=judged)
    prepared, concerned = [], []
    for watcher in await ask.watchers(order):
        occurrence = _occurrence(order, *watcher)
        part = await prepare(awarding, occurrence, dry_run=ask.dry_run)
        # It has no external id: that of an order is its own, and it is paid once.
        assert isinstance(part, Prepared)
        concerned.append((part.member, occurrence.program))
        prepared.append(part)
    due = await heralding.due(desk.store, concerned, tenant=order.tenant, now=desk.ledger.clock())

    def plan(acting: Acting) -> Planned:
        acted = [each.act(acting) for each in prepared]
        paid = order._replace(paid_at=acting.now, updated_at=acting.now)
        saved = Saved(paid, is_new=old is None, judged=tuple(each.judged for each in acted))
        told = telling.paid(paid, payments, saved.judged)
        return _planned(saved, [*(row for each in acted for row in each.beside), *told, *due])

    accounts = {account for each in prepared for account in each.accounts}
    guards = each_once((_guard(order), *(guard for each in prepared for guard in each.guards)))
    return Joint(order.tenant, tuple(sorted(accounts)), plan, guards, dry_run=ask.dry_run)


def _occurrence(order: Order, program: int, member: int, metadata: str | None = None) -> Occurrence:
    return Occurrence(
        tenant=order.tenant,
        program=program,
        member=member,
        kind=Trigger.ORDER_PAID,
        effective_at=order.effective_at,
        order=None if order.judged is None else whole_facts(order),
        order_id=order.number,
        member_metadata=metadata,
    )


# -- after it was paid -------------------------------------------------------------------


async def _change_paid(desk: Desk, old: Order, new: Order, ask: Put) -> Joint | Known:
    if new.status is Status.CREATED:
        raise Refused(Code.INVALID_TRANSITION, "the order is paid")
    labelled = _relabelled(old, new)
    if ask.reopens and (old.status, new.status) == (Status.CANCELLED, Status.PAID):
        return await _reopen(desk, old, new, ask)
    if new.status is Status.CANCELLED and old.status is not Status.CANCELLED:
        refund = Ask(take_whole, cause=Cause.CANCEL)
    else:
        taken = difference(old, new)
        if not taken:
            return Known(Saved(old)) if labelled == old else _relabel(labelled, ask)
        refund = Ask(lambda _: taken, cause=Cause.CHANGE)
    if old.status in (Status.REFUNDED, Status.CANCELLED):
        raise Refused(Code.EXCEEDS_ORDER, "nothing remains of the order")
    joint = await build_refund(
        desk,
        old,
        refund._replace(
            reason=ask.reason,
            actor=ask.actor,
            dry_run=ask.dry_run,
            edit=lambda rest: _relabelled(rest, new),
            revokes=ask.revokes,
        ),
    )
    return with_result(joint, _saved)


async def _reopen(desk: Desk, old: Order, new: Order, ask: Put) -> Joint | Known:
    refunds = await storing.refunds_of(desk.store, old)
    newest = [each.number for each in refunds if each.voided_at is None][-1]
    undo = Undo(newest, ask.actor, ask.dry_run, edit=lambda restored: _relabelled(restored, new))
    return with_result(
        await build_void(desk, old, undo),
        lambda found: Saved(found.order, has_followed=_has_followed(found)),
    )


def _saved(found: Refunded) -> Saved:
    return Saved(
        found.order,
        refund=found.refund,
        effects=found.effects,
        has_followed=_has_followed(found),
    )


def _has_followed(found: Refunded) -> bool:
    return bool(found.effects.cascade)


def _relabelled(old: Order, new: Order) -> Order:
    """The paid order with what may change of it: metadata, the mark, and what a dialect keeps.

    Raises Refused (ORDER_PAID) for another customer or instant.
    """
    if (old.member, old.customer, old.effective_at) != (
        new.member,
        new.customer,
        new.effective_at,
    ):
        raise Refused(Code.ORDER_PAID, "a paid order keeps its customer and its instant")
    return old._replace(
        content=old.content._replace(metadata=new.content.metadata),
        origin=new.origin,
        fulfilled_at=new.fulfilled_at,
    )


def _relabel(order: Order, ask: Put) -> Joint:
    def plan(acting: Acting) -> Planned:
        return _planned(Saved(order._replace(updated_at=acting.now)))

    return Joint(order.tenant, (), plan, (_guard(order),), dry_run=ask.dry_run)
