"""Rows of the journal as card transactions."""

from enum import StrEnum
from typing import Any, Final, NamedTuple

import msgspec

from stampbook.dialects.spelling.voucherify import (
    Prefix,
    spell,
    spell_bucket,
    spell_earning,
)
from stampbook.dialects.voucherify.core.points.buckets import Expiring, expiring, waiting
from stampbook.dialects.voucherify.core.points.lifetime import (
    ADDED,
    SUBTRACTED,
    Flow,
    Root,
    flow_of,
)
from stampbook.dialects.voucherify.core.times import NEVER, stamp
from stampbook.domain.model import (
    CREDITS,
    DEBITS,
    Kind,
    Lot,
    Movement,
    Status,
    Transaction,
    transaction_number,
)
from stampbook.domain.policy import Policy
from stampbook.loyalty.rewards.model import Purchase
from stampbook.loyalty.rewards.purchases import purchase_of

REWARD_SUBJECT: Final = "voucherify:reward"
"""The subject of a spending on a reward; other spendings count as paid orders."""


class Type(StrEnum):
    ADMIN_CREDIT = "ADMIN_CREDIT"
    ADMIN_DEBIT = "ADMIN_DEBIT"
    ADMIN_POINTS_EXPIRATION = "ADMIN_POINTS_EXPIRATION"
    POINTS_EARNED = "POINTS_EARNED"
    POINTS_SPENT_ON_REWARD = "POINTS_SPENT_ON_REWARD"
    POINTS_SPENT_ON_ORDER = "POINTS_SPENT_ON_ORDER"
    POINTS_REFUNDED = "POINTS_REFUNDED"
    POINTS_RETURNED = "POINTS_RETURNED"
    POINTS_EXPIRED = "POINTS_EXPIRED"
    POINTS_PURCHASED = "POINTS_PURCHASED"
    POINTS_PURCHASE_REVERSED = "POINTS_PURCHASE_REVERSED"
    PENDING_POINTS_ADDED = "PENDING_POINTS_ADDED"
    PENDING_POINTS_ACTIVATED = "PENDING_POINTS_ACTIVATED"
    PENDING_POINTS_CANCELED = "PENDING_POINTS_CANCELED"


BY_CLOCK: Final = {
    Type.PENDING_POINTS_ACTIVATED: "Automatic points activation",
    Type.PENDING_POINTS_CANCELED: "Automatic points cancellation",
    Type.POINTS_EXPIRED: "Points expired automatically",
}
"""The reasons of what the clock does."""

UNSAID: Final = {
    Type.POINTS_SPENT_ON_REWARD: "Points spent on reward",
    Type.POINTS_SPENT_ON_ORDER: "Points spent on order payment",
    Type.POINTS_REFUNDED: "Points revoked after refund",
}
"""The reasons of rows that were written without one."""


PURCHASED: Final = "Points purchased"
"""The reason of bought points; their row has that of the purchase."""


class Place(NamedTuple):
    """Whose card it is: what every transaction and bucket repeats, and how its points live."""

    program: int
    member: int
    account: int
    definition: int
    customer_id: str
    policy: Policy

    def ids(self) -> dict[str, str]:
        return {
            "card_id": spell(Prefix.CARD, self.account),
            "program_id": spell(Prefix.PROGRAM, self.program),
            "member_id": spell(Prefix.MEMBER, self.member),
            "card_definition_id": spell(Prefix.CARD_DEFINITION, self.definition),
            "card_type": "INDIVIDUAL",
        }


class Award(NamedTuple):
    """What an accrual was given for: the number of the event, and the rule that gave it. `program`
    and `rule_name` are the names of both now; `serial` names the rule's earning on the wire.
    `kind` is the event's, `order` the number of its order, and `source` the order's source id."""

    event: int
    rule: int
    program: str
    rule_name: str
    serial: int | None
    kind: str | None = None
    happened_at: int | None = None
    order: int | None = None
    source: str | None = None


class Entry(NamedTuple):
    """A row of the journal with what it takes to print it.

    `root` is the original that it goes back to, `movement` is what has become of an original,
    `lots` those that its postings name, by number. `purchase` is that of a reward which the row
    belongs to, `refund` the number of its refund that the row is of. `order` is the number of the
    order that the row paid for, `payment` that of the payment. `award` is what a rule gave.
    """

    row: Transaction
    root: Transaction
    movement: Movement | None
    lots: dict[int, Lot]
    purchase: Purchase | None = None
    refund: int | None = None
    order: int | None = None
    payment: int | None = None
    award: Award | None = None


