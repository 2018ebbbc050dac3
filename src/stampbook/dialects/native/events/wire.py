"""Events as they are answered and sent, and the data of each type.

The bytes of an event never change, so a field that is added to one of these shapes, or to a shape
that they have, must be left out of events that were recorded before it.
"""

from collections.abc import Sequence
from typing import Annotated, Any, Final

from msgspec import UNSET, Meta, Raw, Struct, UnsetType, field

from stampbook.dialects.amounts import Written
from stampbook.dialects.native.loyalty.wire.cascades import StepShape
from stampbook.dialects.native.loyalty.wire.events import GrantedShape
from stampbook.dialects.native.loyalty.wire.orders import OrderRefundShape, OrderShape
from stampbook.dialects.native.loyalty.wire.purchases import PurchaseShape
from stampbook.dialects.native.loyalty.wire.rules import AwardShape
from stampbook.dialects.native.loyalty.wire.tiers import Cause, TierShape
from stampbook.dialects.native.wire.approvals import ApprovalShape
from stampbook.dialects.native.wire.lots import LotShape
from stampbook.dialects.native.wire.programs import (
    AccountShape,
    CurrencyShape,
    MemberShape,
    ProgramShape,
)
from stampbook.dialects.native.wire.transactions import TransactionShape, TransactionStatus
from stampbook.dialects.native.wire.values import Instant
from stampbook.events import types
from stampbook.verifying.anchor_lines import Anchor

Names = Annotated[Sequence[str], Meta(description="The fields that have changed")]
Document = Annotated[Raw, Meta(extra_json_schema={"type": "object"})]


class EventBalance(Struct, frozen=True):
    """What the member has after the transaction."""

    active: Written
    pending: Written
    held: Written
    total: Written
    deficit: Written


class OriginalShape(Struct, frozen=True):
    """What was cancelled or released, as it is after that."""

    id: str
    type: str
    amount: Written
    status: TransactionStatus
    cancelled_amount: Written


class CreatedData(Struct, frozen=True):
    transaction: TransactionShape
    balance: EventBalance


class CancelledData(Struct, frozen=True):
    """`transaction` is the cancel."""

    transaction: TransactionShape
    original: OriginalShape
    balance: EventBalance


class ReleasedData(Struct, frozen=True):
    """`by_clock`: its deadline was over."""

    transaction: TransactionShape
    by_clock: bool
    original: OriginalShape
    balance: EventBalance


class LotData(Struct, frozen=True):
    """`amount` of the lot's points; `by_clock`: they were due."""

    lot: LotShape
    amount: Written
    by_clock: bool
    transaction_id: str
    balance: EventBalance


class AwardData(Struct, frozen=True):
    award: AwardShape


class AccountData(Struct, frozen=True):
    account: AccountShape


class MemberData(Struct, frozen=True):
    member: MemberShape


class MemberChangedData(Struct, frozen=True):
    member: MemberShape
    changed: Names


class MemberMergedData(Struct, frozen=True):
    """`into`: the member who has the points now."""

    member: MemberShape
    into: str


class ErasedMember(Struct, frozen=True):
    id: str


class MemberErasedData(Struct, frozen=True):
    member: ErasedMember


class ProgramData(Struct, frozen=True):
    program: ProgramShape
    changed: Names


class CurrencyData(Struct, frozen=True):
    currency: CurrencyShape
    changed: Names


class OrderData(Struct, frozen=True):
    order: OrderShape


class OrderTakenData(Struct, frozen=True):
    """`refund` is what was taken back, and `cascade` what has followed from it; not there for an
    order that was cancelled before it was paid."""

    order: OrderShape
    refund: OrderRefundShape | UnsetType = UNSET
    cascade: Sequence[StepShape] | UnsetType = UNSET


class GrantData(Struct, frozen=True):
    grant: GrantedShape


class TierChangeShape(Struct, frozen=True):
    """A standing in a group: `tier_id` (null: no tier) after `from_tier_id`. Until `ends_at` the
    tier is kept whatever the count; `points` is what was counted."""

    tier_group_id: str
    tier_id: str | None
    from_tier_id: str | None
    entered_at: Instant
    ends_at: Instant | None
    points: Written
    transaction_id: str | None


class TierData(Struct, frozen=True):
    """`from` and `to` are the tiers (null: none); `cause` is why it has changed."""

    tier: TierChangeShape
    former: TierShape | None = field(name="from")
    present: TierShape | None = field(name="to")
    cause: Cause


class PurchaseData(Struct, frozen=True):
    purchase: PurchaseShape


class ApprovalData(Struct, frozen=True):
    approval: ApprovalShape


class ImportData(Struct, frozen=True):
    import_: Document = field(name="import")


class ExportData(Struct, frozen=True):
    export: Document


class DisabledWebhook(Struct, frozen=True):
    id: str
    url: str
    disabled_reason: str


class WebhookData(Struct, frozen=True):
    webhook: DisabledWebhook


class AnchorData(Struct, frozen=True):
    anchor: Anchor


class NoData(Struct, frozen=True):
    pass


DATA: Final[dict[str, Any]] = {
    types.CREATED: CreatedData,
    types.CANCELLED: CancelledData,
    types.RESTORED: CancelledData,
    types.RELEASED: ReleasedData,
    types.ACTIVATED: LotData,
    types.EXPIRED: LotData,
    types.AWARDED: AwardData,
    "account.opened": AccountData,
    "account.closed": AccountData,
    "member.created": MemberData,
    "member.updated": MemberChangedData,
    "member.deleted": MemberData,
    "member.merged": MemberMergedData,
    "member.erased": MemberErasedData,
    "program.updated": ProgramData,
    "currency.updated": CurrencyData,
    "order.paid": OrderData,
    "order.refunded": OrderTakenData,
    "order.cancelled": OrderTakenData,
    "grant.created": GrantData,
    "tier.changed": TierData,
    "purchase.created": PurchaseData,
    "purchase.refunded": PurchaseData,
    "approval.requested": ApprovalData,
    "approval.decided": ApprovalData,
    "import.finished": ImportData,
    "export.finished": ExportData,
    "webhook.disabled": WebhookData,
    "anchor.created": AnchorData,
    types.TEST: NoData,
}
"""By type."""


class FeedEventShape(Struct, frozen=True):
    """An event. `data` is what its type says (`GET /v1/event_types`). `sequence` is the number of
    the row in the account's journal; null where the event is none of a movement."""

    id: str
    type: str
    timestamp: Instant
    program_id: str | None
    member_id: str | None
    account_id: str | None
    sequence: int | None
    data: Document


class FeedShape(Struct, frozen=True):
    """`next_cursor` is never null: send it again for what comes later. `has_more`: more may be
    there already."""

    data: Sequence[Annotated[Raw, Meta(extra_json_schema={"type": "object"})]]
    next_cursor: str
    has_more: bool


class EventTypeShape(Struct, frozen=True):
    """`data_schema` is the JSON schema of `data`. `in_feed`: false for what only webhooks get."""

    name: str
    description: str
    in_feed: bool
    data_schema: Document


class EventTypesShape(Struct, frozen=True):
    data: Sequence[EventTypeShape]
