"""Personal data in bodies and answers."""

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct

from stampbook.dialects.amounts import Written
from stampbook.dialects.amounts import write as write_amount
from stampbook.dialects.native import ids
from stampbook.dialects.native.audit.wire import AuditShape
from stampbook.dialects.native.events.wire import FeedEventShape
from stampbook.dialects.native.loyalty.wire.orders import OrderShape
from stampbook.dialects.native.loyalty.wire.purchases import PurchaseShape
from stampbook.dialects.native.webhooks.wire import DeliveryShape
from stampbook.dialects.native.wire.lots import LotShape
from stampbook.dialects.native.wire.merging import MergeShape
from stampbook.dialects.native.wire.programs import AccountShape, MemberShape
from stampbook.dialects.native.wire.transactions import TransactionShape, transaction_id
from stampbook.dialects.native.wire.values import Instant, Text
from stampbook.dialects.native.wire.visits import VisitShape
from stampbook.privacy.erasing import Forfeited


class IdentityShape(Struct, frozen=True):
    """What finds a person: `type` is external_id, email, phone or card_number, and `id` that of the
    member or the account."""

    type: str
    value: str
    id: str


class ExportShape(Struct, frozen=True):
    """All that is kept about a person: `members` are the member, and those merged into them.

    `events` are those of the feed, and `deliveries` what was sent of them, with all attempts.
    `records` are rows of further tables, by table, as they are stored: numbers instead of ids, and
    instants in microseconds UTC.
    """

    exported_at: Instant
    member: MemberShape
    members: Sequence[MemberShape]
    identities: Sequence[IdentityShape]
    accounts: Sequence[AccountShape]
    lots: Sequence[LotShape]
    transactions: Sequence[TransactionShape]
    orders: Sequence[OrderShape]
    visits: Sequence[VisitShape]
    purchases: Sequence[PurchaseShape]
    merges: Sequence[MergeShape]
    events: Sequence[FeedEventShape]
    deliveries: Sequence[DeliveryShape]
    audit: Sequence[AuditShape]
    records: Mapping[str, Sequence[Mapping[str, Any]]]


class EraseBody(Struct, frozen=True, forbid_unknown_fields=True):
    """Why a person is erased; `forfeit`: also if they have points or debts, which end."""

    reason: Text
    forfeit: bool = False


class ForfeitedShape(Struct, frozen=True):
    """What an account has lost: points that expired, and a debt that was written off."""

    account_id: str
    currency_id: str
    amount: Written
    deficit: Written
    transaction_ids: Sequence[str]


class ErasedShape(Struct, frozen=True):
    """What erasing came to: `member_ids` are all that the person was; `texts` is how many texts
    went; null of a dry run."""

    member: MemberShape
    member_ids: Sequence[str]
    forfeited: Sequence[ForfeitedShape]
    texts: int | None


def forfeited_shape(lost: Forfeited) -> ForfeitedShape:
    return ForfeitedShape(
        ids.write(ids.ACCOUNT, lost.account.account_id),
        ids.write(ids.CURRENCY, lost.account.currency_id),
        write_amount(lost.points, lost.scale),
        write_amount(lost.debt, lost.scale),
        [transaction_id(row.account, row.seq) for row in lost.rows],
    )
