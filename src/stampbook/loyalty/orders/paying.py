"""Points pay for an order, and come back while it is not refunded.

Each payment is guarded by the order's version, so two at once never pay more than its rest.
"""

from typing import NamedTuple

from stampbook.domain.commands import Cancel, Note, Redeem
from stampbook.ledger.joint import Acting, Guard, Joint, Known, Planned, join_anew
from stampbook.loyalty.faults import Code, Refused
from stampbook.loyalty.numbers import new_number
from stampbook.loyalty.orders import storing
from stampbook.loyalty.orders.cascade import in_force
from stampbook.loyalty.orders.exchanging import payable, rate
from stampbook.loyalty.orders.model import (
    MAX_PARTS,
    Exchange,
    Order,
    Payment,
    ReturnSpent,
    Status,
    guard_of,
)
from stampbook.loyalty.orders.refunding import Desk, Find
from stampbook.loyalty.rewards.spending import Rest, rest
from stampbook.programs import programs
from stampbook.programs.accounts import Account


class Terms(NamedTuple):
    """How points pay for orders; see CurrencyOptions."""

    exchange: Exchange
    return_spent: ReturnSpent = ReturnSpent.PROPORTIONAL


class Pay(NamedTuple):
    """A payment as it is asked for. `terms` None: the currency does not pay for orders. The most
    is taken, but for `max_amount` (money) and `max_points`."""

    account: Account
    terms: Terms | None
    max_amount: int | None = None
    max_points: int | None = None
    actor: str | None = None
    dry_run: bool = False


class Paid(NamedTuple):
    """A payment, and the order with its new version."""

    order: Order
    payment: Payment


async def pay(desk: Desk, find: Find, ask: Pay) -> Paid:
    """Let points pay. Raises Refused (PAYMENT_NOT_ENABLED, ORDER_CANCELLED, NOTHING_TO_PAY), and
    JointRefused, if the account may not be used or has too few points for any money."""

    result: Paid = (await join_anew(desk.ledger.join, lambda: request(desk, find, ask))).result
    return result


async def request(desk: Desk, find: Find, ask: Pay) -> Joint:
    """The joint request of a payment, whose result is Paid. Build it anew after StaleGuard."""
    order = await find()
    if ask.terms is None:
        raise Refused(Code.PAYMENT_NOT_ENABLED, "points of this currency pay for no orders")
    if order.status is Status.CANCELLED:
        raise Refused(Code.ORDER_CANCELLED, "the order is cancelled")
    payments = await storing.payments_of(desk.store, order)
    if len(payments) >= MAX_PARTS:
        raise Refused(Code.NOTHING_TO_PAY, f"an order has at most {MAX_PARTS} payments")
    program = await programs.get(desk.store, ask.account.program_id, tenant=order.tenant)
    limit = await rest(
        desk.store,
        ask.account.account_id,
        ask.account.currency_id,
        now=desk.ledger.clock(),
        timezone="UTC" if program is None else program.timezone,
    )
    return _payment(desk, order, payments, ask, ask.terms, limit)


def _payment(
    desk: Desk, order: Order, payments: list[Payment], ask: Pay, terms: Terms, limit: Rest
) -> Joint:
    account = ask.account.account_id
    # Spending limits cap a payment, and count all payments and purchases.
    most = [each for each in (ask.max_points, limit.points) if each is not None]

    def plan(acting: Acting) -> Planned:
        paid = sum(each.worth(in_force(acting, each.account, each.seq)) for each in payments)
        amount, points = payable(
            rate(terms.exchange, order.content.scale),
            rest=max(0, order.remaining - paid),
            balance=acting.book(account).active,
            max_amount=ask.max_amount,
            max_points=min(most) if most else None,
        )
        if not amount:
            raise Refused(Code.NOTHING_TO_PAY, "there is nothing that these points can pay")
        note = Note(subject=guard_of(order.number), actor=ask.actor)
        row = acting.do(account, Redeem(points, note=note))[0]
        payment = Payment(
            number=new_number(acting.now),
            order=order.number,
            account=account,
            seq=row.seq,
            currency=ask.account.currency_id,
            amount=amount,
            points=points,
            exchange=terms.exchange,
            return_spent=terms.return_spent,
            created_at=acting.now,
            left=points,
        )
        result = Paid(order._replace(version=order.version + 1), payment)
        row_of_payment = storing.new_payment(payment, tenant=order.tenant, shards=desk.store.shards)
        return Planned(result, (row_of_payment,))

    accounts = {account, *(payment.account for payment in payments)}
    guards = (Guard(guard_of(order.number), order.version), *limit.guards)
    return Joint(order.tenant, tuple(sorted(accounts)), plan, guards, dry_run=ask.dry_run)


class Return(NamedTuple):
    """A payment that is to be given back, all that is in force of it."""

    payment: int
    reason: str | None = None
    actor: str | None = None
    dry_run: bool = False


async def return_payment(desk: Desk, find: Find, ask: Return) -> Paid | None:
    """Give a payment's points back. A repeat changes nothing. None: the order has no such payment.

    Raises JointRefused.
    """

    built = await join_anew(desk.ledger.join, lambda: request_return(desk, find, ask))
    result: Paid | None = built.result
    return result


async def request_return(desk: Desk, find: Find, ask: Return) -> Joint | Known:
    """The joint request of a return, whose result is that of `return_payment`."""
    order = await find()
    payments = await storing.payments_of(desk.store, order)
    named = next((each for each in payments if each.number == ask.payment), None)
    if named is None:
        return Known(None)
    if named.returned_at is not None:
        return Known(Paid(order, named))

    def plan(acting: Acting) -> Planned:
        note = Note(reason=ask.reason, actor=ask.actor)
        acting.do(named.account, Cancel(named.seq, note=note))
        returned = named._replace(left=0, returned_at=acting.now)
        result = Paid(order._replace(version=order.version + 1), returned)
        row = storing.returned([named], tenant=order.tenant, now=acting.now)
        return Planned(result, (row,))

    guard = Guard(guard_of(order.number), order.version)
    return Joint(order.tenant, (named.account,), plan, (guard,), dry_run=ask.dry_run)
