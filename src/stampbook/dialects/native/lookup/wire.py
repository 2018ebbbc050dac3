"""Hits of a search, and a member's timeline, in answers."""

from collections.abc import Sequence
from typing import Literal

from msgspec import Struct

from stampbook.dialects.amounts import Written
from stampbook.dialects.native.loyalty.wire.orders import OrderStatusWord
from stampbook.dialects.native.wire.transactions import TransactionShape
from stampbook.dialects.native.wire.values import Instant
from stampbook.dialects.native.wire.visits import AttendanceWord

HitKind = Literal[
    "member", "account", "order", "visit", "transaction", "lot", "program", "currency"
]
Matched = Literal["id", "name", "phone", "email", "external_id", "number"]


class HitShape(Struct, frozen=True):
    """Something that was found: what it is, and by what.

    `name` is the member's, or that of a program or currency. `number` is a card's, `external_id` a
    member's, an order's or a transaction's.
    """

    kind: HitKind
    id: str
    matched: Matched
    program_id: str | None
    member_id: str | None = None
    name: str | None = None
    email: str | None = None
    phone: str | None = None
    external_id: str | None = None
    number: str | None = None


class SearchShape(Struct, frozen=True):
    """`more` are the kinds of which there is more than is shown."""

    data: Sequence[HitShape]
    more: Sequence[HitKind]


class TimelineVisit(Struct, frozen=True):
    id: str
    location_id: str
    starts_at: Instant
    attendance: AttendanceWord
    cost: Written


class TimelineOrder(Struct, frozen=True):
    id: str
    external_id: str | None
    status: OrderStatusWord
    money: str
    total: Written
    refunded: Written
    effective_at: Instant


class TimelineEntry(Struct, frozen=True):
    """Something that happened to a member: one of `transaction`, `visit` and `order` says what.

    `at` is when it was recorded.
    """

    id: str
    kind: Literal["transaction", "visit", "order"]
    at: Instant
    transaction: TransactionShape | None = None
    visit: TimelineVisit | None = None
    order: TimelineOrder | None = None


class TimelineShape(Struct, frozen=True):
    """`next_cursor` is null on the last page."""

    data: Sequence[TimelineEntry]
    next_cursor: str | None
