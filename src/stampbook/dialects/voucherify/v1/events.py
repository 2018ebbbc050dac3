"""Events in the words of the vendor's webhooks (v2024-01-01): which there are of each event of
ours, and their `data` by the printers of v1.

A body shows cards as they are when it is printed, as v1 does; a delivery keeps the bytes.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

import msgspec

from stampbook.dialects.spelling.voucherify import Prefix, spell, spell_bucket
from stampbook.dialects.voucherify.core.calls import Reading, Remembered
from stampbook.dialects.voucherify.core.people.customers import by_id, print_customer
from stampbook.dialects.voucherify.core.points.buckets import expiring, waiting_of
from stampbook.dialects.voucherify.core.points.entries import read_entries
from stampbook.dialects.voucherify.core.points.transactions import Entry, Type
from stampbook.dialects.voucherify.core.rows import find_seat
from stampbook.dialects.voucherify.core.times import stamp
from stampbook.dialects.voucherify.v1.cards import Voucher, print_voucher
from stampbook.dialects.voucherify.v1.pending import SUBJECT
from stampbook.dialects.voucherify.v1.reading import print_campaign
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
    totals_of,
)
from stampbook.domain.model import FOREVER, Kind, Lot, split_number, transaction_number
from stampbook.events import types
from stampbook.events.model import Event
from stampbook.events.movements import moved, named
from stampbook.events.values import read_value
from stampbook.loyalty.tiers.groups import Tier
from stampbook.loyalty.tiers.heralding import TierChanged
from stampbook.storage.store import Store

Json = dict[str, Any]


class Said(NamedTuple):
    """One of the vendor's events: its type, its data, and the id of what it is about."""

    type: str
    data: Json
    entity: str


class Reader(NamedTuple):
    """What is printed from, for nobody who asks."""

    store: Store
    tenant: int
    remembered: Remembered


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

OF_MEMBERS: Final = {
    "member.created": "customer.created",
    "member.updated": "customer.updated",
    "member.deleted": "customer.deleted",
}


async def say(reading: Reading, events: Sequence[Event]) -> list[list[Said]]:
    """The vendor's events of each event, in order; none of what the vendor does not have."""
    cards: dict[int, _Card | None] = {}
    printed: dict[int, tuple[Printed, Entry]] = {}
    await _read(reading, events, cards, printed)
    found = []
    for event in events:
        if event.row is None:
            found.append(await _of_no_row(reading, event))
            continue
        row = event.row.row
        card = cards[row.account]
        found.append([] if card is None else _of_row(event, card, *printed[row.number]))
    return found


class _Card(NamedTuple):
    """A card with all that its events show of it."""

    voucher: Voucher
    shown: Json
    campaign: Json
    customer: Json
    others: Mapping[int, Json]
    """The other cards of transfers, by account."""


async def _read(
    reading: Reading,
    events: Sequence[Event],
    cards: dict[int, _Card | None],
    printed: dict[int, tuple[Printed, Entry]],
) -> None:
    """The cards and the rows of the events, card by card."""
    rows = {each.row.row.number: each for each in events if each.row is not None}
    by_account: dict[int, list[Event]] = {}
    for each in rows.values():
        by_account.setdefault(each.account or 0, []).append(each)
    campaigns: dict[int, Json] = {}
    for account, own in by_account.items():
        cards[account] = card = await _card(reading, own, campaigns)
        if card is None:
            continue
        seqs = [each.row.row.seq for each in own if each.row is not None]
        entries = await read_entries(reading, account, seqs)
        totals = await totals_of(reading, account, seqs)
        for seq in seqs:
            entry = entries[seq]
            shown = Printed(entry.row, entry.root, card.voucher, totals[seq])
            printed[entry.row.number] = shown, entry


async def _card(
    reading: Reading, events: Sequence[Event], campaigns: dict[int, Json]
) -> _Card | None:
    """The account of the events as a card; None: it is none."""
    first = events[0]
    seat = await find_seat(
        reading.store,
        tenant=reading.tenant,
        program=first.program or 0,
        member=first.member or 0,
        account=first.account or 0,
        removed=True,
    )
    if seat.program is None or seat.member is None or seat.card is None:
        return None
    program = seat.program.program_id
    if program not in campaigns:
        campaigns[program] = await print_campaign(reading, seat.program)
    voucher = Voucher(seat.program, seat.member, seat.card)
    peers = {
        split_number(each.row.row.peer)[0]
        for each in events
        if each.row is not None and each.row.row.kind in TRANSFERS
    }
    return _Card(
        voucher,
        await print_voucher(reading, voucher),
        campaigns[program],
        await _customer(reading, seat.member.customer_id),
        {each: await _brief(reading, each) for each in peers},
    )


async def _customer(reading: Reading, name: str) -> Json:
    """The customer in short."""
    found = await by_id(reading.store, name, tenant=reading.tenant, program=None)
    if found is None:
        return {"id": name, "object": "customer"}
    return {
        "id": name,
        "name": found.name,
        "email": found.email,
        "source_id": found.source_id,
        "metadata": msgspec.json.decode(found.metadata),
        "object": "customer",
    }


