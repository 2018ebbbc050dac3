"""Points for money: what they pay, and when they come back. Pure, exact, in smallest units."""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import NamedTuple

from stampbook.loyalty.orders.model import MILLIONTHS, Exchange, Payment, ReturnSpent


class Paid(NamedTuple):
    """What a payment is: the money, and the points that it takes."""

    amount: int
    points: int


def rate(exchange: Exchange, scale: int) -> Fraction:
    """Points for one smallest unit of money that has `scale` decimals."""
    return Fraction(exchange.points * MILLIONTHS, exchange.money * 10**scale)


def payable(
    points_each: Fraction,
    *,
    rest: int,
    balance: int,
    max_amount: int | None = None,
    max_points: int | None = None,
) -> Paid:
    """The most that points pay of `rest`, within the balance and what was asked for."""
    points = balance if max_points is None else min(balance, max_points)
    amount = min(rest, max(0, points) * points_each.denominator // points_each.numerator)
    if max_amount is not None:
        amount = min(amount, max_amount)
    return Paid(amount, -(-amount * points_each.numerator // points_each.denominator))


def come_back(
    payments: Sequence[Payment],
    in_force: Mapping[int, int],
    *,
    total: int,
    refunded: int,
    is_gone: bool,
) -> dict[int, int]:
    """How many points of each payment come back, by its number, when `refunded` of the order's
    `total` has been taken back so far. Newest payment first.

    `in_force` has the points of each payment that nothing has given back yet.
    """
    counted = [payment for payment in reversed(payments) if payment.returned_at is None]
    by_money = total - sum(payment.amount for payment in counted)
    first, last = refunded, max(0, refunded - by_money)
    proportional = _in_proportion(counted, in_force, total=total, refunded=refunded)
    result = {}
    for payment in counted:
        share_first, share_last = min(first, payment.amount), min(last, payment.amount)
        first, last = first - share_first, last - share_last
        left = in_force[payment.number]
        returned = payment.points - left
        due = {
            ReturnSpent.PROPORTIONAL: proportional.get(payment.number, 0),
            ReturnSpent.POINTS_FIRST: payment.points * share_first // payment.amount - returned,
            ReturnSpent.POINTS_LAST: payment.points * share_last // payment.amount - returned,
            ReturnSpent.ON_WHOLE: left if is_gone else 0,
            ReturnSpent.NONE: 0,
        }[payment.return_spent]
        points = min(left, max(0, due))
        if points:
            result[payment.number] = points
    return result


def _in_proportion(
    newest_first: Sequence[Payment], in_force: Mapping[int, int], *, total: int, refunded: int
) -> dict[int, int]:
    """What comes back of payments that return in proportion: of each account its part of all
    points that it paid, rounded once, less what has come back so far."""
    payments = [each for each in newest_first if each.return_spent is ReturnSpent.PROPORTIONAL]
    due: dict[int, int] = {}
    for account in {each.account for each in payments}:
        own = [each for each in payments if each.account == account]
        points = sum(each.points for each in own)
        returned = points - sum(in_force[each.number] for each in own)
        due[account] = points * refunded // total - returned if total else 0
    result = {}
    for payment in payments:
        result[payment.number] = max(0, min(due[payment.account], in_force[payment.number]))
        due[payment.account] -= result[payment.number]
    return result