def type_of(row: Transaction, root: Transaction | Root, flow: Flow) -> Type:
    """What the wire calls a row; commits and releases of holds are not printed."""
    if row.kind in DEBITS:
        return _debit_type(row)
    if row.kind is Kind.EXPIRE:
        return Type.POINTS_EXPIRED if row.by_clock else Type.ADMIN_POINTS_EXPIRATION
    if row.kind in (Kind.ACTIVATE, Kind.COMMIT):
        return Type.PENDING_POINTS_ACTIVATED
    takes_back = row.kind is Kind.RELEASE or row.link % 2 == 1
    if root.kind in DEBITS:
        return Type.POINTS_RETURNED if takes_back else _debit_type(root)
    if flow.pending:
        return Type.PENDING_POINTS_CANCELED if takes_back else Type.PENDING_POINTS_ADDED
    if root.kind in ADDED:
        return Type.ADMIN_DEBIT if takes_back else Type.ADMIN_CREDIT
    if purchase_of(root.subject) is not None:
        return Type.POINTS_PURCHASE_REVERSED if takes_back else Type.POINTS_PURCHASED
    return Type.POINTS_REFUNDED if takes_back else Type.POINTS_EARNED


def _debit_type(row: Transaction | Root) -> Type:
    if row.kind in SUBTRACTED:
        return Type.ADMIN_DEBIT
    subject = row.subject or ""
    if subject.startswith(REWARD_SUBJECT) or purchase_of(subject) is not None:
        return Type.POINTS_SPENT_ON_REWARD
    return Type.POINTS_SPENT_ON_ORDER


def print_created(place: Place, entry: Entry) -> dict[str, Any]:
    """The transaction as the call that made it answers: not processed yet."""
    return _print(place, entry, status="PENDING", updated_at=None)


def print_recorded(place: Place, entry: Entry) -> dict[str, Any]:
    """The transaction as every later read tells it."""
    return _print(place, entry, status=_status(entry), updated_at=stamp(entry.row.recorded_at))


def _status(entry: Entry) -> str:
    """A hold is being processed until it is committed, and rejected when released."""
    if entry.row.kind is Kind.HOLD and entry.movement is not None:
        if entry.movement.status is Status.RELEASED:
            return "REJECTED"
        if entry.movement.status is Status.TEMPORARY and entry.movement.remaining:
            return "PROCESSING"
    return "APPROVED"


def _print(place: Place, entry: Entry, *, status: str, updated_at: str | None) -> dict[str, Any]:
    row = entry.row
    flow = flow_of(row)
    type_ = type_of(row, entry.root, flow)
    return {
        "id": spell(Prefix.TRANSACTION, row.number),
        **place.ids(),
        "type": type_,
        "details": {
            "reason": _reason(entry, type_),
            "rejection": None,
            "metadata": _metadata(place, entry, type_),
            **_particulars(place, entry, type_, flow),
        },
        "status": status,
        "created_at": stamp(row.recorded_at),
        "updated_at": updated_at,
        "object": "card_transaction",
    }


GIVEN: Final = (Type.POINTS_EARNED, Type.PENDING_POINTS_ADDED)


def _reason(entry: Entry, type_: Type) -> str | None:
    row, award = entry.row, entry.award
    if row.by_clock:
        return BY_CLOCK[type_]
    if type_ is Type.POINTS_PURCHASED:
        return PURCHASED
    if row.reason is not None:
        return row.reason
    if award is not None and type_ in GIVEN:
        return f"{award.program} / {award.rule_name}"
    if award is not None and type_ is Type.PENDING_POINTS_CANCELED:
        return UNSAID[Type.POINTS_REFUNDED]
    return UNSAID.get(type_)


def _metadata(place: Place, entry: Entry, type_: Type) -> dict[str, Any]:
    """What is noted of the row; of what a rule gave, the event and the rule."""
    award = entry.award
    if award is None or type_ not in GIVEN:
        return msgspec.json.decode(entry.row.metadata) if entry.row.metadata else {}
    found = {
        "event_id": spell(Prefix.CUSTOM_EVENT, award.event),
        "member_id": spell(Prefix.MEMBER, place.member),
        "program_id": spell(Prefix.PROGRAM, place.program),
        "earning_rule_id": spell(Prefix.EARNING_RULE, award.rule),
    }
    if award.serial is not None:
        found["earning_item_id"] = spell_earning(award.rule, award.serial)
    return found


def _particulars(place: Place, entry: Entry, type_: Type, flow: Flow) -> dict[str, Any]:
    """What a transaction's details hold by its type."""
    row = entry.row
    match type_:
        case (
            Type.PENDING_POINTS_ADDED | Type.PENDING_POINTS_ACTIVATED | Type.PENDING_POINTS_CANCELED
        ):
            return {"points": _pending_points(place, entry, abs(flow.pending))}
        case Type.ADMIN_CREDIT | Type.POINTS_EARNED:
            total = row.amount if row.kind in CREDITS else row.effect + flow.expired
            day = _terms_expiry(place, entry.root).date
            return {"points": {"total": total, "expiration_date": day and day.isoformat()}}
        case Type.ADMIN_DEBIT:
            total = row.effect if row.kind is Kind.CANCEL and row.link % 2 else -row.amount
            return {"points": {"total": total}}
        case Type.POINTS_REFUNDED:
            return {"points": {"total": -row.effect}}
        case Type.POINTS_EXPIRED:
            buckets = _expired_buckets(place, entry)
            return {
                "points": {"total": row.amount},
                "date": buckets[0]["expiration_date"],
                "buckets": buckets,
            }
        case Type.ADMIN_POINTS_EXPIRATION:
            return {"bucket": _bucket(place, entry)}
        case Type.POINTS_RETURNED:
            return _returned(place, entry, row.amount)
        case Type.POINTS_PURCHASE_REVERSED:
            return _returned(place, entry, -row.effect)
        case Type.POINTS_PURCHASED:
            return _purchased(place, entry, row.amount)
        case Type.POINTS_SPENT_ON_REWARD:
            return {"points": {"total": row.amount}, **_spent_on(entry.purchase)}
        case Type.POINTS_SPENT_ON_ORDER:
            return {
                "points": {"total": row.amount},
                "order": entry.order and _link(Prefix.ORDER, entry.order),
                "order_transaction": entry.payment
                and _link(Prefix.ORDER_TRANSACTION, entry.payment),
            }


