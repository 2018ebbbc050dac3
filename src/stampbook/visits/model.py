"""A visit as a value: its records, lines, payments, discounts, and what points have paid.

Money and points are integers of a hundredth, whatever the scale of the points' currency;
quantities of a thousandth, percentages of a hundredth of a percent; instants are microseconds UTC.
"""

from collections.abc import Iterable, Mapping
from enum import IntEnum, StrEnum
from typing import Any, NamedTuple

from stampbook.domain.model import split_number, transaction_number

SCALE = 2
"""The decimals of visit money. An account can pay for a visit if its currency has no more."""

UNITS = (100, 10, 1)
"""Hundredths in the smallest unit of a currency, by its scale: one point is worth 1.00."""


class LineKind(StrEnum):
    SERVICE = "service"
    GOOD = "good"


class Attendance(IntEnum):
    DID_NOT_COME = -1
    WAITING = 0
    CAME = 1
    CONFIRMED = 2


class PaymentStatus(StrEnum):
    NOT_PAID = "not_paid"
    PAID_NOT_FULL = "paid_not_full"
    PAID_FULL = "paid_full"
    PAID_OVER = "paid_over"


class Location(NamedTuple):
    """A place of business. It belongs to one program, whose cards it accepts."""

    number: int
    tenant: int
    program: int
    title: str
    timezone: str


class Line(NamedTuple):
    """A service or a good of a visit. `cost` is what it costs after `discount`, before
    loyalty. `record` is the appointment that it belongs to, of a good too."""

    number: int
    record: int
    kind: LineKind
    item: int
    title: str
    quantity: int
    first_cost: int
    discount: int
    cost: int
    staff: int
    extra: Mapping[str, Any] = {}


class Record(NamedTuple):
    """An appointment: one team member's part of a visit."""

    number: int
    visit: int
    staff: int
    starts_at: int
    length_s: int
    attendance: int
    comment: str
    created_at: int
    changed_at: int
    deleted: bool = False
    extra: Mapping[str, Any] = {}


class Payment(NamedTuple):
    """Money paid for a line; line 0: beyond what any line costs. `desk` is the till."""

    number: int
    line: int
    amount: int
    desk: int
    paid_at: int
    comment: str = ""


class Discount(NamedTuple):
    """A promotion's discount on a line. `account` 0: given without a card. `beneficiary`
    is the account that is rewarded for a referral, else 0."""

    number: int
    line: int
    promotion: int
    account: int
    amount: int
    created_at: int
    beneficiary: int = 0

    @property
    def transaction(self) -> int:
        """Its number among transactions: with place 0, which no journal row has."""
        return transaction_number(account=self.number, seq=0)


class Part(NamedTuple):
    """The amount in force of one redemption that paid for one line.

    `amount` is a multiple of `unit`, the smallest unit of the account's currency.
    """

    account: int
    seq: int
    line: int
    amount: int
    recorded_at: int = 0
    unit: int = 1

    @property
    def transaction(self) -> int:
        return transaction_number(account=self.account, seq=self.seq)


class Visit(NamedTuple):
    """All of a visit. `version` grows with every change of what it costs or who pays."""

    number: int
    version: int
    tenant: int
    program: int
    location: int
    member: int
    attendance: int
    starts_at: int
    comment: str
    created_at: int
    records: tuple[Record, ...] = ()
    lines: tuple[Line, ...] = ()
    payments: tuple[Payment, ...] = ()
    discounts: tuple[Discount, ...] = ()
    parts: tuple[Part, ...] = ()

    @property
    def cost(self) -> int:
        return sum(line.cost for line in self.lines)

    @property
    def paid(self) -> int:
        """In money."""
        return sum(payment.amount for payment in self.payments)

    @property
    def points(self) -> int:
        """What cards have paid."""
        return sum(part.amount for part in self.parts)

    def record(self, number: int) -> Record | None:
        return next((record for record in self.records if record.number == number), None)

    def line(self, number: int) -> Line | None:
        return next((line for line in self.lines if line.number == number), None)


def discount_number(transaction: int) -> int | None:
    """The discount with that transaction number; None: it is a journal row's number."""
    number, seq = split_number(transaction)
    return number if seq == 0 else None


def balances(visit: Visit, parts: Iterable[Part] | None = None) -> dict[int, int]:
    """What each line costs less what has paid for it, in the lines' order.

    Negative where more was paid than the line costs now. `parts`: the withdrawals to count
    instead of all of the visit's.
    """
    left = {line.number: line.cost for line in visit.lines}
    for discount in visit.discounts:
        _pay(left, discount.line, discount.amount)
    for payment in visit.payments:
        _pay(left, payment.line, payment.amount)
    for part in visit.parts if parts is None else parts:
        _pay(left, part.line, part.amount)
    return left


def _pay(left: dict[int, int], line: int, amount: int) -> None:
    if line in left:
        left[line] -= amount


def dues(visit: Visit, parts: Iterable[Part] | None = None) -> dict[int, int]:
    """What is left to pay of each line, in the lines' order; never negative."""
    return {line: max(0, left) for line, left in balances(visit, parts).items()}


def balance(visit: Visit, parts: Iterable[Part] | None = None) -> int:
    """What is left to pay of the whole visit: money paid for one line too much, or for no
    line, counts for the others. Negative: the amount that was paid too much."""
    left = balances(visit, parts)
    loose = sum(payment.amount for payment in visit.payments if payment.line not in left)
    return sum(left.values()) - loose


def unpaid(visit: Visit, parts: Iterable[Part] | None = None) -> int:
    """What is left to pay of the whole visit; never negative."""
    return max(0, balance(visit, parts))


def payment_status(visit: Visit) -> PaymentStatus:
    """How far the visit is paid, by money, points and discounts together."""
    left = balance(visit)
    if left > 0:
        covered = visit.paid or visit.parts
        return PaymentStatus.PAID_NOT_FULL if covered else PaymentStatus.NOT_PAID
    return PaymentStatus.PAID_OVER if left < 0 else PaymentStatus.PAID_FULL


def is_completed(visit: Visit) -> bool:
    """Whether the visit took place and is paid: then it earns points."""
    return visit.attendance == Attendance.CAME and visit.cost > 0 and not unpaid(visit)


def is_settled(visit: Visit) -> bool:
    """Whether the bill is paid, so that discounts on it stay as they are. One of which discounts
    have left nothing to pay is settled when the guest has come."""
    paid = visit.payments or visit.parts or visit.attendance == Attendance.CAME
    return bool(paid) and visit.cost > 0 and not unpaid(visit)
