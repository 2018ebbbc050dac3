"""Events in the words of the vendor's webhooks (v2024-01-01): which there are of each event of
ours, and their `data` by the printers of v1.

A body shows cards as they are when it is printed, as v1 does; a delivery keeps the bytes.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

import msgspec

from stampbook.dialects.spelling.voucherify import Prefix, spell
from stampbook.dialects.voucherify.core.calls import Reading, Remembered
from stampbook.dialects.voucherify.core.people.customers import by_id, print_customer
from stampbook.dialects.voucherify.core.points.entries import read_entries
from stampbook.dialects.voucherify.core.points.transactions import Entry
from stampbook.dialects.voucherify.core.rows import find_seat
from stampbook.dialects.voucherify.v1.cards import Voucher, print_voucher
from stampbook.dialects.voucherify.v1.event_data import Card, Json, Said, of_row
from stampbook.dialects.voucherify.v1.reading import print_campaign
from stampbook.dialects.voucherify.v1.transactions import (
    TRANSFERS,
    Printed,
    totals_of,
)
from stampbook.domain.model import split_number
from stampbook.events.model import Event
from stampbook.events.values import read_value
from stampbook.loyalty.tiers.groups import Tier
from stampbook.loyalty.tiers.heralding import TierChanged
from stampbook.storage.store import Store


class Reader(NamedTuple):
    """What is printed from, for nobody who asks."""

    store: Store
    tenant: int
    remembered: Remembered


OF_MEMBERS: Final = {
    "member.created": "customer.created",
    "member.updated": "customer.updated",
    "member.deleted": "customer.deleted",
}


async def say(reading: Reading, events: Sequence[Event]) -> list[list[Said]]:
    """The vendor's events of each event, in order; none of what the vendor does not have."""
    cards: dict[int, Card | None] = {}
    printed: dict[int, tuple[Printed, Entry]] = {}
    await _read(reading, events, cards, printed)
    found = []
    for event in events:
        if event.row is None:
            found.append(await _of_no_row(reading, event))
            continue
        row = event.row.row
        card = cards[row.account]
        found.append([] if card is None else of_row(event, card, *printed[row.number]))
    return found


async def _read(
    reading: Reading,
    events: Sequence[Event],
    cards: dict[int, Card | None],
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
) -> Card | None:
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
    return Card(
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
