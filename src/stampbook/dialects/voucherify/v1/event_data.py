"""What the vendor's webhooks say of a row of a card, by the printers of v1."""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from stampbook.dialects.spelling.voucherify import Prefix, spell, spell_bucket
from stampbook.dialects.voucherify.core.points.buckets import expiring, waiting_of
from stampbook.dialects.voucherify.core.points.transactions import Entry, Type
from stampbook.dialects.voucherify.core.times import stamp
from stampbook.dialects.voucherify.v1.cards import Voucher
from stampbook.dialects.voucherify.v1.origins import origin
from stampbook.dialects.voucherify.v1.pending import SUBJECT
from stampbook.dialects.voucherify.v1.redemptions import (
    kept_of,
    print_redemption,
    print_rollback,
)
from stampbook.dialects.voucherify.v1.transactions import (
    TRANSFERS,
    TYPES,
    Printed,
    balance_of,
    print_alone,
    spending_of,
)
from stampbook.domain.model import FOREVER, Kind, Lot, split_number, transaction_number
from stampbook.events import types
from stampbook.events.model import Event
from stampbook.events.movements import moved, named

Json = dict[str, Any]


class Said(NamedTuple):
    """One of the vendor's events: its type, its data, and the id of what it is about."""

    type: str
    data: Json
    entity: str


CARD: Final = "voucher.loyalty_card."
CREATED: Final = f"{CARD}transaction.created"
PENDING: Final = f"{CARD}pending_points."

ADDED: Final = frozenset({Type.ADMIN_CREDIT, Type.POINTS_EARNED, Type.POINTS_PURCHASED})
SPENT: Final = frozenset({Type.POINTS_SPENT_ON_REWARD, Type.POINTS_SPENT_ON_ORDER})

OF_TRANSACTION: Final = (
    "transaction", "voucher", "campaign", "holder", "holder_loyalty_tier", "balance", "order",
    "event", "earning_rule", "segment", "loyalty_tier", "redemption", "rollback", "reward",
    "custom_event", "source_voucher", "destination_voucher",
)  # fmt: skip
"""All that a transaction's event can be about; what it is not about is null."""


class Card(NamedTuple):
    """A card with all that its events show of it."""

    voucher: Voucher
    shown: Json
    campaign: Json
    customer: Json
    others: Mapping[int, Json]
    """The other cards of transfers, by account."""


def of_row(event: Event, card: Card, printed: Printed, entry: Entry) -> list[Said]:
    """The vendor's events of an event of a row."""
    said = _first(event, card, printed, entry)
    # A row has one event `transaction.created`, with the first event that we have of the row.
    is_listed = printed.type in TYPES or printed.row.kind in TRANSFERS
    is_first = (event.type, event.lot) == named(printed.row)[0]
    if is_first and is_listed:
        said.append(_said(card, CREATED, _transaction_data(card, printed, entry)))
    return said


def _said(card: Card, name: str, data: Json) -> Said:
    return Said(name, data, card.voucher.id)


def _first(event: Event, card: Card, printed: Printed, entry: Entry) -> list[Said]:
    """What the vendor has beside the transaction."""
    row, type_ = printed.row, printed.type
    if event.type == types.EXPIRED:
        data = _expired_data(card, printed, entry, event.lot)
        return [_said(card, f"{CARD}points_expired", data)]
    if event.type == types.ACTIVATED:
        amount = moved(row, types.ACTIVATED)[event.lot]
        data = _pending_data(event, card, printed, entry, event.lot, amount)
        return [_said(card, f"{PENDING}activated", data)]
    if (event.type, event.lot) != named(row)[0] or row.kind in TRANSFERS:
        return []  # what a cancel or a release did is said with the row
    if type_ in ADDED and row.effect > 0:
        return [_said(card, f"{CARD}points_added", _added_data(card, printed))]
    if type_ in SPENT:
        data = {**print_redemption(card.voucher, row), **_whose(card)}
        return [_said(card, "redemption.succeeded", data)]
    if type_ is Type.POINTS_RETURNED and row.kind is Kind.CANCEL:
        root = spell(Prefix.REDEMPTION, printed.redemption)
        data = {**print_rollback(card.voucher, row, root, kept_of(entry.root)), **_whose(card)}
        return [_said(card, "redemption.rollback.succeeded", data)]
    if type_ in (Type.PENDING_POINTS_ADDED, Type.PENDING_POINTS_CANCELED):
        return _pending(event, card, printed, entry)
    return []


def _whose(card: Card) -> Json:
    return {
        "channel": {"channel_id": None, "channel_type": "API"},
        "customer": card.customer,
        "voucher": card.shown,
    }


def _added_data(card: Card, printed: Printed) -> Json:
    by_hand = printed.type is Type.ADMIN_CREDIT
    balance = {**balance_of(printed), "operation_type": "MANUAL" if by_hand else "AUTOMATIC"}
    return {
        "voucher": card.shown,
        "balance": balance,
        "campaign": card.campaign,
        "customer": card.customer,
    }


