"""What the API answers: members.

Written by `make clients`: change the generator instead."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from msgspec import Struct

from stampbook_client.models.ledger import Account, Lot, Transaction
from stampbook_client.models.orders import Order
from stampbook_client.models.rewards import Purchase
from stampbook_client.models.visits import Visit
from stampbook_client.models.watching import AuditEntry, Delivery
from stampbook_client.models.words import (
    MemberStatus,
    MergedLotState,
    OrderStatus,
    SearchHitKind,
    SearchHitMatched,
    TierStayCause,
    TimelineEntryKind,
    VisitAttendance,
)


class Member(Struct, frozen=True, kw_only=True):
    id: str
    program_id: str
    external_id: str | None
    email: str | None
    phone: str | None
    name: str | None
    metadata: dict[str, Any]
    status: MemberStatus
    created_at: datetime
    updated_at: datetime
    merged_into: str | None = None


class Merge(Struct, frozen=True, kw_only=True):
    """Two members who became one: `member_id` was merged into `into`."""

    id: str
    program_id: str
    member_id: str
    into: str
    reason: str | None
    actor: str | None
    user_id: str | None
    api_key_id: str | None
    merged_at: datetime
    undone_at: datetime | None


class MergedLot(Struct, frozen=True, kw_only=True):
    """Points of one lot that passed over; `to_lot_id` is the lot that they became."""

    lot_id: str
    to_lot_id: str | None
    amount: Decimal
    state: MergedLotState
    activates_at: datetime | None
    expires_at: datetime | None


class MergeTransfer(Struct, frozen=True, kw_only=True):
    """What passed from an account to the one that took over: points, lot by lot, and a debt.

    `to_account_id` is null where a dry run would open the account. Of an undo, what came back.
    """

    currency_id: str
    from_account_id: str
    to_account_id: str | None
    amount: Decimal
    deficit: Decimal
    lots: list[MergedLot]
    transaction_ids: list[str]


class MergeBalance(Struct, frozen=True, kw_only=True):
    """An account of the member who took over, after the merge or its undo."""

    account_id: str | None
    currency_id: str
    active: Decimal
    pending: Decimal
    held: Decimal
    total: Decimal
    deficit: Decimal


class Merged(Struct, frozen=True, kw_only=True):
    merge: Merge
    transfers: list[MergeTransfer]
    balances: list[MergeBalance]


class Identity(Struct, frozen=True, kw_only=True):
    """What finds a person: `type` is external_id, email, phone or card_number, and `id` that of
    the member or the account."""

    type: str
    value: str
    id: str


class FeedEvent(Struct, frozen=True, kw_only=True):
    """An event. `data` is what its type says (`GET /v1/event_types`). `sequence` is the number of
    the row in the account's journal; null where the event is none of a movement."""

    id: str
    type: str
    timestamp: datetime
    program_id: str | None
    member_id: str | None
    account_id: str | None
    sequence: int | None
    data: dict[str, Any]


class MemberExport(Struct, frozen=True, kw_only=True):
    """All that is kept about a person: `members` are the member, and those merged into them.

    `events` are those of the feed, and `deliveries` what was sent of them, with all attempts.
    `records` are rows of further tables, by table, as they are stored: numbers instead of ids,
    and instants in microseconds UTC.
    """

    exported_at: datetime
    member: Member
    members: list[Member]
    identities: list[Identity]
    accounts: list[Account]
    lots: list[Lot]
    transactions: list[Transaction]
    orders: list[Order]
    visits: list[Visit]
    purchases: list[Purchase]
    merges: list[Merge]
    events: list[FeedEvent]
    deliveries: list[Delivery]
    audit: list[AuditEntry]
    records: dict[str, list[dict[str, Any]]]


class Forfeited(Struct, frozen=True, kw_only=True):
    """What an account has lost: points that expired, and a debt that was written off."""

    account_id: str
    currency_id: str
    amount: Decimal
    deficit: Decimal
    transaction_ids: list[str]


class Erased(Struct, frozen=True, kw_only=True):
    """What erasing came to: `member_ids` are all that the person was; `texts` is how many texts
    went; null of a dry run."""

    member: Member
    member_ids: list[str]
    forfeited: list[Forfeited]
    texts: int | None


class TimelineVisit(Struct, frozen=True, kw_only=True):
    id: str
    location_id: str
    starts_at: datetime
    attendance: VisitAttendance
    cost: Decimal


class TimelineOrder(Struct, frozen=True, kw_only=True):
    id: str
    external_id: str | None
    status: OrderStatus
    money: str
    total: Decimal
    refunded: Decimal
    effective_at: datetime


class TimelineEntry(Struct, frozen=True, kw_only=True):
    """Something that happened to a member: one of `transaction`, `visit` and `order` says what.

    `at` is when it was recorded.
    """

    id: str
    kind: TimelineEntryKind
    at: datetime
    transaction: Transaction | None = None
    visit: TimelineVisit | None = None
    order: TimelineOrder | None = None


class ReachedTier(Struct, frozen=True, kw_only=True):
    """A tier that was reached, and when it was lost again (null: not yet)."""

    tier_id: str
    reached_at: datetime
    lost_at: datetime | None


class TierStay(Struct, frozen=True, kw_only=True):
    """A standing: `tier_id` (null: no tier) after `from_tier_id`; the same one twice: prolonged.

    Until `ends_at` the tier is kept whatever the count. `points` is what was counted when it
    began, `transaction_id` what caused it, `annulled_by` what took back that on which it
    rested.
    """

    tier_id: str | None
    from_tier_id: str | None
    entered_at: datetime
    ends_at: datetime | None
    left_at: datetime | None
    cause: TierStayCause
    points: Decimal
    transaction_id: str | None
    annulled_by: str | None


class NextTier(Struct, frozen=True, kw_only=True):
    """The next tier and how many points are `missing`. They must come before `until` (null: at any
    time); with none missing, the tier is reached then."""

    tier_id: str
    missing: Decimal
    until: datetime | None


class ForeseenTier(Struct, frozen=True, kw_only=True):
    """What becomes of the standing if nothing but time passes."""

    tier_id: str | None
    at: datetime


class Standing(Struct, frozen=True, kw_only=True):
    """A member in a group. `tier_id` is the tier that they have now.

    `history` has each time that a tier was reached, a higher one including those below; `stays`
    has every standing. `points` is what counts in the present period.
    """

    id: str
    tier_id: str | None
    history: list[ReachedTier]
    points: Decimal
    ends_at: datetime | None
    stays: list[TierStay]
    next: NextTier | None
    foreseen: ForeseenTier | None


class SearchHit(Struct, frozen=True, kw_only=True):
    """Something that was found: what it is, and by what.

    `name` is the member's, or that of a program or currency. `number` is a card's,
    `external_id` a member's, an order's or a transaction's.
    """

    kind: SearchHitKind
    id: str
    matched: SearchHitMatched
    program_id: str | None
    member_id: str | None = None
    name: str | None = None
    email: str | None = None
    phone: str | None = None
    external_id: str | None = None
    number: str | None = None


class SearchResults(Struct, frozen=True, kw_only=True):
    """`more` are the kinds of which there is more than is shown."""

    data: list[SearchHit]
    more: list[SearchHitKind]