def _pending_points(place: Place, entry: Entry, total: int) -> dict[str, Any]:
    """Of a bucket: how much, and when its points were or are to become available."""
    terms = entry.root.terms[0]
    waits = waiting(
        activates_at=terms.activates_at,
        deadline_at=entry.root.deadline_at,
        locked=terms.locked,
        rule=place.policy.pending.type,
        timezone=place.policy.timezone,
    )
    return {"total": total, "date": waits.date.isoformat(), "type": waits.type}


def _terms_expiry(place: Place, root: Transaction) -> Expiring:
    """When the points of an accrual expire, by the dates they were born with."""
    if not root.terms:
        return Expiring(None, "NO_EXPIRATION")
    terms = root.terms[0]
    return expiring(
        expires_at=terms.expires_at,
        sliding=terms.sliding,
        rule=place.policy.expiry.type,
        timezone=place.policy.timezone,
    )


def _lot_expiry(place: Place, lot: Lot, at: int | None = None) -> Expiring:
    return expiring(
        expires_at=lot.expires_at if at is None else at,
        sliding=lot.sliding,
        rule=place.policy.expiry.type,
        timezone=place.policy.timezone,
    )


def _expired_buckets(place: Place, entry: Entry) -> list[dict[str, Any]]:
    """What expired by the clock: its lots, at the instant of the row."""
    return [
        _print_bucket(
            place,
            _lot_expiry(place, entry.lots[posting.lot], entry.row.recorded_at),
            posting.amount,
        )
        for posting in entry.row.postings
    ]


def _bucket(place: Place, entry: Entry) -> dict[str, Any]:
    """What an operator expired: lots of one date."""
    expires = _lot_expiry(place, entry.lots[entry.row.postings[0].lot])
    return _print_bucket(place, expires, entry.row.amount)


def _print_bucket(place: Place, expires: Expiring, total: int) -> dict[str, Any]:
    return {
        "id": spell_bucket(expires.bucket(place.account)),
        "points": {"total": total},
        "expiration_date": (expires.date or NEVER).isoformat(),
        "expiration_type": expires.type,
    }


def _spent_on(bought: Purchase | None) -> dict[str, Any]:
    """The reward that points were spent on, and the card on which it put points."""
    if bought is None:
        links = ("reward", "reward_transaction", "target_card", "purchase_transaction")
        return dict.fromkeys(links)
    target = accrued = None
    if bought.target_account_id is not None and bought.target_seq is not None:
        target = _link(Prefix.CARD, bought.target_account_id)
        accrued = _row_link(bought.target_account_id, bought.target_seq)
    return {
        "reward": _link(Prefix.REWARD, bought.reward_id),
        "reward_transaction": _link(Prefix.REWARD_TRANSACTION, bought.purchase_id),
        "target_card": target,
        "purchase_transaction": accrued,
    }


def _purchased(place: Place, entry: Entry, total: int) -> dict[str, Any]:
    """Points that a reward put on the card, and the spending that paid for them."""
    expires, bought = _terms_expiry(place, entry.root), entry.purchase
    day = expires.date
    return {
        "points": {
            "total": total,
            "expiration_date": day and day.isoformat(),
            "expiration_type": expires.type,
        },
        "reward": bought and _link(Prefix.REWARD, bought.reward_id),
        "reward_transaction": bought and _link(Prefix.REWARD_TRANSACTION, bought.purchase_id),
        "card_transaction": bought and _row_link(bought.account_id, bought.seq),
    }


def _returned(place: Place, entry: Entry, total: int) -> dict[str, Any]:
    """Spent points that were given back, or bought ones that were taken back, and the row that
    they are of."""
    bought = entry.purchase
    return {
        "points": {"total": total, "expiration_date": None, "expiration_type": None},
        "reward": bought and _link(Prefix.REWARD, bought.reward_id),
        "reward_transaction": entry.refund and _link(Prefix.REWARD_TRANSACTION, entry.refund),
        "purchase": {
            "card_transaction": _row_link(place.account, entry.root.seq),
            "reward_transaction": bought and _link(Prefix.REWARD_TRANSACTION, bought.purchase_id),
        },
    }


def _link(prefix: Prefix, number: int) -> dict[str, str]:
    return {"id": spell(prefix, number)}


def _row_link(account: int, seq: int) -> dict[str, str]:
    return _link(Prefix.TRANSACTION, transaction_number(account=account, seq=seq))
