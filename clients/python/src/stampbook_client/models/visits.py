"""What the API answers: visits.

Written by `make clients`: change the generator instead."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from msgspec import Struct

from stampbook_client.models.ledger import Transaction
from stampbook_client.models.words import VisitAttendance, VisitLineKind, VisitPaymentStatus


class VisitLine(Struct, frozen=True, kw_only=True):
    """`left` is what is still to be paid of the line. `id` is null in a dry run's new lines."""

    id: str | None
    appointment_id: str | None
    kind: VisitLineKind
    item: int
    title: str
    quantity: Decimal
    price: Decimal
    discount_percent: Decimal
    cost: Decimal
    left: Decimal
    staff: int


class VisitPayment(Struct, frozen=True, kw_only=True):
    """`line_id` null: money that belongs to no line."""

    id: str | None
    line_id: str | None
    amount: Decimal
    desk: int
    comment: str
    paid_at: datetime


class VisitDiscount(Struct, frozen=True, kw_only=True):
    """`account_id` null: given without a card."""

    line_id: str | None
    account_id: str | None
    amount: Decimal


class Withdrawal(Struct, frozen=True, kw_only=True):
    """What is in force of one redemption that paid for one line."""

    transaction_id: str
    account_id: str
    line_id: str | None
    amount: Decimal


class Visit(Struct, frozen=True, kw_only=True):
    id: str
    program_id: str
    location_id: str
    member_id: str | None
    starts_at: datetime
    attendance: VisitAttendance
    comment: str
    cost: Decimal
    unpaid: Decimal
    payment_status: VisitPaymentStatus
    appointments: list[str]
    lines: list[VisitLine]
    payments: list[VisitPayment]
    discounts: list[VisitDiscount]
    withdrawals: list[Withdrawal]


class Withdrawn(Struct, frozen=True, kw_only=True):
    """The transactions that the request wrote on the account: cancels of what a replaced
    withdrawal took, then one redemption for each line. Empty when nothing was to be changed."""

    visit_id: str
    account_id: str
    transactions: list[Transaction]
