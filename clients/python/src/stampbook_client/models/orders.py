"""What the API answers: orders.

Written by `make clients`: change the generator instead."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from msgspec import Struct

from stampbook_client.models.words import OrderRefundCause, OrderStatus, RefundStepStep, ReturnSpent


class OrderLine(Struct, frozen=True, kw_only=True):
    """`refunded` and `remaining` are of `total`; `returned` is of `quantity`."""

    id: str
    kind: str | None
    item: str | None
    sku: str | None
    categories: list[str]
    quantity: Decimal
    returned: Decimal
    amount: Decimal
    total: Decimal
    refunded: Decimal
    remaining: Decimal
    metadata: dict[str, Any]


class OrderAward(Struct, frozen=True, kw_only=True):
    """What an effect of a rule gave for the order. `earning` is its place in the version's list,
    from 0. `in_force`: what no cancel has taken of it.

    The ids of a preview are null where the account does not exist yet.
    """

    id: str | None
    rule_id: str
    version: int
    earning: int
    account_id: str | None
    currency_id: str
    transaction_id: str | None
    calculated: Decimal
    amount: Decimal
    in_force: Decimal


class ExchangeRate(Struct, frozen=True, kw_only=True):
    """`points` paid for `money`."""

    points: Decimal
    money: Decimal


class OrderPayment(Struct, frozen=True, kw_only=True):
    """Points that paid for the order: `amount` in its money. `left`: the points that have not come
    back."""

    id: str
    order_id: str
    account_id: str
    currency_id: str
    transaction_id: str
    amount: Decimal
    points: Decimal
    left: Decimal
    exchange: ExchangeRate
    return_spent: ReturnSpent
    created_at: datetime
    returned_at: datetime | None


class TakenLine(Struct, frozen=True, kw_only=True):
    """What was taken back of a line; `line` null: of an order without lines."""

    line: str | None
    quantity: Decimal
    amount: Decimal


class RefundStep(Struct, frozen=True, kw_only=True):
    """One thing that follows: `amount` of the `was` points, `target` are left. `shortfall` could
    not be collected. `transaction_id` is what was undone, `cancelled_by` the cancel of it,
    which a preview does not have. Of the step `tier`, the points are those that count for the
    tier group; `former_tier_id` gives way to `tier_id` (null: no tier)."""

    step: RefundStepStep
    account_id: str | None
    transaction_id: str | None
    cancelled_by: str | None
    payment_id: str | None
    award_id: str | None
    grant_id: str | None
    rule_id: str | None
    was: Decimal
    target: Decimal
    amount: Decimal
    shortfall: Decimal
    tier_group_id: str | None = None
    former_tier_id: str | None = None
    tier_id: str | None = None


class KeptAward(Struct, frozen=True, kw_only=True):
    """What stays, and why."""

    what: str
    reason: str
    award_id: str | None
    grant_id: str | None
    rule_id: str | None
    account_id: str | None


class OrderPoints(Struct, frozen=True, kw_only=True):
    active: Decimal
    pending: Decimal


class BalanceChange(Struct, frozen=True, kw_only=True):
    account_id: str
    before: OrderPoints
    after: OrderPoints


class OrderRefund(Struct, frozen=True, kw_only=True):
    """A refund and what followed from it. `remaining` is what was then left of the order.
    `preview_token` tells the cascade from every other one."""

    id: str
    order_id: str
    external_id: str | None
    cause: OrderRefundCause
    amount: Decimal
    remaining: Decimal
    lines: list[TakenLine]
    reason: str | None
    created_at: datetime
    voided_at: datetime | None
    cascade: list[RefundStep]
    kept: list[KeptAward]
    balances: list[BalanceChange]
    preview_token: str


class Order(Struct, frozen=True, kw_only=True):
    """An order. `total` is `amount` less `discount`, `remaining` is `total` less `refunded`."""

    id: str
    program_id: str | None
    external_id: str | None
    member_id: str | None
    status: OrderStatus
    money: str
    amount: Decimal
    discount: Decimal
    total: Decimal
    refunded: Decimal
    remaining: Decimal
    lines: list[OrderLine]
    channel: str | None
    location: str | None
    metadata: dict[str, Any]
    effective_at: datetime
    paid_at: datetime | None
    fulfilled_at: datetime | None
    cancelled_at: datetime | None
    created_at: datetime
    updated_at: datetime
    awards: list[OrderAward]
    payments: list[OrderPayment]
    refunds: list[OrderRefund]
