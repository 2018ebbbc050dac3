"""Orders on the native wire: bodies → content, with every defect at its place."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from stampbook.dialects.amounts import Written, WrittenNumber
from stampbook.dialects.native.loyalty.wire.cascades import BalanceChangeShape, KeptShape, StepShape
from stampbook.dialects.native.problems import invalid_field
from stampbook.dialects.native.wire.money import Decimal, read_number
from stampbook.dialects.native.wire.values import (
    Amount,
    Id,
    Instant,
    Metadata,
    Text,
    read_amount,
    small_metadata,
)
from stampbook.loyalty.judging.splitting import split
from stampbook.loyalty.orders.model import Content, Item
from stampbook.loyalty.orders.money import SCALES

MAX_LINES = 500
MAX_QUANTITY = 10**12
"""Thousandths."""

StatusWord = Literal["created", "paid", "cancelled"]
OrderStatusWord = Literal["created", "paid", "partly_refunded", "refunded", "cancelled"]
Money = Annotated[str, Meta(min_length=3, max_length=3, examples=["EUR"])]
Categories = Annotated[Sequence[Text], Meta(max_length=20)]


class OrderLineBody(Struct, frozen=True, forbid_unknown_fields=True):
    """A line of an order. `amount` is that of the whole line before discounts, `total` after them;
    either all lines have a total or none, and then the order's discount is spread over them.

    `id` names the line in its order; without it its place does, from 1.
    """

    amount: Amount
    total: Amount | None = None
    id: Text | None = None
    kind: Text | None = None
    item: Text | None = None
    sku: Text | None = None
    categories: Categories = ()
    quantity: Decimal = 1
    metadata: Metadata = {}


OrderLines = Annotated[Sequence[OrderLineBody], Meta(max_length=MAX_LINES)]


class OrderBody(Struct, frozen=True, forbid_unknown_fields=True):
    """An order. `money` is an ISO 4217 code. `amount` is before discounts and is the sum of the
    lines' amounts, if there are lines; what is to be paid is `amount` less `discount`.

    An order with the same external id is changed instead, as by PATCH with this body.
    """

    external_id: Text
    money: Money
    amount: Amount
    member_id: Id | None = None
    status: StatusWord = "created"
    discount: Amount = "0"
    lines: OrderLines = ()
    channel: Text | None = None
    location: Text | None = None
    effective_at: Instant | None = None
    fulfilled: bool | UnsetType = UNSET
    metadata: Metadata = {}


class TriedOrder(Struct, frozen=True, forbid_unknown_fields=True):
    """An order that rules are tried on: a real one's body. Its ids and status change nothing."""

    amount: Amount
    money: Money = "EUR"
    discount: Amount = "0"
    lines: OrderLines = ()
    channel: Text | None = None
    location: Text | None = None
    metadata: Metadata = {}
    external_id: Text | None = None
    member_id: Id | None = None
    status: StatusWord = "paid"
    effective_at: Instant | None = None
    fulfilled: bool | UnsetType = UNSET


class OrderChange(Struct, frozen=True, forbid_unknown_fields=True):
    """What is given changes. Less of a paid order is a refund of the difference."""

    member_id: Id | UnsetType | None = UNSET
    status: StatusWord | UnsetType = UNSET
    money: Money | UnsetType = UNSET
    amount: Amount | UnsetType = UNSET
    discount: Amount | UnsetType = UNSET
    lines: OrderLines | UnsetType = UNSET
    channel: Text | UnsetType | None = UNSET
    location: Text | UnsetType | None = UNSET
    effective_at: Instant | UnsetType = UNSET
    fulfilled: bool | UnsetType = UNSET
    metadata: Metadata | UnsetType = UNSET


class PayOrderBody(Struct, frozen=True, forbid_unknown_fields=True):
    """Points of an account pay for the order: the most they can, but for one of these bounds."""

    account_id: Id
    max_amount: Amount | None = None
    max_points: Amount | None = None


class RefundLineBody(Struct, frozen=True, forbid_unknown_fields=True):
    """What is taken back of one line: a quantity, or an amount of its money."""

    line: Text
    quantity: Decimal | None = None
    amount: Amount | None = None


class OrderRefundBody(Struct, frozen=True, forbid_unknown_fields=True):
    """What is taken back of an order: `whole`, `lines` or `amount`, one of them.

    `cascade` "none" leaves what other events earned because this order counted. `preview_token`
    refuses the refund unless what follows is what the preview said.
    """

    external_id: Text | None = None
    whole: bool = False
    lines: Annotated[Sequence[RefundLineBody], Meta(max_length=MAX_LINES)] | None = None
    amount: Amount | None = None
    cascade: Literal["all", "none"] = "all"
    preview_token: Text | None = None
    reason: Text | None = None


# -- answers -----------------------------------------------------------------------------


class OrderLineShape(Struct, frozen=True):
    """`refunded` and `remaining` are of `total`; `returned` is of `quantity`."""

    id: str
    kind: str | None
    item: str | None
    sku: str | None
    categories: Sequence[str]
    quantity: WrittenNumber
    returned: WrittenNumber
    amount: Written
    total: Written
    refunded: Written
    remaining: Written
    metadata: dict[str, Any]


class OrderAwardShape(Struct, frozen=True):
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
    calculated: Written
    amount: Written
    in_force: Written


class ExchangeRateShape(Struct, frozen=True):
    """`points` paid for `money`."""

    points: Written
    money: WrittenNumber


