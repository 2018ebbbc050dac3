"""Lists of a card: its pending and expiring points, its transactions."""

from operator import attrgetter
from typing import Any, Final, NamedTuple

from stampbook.dialects.spelling.voucherify import NEVER_JOURNALLED, Prefix, spell
from stampbook.dialects.voucherify.core import activities
from stampbook.dialects.voucherify.core.calls import Call
from stampbook.dialects.voucherify.core.lists.choosing import choose
from stampbook.dialects.voucherify.core.lists.cursors import Position
from stampbook.dialects.voucherify.core.lists.filters import id_field, instant_field
from stampbook.dialects.voucherify.core.lists.listing import (
    Kind,
    Page,
    Sort,
    list_body,
    read_page,
    slice_page,
)
from stampbook.dialects.voucherify.core.points.buckets import due_at, waiting
from stampbook.dialects.voucherify.core.points.entries import read_entries
from stampbook.dialects.voucherify.core.points.rejections import find_all, print_rejection
from stampbook.dialects.voucherify.core.points.transactions import print_recorded
from stampbook.dialects.voucherify.core.rows import Card
from stampbook.dialects.voucherify.core.seats import find_card, settle
from stampbook.dialects.voucherify.core.times import stamp
from stampbook.domain.model import FOREVER, MAX_SEQUENCE, split_number, transaction_number
from stampbook.ledger.journal import pages as journal
from stampbook.ledger.journal.lots import OpenLot, open_lots
from stampbook.ledger.journal.pages import Spot, Which

PENDING: Final = Kind(prefix="lcrscppb_", orders={"date": "due"}, number="lot", default="date")


async def list_pending_points(call: Call) -> dict[str, Any]:
    """The buckets of a card that are pending, the soonest first."""
    page = read_page(call, PENDING)
    table = await find_card(call)
    await settle(call, table.card)
    found = await open_lots(call.store, table.card.account)
    pending = [each for each in found if each.lot.pending]
    shown, cursor = slice_page(
        pending, page, await call.cursors(), key=lambda each: (due_at(each), each.lot.seq)
    )
    data = [_pending_bucket(table.card, each) for each in shown]
    return list_body(data, cursor)


def _pending_bucket(card: Card, pending: OpenLot) -> dict[str, Any]:
    lot = pending.lot
    waits = waiting(
        activates_at=lot.activates_at,
        deadline_at=pending.deadline_at,
        locked=lot.locked,
        rule=card.policy.pending.type,
        timezone=card.policy.timezone,
    )
    number = transaction_number(account=card.account, seq=lot.seq)
    return {
        "id": spell(Prefix.PENDING_BUCKET, number),
        **card.place.ids(),
        "points": {"total": lot.pending},
        "date": waits.date.isoformat(),
        "type": waits.type,
        "status": "PENDING",
        "created_at": stamp(lot.created_at),
        "updated_at": None,
        "object": "card_pending_points_bucket",
    }


TRANSACTIONS: Final = Kind(
    prefix="lcrsctx_",
    orders={"created_at": "created_at", "id": "number"},
    number="number",
    filters={
        "id": id_field("number", Prefix.TRANSACTION),
        "created_at": instant_field("created_at"),
        "card_definition_id": id_field("definition", Prefix.CARD_DEFINITION),
    },
)


class Listed(NamedTuple):
    """A transaction or a rejection: the columns of the list's order. Numbers of rejections are
    above ids.NEVER_JOURNALLED, which no journal's are."""

    created_at: int
    number: int


async def _numbers(call: Call, card: Card, page: Page) -> tuple[list[int], dict[str, str] | None]:
    """The numbers of a page of the card's transactions and rejections, and the next cursor.

    Either gives its own first rows after the position, and both are merged: a page costs what is
    on it, however long the journal is.
    """
    cursors = await call.cursors()
    position = page.position(cursors)
    found = [
        *await _journalled(call, card, page, position),
        *await _rejected(call, card, page, position),
    ]

    def key(listed: Listed) -> Position:
        return tuple(getattr(listed, sort.column) for sort in page.sorts)

    for sort in reversed(page.sorts):
        found.sort(key=attrgetter(sort.column), reverse=sort.descending)
    shown, cursor = page.envelope(found, cursors, key=key)
    return [each.number for each in shown], cursor


