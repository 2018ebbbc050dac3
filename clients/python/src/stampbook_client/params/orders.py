"""What operations take: orders.

Written by `make clients`: change the generator instead."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Required, TypedDict

from stampbook_client.models.words import OrderRefundCascade, TriedOrderStatus
from stampbook_client.values import Amount, Instant, PageParams, WriteOptions


class OrderLineInput(TypedDict, total=False):
    """A line of an order. `amount` is that of the whole line before discounts, `total` after them;
    either all lines have a total or none, and then the order's discount is spread over them.

    `id` names the line in its order; without it its place does, from 1.
    """

    amount: Required[Amount]
    total: Amount | None
    id: str | None
    kind: str | None
    item: str | None
    sku: str | None
    categories: Sequence[str]
    """Without it: `[]`."""
    quantity: Amount
    """Without it: `1`."""
    metadata: Mapping[str, Any]
    """Without it: `{}`."""


class RefundLineInput(TypedDict, total=False):
    """What is taken back of one line: a quantity, or an amount of its money."""

    line: Required[str]
    quantity: Amount | None
    amount: Amount | None


class CreateOrderParams(WriteOptions, total=False):
    """Of `orders.create`."""

    external_id: Required[str]
    money: Required[str]
    amount: Required[Amount]
    member_id: str | None
    status: TriedOrderStatus
    """Without it: `"created"`."""
    discount: Amount
    """Without it: `"0"`."""
    lines: Sequence[OrderLineInput]
    """Without it: `[]`."""
    channel: str | None
    location: str | None
    effective_at: Instant | None
    fulfilled: bool
    metadata: Mapping[str, Any]
    """Without it: `{}`."""


class ListOrdersParams(PageParams, total=False):
    """Of `orders.list`."""

    member_id: str
    """only those of this member."""


class ChangeOrderParams(WriteOptions, total=False):
    """Of `orders.update`."""

    member_id: str | None
    status: TriedOrderStatus
    money: str
    amount: Amount
    discount: Amount
    lines: Sequence[OrderLineInput]
    channel: str | None
    location: str | None
    effective_at: Instant
    fulfilled: bool
    metadata: Mapping[str, Any]


class PayOrderParams(WriteOptions, total=False):
    """Of `orders.pay`."""

    reason: str | None


class CancelOrderParams(WriteOptions, total=False):
    """Of `orders.cancel`."""

    reason: str | None


class AddOrderPaymentParams(WriteOptions, total=False):
    """Of `orders.add_payment`."""

    account_id: Required[str]
    max_amount: Amount | None
    max_points: Amount | None


class ReturnOrderPaymentParams(WriteOptions, total=False):
    """Of `orders.return_payment`."""

    reason: str | None


class CreateRefundParams(WriteOptions, total=False):
    """Of `orders.refund`."""

    external_id: str | None
    whole: bool
    """Without it: `false`."""
    lines: Sequence[RefundLineInput] | None
    amount: Amount | None
    cascade: OrderRefundCascade
    """Without it: `"all"`."""
    preview_token: str | None
    reason: str | None