class OrderPaymentShape(Struct, frozen=True):
    """Points that paid for the order: `amount` in its money. `left`: the points that have not come
    back."""

    id: str
    order_id: str
    account_id: str
    currency_id: str
    transaction_id: str
    amount: Written
    points: Written
    left: Written
    exchange: ExchangeRateShape
    return_spent: Literal["proportional", "points_first", "points_last", "on_whole", "none"]
    created_at: Instant
    returned_at: Instant | None


class TakenLineShape(Struct, frozen=True):
    """What was taken back of a line; `line` null: of an order without lines."""

    line: str | None
    quantity: WrittenNumber
    amount: Written


class OrderRefundShape(Struct, frozen=True):
    """A refund and what followed from it. `remaining` is what was then left of the order.
    `preview_token` tells the cascade from every other one."""

    id: str
    order_id: str
    external_id: str | None
    cause: Literal["refund", "change", "cancel"]
    amount: Written
    remaining: Written
    lines: Sequence[TakenLineShape]
    reason: str | None
    created_at: Instant
    voided_at: Instant | None
    cascade: Sequence[StepShape]
    kept: Sequence[KeptShape]
    balances: Sequence[BalanceChangeShape]
    preview_token: str


class OrderShape(Struct, frozen=True):
    """An order. `total` is `amount` less `discount`, `remaining` is `total` less `refunded`."""

    id: str
    program_id: str | None
    external_id: str | None
    member_id: str | None
    status: OrderStatusWord
    money: str
    amount: Written
    discount: Written
    total: Written
    refunded: Written
    remaining: Written
    lines: Sequence[OrderLineShape]
    channel: str | None
    location: str | None
    metadata: dict[str, Any]
    effective_at: Instant
    paid_at: Instant | None
    fulfilled_at: Instant | None
    cancelled_at: Instant | None
    created_at: Instant
    updated_at: Instant
    awards: Sequence[OrderAwardShape]
    payments: Sequence[OrderPaymentShape]
    refunds: Sequence[OrderRefundShape]


# -- what callers send -------------------------------------------------------------------


def scale_of(money: str, under: str = "") -> int:
    """The decimals of a kind of money. Raises Failure (422)."""
    scale = SCALES.get(money)
    if scale is None:
        raise invalid_field(f"{under}/money", "is not a code of ISO 4217")
    return scale


def read_sum(value: str | int, scale: int, pointer: str, *, least: int = 0) -> int:
    """Money that is not negative. Raises Failure (422)."""
    found = read_amount(value, scale, pointer)
    if found < least:
        word = "must be greater than zero" if least else "must not be negative"
        raise invalid_field(pointer, word)
    return found


def read_quantity(value: str | int, pointer: str) -> int:
    """Thousandths. Raises Failure (422)."""
    return read_number(value, pointer, digits=3, least=1, most=MAX_QUANTITY)


def content_of(body: OrderBody | TriedOrder, under: str = "") -> Content:
    """What the order says of itself. `under` is the pointer to it. Raises Failure (422)."""
    scale = scale_of(body.money, under)
    amount = read_sum(body.amount, scale, f"{under}/amount")
    discount = read_sum(body.discount, scale, f"{under}/discount")
    if discount > amount:
        raise invalid_field(f"{under}/discount", "is more than the amount")
    small_metadata(body.metadata, f"{under}/metadata")
    return Content(
        money=body.money,
        scale=scale,
        amount=amount,
        total=amount - discount,
        lines=_lines(body.lines, scale, under, amount=amount, total=amount - discount),
        channel=body.channel,
        location=body.location,
        metadata=body.metadata,
    )


def _lines(
    bodies: Sequence[OrderLineBody], scale: int, under: str, *, amount: int, total: int
) -> tuple[Item, ...]:
    if not bodies:
        return ()
    lines, names = [], set()
    for at, body in enumerate(bodies):
        pointer = f"{under}/lines/{at}"
        name = body.id or str(at + 1)
        if name in names:
            raise invalid_field(f"{pointer}/id", "names two lines")
        names.add(name)
        small_metadata(body.metadata, f"{pointer}/metadata")
        before = read_sum(body.amount, scale, f"{pointer}/amount")
        after = before
        if body.total is not None:
            after = read_sum(body.total, scale, f"{pointer}/total")
            if after > before:
                raise invalid_field(f"{pointer}/total", "is more than the line's amount")
        lines.append(
            Item(
                line=name,
                quantity=read_quantity(body.quantity, f"{pointer}/quantity"),
                amount=before,
                total=after,
                kind=body.kind,
                item=body.item,
                sku=body.sku,
                categories=tuple(body.categories),
                metadata=body.metadata,
            )
        )
    if sum(line.amount for line in lines) != amount:
        raise invalid_field(f"{under}/amount", "is not the sum of the lines' amounts")
    return _with_totals(bodies, lines, under, amount=amount, total=total)


def _with_totals(
    bodies: Sequence[OrderLineBody], lines: list[Item], under: str, *, amount: int, total: int
) -> tuple[Item, ...]:
    given = sum(body.total is not None for body in bodies)
    if given not in (0, len(bodies)):
        raise invalid_field(f"{under}/lines", "must all have a total, or none")
    if not given:
        shares = split(amount - total, [line.amount for line in lines])
        lines = [
            line._replace(total=line.amount - share)
            for line, share in zip(lines, shares, strict=True)
        ]
    if sum(line.total for line in lines) != total:
        what = "is not what the lines' totals are below their amounts"
        raise invalid_field(f"{under}/discount", what)
    return tuple(lines)