async def _journalled(
    call: Call, card: Card, page: Page, position: Position | None
) -> list[Listed]:
    """The first rows of the card's journal after the position."""
    store, account = call.store, card.account
    chosen = choose(
        page.pairs, page.kind.filters, now=page.now, same={"definition": card.place.definition}
    )
    first, last = page.sorts[0], page.sorts[-1]
    if first.descending == last.descending:
        spots = await journal.page(
            store,
            account,
            which=Which.EVENTS,
            chosen=chosen,
            after=None if position is None else await _seq_of(call, card, page, position),
            descending=first.descending,
            limit=page.limit + 1,
        )
    else:
        spots = await journal.page_by_instant(
            store,
            account,
            which=Which.EVENTS,
            chosen=chosen,
            after=None if position is None else _spot_of(position),
            descending=first.descending,
            limit=page.limit + 1,
        )
    return [
        Listed(spot.recorded_at, transaction_number(account=account, seq=spot.seq))
        for spot in spots
    ]


async def _seq_of(call: Call, card: Card, page: Page, position: Position) -> int:
    """After which row of the journal the page goes on, in one direction by instant and number.

    A rejection comes after all rows up to its instant; by number alone, after all rows.
    """
    instant, seq = _spot_of(position)
    if seq <= MAX_SEQUENCE:
        return seq
    last = await journal.last_before(call.store, card.account, min(instant, FOREVER - 1) + 1)
    return last + 1 if page.sorts[0].descending else last


def _spot_of(position: Position) -> Spot:
    """The place of a sort key in the journal: a rejection's is after all rows of its instant."""
    *instants, number = position
    assert isinstance(number, int)
    instant = instants[0] if instants else FOREVER
    assert isinstance(instant, int)
    rejected = number >= NEVER_JOURNALLED
    return Spot(instant, MAX_SEQUENCE + 1 if rejected else split_number(number)[1])


async def _rejected(call: Call, card: Card, page: Page, position: Position | None) -> list[Listed]:
    """The first of what was rejected of the card after the position."""
    columns = {
        "number": f"{NEVER_JOURNALLED} + j.rejection_id",
        "created_at": "j.created_at",
        "definition": f"CAST({card.place.definition} AS bigint)",
    }
    own = page._replace(
        sorts=tuple(Sort(columns[sort.column], sort.descending) for sort in page.sorts),
        kind=page.kind._replace(
            filters={
                name: field._replace(column=columns[field.column])
                for name, field in page.kind.filters.items()
            }
        ),
    )
    chosen = own.filter(first=3)
    after = own.after(position, first=3 + len(chosen.values))
    rows = await call.store.fetch(
        f"""
        SELECT {columns["number"]} AS number, j.created_at FROM voucherify_rejections j
        WHERE j.account_id = $1 AND j.tenant_id = $2 AND {chosen.text} AND {after.text}
        ORDER BY {own.order_by} LIMIT {page.limit + 1}
        """,  # noqa: S608 - constants
        card.account,
        call.tenant,
        *chosen.values,
        *after.values,
    )
    return [Listed(row["created_at"], row["number"]) for row in rows]


async def list_transactions(call: Call) -> dict[str, Any]:
    """All that happened to a card's points, the newest first."""
    page = read_page(call, TRANSACTIONS)
    table = await find_card(call)
    await settle(call, table.card)
    numbers, cursor = await _numbers(call, table.card, page)
    data = await print_transactions(call, table.card, numbers)
    return list_body(data, cursor)


async def print_transactions(call: Call, card: Card, numbers: list[int]) -> list[dict[str, Any]]:
    """The transactions of those numbers, in their order."""
    entries = await read_entries(
        call, card.account, [split_number(n)[1] for n in numbers if n < NEVER_JOURNALLED]
    )
    refused = [n - NEVER_JOURNALLED for n in numbers if n >= NEVER_JOURNALLED]
    rejections = await find_all(call.store, card.account, refused, tenant=call.tenant)
    return [
        print_recorded(card.place, entries[split_number(number)[1]])
        if number < NEVER_JOURNALLED
        else print_rejection(card.place, rejections[number - NEVER_JOURNALLED], created=False)
        for number in numbers
    ]


async def list_card_activities(call: Call) -> dict[str, Any]:
    """What people did to the card, the newest first."""
    page = read_page(call, activities.A_CARD.kind)
    table = await find_card(call)
    return await activities.list_activities(call, page, activities.A_CARD, table.card.account)