def _pending(event: Event, card: Card, printed: Printed, entry: Entry) -> list[Said]:
    """Points that wait were added, or cancelled; either can have changed an entry that was there
    before, and is there still."""
    row = printed.row
    lots = sorted({each.lot for each in row.postings if each.lot})
    if not lots:
        return []
    amount = sum(each.amount for each in row.postings if each.lot)
    word = "added"
    if printed.type is Type.PENDING_POINTS_CANCELED:
        remains = any(lot.pending for number, lot in entry.lots.items() if number in lots)
        word = "updated" if remains else "canceled"
    elif (row.subject or "").startswith(SUBJECT):
        word = "updated"
    data = _pending_data(event, card, printed, entry, lots[0], amount)
    return [_said(card, f"{PENDING}{word}", data)]


def _pending_data(
    event: Event, card: Card, printed: Printed, entry: Entry, number: int, amount: int
) -> Json:
    assert event.row is not None
    row, voucher = printed.row, card.voucher
    spending = spending_of(printed)
    return {
        "customer": card.customer,
        "campaign": card.campaign,
        "voucher": card.shown,
        "voucher_pending_points_balance": {
            "points": amount if printed.type is Type.PENDING_POINTS_ADDED else -amount,
            "total": event.row.sums.pending,
            "object": "balance",
            "related_object": voucher.related(),
            "operation_type": "AUTOMATIC" if row.by_clock else "MANUAL",
        },
        "order": _order(entry),
        "redemption": spending.get("redemption"),
        "pending_points": _entry(voucher, entry, entry.lots[number], amount),
    }


def _entry(voucher: Voucher, entry: Entry, lot: Lot, amount: int) -> Json:
    """The entry of pending points that a lot is."""
    deadline = FOREVER if entry.movement is None else entry.movement.deadline_at
    number = transaction_number(account=voucher.card.account, seq=lot.seq)
    return {
        "id": spell(Prefix.PENDING_ENTRY, number),
        "voucher_id": voucher.id,
        "campaign_id": voucher.campaign_id,
        "customer_id": voucher.member.customer_id,
        "points": amount,
        "activates_at": waiting_of(voucher.card.policy, lot, deadline).date.isoformat(),
        **origin(entry.award),
        "created_at": stamp(lot.created_at),
        "updated_at": None,
    }


def _expired_data(card: Card, printed: Printed, entry: Entry, number: int) -> Json:
    voucher, lot = card.voucher, entry.lots[number]
    points = moved(printed.row, types.EXPIRED)[number]
    policy = voucher.card.policy
    expires = expiring(
        expires_at=lot.expires_at,
        sliding=lot.sliding,
        rule=policy.expiry.type,
        timezone=policy.timezone,
    )
    has_date = expires.date is not None
    bucket = spell_bucket(expires.bucket(voucher.card.account), Prefix.POINTS_ENTRY)
    return {
        "voucher": card.shown,
        "points": points,
        "campaign": card.campaign,
        "customer": card.customer,
        "buckets": [
            {
                "id": bucket,
                "voucher_id": voucher.id,
                "campaign_id": voucher.campaign_id,
                "bucket": {"total_points": points},
                "status": "ACTIVE",
                "expires_at": expires.date.isoformat() if expires.date and has_date else None,
                "created_at": stamp(lot.created_at),
                "object": "loyalty_points_bucket",
            }
        ],
        "transaction": print_alone(printed, {}),
    }


def _transaction_data(card: Card, printed: Printed, entry: Entry) -> Json:
    row, spending = printed.row, spending_of(printed)
    particulars: Json = dict(spending)
    if row.kind in TRANSFERS:
        mine = {"id": card.voucher.id, "code": card.voucher.code}
        other = card.others[split_number(row.peer)[0]]
        incoming = row.kind is Kind.TRANSFER_IN
        particulars["source_voucher"] = other if incoming else mine
        particulars["destination_voucher"] = mine if incoming else other
    award, kept = entry.award, kept_of(entry.root)
    about: Json = {
        **particulars,
        "transaction": print_alone(printed, particulars),
        "voucher": card.shown,
        "campaign": card.campaign,
        "holder": card.customer,
        "balance": balance_of(printed),
        "order": _order(entry),
        "earning_rule": None
        if award is None
        else {"id": spell(Prefix.EARNING_RULE, award.rule), "name": award.rule_name},
        "reward": {"id": kept["reward"], "object": "reward"} if kept["reward"] else None,
    }
    return {name: about.get(name) for name in OF_TRANSACTION}


def _order(entry: Entry) -> Json | None:
    """The order that a row paid or was earned by, or what a client had said of it."""
    number = entry.order
    if number is None and entry.award is not None:
        number = entry.award.order
    if number is not None:
        return {"id": spell(Prefix.ORDER, number), "object": "order"}
    found = kept_of(entry.root)["order"]
    return found if isinstance(found, dict) else None
