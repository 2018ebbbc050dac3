"""The values of orders, their payments and refunds. Nothing here reads, writes or decides.

Money is counted in the smallest unit of the order's money, points in the currency's, quantities in
thousandths. Instants are microseconds UTC.
"""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any, Final, NamedTuple

from stampbook.domain.model import transaction_number

ORDER_SUBJECT: Final = "order:"
"""The beginning of the subject of what pays for an order; the order's number follows."""

THOUSANDTHS: Final = 1000
"""The unit of quantities, which have at most three decimals."""

MILLIONTHS: Final = 1_000_000
"""The unit of the money in an exchange, which depends on no kind of money."""

MAX_PARTS: Final = 1_000
"""Payments, and refunds, of one order: more than any till makes, and its answer stays readable."""


class Status(StrEnum):
    """What has become of an order. An order that is paid stays `paid` until part is taken back."""

    CREATED = "created"
    PAID = "paid"
    PARTLY_REFUNDED = "partly_refunded"
    REFUNDED = "refunded"
    CANCELLED = "cancelled"


class ReturnSpent(StrEnum):
    """When the points that paid for an order come back as parts of it are refunded."""

    PROPORTIONAL = "proportional"
    POINTS_FIRST = "points_first"
    POINTS_LAST = "points_last"
    ON_WHOLE = "on_whole"
    NONE = "none"


class Exchange(NamedTuple):
    """`points` (the currency's smallest unit) pay for `money` (millionths of the unit of money)."""

    points: int
    money: int


class Item(NamedTuple):
    """A line of an order. `line` names it in its order. `refunded` and `returned` are the parts of
    its total and of its quantity that were taken back."""

    line: str
    quantity: int
    amount: int
    total: int
    kind: str | None = None
    item: str | None = None
    sku: str | None = None
    categories: tuple[str, ...] = ()
    metadata: Mapping[str, Any] = {}
    refunded: int = 0
    returned: int = 0

    @property
    def remaining(self) -> int:
        """What is left of the total."""
        return self.total - self.refunded


class Content(NamedTuple):
    """What an order says of itself. `amount` is before discounts, `total` after. `initial_amount`
    is what a dialect says the order was worth at first; it is kept when the order is judged."""

    money: str
    scale: int
    amount: int
    total: int
    lines: tuple[Item, ...] = ()
    channel: str | None = None
    location: str | None = None
    metadata: Mapping[str, Any] = {}
    initial_amount: int | None = None

    @property
    def discount(self) -> int:
        return self.amount - self.total


class Judged(NamedTuple):
    """What rules read of an order besides its lines when it was paid; it never changes.

    `paid_with_points` is the money that points had paid by then.
    """

    paid_with_points: int = 0
    channel: str | None = None
    location: str | None = None
    metadata: Mapping[str, Any] = {}
    initial_amount: int | None = None


class Order(NamedTuple):
    """An order as it is. `version` is its guard's, 0 before it is written. `customer` and `origin`
    are a dialect's own. `judged` is None until it is paid."""

    number: int
    version: int
    tenant: int
    program: int | None
    member: int | None
    customer: str | None
    external_id: str | None
    status: Status
    content: Content
    refunded: int
    origin: str | None
    judged: Judged | None
    effective_at: int
    paid_at: int | None
    fulfilled_at: int | None
    cancelled_at: int | None
    created_at: int
    updated_at: int

    @property
    def remaining(self) -> int:
        """What is left of the total."""
        return self.content.total - self.refunded

    @property
    def is_paid(self) -> bool:
        """Whether it was paid, whatever was taken back since."""
        return self.paid_at is not None


class Payment(NamedTuple):
    """Points that pay for an order: the redemption `seq` of the account. `amount` is the money for
    which the `points` were taken. What of it is in force, the account's journal says.
    `returned_at`: all of it was given back, other than by a refund."""

    number: int
    order: int
    account: int
    seq: int
    currency: int
    amount: int
    points: int
    exchange: Exchange
    return_spent: ReturnSpent
    created_at: int
    left: int
    returned_at: int | None = None

    @property
    def transaction(self) -> int:
        """The number of its redemption."""
        return transaction_number(account=self.account, seq=self.seq)

    def worth(self, points: int) -> int:
        """The money that its points in force pay, at least: a part of a unit counts whole."""
        return -(-self.amount * points // self.points)


class Taken(NamedTuple):
    """What a refund takes back of one line: money, and thousandths of its quantity. An order
    without lines has one nameless line."""

    line: str
    amount: int
    quantity: int = 0


class Cause(StrEnum):
    """Why part of an order was taken back: a refund, a lower amount, or a cancel of the order."""

    REFUND = "refund"
    CHANGE = "change"
    CANCEL = "cancel"


class Refund(NamedTuple):
    """What was taken back of an order at once. `effects` is what followed from it
    (loyalty/orders/effects.py)."""

    number: int
    order: int
    external_id: str | None
    fingerprint: str
    cause: Cause
    amount: int
    lines: tuple[Taken, ...]
    effects: str
    reason: str | None
    created_at: int
    voided_at: int | None = None


class Known(NamedTuple):
    """An order with its payments and refunds, oldest first."""

    order: Order
    payments: Sequence[Payment] = ()
    refunds: Sequence[Refund] = ()


def guard_of(order: int) -> str:
    """The guard of an order, and the subject of the redemptions that pay for it."""
    return f"{ORDER_SUBJECT}{order}"