async def _brief(reading: Reading, account: int) -> Json:
    """Another card of a transfer, whether or not it still is somebody's."""
    name = spell(Prefix.VOUCHER, account)
    row = await reading.store.fetch_one(
        "SELECT number FROM accounts WHERE shard = $1 AND account_id = $2 AND tenant_id = $3",
        account % reading.store.shards,
        account,
        reading.tenant,
    )
    return {"id": name, "code": name if row is None else row["number"] or name}


# -- rows of cards -----------------------------------------------------------------------


def _of_row(event: Event, card: _Card, printed: Printed, entry: Entry) -> list[Said]:
    said = _first(event, card, printed, entry)
    # A row has one event `transaction.created`, with the first event that we have of the row.
    is_listed = printed.type in TYPES or printed.row.kind in TRANSFERS
    is_first = (event.type, event.lot) == named(printed.row)[0]
    if is_first and is_listed:
        said.append(_said(card, CREATED, _transaction_data(card, printed, entry)))
    return said


def _said(card: _Card, name: str, data: Json) -> Said:
    return Said(name, data, card.voucher.id)


def _first(event: Event, card: _Card, printed: Printed, entry: Entry) -> list[Said]:
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


def _whose(card: _Card) -> Json:
    return {
        "channel": {"channel_id": None, "channel_type": "API"},
        "customer": card.customer,
        "voucher": card.shown,
    }


def _added_data(card: _Card, printed: Printed) -> Json:
    by_hand = printed.type is Type.ADMIN_CREDIT
    balance = {**balance_of(printed), "operation_type": "MANUAL" if by_hand else "AUTOMATIC"}
    return {
        "voucher": card.shown,
        "balance": balance,
        "campaign": card.campaign,
        "customer": card.customer,
    }


def _pending(event: Event, card: _Card, printed: Printed, entry: Entry) -> list[Said]:
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
    event: Event, card: _Card, printed: Printed, entry: Entry, number: int, amount: int
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
        "order_id": None,
        "points": amount,
        "activates_at": waiting_of(voucher.card.policy, lot, deadline).date.isoformat(),
        "details": {},
        "created_at": stamp(lot.created_at),
        "updated_at": None,
    }


def _expired_data(card: _Card, printed: Printed, entry: Entry, number: int) -> Json:
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


def _transaction_data(card: _Card, printed: Printed, entry: Entry) -> Json:
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
    """The order that a row paid, or what a client had said of it."""
    if entry.order is not None:
        return {"id": spell(Prefix.ORDER, entry.order), "object": "order"}
    found = kept_of(entry.root)["order"]
    return found if isinstance(found, dict) else None


# -- everything else ---------------------------------------------------------------------


async def _of_no_row(reading: Reading, event: Event) -> list[Said]:
    assert event.outgoing is not None
    if event.type in OF_MEMBERS:
        name = await _customer_id(reading, event)
        found = await by_id(reading.store, name, tenant=reading.tenant, program=None)
        customer = {"id": name, "object": "customer"} if found is None else print_customer(found)
        return [Said(OF_MEMBERS[event.type], {"customer": customer}, name)]
    if event.type == "tier.changed":
        return await _of_tier(reading, event, read_value(event.type, event.outgoing.value))
    return []


async def _customer_id(reading: Reading, event: Event) -> str:
    seat = await find_seat(
        reading.store,
        tenant=reading.tenant,
        program=event.program or 0,
        member=event.member or 0,
        removed=True,
    )
    return "" if seat.member is None else seat.member.customer_id


async def _of_tier(reading: Reading, event: Event, change: TierChanged) -> list[Said]:
    tier, word = change.present, "joined"
    if tier is None:
        tier, word = change.former, "left"
    elif change.former is not None:
        is_up = tier.threshold > change.former.threshold
        is_same = tier.tier_id == change.former.tier_id
        word = "prolonged" if is_same else "upgraded" if is_up else "downgraded"
    seat = await find_seat(
        reading.store,
        tenant=reading.tenant,
        program=event.program or 0,
        member=event.member or 0,
        removed=True,
    )
    if tier is None or seat.program is None or seat.member is None:
        return []
    name = seat.member.customer_id
    data = {
        "customer": await _customer(reading, name),
        "campaign": await print_campaign(reading, seat.program),
        "loyalty_tier": _tier(tier, spell(Prefix.CAMPAIGN, seat.program.program_id)),
    }
    return [Said(f"customer.loyalty.tier.{word}", data, name)]


def _tier(tier: Tier, campaign: str) -> Json:
    points = {"from": tier.threshold, "to": tier.ceiling}
    return {
        "id": tier.origin or spell(Prefix.TIER, tier.tier_id),
        "name": tier.name,
        "campaign_id": campaign,
        "metadata": msgspec.json.decode(tier.metadata),
        "earning_rules": {},
        "rewards": {},
        "config": {"points": points},
        "points": points,
        "object": "loyalty_tier",
    }
